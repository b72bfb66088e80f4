"""The landing zone: paths, F04, control files (catalogue section 1)."""

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import Failure, WrongArguments
from orchestration.ingest import landing as landing_module
from orchestration.ingest.control import Control, read_control
from orchestration.ingest.landing import format_of_name, future_folders, item_of_name, scan
from tests.ingest.reading_rig import AS_OF, CATALOGUE

DAY, UNIT, NAME = "2020-03-10", "market_regulation", "enterprise_scale.csv"


@pytest.fixture
def land(tmp_path):
    """Put a file under a path of the landing zone."""

    def put(path: str, content: bytes = b"x"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    return put


def scanned(folder, as_of=AS_OF):
    return {file.source_file: file for file in scan(folder, CATALOGUE, as_of)}


def test_a_file_that_fits_is_known_by_its_path(land, tmp_path):
    land(f"{DAY}/{UNIT}/{NAME}", b"12345")
    found = scanned(tmp_path)[f"{DAY}/{UNIT}/{NAME}"]
    assert (found.delivery_date, found.unit_code, found.item_code) == (
        date(2020, 3, 10),
        UNIT,
        "enterprise_scale",
    )
    assert (found.format, found.compression, found.encoding) == ("csv", None, "utf-8")
    assert (found.fault, found.size, found.control_path) == (None, 5, None)


@pytest.mark.parametrize(
    ("name", "file_format", "compression"),
    [
        ("a.csv", "csv", None),
        ("a.xls", "sheet", None),
        ("a.xlsx.gz", "sheet", "gz"),
        ("a.json", "json", None),
        ("a.jsonl.gz", "jsonl", "gz"),
        ("a.xml", "xml", None),
        ("a.zip", "zip", "zip"),
        ("a__.csv", "csv", None),
        ("a__第二批.v2.csv", "csv", None),
        ("a__b__c.csv.gz", "csv", "gz"),
        ("a.b.csv", None, None),
        ("a.CSV", None, None),
        ("a.Csv.gz", None, "gz"),
        ("a.csv.GZ", None, None),
        ("a.zip.gz", None, "gz"),
        ("a.gz", None, "gz"),
        ("a", None, None),
        ("a__csv", None, None),
        ("a__x.txt", None, None),
        ("a.csv ", None, None),
        ("a.csv.zip", None, None),
        ("a__b.csv.zip", "zip", "zip"),
    ],
)
def test_the_extension_says_the_format(name, file_format, compression):
    found = format_of_name(name)
    assert found[0] == file_format
    if file_format is not None:
        assert found[1] == compression


@pytest.mark.parametrize(
    ("name", "item"),
    [("a.csv", "a"), ("a__b.csv", "a"), ("a.b__c.csv", "a.b"), ("a__b__c.csv", "a"), ("a", "a")],
)
def test_the_item_is_the_name_up_to_the_first_two_underscores_or_the_first_dot(name, item):
    assert item_of_name(name) == item


@pytest.mark.parametrize(
    "path",
    [
        f"{DAY}/nowhere/{NAME}",
        f"{DAY}/{UNIT}/nothing.csv",
        f"{DAY}/{UNIT}/enterprise_scale.txt",
        f"{DAY}/{UNIT}/Enterprise_scale.csv",
        f"{DAY}/{UNIT}/volunteer_service.csv",
        f"{DAY}/{UNIT}/deeper/{NAME}",
        f"{DAY}/{NAME}",
        NAME,
        f"2020-02-30/{UNIT}/{NAME}",
        f"20200310/{UNIT}/{NAME}",
        f"2020-3-10/{UNIT}/{NAME}",
        f"２０２０-03-10/{UNIT}/{NAME}",
        f"{DAY} /{UNIT}/{NAME}",
    ],
)
def test_every_other_file_that_does_not_fit_is_f04(land, tmp_path, path):
    land(path)
    found = scanned(tmp_path)
    assert [file.fault for file in found.values()] == ["F04"]
    assert found[path].detail


def test_units_may_deliver_the_open_items_unasked_and_in_utf8(land, tmp_path):
    land(f"{DAY}/party_office/commendation.csv")
    land(f"{DAY}/party_office/direct_donation.csv")
    found = scanned(tmp_path)
    assert found[f"{DAY}/party_office/commendation.csv"].encoding == "utf-8"
    assert found[f"{DAY}/party_office/direct_donation.csv"].fault == "F04"


def test_the_agreed_encoding_stays_whatever_the_format(land, tmp_path):
    land(f"{DAY}/tax/regular_indicator.json")
    assert scanned(tmp_path)[f"{DAY}/tax/regular_indicator.json"].encoding == "gb18030"


def test_hidden_and_lock_files_and_control_files_are_no_deliveries(land, tmp_path):
    for name in (".hidden.csv", "~$enterprise_scale.xlsx", f"{NAME}.control.json", ".d/x.csv"):
        land(f"{DAY}/{UNIT}/{name}")
    land(f".trash/{UNIT}/{NAME}")
    assert scanned(tmp_path) == {}


def test_links_and_pipes_are_f04_and_never_followed(land, tmp_path):
    target = land("outside")
    folder = tmp_path / DAY / UNIT
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to(target)
    (folder / "enterprise_scale__dangling.csv").symlink_to("nowhere")
    os.mkfifo(folder / "enterprise_scale__pipe.csv")
    (tmp_path / DAY / "tax").symlink_to(folder)
    target.unlink()
    found = scanned(tmp_path)
    assert {file.fault for file in found.values()} == {"F04"}
    assert set(found) == {
        f"{DAY}/{UNIT}/{NAME}",
        f"{DAY}/{UNIT}/enterprise_scale__dangling.csv",
        f"{DAY}/{UNIT}/enterprise_scale__pipe.csv",
        f"{DAY}/tax",
    }


def test_folders_after_the_as_of_date_are_not_looked_at(land, tmp_path):
    land(f"{DAY}/{UNIT}/{NAME}")
    land(f"2020-03-11/{UNIT}/{NAME}")
    land("2020-03-12/rubbish")
    assert set(scanned(tmp_path, date(2020, 3, 10))) == {f"{DAY}/{UNIT}/{NAME}"}
    assert future_folders(tmp_path, date(2020, 3, 10)) == ["2020-03-11", "2020-03-12"]


def test_what_is_named_like_a_later_folder_and_is_none_is_f04(land, tmp_path):
    land("2020-03-11")
    (tmp_path / "2020-03-12").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "2020-03-13")
    found = scanned(tmp_path, date(2020, 3, 10))
    assert {name: file.fault for name, file in found.items()} == {
        "2020-03-11": "F04",
        "2020-03-12": "F04",
        "2020-03-13": "F04",
    }
    assert {file.delivery_date for file in found.values()} == {None}
    assert future_folders(tmp_path, date(2020, 3, 10)) == []


def test_deliveries_come_by_date_unit_and_name(land, tmp_path):
    paths = [
        "2020-03-09/tax/regular_indicator.csv",
        f"{DAY}/{UNIT}/enterprise_scale.csv",
        f"{DAY}/{UNIT}/enterprise_scale__b.csv",
        f"{DAY}/tax/regular_indicator.csv",
    ]
    for path in reversed(paths):
        land(path)
    assert [file.source_file for file in scan(tmp_path, CATALOGUE, AS_OF)] == paths


def test_a_name_that_is_no_utf8_is_read_and_written_out_in_hexadecimal(land, tmp_path):
    (tmp_path / DAY / UNIT).mkdir(parents=True)
    raw = os.fsencode(tmp_path / DAY / UNIT) + b"/enterprise_scale__\xff.csv"
    with open(raw, "wb"):  # noqa: PTH123 - a path of bytes
        pass
    (found,) = scan(tmp_path, CATALOGUE, AS_OF)
    assert found.source_file == f"{DAY}/{UNIT}/enterprise_scale__\\xff.csv"
    assert found.fault is None
    assert found.path.exists()


def test_a_landing_zone_that_is_not_there_is_a_wrong_argument(tmp_path):
    with pytest.raises(WrongArguments):
        scan(tmp_path / "nowhere", CATALOGUE, AS_OF)


def test_a_folder_that_cannot_be_listed_stops_the_run(land, tmp_path, monkeypatch):
    land(f"{DAY}/{UNIT}/{NAME}")
    original = os.scandir

    def refuse(folder):
        if str(folder).endswith(UNIT):
            raise PermissionError(13, "Permission denied")
        return original(folder)

    monkeypatch.setattr(landing_module.os, "scandir", refuse)
    with pytest.raises(Failure, match="Permission denied"):
        scan(tmp_path, CATALOGUE, AS_OF)


# ---------------------------------------------------------------- control files


def control(tmp_path, content: bytes) -> Control:
    path = tmp_path / "x.control.json"
    path.write_bytes(content)
    return read_control(path)


SHA = hashlib.sha256(b"x").hexdigest()


def test_a_control_file_stands_beside_its_delivery(land, tmp_path):
    land(f"{DAY}/{UNIT}/{NAME}")
    beside = land(f"{DAY}/{UNIT}/{NAME}.control.json", b"{}")
    land(f"{DAY}/{UNIT}/absent.csv.control.json", b"broken")
    (found,) = scan(tmp_path, CATALOGUE, AS_OF)
    assert found.control_path == beside


@pytest.mark.parametrize(
    ("content", "rows", "sha256"),
    [
        (f'{{"rows": 3, "sha256": "{SHA}"}}', 3, SHA),
        (f'{{"sha256": "{SHA.upper()}"}}', None, SHA),
        ('{"rows": 0}', 0, None),
        ("{}", None, None),
        ('\ufeff{"rows": 3, "note": "x"}', 3, None),
    ],
)
def test_either_key_of_a_control_file_may_be_missing(tmp_path, content, rows, sha256):
    found = control(tmp_path, content.encode())
    assert (found.rows, found.sha256, found.fault) == (rows, sha256, None)
    assert found.digest == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"3",
        b"[]",
        b"null",
        b'{"rows": null}',
        b'{"note": null}',
        b'{"note": [{"x": null}]}',
        b'{"rows": "3"}',
        b'{"rows": 3.0}',
        b'{"rows": 3e0}',
        b'{"rows": true}',
        b'{"rows": -3}',
        b'{"rows": NaN}',
        b'{"rows": 3, "rows": 3}',
        b'{"sha256": 3}',
        b'{"sha256": "abc"}',
        b'{"rows": 3',
        b"\xff",
        b"[" * 100_000,
        b'{"x": ' * 100_000,
        b'{"rows": ' + b"9" * 10_000 + b"}",
        b" " * 1_100_000 + b"{}",
    ],
)
def test_what_is_no_such_object_contradicts_every_delivery(tmp_path, content):
    found = control(tmp_path, content)
    assert found.fault
    assert found.contradiction(3, SHA) == found.fault
    assert found.digest == hashlib.sha256(content).hexdigest()


def test_a_control_file_that_is_no_regular_file_contradicts_its_delivery(land, tmp_path):
    land(f"{DAY}/{UNIT}/{NAME}")
    for number, make in enumerate([os.mkfifo, Path.mkdir, lambda path: path.symlink_to("x")]):
        name = f"enterprise_scale__{number}.csv"
        land(f"{DAY}/{UNIT}/{name}")
        make(tmp_path / DAY / UNIT / f"{name}.control.json")
        found = scanned(tmp_path)[f"{DAY}/{UNIT}/{name}"]
        assert found.control_path is not None
        assert read_control(found.control_path).fault


def test_rows_and_hash_are_compared(tmp_path):
    promised = control(tmp_path, f'{{"rows": 3, "sha256": "{SHA}"}}'.encode())
    assert promised.contradiction(3, SHA) is None
    assert promised.contradiction(4, SHA)
    assert promised.contradiction(3, SHA.replace(SHA[0], "g"))
    assert read_control(None).contradiction(3, SHA) is None


# ---------------------------------------------------------------- size


def test_thirty_thousand_files_are_scanned_in_a_moment(tmp_path):
    import time

    for day in range(30):
        folder = tmp_path / f"2020-02-{day + 1:02d}" / UNIT
        if day == 29:
            folder = tmp_path / DAY / UNIT
        folder.mkdir(parents=True)
        for number in range(1000):
            (folder / f"enterprise_scale__{number}.csv").touch()
    started = time.process_time()
    assert len(scan(tmp_path, CATALOGUE, AS_OF)) == 30_000
    assert time.process_time() - started < 3
