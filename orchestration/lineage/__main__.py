"""``python -m orchestration.lineage [--check]``: trace the columns anew, or see whether one must.

Exit code 1 with ``--check`` where the committed file is not what the project gives.
"""

from __future__ import annotations

import sys

from orchestration.lineage.table import TRACED_COLUMNS, to_csv
from orchestration.lineage.trace import compiled_manifest, trace


def main(arguments: list[str]) -> int:
    """Write or compare ``dbt_project/lineage/traced_columns.csv``."""
    if not TRACED_COLUMNS.is_file():  # the project does not compile without it
        TRACED_COLUMNS.write_text(to_csv([]), encoding="utf-8")
    text = to_csv(trace(compiled_manifest()))
    is_same = TRACED_COLUMNS.is_file() and TRACED_COLUMNS.read_text(encoding="utf-8") == text
    if "--check" in arguments:
        if not is_same:
            print(
                f"{TRACED_COLUMNS.name} is not what the models give:"
                " run `python -m orchestration.lineage`",
                file=sys.stderr,
            )
        return 0 if is_same else 1
    if not is_same:
        TRACED_COLUMNS.write_text(text, encoding="utf-8")
    print(f"{text.count(chr(10)) - 1} sources of columns", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
