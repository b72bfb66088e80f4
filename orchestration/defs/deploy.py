"""What a deployment does before daemon and web server start, and after every new version.

``python -m orchestration.defs.deploy`` reads the environment, writes the instance of the home and
parses the dbt project once, and prints the folder that is their ``DAGSTER_HOME``.
"""

from __future__ import annotations

import sys

from orchestration.arguments import settings_of
from orchestration.defs.instance import write_services
from orchestration.defs.manifest import prepare
from orchestration.errors import CreditError
from orchestration.home import Home


def main() -> int:
    """Prepare the home of the environment; the exit codes are those of ``credit``."""
    try:
        settings = settings_of()
        folder = write_services(Home(settings.home.absolute()), settings)
        prepare(settings)
    except CreditError as error:
        print(f"credit: {error}", file=sys.stderr)
        return error.exit_code
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
