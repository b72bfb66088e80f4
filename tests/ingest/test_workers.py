"""However many workers read a landing zone, on how many hosts: the same rows, files and faults."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contract_rig import USCC
from landing_rig import LATEST, SETTINGS, catalogue, csv_bytes, deliver, outcome, planned

from orchestration.demo.feeds import write_demo_feeds
from orchestration.engine import part_of_memory
from orchestration.errors import Failure, HomeIsHeld, WrongArguments
from orchestration.home import Home
from orchestration.ingest import ledger as ledger_module
from orchestration.ingest import workers
from orchestration.ingest.delivered import DeliveryFile
from orchestration.ingest.ingest import IngestReport, ingest
from orchestration.ingest.ledger import Ledger
from orchestration.ingest.raw import hold_person_key
from orchestration.ingest.shares import Share, ingest_share
from orchestration.ingest.strays import marked
from orchestration.pipeline import Run
from orchestration.settings import Settings

UNIT = "market_regulation"
GOOD = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2019", "scale": "小型"}])
OTHER = csv_bytes("enterprise_scale", [{"uscc": USCC, "year": "2018", "scale": "小型"}])
BAD = b"\xe4\xb8\x80,x\n1,2\n"


def run(
    landing: Path,
    home: Path,
    count: int = 1,
    wanted: Callable[[DeliveryFile], bool] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport:
    """The ingest of a run with so many processes."""
    settings = SETTINGS.model_copy(update={"ingest_workers": count})
    with Home(home).held(), marked(home):
        return ingest(landing, home, settings, catalogue(), LATEST, progress, wanted)


ALONE = SETTINGS.model_copy(update={"ingest_workers": 1})


def work(landing: Path, home: Path, share: str, settings: Settings = ALONE) -> IngestReport:
    """A worker on some host."""
    return ingest_share(landing, Home(home), settings, catalogue(), LATEST, Share.of(share))


def put(landing: Path, content: bytes, day: str = "2020-02-01", name: str = "") -> Path:
    return deliver(landing, day, UNIT, f"enterprise_scale{name}.csv", content)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every item, unit and defect; some files twice."""
    zone = tmp_path_factory.mktemp("workers") / "landing"
    write_demo_feeds(zone, enterprises=20, days=3, dirty=0.08)
    return zone


@pytest.fixture(scope="module")
def expected(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("one") / "home"
    run(landing, home)
    return outcome(home)


# ------------------------------------------------------------------ the same result


@pytest.mark.parametrize("count", [2, 3])
def test_the_number_of_processes_changes_nothing(
    count: int, landing: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    report = run(landing, tmp_path / "home", count)
    assert len(report.files) == len(expected["ledger"])
    assert outcome(tmp_path / "home") == expected
    assert not (tmp_path / "home" / "work" / "workers").exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_does_the_order_in_which_shares_and_runs_see_the_files(
    seed: int, landing: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    home, chance = tmp_path / "home", random.Random(seed)
    run(landing, home, wanted=lambda _: chance.random() < 0.3)
    shares = ["1/3", "2/3", "3/3", "1/2"]  # another division of the same files, too
    chance.shuffle(shares)
    for share in shares[:3]:
        work(landing, home, share)
    report = run(landing, home, count=2)
    assert report.unchanged + len(report.files) >= len(expected["ledger"])
    assert outcome(home) == expected
    assert run(landing, home, count=2).files == ()


def delivery(name: str, size: int) -> DeliveryFile:
    unknown = dict.fromkeys((f.name for f in fields(DeliveryFile)), None)
    return DeliveryFile(**{**unknown, "path": Path(name), "size": size})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "cores", "memory", "sizes", "count"),
    [
        (None, 2, "3GB", [100] * 99, 1),  # starting a second costs more than it saves
        (None, 2, "3GB", [100] * 100, 2),
        (None, 2, "3GB", [1_000_000], 1),  # a file is read by one
        (None, 2, "3GB", [9_000_000, 1], 1),  # and the others are not waited for
        (None, 1, "3GB", [1_000_000] * 2, 1),
        (None, 64, "16 GiB", [1_000_000] * 9, 9),
        (None, 64, "3GB", [1_000_000] * 9, 2),
        (None, 2, "1000MB", [1_000_000] * 9, 1),  # what one can read may be too much for half
        (None, 2, "-1", [1_000_000] * 9, 1),
        (1, 2, "3GB", [1_000_000] * 9, 1),
        (8, 2, "3GB", [1_000_000] * 9, 8),  # who asks, knows
        (8, 2, "3GB", [100] * 3, 3),
        (8, 2, "3GB", [], 1),
    ],
)
def test_as_many_processes_read_as_are_asked_for_or_worth_it(
    asked: int | None,
    cores: int,
    memory: str,
    sizes: list[int],
    count: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(workers, "_FEW_FILES", 100)
    monkeypatch.setattr(workers, "_FEW_BYTES", 1_000_000)
    changes = {"ingest_workers": asked, "threads": cores, "memory_limit": memory}
    files = tuple(delivery(f"{number}.csv", size) for number, size in enumerate(sizes))
    settings = SETTINGS.model_copy(update=changes)
    task = workers.Task(files, settings, catalogue(), tmp_path, tmp_path)
    assert workers._wanted_processes(task) == count
    divided = workers._divided(task, count)
    assert [one.settings.threads for one in divided] == [max(1, cores // count)] * count
    part = part_of_memory(memory, count)
    assert [one.settings.memory_limit for one in divided] == [part] * count
    assert sorted(file.path.name for one in divided for file in one.deliveries) == sorted(
        file.path.name for file in files
    )


def test_processes_get_parts_of_about_equal_size_in_the_order_of_the_files() -> None:
    chance = random.Random(1)
    files = [delivery(f"{n}", chance.choice((10, 5_000_000, 90_000_000))) for n in range(100)]
    parts = workers._shares(files, 4)
    sizes = [sum(file.size for file in part) for part in parts]
    assert max(sizes) - min(sizes) <= 90_000_000
    places = {id(file): place for place, file in enumerate(files)}
    for part in parts:
        at = [places[id(file)] for file in part]
        assert at == sorted(at)


def test_nothing_is_imported_from_the_folder_that_a_run_is_called_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "landing", GOOD)
    put(tmp_path / "landing", OTHER, name="__2")
    delivered = tmp_path / "delivered"
    delivered.mkdir()
    for module in ("duckdb", "yaml", "orchestration"):
        (delivered / f"{module}.py").write_text("open('executed', 'w')")
    monkeypatch.chdir(delivered)
    assert len(run(tmp_path / "landing", tmp_path / "home", count=2).files) == 2
    assert not (delivered / "executed").exists()


def test_every_path_falls_to_one_share_on_every_machine() -> None:
    names = [f"2020-02-01/{UNIT}/enterprise_scale__{number}.csv" for number in range(1000)]
    for count in (1, 2, 7):
        shares = [Share(number, count) for number in range(1, count + 1)]
        assert all(sum(share.has(name) for share in shares) == 1 for name in names)
        assert all(sum(map(share.has, names)) > 1000 / count / 2 for share in shares)
    assert Share(1, 8).has("2020-02-01/税务/a.csv")


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", "1/2/3"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(WrongArguments, match="is no share"):
        Share.of(text)


def test_equal_files_of_two_shares_are_one_taken_and_one_repeated(tmp_path: Path) -> None:
    zone, home = tmp_path / "landing", tmp_path / "home"
    days = [f"2020-02-{day:02}" for day in range(1, 9)]
    for day in days:
        put(zone, GOOD, day)
    read = [len(work(zone, home, share).files) for share in ("2/2", "1/2")]
    assert sum(read) == len(days) and all(read)
    run(zone, home)
    assert [file.fault for file in planned(home).files] == [None, *["F00"] * 7]


# ------------------------------------------------------------------ what changes in between


def test_what_a_worker_took_first_stays(tmp_path: Path) -> None:
    zone, home = tmp_path / "landing", tmp_path / "home"
    put(zone, GOOD)
    work(zone, home, "1/1")
    taken = planned(home).taken
    put(zone, OTHER)
    assert "its bytes changed since" in run(zone, home).warnings[0]
    assert planned(home).taken == taken


def test_a_file_that_a_worker_refused_is_read_again_when_it_is_corrected(tmp_path: Path) -> None:
    zone, home = tmp_path / "landing", tmp_path / "home"
    put(zone, BAD)
    work(zone, home, "1/1")
    put(zone, GOOD)
    run(zone, home)
    assert [file.fault for file in planned(home).files] == [None]


def test_a_run_without_a_landing_zone_sees_what_workers_read(tmp_path: Path) -> None:
    zone, home = tmp_path / "landing", tmp_path / "home"
    put(zone, GOOD)
    work(zone, home, "1/1")
    put(zone, BAD, name="__bad")
    work(zone, home, "1/1")
    assert len(planned(home).taken) == 1
    assert Ledger.of(home, with_segments=False).entries == {}
    # and takes it over, so that the units hear of it
    taken_over = Run(SETTINGS.model_copy(update={"home": home}))
    taken_over.ingest()
    assert len(Ledger.of(home, with_segments=False).entries) == 2
    assert taken_over.ingest_report is not None and len(taken_over.ingest_report.files) == 2
    assert [path.name for path in (home / "feedback").iterdir()] == [UNIT]


def test_a_kill_while_segments_are_folded_in_changes_nothing(
    landing: Path, expected: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    work(landing, home, "1/2")

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ledger_module, "shutil", SimpleNamespace(rmtree=killed))
        run(landing, home)
    run(landing, home)
    assert outcome(home) == expected


# ------------------------------------------------------------------ locks


def test_of_two_workers_one_has_the_share(landing: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with home.held(shared=True), Share.of("1/2").held(home.folder):
        with pytest.raises(HomeIsHeld, match="another worker reads the share 1/2"):
            work(landing, home.folder, "1/2")
        assert work(landing, home.folder, "2/2").files


def test_a_run_and_a_worker_keep_each_other_out(landing: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.held(), pytest.raises(HomeIsHeld, match="another run holds the home"):
        work(landing, home.folder, "1/2")
    with home.held(shared=True), pytest.raises(HomeIsHeld, match="or a worker does"):
        run(landing, home.folder)
    assert work(landing, home.folder, "1/2").files


def test_the_first_person_key_is_the_home_s_whoever_comes_second(tmp_path: Path) -> None:
    zone, home = tmp_path / "landing", tmp_path / "home"
    put(zone, GOOD)
    work(zone, home, "1/2")
    other = SETTINGS.model_copy(update={"person_key": Settings(person_key="other").person_key})
    with pytest.raises(WrongArguments, match="another CREDIT_PERSON_KEY"):
        work(zone, home, "2/2", other)
    hold_person_key(home, str(SETTINGS.person_key.get_secret_value()))
    assert [path.name for path in (home / "raw").glob("person_key*")] == ["person_key.json"]


# ------------------------------------------------------------------ workers that die


def _children(parent: int, wanted: int) -> list[int]:
    """The ingest processes that a process started, once there are as many as are wanted.

    One that was just started has no command line for a moment: the system closes what it
    inherits, which is what its parent waits for, before it writes the arguments.
    """
    deadline = time.monotonic() + 60
    while True:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    told = (entry / "cmdline").read_bytes()
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[1]) == parent and b"orchestration.ingest.workers" in told:
                    found.append(int(entry.name))
        if len(found) >= wanted:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {wanted} processes were started"
        time.sleep(0.01)


def test_a_share_whose_process_is_killed_is_read_by_the_next_run(
    landing: Path, expected: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, start = tmp_path / "home", workers._process
    killed: list[int] = []

    @contextmanager
    def one_is_killed() -> Iterator[Any]:
        with start() as channel:
            if not killed:
                killed.extend(_children(os.getpid(), wanted=1))
                os.kill(killed[0], signal.SIGKILL)
            yield channel

    with monkeypatch.context() as patched:
        patched.setattr(workers, "_process", one_is_killed)
        with pytest.raises(Failure, match="1 of 2 ingest workers ended before"):
            run(landing, home, count=2)
    assert 0 < len(Ledger.of(home).entries) < len(expected["ledger"])
    run(landing, home, count=2)
    assert outcome(home) == expected


def test_processes_killed_at_the_first_reading_leave_nothing_behind(
    landing: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    home = tmp_path / "home"

    def kill(_what: str, done: int, _total: int) -> None:
        for child in _children(os.getpid(), wanted=1) if done == 1 else ():
            os.kill(child, signal.SIGKILL)

    with suppress(Failure):  # one may have sent all that it had
        run(landing, home, count=2, progress=kill)
    run(landing, home)
    assert outcome(home) == expected


_WORKER = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
import test_workers
settings = test_workers.SETTINGS.model_copy(update={{"ingest_workers": 2}})
test_workers.work(Path(sys.argv[1]), Path(sys.argv[2]), "1/1", settings)
"""


def test_a_killed_worker_takes_its_processes_with_it_and_the_run_completes(
    landing: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    code = _WORKER.format(tests=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", code, landing, home]) as worker:
        deadline = time.monotonic() + 120
        while not list(home.glob("raw/items/**/*.parquet")):
            assert worker.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        children = _children(worker.pid, wanted=2)
        worker.kill()
    assert len(children) == 2
    run(landing, home)  # waits for what is left of them before it removes strays
    assert all(_is_gone(child) for child in children)
    assert outcome(home) == expected


def _is_gone(process: int) -> bool:
    try:
        state = Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"  # nobody asked for its end yet
