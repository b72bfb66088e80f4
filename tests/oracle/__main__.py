"""``python -m tests.oracle LANDING AS_OF PERSON_KEY RELEASE_DIR``: judge a release.

Computes every mart from the landing zone and compares it with the DuckDB files of the
release; prints what differs. Exit 0 if nothing does, 1 if something does, 2 on wrong use.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from .compare import compare
from .deliveries import read_deliveries
from .marts import compute_marts


def main(arguments: list[str]) -> int:
    if len(arguments) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    landing, as_of, person_key, release = arguments
    day = date.fromisoformat(as_of)
    expected = compute_marts(read_deliveries(Path(landing), day, person_key), day)
    release_path = Path(release)
    differences = compare(
        expected,
        release_path / "gov" / "credit.duckdb",
        release_path / "open" / "credit.duckdb",
    )
    for line in differences:
        print(line)
    rows = sum(len(made.rows) for made in expected.values())
    print(f"{len(expected)} tables, {rows} rows, {len(differences)} differences", file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
