"""A landing zone and a raw store in an object storage give what folders give."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contract_rig import IDENTITY, USCC
from landing_rig import (
    LATEST,
    SETTINGS,
    catalogue,
    csv_bytes,
    deliver,
    outcome,
    planned,
)
from pydantic import SecretStr

from orchestration.demo.feeds import write_demo_feeds
from orchestration.errors import Failure, WrongArguments
from orchestration.home import Home
from orchestration.ingest import mirror as mirror_module
from orchestration.ingest import objects
from orchestration.ingest.ingest import IngestReport, ingest
from orchestration.ingest.ledger import Ledger
from orchestration.ingest.mirror import fetch_landing
from orchestration.ingest.objects import ObjectFolder
from orchestration.ingest.shares import Share, ingest_share
from orchestration.ingest.store import RawStore
from orchestration.ingest.strays import marked
from orchestration.pipeline import Run
from orchestration.settings import Settings
from tests.object_storage import Bucket, running_storage

UNIT = "market_regulation"
PLACE = f"2020-02-01/{UNIT}/enterprise_scale"
GOOD = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2019", "scale": "小型"}])
OTHER = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2018", "scale": "中型"}])
PACKED = gzip.compress(GOOD, mtime=0)
BAD = b"\xe4\xb8\x80,x\n1,2\n"


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_storage() as storage:
        yield storage


def settings(bucket: Bucket, landing: Path | None, **others: Any) -> Settings:
    """A host whose landing zone is brought from the bucket."""
    given = {"landing": landing, "landing_source": SecretStr(bucket.address("landing"))}
    return SETTINGS.model_copy(update={**given, **others})


def stored(bucket: Bucket, **others: Any) -> Settings:
    """A host that gives the raw store what it reads."""
    return SETTINGS.model_copy(
        update={"raw_store": SecretStr(bucket.address("raw/zone")), **others}
    )


def run(landing: Path | None, home: Path, chosen: Settings) -> IngestReport:
    with Home(home).held(), marked(home):
        return ingest(landing, home, chosen, catalogue(), LATEST)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".half-written" not in path.parts
    }


# ------------------------------------------------------------------ the landing zone


def test_what_is_new_or_changed_is_brought_and_nothing_is_removed(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "_SETTLED_SECONDS", -1)
    landing = tmp_path / "landing"
    chosen = settings(bucket, landing)
    assert fetch_landing(chosen) == []
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    bucket.put(f"landing/{PLACE}.csv.gz", PACKED)
    bucket.put(f"landing/{PLACE}.csv.control.json", b"{}")
    bucket.put(f"landings/{PLACE}__no.csv", GOOD)
    fetch_landing(chosen)
    expected = {
        f"{PLACE}.csv": GOOD,
        f"{PLACE}.csv.gz": PACKED,
        f"{PLACE}.csv.control.json": b"{}",
    }
    assert files(landing) == expected
    before = (landing / f"{PLACE}.csv").stat()

    bucket.client.delete_object(Bucket=bucket.name, Key=f"landing/{PLACE}.csv")
    bucket.put(f"landing/{PLACE}.csv.control.json", b'{"rows": 1}')
    fetch_landing(chosen)
    assert files(landing) == {**expected, f"{PLACE}.csv.control.json": b'{"rows": 1}'}
    assert (landing / f"{PLACE}.csv").stat() == before


def test_a_young_object_is_brought_again(bucket: Bucket, tmp_path: Path) -> None:
    chosen = settings(bucket, tmp_path)
    for content in (GOOD, GOOD[:-1] + b" "):  # the same size, perhaps in the same second
        bucket.put(f"landing/{PLACE}.csv", content)
        fetch_landing(chosen)
        assert files(tmp_path) == {f"{PLACE}.csv": content}


HOSTILE = (
    "../out.csv",
    "2020-02-01/../../out.csv",
    "/out.csv",
    "2020-02-01//out.csv",
    "./out.csv",
    f"2020-02-01/{UNIT}",
    f"2020-02-01/{UNIT}/{'长' * 100}.csv",
    f"2020-02-01/{UNIT}/{IDENTITY}/../x.csv",
    ".half-written/out.csv",
)


def test_no_name_leads_out_of_the_folder(bucket: Bucket, tmp_path: Path) -> None:
    for name in HOSTILE:
        bucket.put(f"landing/{name}", b"hostile")
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    lines = fetch_landing(settings(bucket, tmp_path / "landing"))
    assert files(tmp_path) == {f"landing/{PLACE}.csv": GOOD}
    assert len(lines) == len(HOSTILE)
    assert IDENTITY not in "".join(lines)


@pytest.mark.parametrize("error", [OSError(f"no access to {IDENTITY}.csv"), MemoryError()])
def test_what_cannot_be_read_leaves_nothing_and_tells_no_number(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    class Broken:
        def metadata(self) -> dict[str, str]:
            return {}

        def __enter__(self) -> Broken:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, _: int) -> bytes:
            raise error

    bucket.put(f"landing/2020-02-01/{UNIT}/x__{IDENTITY}.csv", GOOD)
    monkeypatch.setattr(ObjectFolder, "_open", lambda *_: Broken())
    with pytest.raises((Failure, MemoryError)) as raised:
        fetch_landing(settings(bucket, tmp_path))
    assert IDENTITY not in str(raised.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_cannot_be_written_tells_no_number(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", f"{IDENTITY}.csv")

    bucket.put(f"landing/2020-02-01/{UNIT}/x__{IDENTITY}.csv", GOOD)
    monkeypatch.setattr(mirror_module, "_is_there", refused)
    with pytest.raises(Failure, match="Permission denied") as raised:
        fetch_landing(settings(bucket, tmp_path))
    assert IDENTITY not in str(raised.value)


def test_an_object_over_the_limit_is_set_aside_as_a_file_of_its_size_is(
    bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    bucket.put(f"landing/{PLACE}__large.csv", GOOD + GOOD)
    limits = SETTINGS.limits.model_copy(update={"max_file_bytes": len(GOOD)})
    host = settings(bucket, tmp_path / "landing", limits=limits)
    assert fetch_landing(host) == []
    run(host.landing, tmp_path / "home", host)
    faults = {
        entry.file_name: (entry.fault, entry.sha256)
        for entry in Ledger.of(tmp_path / "home").entries.values()
    }
    assert faults == {
        "enterprise_scale.csv": (None, hashlib.sha256(GOOD).hexdigest()),
        "enterprise_scale__large.csv": ("F06", hashlib.sha256(GOOD + GOOD).hexdigest()),
    }


def test_an_object_out_of_all_proportion_is_left_and_told(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    bucket.put(f"landing/{PLACE}__large.csv", 11 * GOOD)
    limits = SETTINGS.limits.model_copy(update={"max_file_bytes": len(GOOD)})
    (line,) = fetch_landing(settings(bucket, tmp_path, limits=limits))
    assert "__large.csv" in line
    assert files(tmp_path) == {f"{PLACE}.csv": GOOD}


def test_an_upload_that_breaks_off_is_no_object_and_one_that_is_there_stays(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(source: Any, target: Any, _: int) -> None:
        target.write(source.read(1))
        raise OSError("the disk is broken")

    folder = ObjectFolder(bucket.address("raw"))
    path = tmp_path / "rows"
    path.write_bytes(GOOD)
    folder.store(path, "there")
    monkeypatch.setattr(objects.shutil, "copyfileobj", break_off)
    folder.store(path, "there")
    with pytest.raises(Failure, match="broken"):
        folder.store(path, "new")
    # PyArrow keeps the folder that the half one was in.
    assert set(bucket.keys("raw/")) - {"raw/"} == {"raw/there"}


def test_an_object_is_not_taken_before_its_upload_has_ended(bucket: Bucket, tmp_path: Path) -> None:
    place = {"Bucket": bucket.name, "Key": f"landing/{PLACE}.csv"}
    upload = {**place, "UploadId": bucket.client.create_multipart_upload(**place)["UploadId"]}
    part = bucket.client.upload_part(**upload, PartNumber=1, Body=GOOD)
    fetch_landing(settings(bucket, tmp_path))
    assert files(tmp_path) == {}
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    bucket.client.complete_multipart_upload(**upload, MultipartUpload=parts)
    fetch_landing(settings(bucket, tmp_path))
    assert files(tmp_path) == {f"{PLACE}.csv": GOOD}


def test_an_object_that_is_replaced_while_it_is_read_comes_whole_the_next_time(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    copy = objects.shutil.copyfileobj

    def replaced(source: Any, target: Any, size: int) -> None:
        copy(source, target, size)
        bucket.put(f"landing/{PLACE}.csv", OTHER)

    with monkeypatch.context() as patched:
        patched.setattr(objects.shutil, "copyfileobj", replaced)
        (line,) = fetch_landing(settings(bucket, tmp_path))
    assert "was replaced while it was read" in line
    assert files(tmp_path) == {}
    fetch_landing(settings(bucket, tmp_path))
    assert files(tmp_path) == {f"{PLACE}.csv": OTHER}


def test_what_a_kill_left_half_written_goes_after_a_day(bucket: Bucket, tmp_path: Path) -> None:
    scratch = tmp_path / ".half-written"
    scratch.mkdir()
    for name in ("old", "young"):
        (scratch / name).write_bytes(b"half")
    os.utime(scratch / "old", (0, 0))
    fetch_landing(settings(bucket, tmp_path))
    assert [path.name for path in scratch.iterdir()] == ["young"]


@pytest.mark.parametrize(
    "address", ["/folder", "file:///folder", "s3://", "https://user:SECRET@host/x", "s3:///x"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(WrongArguments, match="s3://bucket/folder") as refused:
        ObjectFolder(address)
    assert "SECRET" not in str(refused.value)


def test_a_storage_that_refuses_is_told_in_one_line_without_its_secrets(bucket: Bucket) -> None:
    folder = ObjectFolder(f"s3://key:SECRET@none/x?region=r&scheme=http&{_endpoint(bucket)}")
    with pytest.raises(Failure, match="s3://none/x could not be listed") as failed:
        folder.find()
    assert "SECRET" not in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1


def _endpoint(bucket: Bucket) -> str:
    return "endpoint_override=" + bucket.endpoint.removeprefix("http://")


def test_a_run_brings_its_landing_zone_once_and_tells_all_that_it_read(
    bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put(f"landing/{PLACE}.csv", GOOD)
    chosen = settings(bucket, tmp_path / "landing", home=tmp_path / "home")
    run = Run(settings=chosen, as_of=LATEST)
    run.check_arguments()
    with run.home.held():
        run.ingest()
        bucket.put(f"landing/{PLACE}__late.csv", OTHER)
        run.ingest()
    assert run.ingest_report is not None
    assert [one.entry.source_file for one in run.ingest_report.files] == [f"{PLACE}.csv"]
    assert files(tmp_path / "landing") == {f"{PLACE}.csv": GOOD}


def test_what_cannot_work_is_refused_at_once(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the checkout's own home may hold another key
    with pytest.raises(WrongArguments, match="give --landing, too"):
        Run(settings=settings(bucket, None)).check_arguments()
    with pytest.raises(WrongArguments, match="CREDIT_PERSON_KEY is not set"):
        Run(settings=stored(bucket, person_key=None)).check_arguments()


# ------------------------------------------------------------------ the raw store


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zone = tmp_path_factory.mktemp("objects") / "landing"
    write_demo_feeds(zone, enterprises=20, days=3, dirty=0.08)
    return zone


@pytest.fixture(scope="module")
def expected(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("folders") / "home"
    run(landing, home, SETTINGS)
    return outcome(home)


def test_hosts_that_share_only_a_bucket_give_what_one_host_gives(
    landing: Path, expected: dict[str, Any], bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put_folder(landing, "landing")
    read = 0
    for number in (1, 2):
        host = tmp_path / str(number)
        raw_store = SecretStr(bucket.address("raw/zone"))
        chosen = settings(bucket, host / "landing", raw_store=raw_store)
        share = Share(number, 2)
        report = ingest_share(
            host / "landing", Home(host / "home"), chosen, catalogue(), LATEST, share
        )
        read += len(report.files)
        brought = {name.removesuffix(".control.json") for name in files(host / "landing")}
        assert 0 < len(brought) < len(expected["ledger"])
    assert read == len(expected["ledger"])
    for home in (tmp_path / "builds", tmp_path / "builds too"):
        assert len(run(None, home, stored(bucket)).files) == read
        assert outcome(home) == expected
        assert run(landing, home, stored(bucket)).files == ()
        assert outcome(home) == expected
    assert len(bucket.keys("raw/zone/segments")) == 2


def test_rows_without_a_segment_are_no_rows_and_the_next_run_gives_them_again(
    landing: Path, expected: dict[str, Any], bucket: Bucket, tmp_path: Path, monkeypatch: Any
) -> None:
    store = ObjectFolder.store

    def killed(self: ObjectFolder, path: Path, name: str) -> None:
        if name.startswith("segments/"):
            raise KeyboardInterrupt
        store(self, path, name)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ObjectFolder, "store", killed)
        run(landing, tmp_path / "one", stored(bucket))
    assert bucket.keys("raw/zone/items")
    assert run(None, tmp_path / "early", stored(bucket)).files == ()
    assert run(landing, tmp_path / "one", stored(bucket)).files == ()
    run(None, tmp_path / "two", stored(bucket))
    assert outcome(tmp_path / "one") == outcome(tmp_path / "two") == expected


def test_of_two_readings_of_a_path_the_first_holds_in_every_home(
    bucket: Bucket, tmp_path: Path
) -> None:
    homes = [tmp_path / name for name in ("one", "two")]
    for home, content in zip(homes, (GOOD, OTHER), strict=True):
        deliver(home / "landing", "2020-02-01", UNIT, "enterprise_scale.csv", content)
        run(home / "landing", home, SETTINGS)  # each by itself, before there is a store
    for home in (*homes, *homes):
        run(home / "landing", home, stored(bucket))
    assert [planned(home).taken[0].sha256 for home in homes] == [
        planned(homes[0]).taken[0].sha256
    ] * 2
    assert outcome(homes[0])["rows"] == outcome(homes[1])["rows"]
    assert len(bucket.keys("raw/zone/segments")) == 1


def test_a_corrected_file_reaches_a_home_that_refused_it(bucket: Bucket, tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "two")]
    for home, content in zip(homes, (BAD, GOOD), strict=True):
        deliver(home / "landing", "2020-02-01", UNIT, "enterprise_scale.csv", content)
        run(home / "landing", home, stored(bucket))
    run(None, homes[0], stored(bucket))
    assert [len(planned(home).taken) for home in homes] == [1, 1]


def test_a_store_of_another_person_key_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("raw/zone/segments/README", b"no segment")
    deliver(tmp_path / "landing", "2020-02-01", UNIT, "enterprise_scale.csv", GOOD)
    run(tmp_path / "landing", tmp_path / "one", stored(bucket))
    with pytest.raises(WrongArguments, match="another CREDIT_PERSON_KEY"):
        run(None, tmp_path / "two", stored(bucket, person_key=SecretStr("other")))


def test_a_segment_cannot_name_what_is_no_parquet_of_the_raw_zone(
    bucket: Bucket, tmp_path: Path
) -> None:
    deliver(tmp_path / "landing", "2020-02-01", UNIT, "enterprise_scale.csv", GOOD)
    run(tmp_path / "landing", tmp_path / "one", stored(bucket))
    (segment,) = bucket.keys("raw/zone/segments")
    (entry,) = Ledger.of(tmp_path / "one").entries.values()
    odd = replace(entry, source_file="other", loaded="items/../../../out", status=None)
    bucket.put(segment.replace("/20", "/00"), odd.to_json().encode() + b"\n")
    with pytest.raises(Failure, match="names what is no Parquet"):
        run(None, tmp_path / "two", stored(bucket))
    assert not (tmp_path / "two" / "raw" / "ledger.jsonl").exists()


def test_rows_that_are_gone_stop_the_run_and_nothing_is_written_down(
    bucket: Bucket, tmp_path: Path
) -> None:
    deliver(tmp_path / "landing", "2020-02-01", UNIT, "enterprise_scale.csv", GOOD)
    run(tmp_path / "landing", tmp_path / "one", stored(bucket))
    (rows,) = bucket.keys("raw/zone/items")
    bucket.client.delete_object(Bucket=bucket.name, Key=rows)
    with pytest.raises(Failure, match=r"loaded\.parquet is not in s3://bucket-"):
        run(None, tmp_path / "two", stored(bucket))
    assert Ledger.of(tmp_path / "two").entries == {}


def test_without_a_store_nothing_is_asked() -> None:
    assert RawStore.of(SETTINGS, Path("home"), "0", "1") is None
    assert fetch_landing(SETTINGS) == []
