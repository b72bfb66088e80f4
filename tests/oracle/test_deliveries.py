"""Files and their faults, by small landing zones, and the real files counted by hand."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from .deliveries import read_deliveries
from .items import ITEMS, codebook, encoding_of
from .made_up import (
    DAY,
    KEY,
    SAMPLES,
    changed,
    codes,
    counts,
    csv_bytes,
    deliver,
    faults,
    json_bytes,
    read,
)

SCALE = "enterprise_scale"
ROWS = [SAMPLES[SCALE]]
REAL = Path(__file__).resolve().parents[3] / "shared" / "data"


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize(
    ("path", "fault", "known"),
    [
        (f"{DAY}/market_regulation/{SCALE}.csv", None, (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}__2020.02__x.csv", None, (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}__.csv", None, (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}.2.csv", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}_2.csv", "F04", (True, True, False)),
        (f"{DAY}/market_regulation/{SCALE}.CSV", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}__a.txt", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/{SCALE}.zip.gz", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/sub/{SCALE}.csv", "F04", (True, True, True)),
        (f"{DAY}/market_regulation/unknown.csv", "F04", (True, True, False)),
        (f"{DAY}/tax/{SCALE}.csv", "F04", (True, True, True)),
        (f"{DAY}/nobody/{SCALE}.csv", "F04", (True, False, True)),
        (f"{DAY}/{SCALE}.csv", "F04", (True, False, True)),
        (f"2020-02-30/market_regulation/{SCALE}.csv", "F04", (False, True, True)),
        (f"2020-3-1/market_regulation/{SCALE}.csv", "F04", (False, True, True)),
        (f"{SCALE}.csv", "F04", (False, False, True)),
    ],
)
def test_paths(
    tmp_path: Path, path: str, fault: str | None, known: tuple[bool, bool, bool]
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(csv_bytes(ROWS))
    (file,) = read(tmp_path).files
    assert (file.source_file, file.fault) == (path, fault)
    assert file.sha256 == hashlib.sha256(csv_bytes(ROWS)).hexdigest()
    parts = (file.delivery_date, file.unit_code, file.item_code)
    assert tuple(part is not None for part in parts) == known


def test_some_names_are_no_deliveries(tmp_path: Path) -> None:
    for name in (".hidden.csv", f"~${SCALE}.xlsx", f"{SCALE}__x.csv.control.json", ".git/config"):
        path = tmp_path / DAY / "market_regulation" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    assert read(tmp_path).files == []


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    folder = deliver(tmp_path, SCALE, csv_bytes(ROWS)).parent
    (folder / f"{SCALE}__link.csv").symlink_to(folder / f"{SCALE}.csv")
    (folder / f"{SCALE}__dangling.csv").symlink_to(folder / "nothing")
    os.mkfifo(folder / f"{SCALE}__pipe.csv")
    (tmp_path / DAY / "tax").symlink_to(folder)
    found = read(tmp_path)
    assert faults(found) == {
        f"{SCALE}.csv": None,
        f"{SCALE}__link.csv": "F04",
        f"{SCALE}__dangling.csv": "F04",
        f"{SCALE}__pipe.csv": "F04",
        "tax": "F04",
    }
    assert [file.sha256 is None for file in found.files if file.fault] == [True] * 4


def test_folders_after_the_as_of_date_are_not_looked_at(tmp_path: Path) -> None:
    deliver(tmp_path, SCALE, csv_bytes(ROWS), day="2020-03-01")
    deliver(tmp_path, SCALE, b"nothing", day="2020-03-02")
    assert len(read(tmp_path, date(2020, 2, 29)).files) == 0
    assert len(read(tmp_path, date(2020, 3, 1)).files) == 1
    assert len(read(tmp_path, date(2020, 3, 2)).files) == 2


def test_any_unit_may_deliver_five_items_as_utf_8() -> None:
    assert encoding_of("commendation", "finance") == "utf-8"
    assert encoding_of("commendation", "city_3301") == "gb18030"
    assert encoding_of("regular_indicator", "emergency_management") == "utf-8"
    assert encoding_of("regular_indicator", "finance") is None
    assert encoding_of("commendation", "nobody") is None


def test_a_unit_may_switch_its_format(tmp_path: Path) -> None:
    packed = gzip.compress(json_bytes(ROWS), mtime=0)
    deliver(tmp_path, SCALE, packed, f"{SCALE}.json.gz")
    assert faults(read(tmp_path)) == {f"{SCALE}.json.gz": None}


# ---------------------------------------------------------------- the same bytes again


def test_the_same_bytes_are_skipped_whatever_their_name(tmp_path: Path) -> None:
    deliver(tmp_path, SCALE, csv_bytes(ROWS), f"{SCALE}__b.csv", "2020-03-02")
    deliver(tmp_path, SCALE, csv_bytes(ROWS), f"{SCALE}__a.csv", "2020-03-02")
    deliver(tmp_path, SCALE, csv_bytes(ROWS), f"{SCALE}__z.csv", "2020-03-01")
    found = read(tmp_path)
    assert faults(found) == {
        f"{SCALE}__z.csv": None,
        f"{SCALE}__a.csv": "F00",
        f"{SCALE}__b.csv": "F00",
    }
    assert len(found.rows) == 1
    assert [counts(file) for file in found.files[1:]] == [(0, 0, 0, 0)] * 2


def test_the_same_bytes_of_another_unit_or_item_are_no_repetition(tmp_path: Path) -> None:
    row = SAMPLES["commendation"]
    for unit in ("finance", "tax"):
        folder = tmp_path / DAY / unit
        folder.mkdir(parents=True)
        (folder / "commendation.csv").write_bytes(csv_bytes([row]))
    assert [file.fault for file in read(tmp_path).files] == [None, None]


def test_a_refused_file_delivered_again_loads(tmp_path: Path) -> None:
    first = deliver(tmp_path, SCALE, csv_bytes(ROWS))
    (first.parent / f"{first.name}.control.json").write_text('{"rows": 2}')
    deliver(tmp_path, SCALE, csv_bytes(ROWS), day="2020-03-02")
    assert [file.fault for file in read(tmp_path).files] == ["F03", None]


def test_a_repetition_is_seen_before_its_control_file(tmp_path: Path) -> None:
    deliver(tmp_path, SCALE, csv_bytes(ROWS))
    second = deliver(tmp_path, SCALE, csv_bytes(ROWS), day="2020-03-02")
    (second.parent / f"{second.name}.control.json").write_text('{"rows": 2}')
    assert [file.fault for file in read(tmp_path).files] == [None, "F00"]


# ---------------------------------------------------------------- control files

SHA256 = hashlib.sha256(csv_bytes(ROWS)).hexdigest()


@pytest.mark.parametrize(
    ("control", "fault"),
    [
        ({}, None),
        ({"rows": 1}, None),
        ({"sha256": SHA256.upper(), "rows": 1}, None),
        ({"rows": 1, "made_by": "a clerk"}, None),
        ({"rows": 2}, "F03"),
        ({"rows": "1"}, "F03"),
        ({"rows": 1.0}, "F03"),
        ({"rows": True}, "F03"),
        ({"rows": None}, "F03"),
        ({"rows": 1, "sha256": None}, "F03"),
        ({"sha256": "0" * 64}, "F03"),
        ([1], "F03"),
        (1, "F03"),
    ],
)
def test_control_files(tmp_path: Path, control: object, fault: str | None) -> None:
    path = deliver(tmp_path, SCALE, csv_bytes(ROWS))
    (path.parent / f"{path.name}.control.json").write_text(json.dumps(control))
    assert read(tmp_path).files[0].fault == fault


def test_a_control_file_that_is_none_refuses_its_file(tmp_path: Path) -> None:
    path = deliver(tmp_path, SCALE, csv_bytes(ROWS))
    control = path.parent / f"{path.name}.control.json"
    for text in ("rows: 1", '{"rows": 1, "rows": 1}', '{"rows": 1, "made_by": [null]}'):
        control.write_text(text)
        assert read(tmp_path).files[0].fault == "F03", text
    control.unlink()
    control.symlink_to(path.parent / "nothing")
    assert read(tmp_path).files[0].fault == "F03"
    control.unlink()
    control.mkdir()
    assert read(tmp_path).files[0].fault == "F03"


def test_control_rows_count_every_delivered_row(tmp_path: Path) -> None:
    rows = [
        SAMPLES["charity_donation"],
        changed("charity_donation", donor_name="王小明"),
        changed("charity_donation", amount_yuan="-1"),
    ]
    path = deliver(tmp_path, "charity_donation", csv_bytes(rows), "charity_donation.csv")
    (path.parent / f"{path.name}.control.json").write_text('{"rows": 3}')
    found = read(tmp_path)
    assert [counts(file) for file in found.files] == [(3, 1, 1, 1)]
    assert codes(found) == {4: ["Q09"]}


# ---------------------------------------------------------------- the whole


def test_the_item_table_is_complete() -> None:
    assert set(ITEMS) == {row["item_code"] for row in codebook("responsibilities")} | {
        "enterprise_register",
        "enterprise_scale",
    }
    assert {len(item.fields) for item in ITEMS.values()} >= {11, 29}
    for item in ITEMS.values():
        headers = [field.header for field in item.fields]
        assert len(headers) == len(set(headers)), item.code
        assert item.keys or item.code == "charity_donation", item.code


def test_rows_are_conserved_in_every_file_taken(tmp_path: Path) -> None:
    for item_code, sample in SAMPLES.items():
        bad = dict.fromkeys(sample, "?")
        deliver(tmp_path, item_code, json_bytes([sample, bad, sample]), f"{item_code}.json")
    found = read(tmp_path)
    assert [file.fault for file in found.files] == [None] * len(SAMPLES)
    for file in found.files:
        delivered, loaded, quarantined, dropped = counts(file)
        assert delivered == loaded + quarantined + dropped == 3
    assert len(found.rows) == sum(file.rows_loaded for file in found.files)


@pytest.fixture
def real_landing(tmp_path: Path) -> Path:
    if not REAL.is_dir():
        pytest.skip("the real files are not part of the project: ../shared/data is absent")
    folder = tmp_path / "2020-02-01"
    register, charity = folder / "market_regulation", folder / "civil_affairs"
    register.mkdir(parents=True)
    charity.mkdir()
    for path in (REAL / "register").glob("zhejiang-*.csv"):
        shutil.copy(path, register / f"enterprise_register__{path.stem[-4:]}.csv")
    for path in (REAL / "donations").glob("donate*.xls"):
        shutil.copy(path, charity / f"charity_donation__{path.stem[6:8]}.xls")
    return tmp_path


def test_real_files(real_landing: Path) -> None:
    """Register: lines less the header. Donations: sheet rows less title rows, blank, total."""
    found = read_deliveries(real_landing, date(2020, 2, 1), KEY)
    assert {file.file_name.split("__")[1]: counts(file) for file in found.files} == {
        "1998.csv": (7102, 7102, 0, 0),
        "2005.csv": (9922, 9921, 1, 0),
        "2009.csv": (13700, 13699, 1, 0),
        "2012.csv": (9336, 9336, 0, 0),
        "2015.csv": (11090, 11090, 0, 0),
        "01.xls": (8, 6, 0, 2),
        "02.xls": (85, 33, 0, 52),
        "05.xls": (297, 95, 0, 202),
        "09.xls": (80, 0, 23, 57),  # donated on 2020-02-02: after this delivery
    }
    assert [file.fault for file in found.files] == [None] * 9
    wrong = {tuple(row.codes) for row in found.quarantined if "register" in row.source_file}
    assert wrong == {("Q04",)}
    assert not any(row.code_repaired for row in found.rows)
    first_sheet = [row for row in found.rows if row.file_name == "charity_donation__01.xls"]
    # The sheet's total less one person's 521 and one transfer text's 323,800.
    amounts = [row.values["amount_yuan"] for row in first_sheet]
    assert sum(a for a in amounts if isinstance(a, Decimal)) == 3_134_821 - 521 - 323_800
    lower_case = {"91330110704306366X", "9133102170469969XH", "9133100378183519XT"}
    assert lower_case <= {row.values.get("uscc") for row in found.rows}
