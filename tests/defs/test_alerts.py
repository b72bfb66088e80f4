"""Alerts reach a webhook and a mail relay, both here on this machine."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from dagster import (
    DagsterEventType,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
)
from orchestration_rig import Rig, audited, deliver

from orchestration import runner
from orchestration.alerts import Alert, is_configured, send
from orchestration.defs import sensors as watched
from orchestration.errors import AuditRefused, HomeIsHeld
from orchestration.settings import Alerts

ALERT = Alert("refused", "名单 shrinks by 40 %", ("first", "second"), "run-1", "/home")


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web server that keeps what it is told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?token=secret", told
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mail_relay() -> Iterator[tuple[int, list[str]]]:
    """A mail relay that keeps the messages."""
    messages: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                if line.upper() == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline().decode()) != ".\r\n":
                        lines.append(text)
                    messages.append("".join(lines))
                self.say("221 bye" if line.upper() == "QUIT" else "250 ok")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], messages
        finally:
            server.shutdown()


def mail_settings(port: int, **given: Any) -> Alerts:
    return Alerts(smtp_host="127.0.0.1", smtp_port=port, mail_to=("a@here", "b@here"), **given)


def test_a_webhook_is_told_everything_as_one_object() -> None:
    with webhook() as (url, told):
        assert send(ALERT, Alerts(webhook_url=url)) == []
    [body] = told
    assert (body["kind"], body["summary"], body["run_id"]) == (
        "refused", "名单 shrinks by 40 %", "run-1",
    )  # fmt: skip
    assert body["lines"] == ["first", "second"]
    assert "first" in body["text"]


def test_a_mail_goes_to_everyone() -> None:
    from email import message_from_bytes, policy

    with mail_relay() as (port, messages):
        assert send(ALERT, mail_settings(port)) == []
    [text] = messages
    mail = message_from_bytes(text.encode(), policy=policy.default)
    assert mail["To"] == "a@here, b@here"
    assert "the audit refused" in mail["Subject"]
    assert "名单 shrinks by 40 %" in mail.get_content()


def test_one_destination_that_is_down_does_not_silence_the_other() -> None:
    with webhook(status=500) as (url, told), mail_relay() as (port, messages):
        problems = send(ALERT, mail_settings(port, webhook_url=url))
    assert problems == ["the alert could not be sent by webhook: HTTPError"]
    assert len(told) == len(messages) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://here/x", "nonsense"])
def test_only_web_addresses_are_called(url: str) -> None:
    assert send(ALERT, Alerts(webhook_url=url)) == [
        "the alert could not be sent by webhook: Failure"
    ]


def test_without_a_destination_nothing_is_sent() -> None:
    assert send(ALERT, Alerts()) == []
    assert not is_configured(Alerts())
    assert not is_configured(Alerts(smtp_host="here"))


def with_alerts(rig: Rig, url: str) -> Rig:
    rig.settings = rig.settings.model_copy(update={"alerts": Alerts(webhook_url=url)})
    return rig


def test_a_refused_run_alerts_from_the_command_and_the_daemon_does_not_repeat_it(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    with webhook() as (url, told):
        with_alerts(rig, url)
        with pytest.raises(AuditRefused):
            runner.execute(rig.run(judgement=audited("Keys are never null.")))
        [body] = told
        assert body["kind"] == "refused"
        assert body["lines"] == ["Keys are never null."]
        [run] = rig.runs()
        assert run.tags["credit/alerted"] == "refused"
        evaluate_failure(rig)
    assert len(told) == 1


def evaluate_failure(rig: Rig) -> object:
    [run] = rig.runs()
    [event] = rig.events(run.run_id, DagsterEventType.RUN_FAILURE)
    sensor = watched.failed_runs(rig.settings, watched._status(True))
    with rig.instance() as instance:
        context = build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=run,
        )
        return sensor(context.for_run_failure())


def test_the_daemon_tells_of_a_failure_that_nobody_told(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    with pytest.raises(AuditRefused):
        runner.execute(rig.run(judgement=audited("Keys are never null.", "subjects shrink")))
    with webhook() as (url, told):
        evaluate_failure(with_alerts(rig, url))
    [body] = told
    assert body["kind"] == "refused"
    assert body["summary"].startswith("the audit refuses the release")
    assert body["lines"] == ["Keys are never null.", "subjects shrink"]


def test_an_unexpected_error_is_told_by_its_kind_only(rig: Rig) -> None:
    """Its message may hold a value of a row."""
    deliver(rig.landing, "2020-03-02")

    def fail() -> None:
        raise ValueError("张三 330102199001011234")

    with webhook() as (url, told):
        with_alerts(rig, url)
        with pytest.raises(ValueError, match="张三"):
            runner.execute(rig.run(before={"build": fail}))
    assert told[0]["summary"] == "unexpected error: ValueError"
    assert "张三" not in json.dumps(told, ensure_ascii=False)


def test_a_held_home_is_no_alarm(rig: Rig) -> None:
    with webhook() as (url, told):
        with_alerts(rig, url)
        with rig.home.held(), pytest.raises(HomeIsHeld):
            runner.execute(rig.run())
    assert told == []


def test_a_late_unit_is_told_once(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    with webhook() as (url, told):
        sensor = watched.late_deliveries(with_alerts(rig, url).settings, watched._status(True))
        first = sensor(build_sensor_context())
        again = sensor(build_sensor_context(cursor=first.cursor))
    [body] = told
    assert body["kind"] == "late"
    assert body["lines"] == ["credit_loan of local_finance, last on 2020-03-02"]
    assert again.cursor == first.cursor


def test_a_late_unit_is_told_again_when_nobody_could_be_reached(rig: Rig) -> None:
    deliver(rig.landing, "2020-03-02")
    runner.execute(rig.run())
    with webhook(status=500) as (url, _):
        sensor = watched.late_deliveries(with_alerts(rig, url).settings, watched._status(True))
        assert isinstance(sensor(build_sensor_context()), SkipReason)
