"""The catalogue's YAML and the oracle's own table of items were written apart; they must agree."""

from __future__ import annotations

import pytest

from orchestration.catalogue import CatalogueField, FieldType, load_catalogue

from .items import ITEMS

CATALOGUE = load_catalogue()
FIELDS = [
    (code, field.name)
    for code, item in CATALOGUE.items.items()
    for field in (*item.fields, *item.version_fields)
]


def _codes(field: CatalogueField) -> set[str] | None:
    return set(CATALOGUE.codes_of(field)) if field.type is FieldType.CODE else None


def test_both_know_the_same_fields() -> None:
    theirs = {(code, field.name) for code, item in ITEMS.items() for field in item.fields}
    assert set(FIELDS) == theirs


@pytest.mark.parametrize(("code", "name"), FIELDS)
def test_field_is_read_by_the_same_limits(code: str, name: str) -> None:
    item = CATALOGUE.items[code]
    mine = next(field for field in (*item.fields, *item.version_fields) if field.name == name)
    theirs = next(field for field in ITEMS[code].fields if field.name == name)
    assert mine.header == theirs.header
    assert (mine.required, mine.past, mine.factor) == (theirs.required, theirs.past, theirs.factor)
    assert (name in item.key) == theirs.key or item.hook or name == "uscc"
    if mine.max_length is not None:
        assert mine.max_length == theirs.length
    if mine.type is FieldType.CODE:
        assert _codes(mine) == set(theirs.codes)
    if mine.type in {FieldType.INTEGER, FieldType.DECIMAL}:
        assert mine.maximum == theirs.highest
        assert (mine.above == 0) == theirs.above_zero
    if mine.type is FieldType.DECIMAL:
        assert (mine.precision, mine.scale) == (theirs.precision, theirs.scale)
