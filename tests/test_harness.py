"""What the tests rely on holds: no network, and samples that are spread and small."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_pytest(folder: Path, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``source`` as a test file under the project's settings and conftest."""
    file = folder / "test_inner.py"
    file.write_text(source, "utf-8")
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"),
            "-p", "tests.conftest", "-p", "no:cacheprovider", *arguments, str(file),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_test_that_asks_for_another_machine_fails_even_if_the_error_is_hidden(
    tmp_path: Path,
) -> None:
    source = (
        "import contextlib, socket\n"
        "def test_name():\n"
        "    with contextlib.suppress(OSError):\n"
        "        socket.getaddrinfo('usage.example', 443)\n"
        "def test_address():\n"
        "    with contextlib.suppress(OSError), socket.socket() as stranger:\n"
        "        stranger.connect(('192.0.2.1', 443))\n"
    )
    result = run_pytest(tmp_path, source)
    assert result.returncode == 1
    assert "something tried to leave the machine: ['socket.getaddrinfo usage.example']" in (
        result.stdout
    )
    assert "something tried to leave the machine: ['socket.connect 192.0.2.1']" in result.stdout


def test_a_test_may_talk_to_this_machine(tmp_path: Path) -> None:
    source = (
        "import socket\n"
        "def test_loopback():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "        socket.create_connection(('localhost', server.getsockname()[1])).close()\n"
    )
    result = run_pytest(tmp_path, source)
    assert result.returncode == 0, result.stdout


MANY = (
    "import pytest\n"
    "@pytest.mark.kill\n"
    "@pytest.mark.parametrize('point', range(20))\n"
    "def test_killed(point): pass\n"
    "@pytest.mark.fuzz\n"
    "def test_searched(): pass\n"
    "def test_short(): pass\n"
)


def test_long_tests_are_left_out_unless_they_are_asked_for(tmp_path: Path) -> None:
    assert "1 passed, 21 deselected" in run_pytest(tmp_path, MANY).stdout
    assert "20 passed, 2 deselected" in run_pytest(tmp_path, MANY, "-m", "kill").stdout


def test_a_sample_takes_the_same_number_of_each_marker_spread_over_all(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MANY, "-vv", "-m", "kill or fuzz", "--sample", "4")
    ran = [line.split("::")[1].split()[0] for line in result.stdout.splitlines() if "::" in line]
    killed = [f"test_killed[{point}]" for point in (0, 5, 10, 15)]
    assert ran == [*killed, "test_searched"]
