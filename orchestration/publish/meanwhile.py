"""Writing a release's content while something else decides whether it may become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from orchestration.publish.release import Content

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str, int, int], None]


class Unwanted(Exception):
    """The content is not wanted any more: ends a thread, and is nobody's error."""


@contextmanager
def written_meanwhile(
    connection: DuckDBPyConnection, write: Callable[[Progress], Content]
) -> Iterator[Future[Content]]:
    """Run ``write`` in a thread while the block runs; after the block it has ended, too.

    ``write`` works over ``connection``, which nobody else uses meanwhile. If the block raises, the
    statement at hand is interrupted and no further one begun. What ``write`` itself raises waits
    in the future for whoever asks for the content.
    """
    is_unwanted = Event()

    def stop_if_unwanted(_what: str, _done: int, _total: int) -> None:
        if is_unwanted.is_set():
            raise Unwanted

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="content") as pool:
        future = pool.submit(write, stop_if_unwanted)
        try:
            yield future
        except BaseException:
            is_unwanted.set()
            connection.interrupt()
            raise
