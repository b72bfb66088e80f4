"""Writing the site of one release: the order of its parts, and where they come from."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration.publish.files import sha256_of
from orchestration.publish.store import ReleaseStore
from orchestration.settings import MEMORY_LIMIT, Settings
from orchestration.site.data import write_data
from orchestration.site.feed import change_counts, write_feed
from orchestration.site.pages import Download, Pages, SiteContent
from orchestration.site.product import connect, open_tables

_ASSETS = Path(__file__).parent / "assets"
_DOWNLOADS = ("*.duckdb", "csv/*.csv", "parquet/*.parquet")


def site(store: ReleaseStore, settings: Settings) -> Callable[[Path], None]:
    """The part of a release that is its web site (orchestration.publish.release)."""
    current = store.current()

    def part(staging: Path) -> None:
        write_site(
            staging,
            scratch=store.home.work,
            previous=current[0] if current else None,
            stale_days=settings.site_stale_days,
            memory_limit=settings.memory_limit,
            threads=settings.threads,
        )

    return part


def write_site(
    release: Path,
    *,
    scratch: Path,
    previous: Path | None = None,
    stale_days: int = 7,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
) -> None:
    """Write ``open/site/`` of the release folder ``release``.

    ``previous`` is the folder of the release before; of it only the feed's carried entries are
    read. ``scratch`` takes what does not fit in memory, and is left as it was found.

    Raises:
        OSError, duckdb.Error: a table of the open product is missing, or the disk is full.
    """
    open_folder, changes = release / "open", release / "changes"
    folder = open_folder / "site"
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=scratch, prefix="site-") as spill,
        connect(open_folder, Path(spill), memory_limit, threads) as connection,
    ):
        shape = write_data(connection, folder / "data")
        counts = change_counts(connection, changes)
        content = SiteContent(
            shape=shape,
            stale_days=stale_days,
            downloads=tuple(_downloads(open_folder)),
            changes=counts,
            is_first=previous is None,
        )
        Pages(connection, content).write(folder)
        previous_site = previous / "open" / "site" if previous else None
        write_feed(connection, folder, changes, previous_site, counts)
    shutil.copytree(_ASSETS, folder / "assets", dirs_exist_ok=True)


def _downloads(open_folder: Path) -> Iterator[Download]:
    """Every file a visitor may take away, the whole database first."""
    titles = {table.name: table.description for table in open_tables()}
    found = (path for pattern in _DOWNLOADS for path in sorted(open_folder.glob(pattern)))
    for path in found:
        yield Download(
            path=path.relative_to(open_folder).as_posix(),
            bytes=path.stat().st_size,
            sha256=sha256_of(path),
            title=titles.get(path.stem, ""),
        )
