r"""Where OpenLineage events go: a file of JSON lines in the home, and an endpoint if one is set.

::

    <home>/state/openlineage.jsonl        the events, one per line, oldest first
    <home>/state/openlineage.1.jsonl      the file before it, once that had grown large
    <home>/state/openlineage.open.json    the runs that have begun and not ended

The file is the truth: what cannot be sent is still in it, and a run never fails for its events.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from orchestration.home import Home
from orchestration.publish.files import write_durably
from orchestration.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import DatasetEvent, JobEvent, RunEvent

    Event = RunEvent | JobEvent | DatasetEvent

_LOG = logging.getLogger(__name__)

# A year of daily releases is some hundred megabytes; two files of this size are kept.
_LARGE_BYTES = 64 * 1024**2
_HTTP_SECONDS = 5.0


@contextmanager
def _tolerated(what: str) -> Iterator[None]:
    """A full disk or an endpoint that is down is no reason to publish nothing."""
    try:
        yield
    except Exception as error:
        _LOG.warning("OpenLineage events %s: %s", what, type(error).__name__)


class EventLog:
    """The events of one home. Used by the one run that holds it."""

    def __init__(self, home: Home, settings: Settings) -> None:
        """Nothing is opened yet."""
        home.create()
        self.path = home.state / "openlineage.jsonl"
        self._older = home.state / "openlineage.1.jsonl"
        self._open_file = home.state / "openlineage.open.json"
        self._settings = settings
        self._transport: Any = None
        self._is_deaf = False

    # ---------------------------------------------------------------- events

    def write(self, events: Sequence[Event]) -> None:
        """Append the events to the file; then send them, if an endpoint is set."""
        from openlineage.client.serde import Serde

        lines = [Serde.to_json(event) for event in events]
        with _tolerated("were not written"), self.path.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        for event in events:
            self._send(event)

    def _send(self, event: Event) -> None:
        if self._settings.openlineage_url is None or self._is_deaf:
            return
        self._is_deaf = True  # unless it hears this one: nobody waits for an endpoint twice
        with _tolerated("were not sent"):
            if self._transport is None:
                self._transport = self._http_transport()
            self._transport.emit(event)
            self._is_deaf = False

    def _http_transport(self) -> Any:
        from openlineage.client.transport.http import HttpConfig, HttpTransport

        config: dict[str, Any] = {
            "url": self._settings.openlineage_url,
            "timeout": _HTTP_SECONDS,
            "retry": {"total": 1},
        }
        if self._settings.openlineage_api_key is not None:
            key = self._settings.openlineage_api_key.get_secret_value()
            config["auth"] = {"type": "api_key", "apiKey": key}
        return HttpTransport(HttpConfig.from_dict(config))

    # ------------------------------------------------------------ open runs

    def open_runs(self) -> list[dict[str, str]]:
        """The runs that have begun and not ended, in the order in which they began."""
        try:
            found: list[dict[str, str]] = json.loads(self._open_file.read_bytes())
        except FileNotFoundError:
            return []
        return found

    def keep_open(self, runs: Sequence[dict[str, str]]) -> None:
        """Remember them: whoever runs next must end what a killed process left begun."""
        with _tolerated("will not be ended if this run is killed"):
            write_durably(self._open_file, json.dumps(list(runs), indent=2).encode())

    def recover(self) -> list[dict[str, str]]:
        """Mend the file after a killed run; the runs that it left begun, innermost first.

        A line that was half written is cut off. A run whose beginning never reached the file has
        nothing to be ended.
        """
        text = self.path.read_bytes() if self.path.is_file() else b""
        if text and not text.endswith(b"\n"):
            with self.path.open("r+b") as file:
                file.truncate(text.rfind(b"\n") + 1)
        left = [run for run in self.open_runs() if run["run_id"].encode() in text]
        if len(text) > _LARGE_BYTES and not left:
            self.path.replace(self._older)
        return left[::-1]
