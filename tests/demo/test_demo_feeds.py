"""What a landing zone of made-up deliveries promises to those who read it."""

import gzip
import hashlib
import json
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from orchestration import cli
from orchestration.catalogue import load_catalogue
from orchestration.demo import feeds, population, write_demo_feeds
from orchestration.demo.dirt import DEFECTS
from orchestration.errors import WrongArguments
from tests.oracle.deliveries import read_deliveries

CATALOGUE = load_catalogue()


def tree(folder: Path) -> dict[str, str]:
    """Every file with the digest of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def delivered_files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".control.json")
    ]


def pairs(folder: Path) -> set[tuple[str, str]]:
    return {
        (path.name.split("__")[0].split(".")[0], path.parent.name)
        for path in delivered_files(folder)
    }


def inner(path: Path) -> tuple[str, bytes]:
    """The extension that chooses the format, and the bytes behind compression."""
    if path.suffix == ".gz":
        return path.with_suffix("").suffix, gzip.decompress(path.read_bytes())
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            return Path(name).suffix, archive.read(name)
    return path.suffix, path.read_bytes()


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("clean") / "landing"
    write_demo_feeds(out)
    return out


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    out = tmp_path_factory.mktemp("dirty") / "landing"
    return write_demo_feeds(out, enterprises=1500, dirty=0.06)


# ---------------------------------------------------------------- the same bytes


def test_same_arguments_give_the_same_bytes(tmp_path, dirty) -> None:
    write_demo_feeds(tmp_path / "again", enterprises=1500, dirty=0.06)
    assert tree(tmp_path / "again") == tree(dirty.out)


def test_neither_threads_nor_block_size_change_a_byte(tmp_path, dirty, monkeypatch) -> None:
    connect = population.connect

    def one_thread(*arguments):
        connection = connect(*arguments)
        connection.execute("set threads = 1")
        return connection

    monkeypatch.setattr(feeds, "connect", one_thread)
    monkeypatch.setattr(feeds, "BLOCK", 131)
    write_demo_feeds(tmp_path / "again", enterprises=1500, dirty=0.06)
    assert tree(tmp_path / "again") == tree(dirty.out)


def test_another_seed_gives_other_subjects(tmp_path) -> None:
    texts = []
    for seed in (1, 2):
        write_demo_feeds(tmp_path / str(seed), enterprises=5, days=1, seed=seed)
        register = tmp_path / str(seed) / "2020-02-01" / "market_regulation"
        texts.append((register / "enterprise_register.csv").read_text("utf-8").splitlines()[-5:])
    assert not set(texts[0]) & set(texts[1])


def test_a_folder_that_holds_something_is_refused(tmp_path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(WrongArguments, match="not an empty folder"):
        write_demo_feeds(tmp_path, enterprises=1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize(
    "wrong", [{"enterprises": 0}, {"days": 0}, {"dirty": 1.5}, {"records": -1}]
)
def test_arguments_out_of_range_are_refused(tmp_path, wrong) -> None:
    with pytest.raises(WrongArguments):
        write_demo_feeds(tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- the agreed form


@pytest.mark.parametrize(
    ("enterprises", "days", "start"),
    [(1, 1, date(2020, 2, 1)), (40, 5, date(2021, 3, 6)), (40, 9, date(2019, 6, 1))],
)
def test_every_agreed_pair_delivers_at_any_size_and_time(
    tmp_path, enterprises, days, start
) -> None:
    summary = write_demo_feeds(tmp_path / "out", enterprises, days, start)
    agreed = {(a.item_code, a.unit_code) for a in CATALOGUE.agreements}
    assert agreed <= pairs(summary.out)
    deliveries = read_deliveries(summary.out, summary.last_delivery, "key")
    assert {file.fault for file in deliveries.files} == {None}
    assert deliveries.quarantined == []


def test_every_file_is_in_its_agreed_format_and_encoding(clean) -> None:
    agreed = {(a.item_code, a.unit_code): a for a in CATALOGUE.agreements}
    seen = Counter()
    for path in delivered_files(clean):
        item_code = path.name.split("__")[0].split(".")[0]
        agreement = agreed.get((item_code, path.parent.name))
        extension, content = inner(path)
        assert extension == "." + (agreement.format if agreement else "csv"), path
        if extension in {".csv", ".json", ".jsonl", ".xml"}:
            encoding = agreement.encoding if agreement else "utf-8"
            text = content.decode(encoding)
            assert "\ufffd" not in text and "\U0010fffe" not in text
            assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
        seen[(extension, path.suffix if path.suffix in {".gz", ".zip"} else "")] += 1
    formats = {".csv", ".xlsx", ".xls", ".json", ".jsonl", ".xml"}
    assert set(seen) == {(form, packed) for form in formats for packed in ("", ".gz", ".zip")}


def test_control_files_tell_the_truth_in_a_clean_landing_zone(clean) -> None:
    deliveries = read_deliveries(clean, date(2020, 12, 31), "key")
    rows = {file.source_file: file.rows_delivered for file in deliveries.files}
    controls = sorted(clean.rglob("*.control.json"))
    assert len(controls) > 50
    for control in controls:
        told = json.loads(control.read_text("utf-8"))
        path = control.with_name(control.name.removesuffix(".control.json"))
        assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told["rows"] == rows[path.relative_to(clean).as_posix()]


def test_a_clean_landing_zone_has_no_fault(clean) -> None:
    deliveries = read_deliveries(clean, date(2020, 12, 31), "key")
    assert {file.fault for file in deliveries.files} == {None}
    assert deliveries.quarantined == []


def test_the_window_is_daily_with_fewer_rows_at_weekends(clean) -> None:
    days = sorted(date.fromisoformat(folder.name) for folder in clean.iterdir())
    follow_ups = [date(2020, 3, 31), date(2020, 6, 30), date(2020, 9, 30), date(2020, 12, 31)]
    assert days[-4:] == follow_ups
    assert days[0] == date(2020, 2, 1)
    assert days[-5] == date(2020, 3, 11)
    sizes = {day: len(delivered_files(clean / day.isoformat())) for day in days[1:-4]}
    weekends = [size for day, size in sizes.items() if day.weekday() > 4]
    weekdays = [size for day, size in sizes.items() if day.weekday() <= 4]
    assert sum(weekends) / len(weekends) < 0.5 * sum(weekdays) / len(weekdays)


def test_records_besides_the_register_are_about_as_many_as_wanted(tmp_path) -> None:
    for wanted in (20_000, 40_000):
        summary = write_demo_feeds(tmp_path / str(wanted), enterprises=4000, records=wanted)
        records = summary.rows - summary.rows_by_item["enterprise_register"]
        assert 0.93 * wanted < records < 1.07 * wanted


# ---------------------------------------------------------------- dirt


def test_the_wanted_share_of_rows_carries_a_defect(dirty) -> None:
    assert 0.05 < dirty.dirty_rows / dirty.rows < 0.07
    assert set(dirty.defects) == {defect.name for defect in DEFECTS}


def test_every_file_fault_is_shown_and_nothing_else_is_refused(dirty) -> None:
    deliveries = read_deliveries(dirty.out, dirty.last_delivery, "key")
    found = Counter(file.fault for file in deliveries.files if file.fault)
    assert found == Counter(dirty.faulty_files)
    assert set(found) == {f"F0{number}" for number in range(7)}
    assert len(deliveries.files) == dirty.files


def test_every_defect_leads_to_its_row_fault_or_to_none(tmp_path) -> None:
    # So little dirt that only the rows made for the purpose are spoilt, one per kind.
    summary = write_demo_feeds(tmp_path / "out", enterprises=1, dirty=1e-6)
    assert summary.defects == {defect.name: 1 for defect in DEFECTS}
    deliveries = read_deliveries(summary.out, summary.last_delivery, "key")
    found = Counter(code for row in deliveries.quarantined for code in row.codes)
    assert found == Counter(defect.fault for defect in DEFECTS if defect.fault)


def test_command_says_in_words_what_it_wrote(tmp_path: Path, capsys) -> None:
    cli.demo_feeds(out=tmp_path / "landing", enterprises=60, days=3, dirty=0.1)
    told = capsys.readouterr().err
    written = [p for p in (tmp_path / "landing").rglob("*.*") if p.is_file()]
    files = sum(not path.name.endswith(".control.json") for path in written)
    assert told.startswith(f"{files:,} files with ")
    assert f" rows in {tmp_path / 'landing'}, the newest of 2020-12-31; " in told
    assert told.count("\n") == 1
