"""Bytes as delivered, gz and zip, under limits that are counted while reading."""

import gzip
import hashlib
import io
import os
import struct
import zipfile

import pytest

from orchestration.errors import Failure
from orchestration.ingest import containers
from orchestration.ingest.containers import open_content, read_regular_file
from orchestration.ingest.delivered import DeliveredBytes, FileFault
from orchestration.settings import Limits
from tests.ingest.reading_rig import SCALE_HEADERS, delivery_of, fault_of, read, workbook

CSV = f"{','.join(SCALE_HEADERS)}\nA,2020,大型\n".encode()
MEBIBYTE = 1024 * 1024


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


# ---------------------------------------------------------------- reading once


def test_the_hash_is_that_of_the_file_as_delivered(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV))
    delivered = read_regular_file(path, 1000)
    assert delivered.content == path.read_bytes()
    assert delivered.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_over_the_limit_is_hashed_and_not_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV * 100)
    delivered = read_regular_file(path, 100)
    assert delivered.content is None
    assert delivered.sha256 == hashlib.sha256(CSV * 100).hexdigest()
    with (
        pytest.raises(FileFault, match="F06"),
        open_content(delivery_of("a.csv", b""), delivered, Limits()),
    ):
        pass


def test_exactly_the_limit_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    assert read_regular_file(path, len(CSV)).content == CSV
    assert read_regular_file(path, len(CSV) - 1).content is None


def test_links_pipes_and_folders_are_f04_and_never_opened(tmp_path):
    (tmp_path / "target").write_bytes(CSV)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(FileFault, match="F04"):
            read_regular_file(tmp_path / name, 1000)


def test_what_cannot_be_read_stops_the_run(tmp_path, monkeypatch):
    with pytest.raises(Failure, match="gone"):
        read_regular_file(tmp_path / "gone", 1000)

    def broken_disk(*_):
        raise OSError(5, "Input/output error")

    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    monkeypatch.setattr(containers, "_read_once", broken_disk)
    with pytest.raises(Failure, match="Input/output error"):
        read_regular_file(path, 1000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_stops_the_run(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    path.chmod(0)
    with pytest.raises(Failure, match="Permission denied"):
        read_regular_file(path, 1000)


def disturb(monkeypatch, path, times):
    """Append a byte to the file after it was opened, as often as told."""
    original, left = hashlib.sha256, [times]

    def sha256_of_a_file_that_grows():
        if left[0]:
            left[0] -= 1
            with path.open("ab") as stream:
                stream.write(b"+")
        return original()

    monkeypatch.setattr(containers.hashlib, "sha256", sha256_of_a_file_that_grows)
    monkeypatch.setattr(containers, "_PAUSE_SECONDS", 0)


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 3 * MEBIBYTE)
    disturb(monkeypatch, path, 2)
    assert read_regular_file(path, 200 * MEBIBYTE).content == b"x" * 3 * MEBIBYTE + b"++"


def test_a_file_that_does_not_stop_growing_stops_the_run(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    disturb(monkeypatch, path, 1000)
    with pytest.raises(Failure, match="still being written"):
        read_regular_file(path, 200 * MEBIBYTE)


# ---------------------------------------------------------------- gz


@pytest.mark.parametrize("extension", ["csv.gz", "csv__x.gz"])
def test_every_format_may_be_gzipped(extension):
    if extension == "csv.gz":
        assert read(extension, gzip.compress(CSV)).numbers == [2]
    book = workbook(SCALE_HEADERS, ["A", 1, "x"])
    assert read("xlsx.gz", gzip.compress(book)).numbers == [2]


def test_members_of_a_gzip_file_follow_each_other():
    content = gzip.compress(CSV) + gzip.compress(b"B,2019,x\n")
    assert read("csv.gz", content).numbers == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        CSV,
        gzip.compress(CSV)[:-1],
        gzip.compress(CSV)[:20],
        gzip.compress(CSV) + b"x",
        gzip.compress(CSV)[:-8] + b"\0" * 8,
        b"\x1f\x8b\x08" + b"\0" * 40,
    ],
)
def test_what_is_no_gzip_is_f01(content):
    assert fault_of("csv.gz", content) == "F01"


# ---------------------------------------------------------------- zip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", CSV),
        ("任意.csv", CSV),
        ("a/b.csv", CSV),
        ("x.xlsx", workbook(SCALE_HEADERS)),
        ("x.json", b"[]"),
        ("x.jsonl", b""),
        ("x.xml", b"<records/>"),
    ],
)
def test_the_members_extension_chooses_the_format(name, content):
    assert fault_of("zip", zipped((name, content))) is None


def test_folder_entries_are_no_members():
    assert read("zip", zipped(("a/", b""), ("a/b/", b""), ("a/b/x.csv", CSV))).numbers == [2]


@pytest.mark.parametrize(
    "members",
    [
        [],
        [("folder/", b"")],
        [("x.csv.gz", gzip.compress(CSV))],
        [("x.zip", zipped(("x.csv", CSV)))],
        [("x", CSV)],
        [("x.CSV", CSV)],
        [("x.txt", CSV)],
        [(".csv", CSV)],
    ],
)
def test_a_zip_without_a_readable_member_is_f01(members):
    assert fault_of("zip", zipped(*members)) == "F01"


def test_two_members_are_f06():
    assert fault_of("zip", zipped(("x.csv", CSV), ("y.csv", CSV))) == "F06"
    assert fault_of("zip", zipped(("x.csv", CSV), ("README", b""))) == "F06"


def test_an_encrypted_member_is_f01():
    content = bytearray(zipped(("x.csv", CSV)))
    local, central = content.find(b"PK\3\4"), content.find(b"PK\1\2")
    content[local + 6] |= 1
    content[central + 8] |= 1
    assert fault_of("zip", bytes(content)) == "F01"


@pytest.mark.parametrize("cut", [0, 10, 60, -1, -30])
def test_a_broken_zip_is_f01(cut):
    assert fault_of("zip", zipped(("x.csv", CSV * 50))[:cut]) == "F01"


def test_a_zip_with_a_wrong_checksum_is_f01():
    content = bytearray(zipped(("x.csv", CSV), compression=zipfile.ZIP_STORED))
    content[content.find(b"2020")] ^= 1
    assert fault_of("zip", bytes(content)) == "F01"


# ---------------------------------------------------------------- bombs


def test_a_file_that_inflates_beyond_the_ratio_is_f06_only_above_the_floor():
    limits = Limits(inflation_ratio_floor_bytes=MEBIBYTE)
    below, above = b"\n" * MEBIBYTE, b"\n" * (MEBIBYTE + 1)
    for pack, extension in ((gzip.compress, "csv.gz"), (lambda c: zipped(("x.csv", c)), "zip")):
        assert len(pack(above)) * 200 < MEBIBYTE
        assert fault_of(extension, pack(CSV + below[len(CSV) :]), limits=limits) is None
        assert fault_of(extension, pack(CSV + above[len(CSV) :]), limits=limits) == "F06"


def test_the_inflated_limit_holds_whatever_the_headers_say():
    limits = Limits(max_inflated_bytes=1000)
    content = bytearray(zipped(("x.csv", CSV * 100)))
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", content, content.find(mark) + place, len(CSV))
    assert fault_of("zip", bytes(content), limits=limits) in ("F06", "F01")
    assert fault_of("zip", zipped(("x.csv", CSV * 100)), limits=limits) == "F06"
    assert fault_of("csv.gz", gzip.compress(CSV * 100), limits=limits) == "F06"


def test_a_bomb_is_f06_before_its_broken_end_is_seen():
    limits = Limits(max_inflated_bytes=MEBIBYTE)
    assert fault_of("csv.gz", gzip.compress(b"\n" * 3 * MEBIBYTE)[:-8], limits=limits) == "F06"


def test_a_large_content_is_mapped_and_not_held(monkeypatch):
    monkeypatch.setattr(containers, "_IN_MEMORY", 100)
    content = gzip.compress(CSV * 10)
    delivered = DeliveredBytes(content, "", len(content))
    with open_content(delivery_of("a.csv.gz", content), delivered, Limits()) as opened:
        assert not isinstance(opened.buffer, bytes)
        assert opened.buffer[:] == CSV * 10
    assert len(read("csv.gz", content).rows) == 19
