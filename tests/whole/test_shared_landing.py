"""Workers of several hosts and processes share a landing zone; the release is that of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestration.publish.manifest import Manifest, read_manifest
from tests.whole.conftest import AS_OF, Credit


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
