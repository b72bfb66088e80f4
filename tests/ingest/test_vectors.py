"""What is known of whole columns is true of every value, and changes no row."""

from __future__ import annotations

import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from contract_rig import IDENTITY, OTHER_USCC, USCC, connection, judge
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.catalogue import load_catalogue
from orchestration.ingest.normalise import WHITE_SPACE
from orchestration.ingest.readers.table import TextTable, text_schema
from orchestration.ingest.vectors import NO_FACTS, TextFacts, everything, facts_of
from orchestration.settings import Limits

PLAIN = "".join(map(chr, [*range(0x21, 0x7F), *range(0x4000, 0xA000)]))
# Columns of one kind each: of most of them something holds, of the last ones little.
KINDS = (
    ("2020-02-01", "20200231", "2020-03-11", ""),
    ("1", "12.50", "-", None),
    ("是", "否", "存续", "新增", "无"),
    (USCC, OTHER_USCC, None, ""),
    (USCC, USCC.lower(), "I" + USCC[1:], USCC[:-1] + "0"),
    ("甲有限公司", "乙（集团）厂", "丙某"),
    ("甲 有限公司", "\u3000乙厂", "丙某\u00a0", " "),
    (f"号{IDENTITY}", IDENTITY, "罚款"),
    ("罚款；警告", "ＡＢＣ", "①", "一、二"),
    ("x" * 300, "9" * 40, "中" * 201),
)


def batch(**columns: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({n: pa.array(v, pa.string()) for n, v in columns.items()})


def known(**columns: list[str | None]) -> TextFacts:
    names = tuple(columns)
    return facts_of(batch(**columns), names, everything(names))


@pytest.mark.parametrize("item", load_catalogue().items.values(), ids=lambda item: item.item_code)
@settings(max_examples=6)
@given(data=st.data())
def test_what_is_known_of_its_columns_changes_no_row(item: Any, data: st.DataObject) -> None:
    names = [field.name for field in (*item.fields, *item.version_fields)]
    kinds = {name: data.draw(st.sampled_from(KINDS)) for name in names}
    rows = data.draw(
        st.lists(
            st.fixed_dictionaries({name: st.sampled_from(kinds[name]) for name in names}),
            min_size=1,
            max_size=6,
        )
    )
    asked = judge(item.item_code, rows, present=names, is_optimised=True)
    told = judge(item.item_code, rows, present=names, is_optimised=True, are_columns_known=True)
    assert told == asked


def test_plain_text_is_its_own_nfkc_and_has_no_white_space() -> None:
    assert "a" in known(a=[PLAIN, "", None]).plain
    assert unicodedata.normalize("NFKC", PLAIN) == PLAIN
    assert not set(PLAIN) & set(WHITE_SPACE)


@pytest.mark.parametrize(
    "odd", [" ", "\x7f", "\x1f", "（", "、", "\u3000", "é", "\uf900", "😀", "\ua000"]
)
def test_one_other_character_and_the_column_is_not_plain(odd: str) -> None:
    facts = known(a=["甲", f"乙{odd}丙"], b=["甲", "乙"])
    assert facts.plain == {"b"}
    assert facts.bracketed == ({"a", "b"} if odd == "（" else {"b"})


def test_only_what_cannot_hold_an_identity_number_is_short() -> None:
    assert known(a=["1" * 17, "", None], b=["1" * 18, "", None]).short == {"a"}


def test_codes_are_columns_of_nothing_but_valid_codes() -> None:
    broken = USCC[:-1] + ("0" if USCC[-1] != "0" else "1")
    facts = known(
        a=[USCC, None, "", OTHER_USCC],
        b=[USCC, None, "", broken],
        c=[USCC, None, "", "甲"],
        d=[None] * 4,
    )
    assert facts.codes == {"a", "d"}


@given(st.lists(st.sampled_from([USCC, OTHER_USCC, "", None, "甲（乙）", " "]), max_size=8))
def test_of_a_slice_as_much_is_known_as_of_its_copy(values: list[str | None]) -> None:
    padded = batch(a=["\u3000", *values, "\u3000"]).slice(1, len(values))
    assert facts_of(padded, ("a",), everything(("a",))) == known(a=values)


def test_a_table_knows_what_all_its_batches_have_in_common_and_nothing_of_a_few_rows() -> None:
    def text(rows: int, value: str) -> pa.RecordBatch:
        schema = text_schema(["a"])
        columns = [pa.array(range(rows), pa.int64())]
        columns += [pa.nulls(rows, pa.string()), pa.nulls(rows, pa.string())]
        return pa.RecordBatch.from_arrays(
            [*columns, pa.array([value] * rows, pa.string())], schema=schema
        )

    found = []
    for batches in ([text(2_000, "甲")], [text(1_999, "甲"), text(2, "乙")]):
        with TextTable(connection(), ["a"], Limits()) as table:
            for one in batches:
                table.add(one)
            found.append(table.finish(("a",)).facts)
    assert found[0] == NO_FACTS
    assert found[1].plain == found[1].short == {"a"}
    with TextTable(connection(), ["a"], Limits()) as table:
        for one in (text(3_000, "甲"), text(1, " 甲")):
            table.add(one)
    assert table.facts.plain == frozenset()
    assert table.facts.short == {"a"}
