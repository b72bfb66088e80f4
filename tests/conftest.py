"""What every test may rely on: no network, bounded searches, the shared deliveries if present."""

import os
import socket
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from orchestration import telemetry

telemetry.switch_off()

ROOT = Path(__file__).resolve().parent.parent
LONG_MARKERS = ("fuzz", "kill", "mutation", "bench", "browser", "spark", "postgres")
HERE = ("127.", "::1", "localhost", "0.0.0.0", socket.gethostname())  # noqa: S104 - compared only

# Examples are few by default, because each may build a database; `make fuzz` searches long.
settings.register_profile(
    "default",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "fuzz",
    settings.get_profile("default"),
    max_examples=2_000,
    derandomize=False,
    print_blob=True,
)
settings.load_profile(os.environ.get("CREDIT_TEST_PROFILE", "default"))


# ---------------------------------------------------------------- the shared deliveries


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with notice, specification and real deliveries, beside the checkout."""
    folder = ROOT.parent / "shared"
    if not (folder / "spec").is_dir():
        pytest.skip("the shared deliveries are not beside this checkout (../shared)")
    return folder


# ---------------------------------------------------------------- no network

_attempts: list[str] = []


def _refuse_strangers(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: record and refuse every look-up or connection beyond this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    else:
        return
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    # Without a host: a Unix socket, or an address to listen on.
    if not isinstance(host, str) or host == "" or host.startswith(HERE):
        return
    _attempts.append(f"{event} {host}")
    raise PermissionError(f"the tests stay on this machine, but something asked for {host}")


sys.addaudithook(_refuse_strangers)


@pytest.fixture(autouse=True)
def nothing_leaves_the_machine() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even if the library hid the error."""
    before = len(_attempts)
    yield
    strangers = _attempts[before:]
    assert not strangers, f"something tried to leave the machine: {strangers}"


# ---------------------------------------------------------------- two workers


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a folder's tests on one worker: they share what the folder's fixtures built."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.split("::")[0].removeprefix("tests/").split("/")[0]

    config.option.loadscopereorder = False
    return ByFolder(config, log)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: a packed file holds the time, and workers agree on names."""
    return argname if isinstance(val, bytes) else None


# ---------------------------------------------------------------- a sample of the long tests


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--sample N``."""
    parser.addoption(
        "--sample",
        type=int,
        default=None,
        metavar="N",
        help="of the tests of each long marker, run N only, spread over all of them",
    )


def evenly(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """Take ``count`` items at equal distances, the first always among them."""
    if len(items) <= count:
        return items
    return [items[index * len(items) // count] for index in range(count)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whole runs first, as they take longest; thin out the long tests that were chosen."""
    items.sort(key=lambda item: "whole" not in item.path.parts)
    count = config.getoption("--sample")
    if count is None:
        return
    groups: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        marker = next((name for name in LONG_MARKERS if item.get_closest_marker(name)), None)
        if marker:
            groups[marker].append(item)
    kept = {id(item) for group in groups.values() for item in evenly(group, count)}
    left_out = [item for group in groups.values() for item in group if id(item) not in kept]
    dropped = {id(item) for item in left_out}
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if id(item) not in dropped]
