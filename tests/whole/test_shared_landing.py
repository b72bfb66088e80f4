"""Hosts and processes that share a landing zone, by a folder or a bucket: the release of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from orchestration.pipeline import Run, execute
from orchestration.publish.manifest import Manifest, read_manifest
from orchestration.settings import Settings
from tests.object_storage import running_storage
from tests.whole.conftest import AS_OF, PERSON_KEY, Credit


def _digests(home: Path) -> dict[str, str]:
    manifest: Manifest = read_manifest((home / "published" / "current").resolve())
    return manifest.digests


def test_shares_read_elsewhere_and_processes_here_give_the_digests_of_one_run(
    published: tuple[Path, dict[str, Any]], dirty_landing: Path, tmp_path: Path, credit: Credit
) -> None:
    home = tmp_path / "home"
    places = ("--landing", dirty_landing, "--home", home, "--as-of", AS_OF, "--json")
    shares = {
        share: credit("ingest-worker", "--share", share, *places, CREDIT_INGEST_WORKERS="2")
        for share in ("3/3", "1/3")
    }
    read = {}
    for share, done in shares.items():
        assert done.returncode == 0, done.stderr
        read[share] = json.loads(done.stdout)["files"]
    assert all(read.values())
    again = credit("ingest-worker", "--share", "1/3", *places)
    assert json.loads(again.stdout) == {
        "share": "1/3",
        "files": 0,
        "unchanged": read["1/3"],
        "rows": 0,
    }
    done = credit("run", *places, CREDIT_INGEST_WORKERS="2")
    assert done.returncode == 0, done.stderr[-3000:]
    said, one = json.loads(done.stdout), published[1]
    assert {key: said[key] for key in ("files", "rows", "tables")} == {
        key: one[key] for key in ("files", "rows", "tables")
    }
    assert _digests(home) == _digests(published[0])


def test_a_home_that_knows_only_a_bucket_gives_the_digests_of_one_run(
    published: tuple[Path, dict[str, Any]], dirty_landing: Path, tmp_path: Path, credit: Credit
) -> None:
    with running_storage() as bucket:
        bucket.put_folder(dirty_landing, "landing")
        places = ("--landing", tmp_path / "landing", "--home", tmp_path / "reads", "--json")
        address = bucket.address("landing")
        store = {"CREDIT_RAW_STORE": bucket.address("raw")}
        done = credit(
            *("ingest-worker", "--share", "1/1", *places), CREDIT_LANDING_SOURCE=address, **store
        )
        assert done.returncode == 0, done.stderr[-3000:]
        settings = Settings(
            home=tmp_path / "builds",
            raw_store=SecretStr(store["CREDIT_RAW_STORE"]),
            person_key=SecretStr(PERSON_KEY),
            with_documents=False,
            with_site=False,
        )
        run = Run(settings=settings, as_of=AS_OF)
        execute(run)
    assert _digests(tmp_path / "builds") == _digests(published[0])


def test_a_worker_says_in_one_line_what_is_wrong(tmp_path: Path, credit: Credit) -> None:
    (tmp_path / "landing").mkdir()
    places = ("--landing", tmp_path / "landing", "--home", tmp_path / "home")
    for share, landing, code in (
        ("9/8", places, 2),
        ("1/8", places[2:], 2),
        ("1/8", ("--landing", tmp_path / "none", *places[2:]), 2),
        ("1/8", places, 0),
    ):
        done = credit("ingest-worker", "--share", share, *landing)
        assert done.returncode == code, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
