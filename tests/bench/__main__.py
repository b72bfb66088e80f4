"""`python -m tests.bench`: every measurement beside its baseline, interleaved; one table.

::

    <folder>/<size>/landing/        demo deliveries, made once
    <folder>/<size>/day/            the same and one delivery of a hundredth of them, made once
    <folder>/<size>/home/           what the last measured run left
    <folder>/<size>/plain/          what the plain baseline reads
    <folder>/<size>/assembled/      the assembled baseline, at size small
    <folder>/<size>/prepared        of which code the home and the plain baseline's inputs are
    <folder>/<size>/results.json    every measurement of the last run, for machines

A repetition runs each measurement once, so that a machine that slows down slows all of them; what
is printed are medians. Ratios are of CPU, since wall time on a shared machine says little; at size
large of wall time, too, where idle cores count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from orchestration.version import code_version
from tests.bench.inputs import PERSON_KEY, Size, make_day, make_landing, make_single
from tests.bench.process import Measured, measure

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"small": Size(2_000), "medium": Size(200_000), "large": Size(1_000_000)}
SECONDS = 4 * 3600.0


@dataclass(frozen=True)
class Target:
    """A ratio between two measurements, of their CPU or wall time, that must not be exceeded."""

    what: str
    measured: str
    baseline: str
    most: float
    sizes: tuple[str, ...] = ("small", "medium", "large")
    unit: str = "cpu"


TARGETS = (
    Target("credit run, end to end, over plain", "run", "plain", 1.6, ("large",), "wall"),
    Target("ingest and build over plain", "run: ingest+build", "plain", 1.25, ("large",), "wall"),
    Target(
        "audit and publication over plain", "run: audit+publish", "plain", 0.35, ("large",), "wall"
    ),
    Target("credit run over dbt build alone", "run", "dbt build", 2.0, ("small",)),
    Target("credit run over the stack as assembled", "run", "assembled", 0.25, ("small",)),
    Target("ingest of GB18030 over DuckDB's read of UTF-8", "ingest gb18030", "read utf-8", 1.8),
    Target("stray quotes over tidy quotes", "ingest stray quotes", "ingest gb18030", 8.0),
    Target("a day of 1 % over the full run", "day of 1 %", "run", 0.2, ("large",), "wall"),
)


class Bench:
    """The measurements of one size, in one folder."""

    def __init__(self, folder: Path, size: str) -> None:
        self.size = size
        self.folder = folder / size
        self.results: dict[str, list[dict[str, float]]] = {}
        self.rows: dict[str, int] = {}
        self.digests: dict[str, dict[str, str]] = {}
        self.landing = self.folder / "landing"
        self.home = self.folder / "home"
        self.template = self.folder / "template"
        self.plain = self.folder / "plain"
        self.last_day = date.min

    # ------------------------------------------------------------------ inputs

    def prepare(self) -> None:
        """Everything that is measured later finds its inputs ready; nothing here is counted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.last_day = make_landing(self.landing, SIZES[self.size])
        self.day = self.last_day + timedelta(days=1)
        make_day(self.landing, self.folder / "day", SIZES[self.size], self.day)
        self.single = make_single(self.landing, self.folder / "single")
        prepared = self.folder / "prepared"
        if prepared.exists() and prepared.read_text() == code_version():
            return
        shutil.rmtree(self.template, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)
        self.worker("run", "--home", self.home, "--landing", self.landing)
        # What a home has after its first run: the project is parsed.
        for part in ("work/dbt", "state/dbt"):
            shutil.copytree(self.home / part, self.template / part)
        for folder in (self.plain, self.folder / "assembled"):
            shutil.rmtree(folder, ignore_errors=True)
        from orchestration.home import Home
        from tests.bench.plain import write_plain

        write_plain(Home(self.home), self.plain)
        prepared.write_text(code_version())

    def fresh_home(self) -> Path:
        """A home that knows the parsed project and nothing else."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)
        return self.home

    # ------------------------------------------------------------ measurements

    def worker(self, *arguments: str | Path) -> tuple[Measured, dict[str, Any]]:
        """A measured process of ``tests.bench.worker``, and what it said."""
        done = self.command(sys.executable, "-m", "tests.bench.worker", *arguments)
        return done, json.loads(done.output.strip().splitlines()[-1])

    def command(self, *command: str | Path, expected: tuple[int, ...] = (0,)) -> Measured:
        environment = {"CREDIT_PERSON_KEY": PERSON_KEY, "CREDIT_WITH_SITE": "false"}
        return measure(
            command, environment=environment, cwd=ROOT, seconds=SECONDS, expected=expected
        )

    def keep(self, name: str, done: Measured, **more: float) -> None:
        """Note one measurement."""
        one = {"wall": done.wall, "cpu": done.cpu, "peak": float(done.peak_bytes), **more}
        self.results.setdefault(name, []).append(one)

    def run(self) -> None:
        """``credit run`` from nothing, then twice with nothing new, then a day on top."""
        home = self.fresh_home()
        done, said = self.worker("run", "--home", home, "--landing", self.landing)
        self.rows["run"] = said["rows"]["delivered"]
        self.keep("run", done, bytes=_bytes(home / "published" / "current" / "gov"))
        self._keep_steps("run", said["steps"])
        done, said = self.worker("run", "--home", home, "--landing", self.landing)
        assert said["status"] == "unchanged", said["status"]
        self.keep("nothing new", done)
        as_of = ("--as-of", self.day.isoformat())
        done, said = self.worker("run", "--home", home, "--landing", self.landing, *as_of)
        self.keep("nothing new, next date", done)
        day = self.folder / "day"
        done, said = self.worker("run", "--home", home, "--landing", day, *as_of)
        self.digests["day of 1 %"] = said["digests"]
        self.keep("day of 1 %", done)
        self._keep_steps("day of 1 %", said["steps"])

    def _keep_steps(self, name: str, steps: dict[str, dict[str, float]]) -> None:
        spent = [*steps.items()]
        for label, members in (
            ("ingest", {"ingest"}),
            ("build", {"build"}),
            ("audit", {"audit"}),
            ("publish", {"publish"}),
            ("ingest+build", {"ingest", "build"}),
            ("audit+publish", {"audit", "publish"}),
        ):
            one = {
                unit: sum(step[unit] for key, step in spent if key in members)
                for unit in ("wall", "cpu")
            }
            self.results.setdefault(f"{name}: {label}", []).append(one)

    def rebuild(self) -> None:
        """The day on top of everything, from nothing: what the increment must be equal to."""
        home = self.fresh_home()
        as_of = ("--as-of", self.day.isoformat())
        done, said = self.worker("run", "--home", home, "--landing", self.folder / "day", *as_of)
        self.keep("full rebuild with the day", done)
        if said["digests"] != self.digests["day of 1 %"]:
            odd = [k for k, v in said["digests"].items() if self.digests["day of 1 %"].get(k) != v]
            raise SystemExit(f"the increment is not the full rebuild: {', '.join(odd)}")

    def plain_baseline(self) -> None:
        database = self.folder / "plain-build" / "build.duckdb"
        database.parent.mkdir(exist_ok=True)
        done, said = self.worker("plain", "--home", self.plain, "--landing", database)
        self.keep("plain", done, bytes=float(database.stat().st_size))
        self._keep_plain(said)

    def _keep_plain(self, said: dict[str, Any]) -> None:
        for step, spent in said["steps"].items():
            self.results.setdefault(f"plain: {step}", []).append(spent)

    def dbt_build(self) -> None:
        """``dbt build`` as its own command over the database that the last run prepared."""
        self.worker("prepare", "--home", self.home)
        done = self.command(
            *("env", f"CREDIT_BUILD_DATABASE={self.home / 'work' / 'build.duckdb'}"),
            Path(sys.executable).with_name("dbt"),
            *("build", "--exclude-resource-type", "unit_test", "--threads", "1", "--quiet"),
            *("--project-dir", ROOT / "dbt_project", "--profiles-dir", ROOT / "dbt_project"),
            *("--target-path", self.home / "work" / "dbt", "--log-path", self.home / "work"),
        )
        self.keep("dbt build", done)

    def assembled(self) -> None:
        """The same assets as the stack's documentation has them; at size small only."""
        if self.size != "small":
            return
        folder = self.folder / "assembled"
        if not folder.exists():
            folder.mkdir()
            (folder / "plain").symlink_to(self.plain, target_is_directory=True)
            (manifest,) = self.template.glob("state/dbt/manifest-*.json")
            shutil.copy(manifest, folder / "manifest.json")
        self.keep("assembled", self.command(sys.executable, "-m", "tests.bench.assembled", folder))

    def single_file(self) -> None:
        """One large GB18030 CSV, tidy and with stray quotes; the same as UTF-8 by DuckDB."""
        for name, landing in (("ingest gb18030", "tidy"), ("ingest stray quotes", "stray")):
            home = self.folder / "single-home"
            shutil.rmtree(home, ignore_errors=True)
            done, said = self.worker("ingest", "--home", home, "--landing", self.single / landing)
            self.rows[name] = said["rows"]
            self.keep(name, done)
            self.results[name][-1] |= {"wall": said["wall"], "cpu": said["cpu"]}
        parquet = self.folder / "single.parquet"
        done, said = self.worker("plain-read", "--home", parquet, "--landing", self.single)
        self.keep("read utf-8", done)
        self.results["read utf-8"][-1] |= {"wall": said["wall"], "cpu": said["cpu"]}

    def start(self) -> None:
        """What the command line costs before it does anything."""
        credit = Path(sys.executable).with_name("credit")
        self.keep("credit --help", self.command(credit, "--help"))
        done = self.command(
            credit, "check", "--landing", self.single / "one", "--json", expected=(0, 1)
        )
        self.keep("credit check, one small file", done)

    # ------------------------------------------------------------------ report

    def medians(self) -> dict[str, dict[str, float]]:
        return {
            name: {
                unit: statistics.median(one[unit] for one in measured if unit in one)
                for unit in measured[0]
            }
            for name, measured in self.results.items()
        }

    def save(self, repeats: int) -> None:
        """Write every measurement so far for machines; one that is stopped has what it has."""
        results = {
            "machine": machine(),
            "size": self.size,
            "repeats": repeats,
            "rows": self.rows,
            "measurements": self.results,
            "medians": self.medians(),
            "ratios": {target.what: ratio for target, ratio in self.ratios()},
        }
        text = json.dumps(results, indent=1, ensure_ascii=False)
        (self.folder / "results.json").write_text(text + "\n", encoding="utf-8")

    def ratios(self) -> list[tuple[Target, float]]:
        medians = self.medians()
        return [
            (target, medians[target.measured][target.unit] / medians[target.baseline][target.unit])
            for target in TARGETS
            if target.measured in medians and target.baseline in medians
        ]


def _bytes(folder: Path) -> float:
    return float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def machine() -> str:
    """The machine in a line, without its name."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def table(bench: Bench, repeats: int) -> str:
    """The medians and the ratios as a Markdown page's part."""
    load = os.getloadavg()[1]
    lines = [
        f"Size {bench.size}: {bench.rows.get('run', 0):,} rows delivered; medians of {repeats};"
        f" load average {load:.1f} at the end.",
        "",
        "| measurement | CPU s | wall s | peak MiB | MiB written |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, units in bench.medians().items():
        peak = f"{units['peak'] / 2**20:,.0f}" if "peak" in units else ""
        size = f"{units['bytes'] / 2**20:,.1f}" if "bytes" in units else ""
        lines.append(f"| {name} | {units['cpu']:.2f} | {units['wall']:.2f} | {peak} | {size} |")
    lines += ["", "| ratio | of | found | wanted, at |", "|---|---|---:|---|"]
    for target, ratio in bench.ratios():
        wanted = f"≤ {target.most}, {', '.join(target.sizes)}"
        lines.append(f"| {target.what} | {target.unit} | {ratio:.2f} | {wanted} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=ROOT / ".credit" / "bench")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        help="leave a measurement out (run, rebuild, plain, dbt, assembled, single, start)",
    )
    arguments = parser.parse_args()
    bench = Bench(arguments.folder.absolute(), arguments.size)
    bench.prepare()
    measurements: dict[str, Callable[[], None]] = {
        "start": bench.start,
        "single": bench.single_file,
        "plain": bench.plain_baseline,
        "run": bench.run,
        "dbt": bench.dbt_build,
        "assembled": bench.assembled,
    }
    wanted = {k: v for k, v in measurements.items() if k not in arguments.without}
    for number in range(1, arguments.repeat + 1):
        for name, measurement in wanted.items():
            print(f"{name}, {number} of {arguments.repeat}", file=sys.stderr)
            measurement()
            bench.save(arguments.repeat)
    if "run" in wanted and "rebuild" not in arguments.without:
        bench.rebuild()
        bench.save(arguments.repeat)
    print(f"{machine()}\n\n{table(bench, arguments.repeat)}")


if __name__ == "__main__":
    main()
