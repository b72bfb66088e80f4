"""Write the GX project in ``expectations/``, or with ``--check`` say what is out of date."""

import sys

from orchestration.audit.project import out_of_date, stored_suites, write
from orchestration.audit.suites import PROJECT


def main(arguments: list[str]) -> int:
    """Exit code 0; with ``--check`` 1 if a file is out of date."""
    if arguments == ["--check"]:
        stale = out_of_date()
        for path in stale:
            print(f"{path.relative_to(PROJECT)} is not up to date", file=sys.stderr)
        return 1 if stale else 0
    touched, suites = write(), stored_suites()
    total = sum(map(len, suites.values()))
    print(f"{len(suites)} suites, {total} expectations; {len(touched)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
