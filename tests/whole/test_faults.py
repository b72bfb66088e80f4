"""A full disk, a read-only target, lost permissions: exit 1, one clear line, ``current`` intact."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import orchestration.runner
import orchestration.screens  # noqa: F401 - the other user may not see the installation
from orchestration import cli
from orchestration.demo.feeds import write_demo_feeds
from orchestration.errors import Failure
from orchestration.home import Home
from orchestration.marts import load_mart_tables
from orchestration.publish.release import Published
from orchestration.publish.store import ReleaseStore
from orchestration.publish.verify import verify_release
from tests.publish import builds
from tests.publish.builds import Rows, listed
from tests.whole.conftest import AS_OF, Credit

FIRST, SECOND = date(2020, 3, 1), date(2020, 3, 2)
NOBODY = 65534
MEGABYTE = 1 << 20

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts and becomes others")


def rows(count: int) -> Rows:
    lists = [listed("甲公司", number) for number in range(count)]
    return {"open.dishonesty": lists, "marts.dishonesty_records": lists}


def release(home: Home, lists: Rows, as_of: date) -> Published:
    """A release of every table: one of few may fit where none should."""
    return builds.release(home, lists, as_of, tables=load_mart_tables())


def mount(folder: Path, options: str) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of its own that everybody may look at, with a home of one release."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        mount(folder, "size=512m,mode=755")
        try:
            release(Home(folder / "home"), rows(1), FIRST)
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def leave(disk: Path, room: int) -> None:
    """Make the disk so small that ``room`` bytes are left."""
    status = os.statvfs(disk)
    used = (status.f_blocks - status.f_bfree) * status.f_frsize
    mount(disk, f"remount,size={used + room}")


def is_untouched(home: Home) -> bool:
    """One release, current, sound, and nothing half-made beside it."""
    assert ReleaseStore(home).current_id() == "20200301-1"
    assert [path.name for path in home.releases.iterdir()] == ["20200301-1"]
    assert {path.name for path in home.published.iterdir()} == {"current", "releases"}
    return verify_release(home.current) == []


def said_in_one_line(errors: str) -> bool:
    assert "Traceback" not in errors
    return len(errors.strip().splitlines()) == 1 and errors.startswith("credit: ")


# ---------------------------------------------------------------- a full disk


@as_root
@pytest.mark.parametrize("room", [0, MEGABYTE // 8, MEGABYTE // 2, MEGABYTE])
def test_full_disk_while_publishing(disk: Path, tmp_path: Path, room: int) -> None:
    home = Home(disk / "home")
    home.work.rename(disk / "was-work")
    home.work.symlink_to(tmp_path)  # the build has another disk
    leave(disk, room)
    with pytest.raises(Failure, match="cannot be written") as caught:
        release(home, rows(2), SECOND)
    assert "No space left on device" in str(caught.value) and "\n" not in str(caught.value)
    assert is_untouched(home)
    mount(disk, "remount,size=512m")
    assert release(home, rows(2), SECOND).is_current


def test_file_that_may_grow_no_further_while_publishing(tmp_path: Path) -> None:
    """The limit on file sizes stands in for a full disk where nobody may mount."""
    home = Home(tmp_path / "home")
    release(home, rows(1), FIRST)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        release_with_limit(home)

    code, errors = in_child(limited)
    assert code == 1 and "File too large" in errors and said_in_one_line(errors)
    assert is_untouched(home)


def release_with_limit(home: Home) -> None:
    honest = builds.write_content

    def write_content(*arguments: object) -> object:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        return honest(*arguments)  # type: ignore[arg-type]

    builds.write_content = write_content  # type: ignore[assignment]
    release(home, rows(2), SECOND)


@as_root
@pytest.mark.kill
def test_run_on_a_disk_that_fills_up_anywhere(disk: Path, tmp_path: Path, credit: Credit) -> None:
    """The same home again and again, with more room each time, until there is enough."""
    landing, home = tmp_path / "landing", Home(disk / "home")
    write_demo_feeds(landing, enterprises=30, days=2, dirty=0.05)
    arguments = ("run", "--landing", landing, "--home", home.folder, "--as-of", AS_OF, "--json")
    for room in (0, 200_000, MEGABYTE, 3 * MEGABYTE, 12 * MEGABYTE, 30 * MEGABYTE):
        mount(disk, "remount,size=512m")
        subprocess.run(["rm", "-rf", home.work, home.state / "dagster"], check=True)
        home.work.mkdir()
        leave(disk, room)
        done = credit(*arguments)
        assert done.returncode == 1, (room, done.stdout, done.stderr)
        # Dagster itself says so when its own records do not fit: its lines are not ours.
        ours = [line for line in done.stderr.splitlines() if line.startswith("credit: ")]
        assert len(ours) == 1 and "Traceback" not in done.stderr, (room, done.stderr)
        assert json.loads(done.stdout)["status"] == "failed"
        ReleaseStore(home).sweep()
        assert is_untouched(home), room
    mount(disk, "remount,size=512m")
    done = credit(*arguments)
    assert done.returncode == 0, done.stderr
    assert verify_release(home.current) == []


# ---------------------------------------------------------------- a read-only target


@as_root
def test_read_only_home_is_one_line_and_can_still_be_read(
    disk: Path, tmp_path: Path, credit: Credit
) -> None:
    home = Home(disk / "home")
    (tmp_path / "landing").mkdir()
    mount(disk, "remount,ro")
    done = credit("run", "--landing", tmp_path / "landing", "--home", home.folder)
    assert done.returncode == 1
    assert "Read-only file system" in done.stderr and said_in_one_line(done.stderr)
    assert credit("releases", "rollback", "20200301-1", "--home", home.folder).returncode == 1
    assert credit("releases", "verify", "--home", home.folder).returncode == 0
    assert is_untouched(home)


# ---------------------------------------------------------------- lost permissions


def in_child(body: Callable[[], None], user: int | None = None) -> tuple[int, str]:
    """Do it in a fork of this process, as another user: exit code and standard error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 2)
        sys.stderr = os.fdopen(2, "w")
        code = 0
        try:
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            try:
                body()
            except Failure as error:
                print(f"credit: {error}", file=sys.stderr)
                code = error.exit_code
        except SystemExit as leave:
            code = int(leave.code or 0)
        except BaseException as error:
            print(f"Traceback: {error!r}", file=sys.stderr)
            code = 99
        sys.stderr.flush()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as errors:
        said = errors.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


@as_root
def test_home_of_somebody_else_is_one_line(disk: Path, tmp_path: Path) -> None:
    home = Home(disk / "home")

    def run() -> None:
        sys.argv = ["credit", "run", "--home", str(home.folder), "--as-of", "2020-03-02"]
        os.chdir("/")
        cli.main()

    with home.held():
        pass
    code, errors = in_child(run, NOBODY)
    assert said_in_one_line(errors)
    assert code == 1 and "Permission denied" in errors
    assert is_untouched(home)


@as_root
def test_releases_that_may_not_be_written_any_more(disk: Path) -> None:
    home = Home(disk / "home")
    for path in (home.folder, home.work, home.state, home.raw, home.build_database):
        os.chown(path, NOBODY, NOBODY)
    code, errors = in_child(lambda: void(release(home, rows(2), SECOND)), NOBODY)
    assert code == 1 and said_in_one_line(errors)
    assert "release 20200302-1 cannot be written: Permission denied" in errors
    assert is_untouched(home)


@as_root
def test_older_release_that_may_not_be_closed_is_told_and_loses_nothing(disk: Path) -> None:
    home = Home(disk / "home")
    everything = [home.folder, *home.folder.rglob("*")]
    for path in everything:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    os.chown(home.releases / "20200301-1" / "open", 0, 0)
    code, errors = in_child(lambda: void(release(home, rows(2), SECOND)), NOBODY)
    assert code == 1 and said_in_one_line(errors)
    assert "release 20200302-1 is complete, but" in errors and "not permitted" in errors
    assert verify_release(home.current) == []


def void(_: object) -> None:
    """Forget what came out."""
