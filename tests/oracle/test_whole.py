"""Both halves together: files of every item are read, judged and put into the marts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from .builders import DEFAULTS
from .items import ITEMS, encoding_of
from .made_up import SAMPLE_UNITS, SAMPLES, USCC, csv_bytes, deliver, read
from .marts import compute_marts

MADE_FIELDS = {"occurrence", "enterprise_name_cleaned", "donor_name_cleaned"}


def test_made_up_rows_have_only_fields_of_the_catalogue() -> None:
    assert set(DEFAULTS) == set(ITEMS)
    for item_code, values in DEFAULTS.items():
        known = {agreed.name for agreed in ITEMS[item_code].fields}
        assert set(values) <= known | MADE_FIELDS, item_code


def test_rows_of_every_item_go_from_file_to_disposition(tmp_path: Path) -> None:
    for item_code, sample in SAMPLES.items():
        encoding = encoding_of(item_code, SAMPLE_UNITS[item_code])
        assert encoding is not None
        row = {h: ("是" if v else "否") if isinstance(v, bool) else v for h, v in sample.items()}
        deliver(tmp_path, item_code, csv_bytes([row], encoding))
    deliveries = read(tmp_path)
    tables = compute_marts(deliveries, date(2020, 12, 31))
    found = {
        row["item_code"]: (row["match_method"], row["disposition"])
        for row in tables["marts.record_disposition"].dicts()
    }
    assert set(found) == set(SAMPLES)
    # nothing is registered, so a code is known and no name is
    assert found["charity_donation"] == ("unresolved", "subject_unresolved")
    assert found["social_order_case"] == ("person", "used")
    assert found["enterprise_scale"] == ("uscc_unregistered", "used")
    names = {row["subject_id"]: row["subject_name"] for row in tables["marts.subjects"].dicts()}
    assert names[USCC] is not None
