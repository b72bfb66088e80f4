"""What goes back to the units: check, feedback, receipts and the quarantine."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

from contract_rig import USCC, fresh_connection
from landing_rig import LATEST, SETTINGS, catalogue, csv_bytes, deliver, run
from test_contract import LOAN

from orchestration.ingest.check import check
from orchestration.ingest.quarantine import export_quarantine, quarantine_counts
from orchestration.ingest.reasons import reasons

UNIT = "market_regulation"
GOOD = {"uscc": USCC, "year": "2019", "scale": "小型"}


def _landing(landing: Path) -> None:
    rows = [GOOD, {**GOOD, "uscc": "=1+1", "year": "1999"}, {**GOOD, "scale": "巨型"}]
    deliver(
        landing, "2020-02-01", UNIT, "enterprise_scale.csv", csv_bytes("enterprise_scale", rows)
    )
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale.csv", b"x,y\n")
    deliver(landing, "2020-02-02", "nobody", "enterprise_scale.csv", b"x,y\n")
    deliver(
        landing, "2020-02-03", UNIT, "enterprise_scale.csv", csv_bytes("enterprise_scale", [GOOD])
    )


def _feedback(home: Path) -> dict[str, int]:
    """The feedback files of a home, each with the time at which it was written."""
    return {
        str(path.relative_to(home)): path.stat().st_mtime_ns
        for path in sorted((home / "feedback").rglob("*.csv"))
    }


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_fault_goes_back_to_its_unit(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _landing(landing)
    run(landing, home)
    assert list(_feedback(home)) == [
        "feedback/_unknown/2020-02-02.csv",
        f"feedback/{UNIT}/2020-02-01.csv",
        f"feedback/{UNIT}/2020-02-02.csv",
    ]
    lines = _lines(home / "feedback" / UNIT / "2020-02-01.csv")
    assert list(lines[0]) == ["source_file", "source_row", "code", "field", "reason"]
    assert [(line["source_row"], line["code"], line["field"]) for line in lines] == [
        ("3", "Q04", "uscc"),
        ("3", "Q09", "year"),
        ("4", "Q03", "scale"),
    ]
    assert {line["source_file"] for line in lines} == {f"2020-02-01/{UNIT}/enterprise_scale.csv"}
    assert "大型、中型、小型、微型" in lines[2]["reason"]
    (refused,) = _lines(home / "feedback" / UNIT / "2020-02-02.csv")
    assert (refused["code"], refused["source_row"], refused["field"]) == ("F02", "", "")


def test_feedback_is_written_when_something_changes(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _landing(landing)
    run(landing, home)
    first = _feedback(home)
    run(landing, home)
    assert _feedback(home) == first
    content = csv_bytes("enterprise_scale", [{**GOOD, "year": "2018"}])
    deliver(landing, "2020-02-02", UNIT, "enterprise_scale.csv", content)
    run(landing, home)
    mended = f"feedback/{UNIT}/2020-02-02.csv"
    assert _feedback(home) == {path: at for path, at in first.items() if path != mended}
    (receipt,) = json.loads((home / "feedback" / UNIT / "2020-02-02.receipts.json").read_text())
    assert receipt["is_taken"] is True


def test_a_late_folder_changes_the_feedback_of_a_later_one(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content = csv_bytes("enterprise_scale", [{**GOOD, "year": "1"}])
    deliver(landing, "2020-02-05", UNIT, "enterprise_scale.csv", content)
    run(landing, home)
    later = home / "feedback" / UNIT / "2020-02-05.csv"
    assert [line["code"] for line in _lines(later)] == ["Q09"]
    deliver(landing, "2020-02-04", UNIT, "enterprise_scale.csv", content)
    run(landing, home)
    assert [line["code"] for line in _lines(later)] == ["F00"]


def test_feedback_that_a_kill_prevented_is_made_up_for(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _landing(landing)
    run(landing, home)
    whole = list(_feedback(home))
    shutil.rmtree(home / "feedback")
    (home / "work" / "feedback.json").unlink()
    run(landing, home)
    assert list(_feedback(home)) == whole


def test_every_file_has_a_receipt(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _landing(landing)
    run(landing, home)
    (receipt,) = json.loads((home / "feedback" / UNIT / "2020-02-01.receipts.json").read_text())
    assert receipt["rows_delivered"] == 3
    assert (receipt["rows_loaded"], receipt["rows_quarantined"]) == (1, 2)
    assert len(receipt["sha256"]) == 64


def test_a_row_that_could_not_be_read_goes_back_with_its_number_alone(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content = csv_bytes("enterprise_scale", [GOOD]) + b'only,two\n"open,2019,x\n\xff,2019,x\n'
    deliver(landing, "2020-02-01", UNIT, "enterprise_scale.csv", content)
    run(landing, home)
    lines = _lines(home / "feedback" / UNIT / "2020-02-01.csv")
    assert [(line["source_row"], line["code"], line["field"]) for line in lines] == [
        ("3", "Q06", ""),
        ("4", "Q06", ""),
        ("5", "Q07", ""),
    ]
    assert all(line["reason"] for line in lines)


def test_feedback_is_safe_in_a_spreadsheet_program(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    deliver(landing, "=cmd()", "", "＝1.csv", b"x")
    deliver(landing, "2020-02-01", UNIT, "enterprise_scale.csv", b"x\n")
    run(landing, home)
    (line,) = _lines(home / "feedback" / "_unknown" / "undated.csv")
    assert line["source_file"] == "'=cmd()/＝1.csv"


def test_check_shows_what_a_run_would_do_and_keeps_nothing(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    _landing(landing)
    before = sorted(tmp_path.rglob("*"))
    report = check(landing, SETTINGS, catalogue(), LATEST)
    assert sorted(tmp_path.rglob("*")) == before
    assert not report.is_clean
    found: dict[str, Any] = {file["source_file"]: file for file in report.to_json()["files"]}
    assert found[f"2020-02-01/{UNIT}/enterprise_scale.csv"] == {
        "source_file": f"2020-02-01/{UNIT}/enterprise_scale.csv",
        "unit_code": UNIT,
        "item_code": "enterprise_scale",
        "fault": None,
        "rows_delivered": 3,
        "rows_loaded": 1,
        "rows_quarantined": 2,
        "rows": [{"source_row": 3, "codes": "Q04;Q09"}, {"source_row": 4, "codes": "Q03"}],
    }
    assert found["2020-02-02/nobody/enterprise_scale.csv"]["fault"] == "F04"
    lines = list(report.lines())
    assert any("row 4: Q03 规模 (scale)" in line for line in lines)
    assert any("F02" in line for line in lines)


def test_a_clean_landing_zone_checks_clean(tmp_path: Path) -> None:
    content = csv_bytes("credit_loan", [LOAN])
    deliver(tmp_path, "2020-03-10", "local_finance", "credit_loan.csv", content)
    report = check(tmp_path, SETTINGS, catalogue(), LATEST)
    assert [file.entry.fault for file in report.files] == [None], list(report.lines())
    assert report.is_clean


def test_the_quarantine_is_counted_and_exported(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _landing(landing)
    run(landing, home)
    path = tmp_path / "export.csv"
    with fresh_connection(tmp_path) as connection:
        counts = quarantine_counts(connection, home, catalogue(), LATEST)
        assert export_quarantine(connection, home, catalogue(), LATEST, path) == 3
    assert [(count.code, count.rows) for count in counts] == [("Q03", 1), ("Q04", 1), ("Q09", 1)]
    assert all(count.field and count.reason and "found:" not in count.reason for count in counts)
    lines = _lines(path)
    assert [line["value"] for line in lines] == ["'=1+1", "1999", ""]


def test_every_fault_of_every_field_has_its_words() -> None:
    told = list(reasons(catalogue()))
    assert len(told) == len({line[:3] for line in told})
    assert all(reason for *_, reason in told)
