"""Alerts: one message to a webhook, a mail relay or both, when a run fails or a unit is late.

A message holds what a person must know to act, and nothing of a record: the one line of the error,
dates, units, counts.
"""

from __future__ import annotations

import json
import smtplib
import urllib.request
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal
from urllib.parse import urlsplit

from orchestration.errors import Failure
from orchestration.settings import Alerts

Kind = Literal["failed", "refused", "late"]

_SUBJECTS: dict[Kind, str] = {
    "failed": "运行失败 · a run failed",
    "refused": "审核拒绝发布 · the audit refused a release",
    "late": "报送逾期 · deliveries are late",
}


@dataclass(frozen=True)
class Alert:
    """What happened: a kind, one line for people, further lines, and the Dagster run if any."""

    kind: Kind
    summary: str
    lines: tuple[str, ...] = ()
    run_id: str | None = None
    home: str | None = None

    @property
    def subject(self) -> str:
        """The subject of a mail."""
        return f"[credit] {_SUBJECTS[self.kind]}"

    @property
    def text(self) -> str:
        """The body of a mail."""
        told = [self.summary, *(f"- {line}" for line in self.lines)]
        if self.run_id is not None:
            told.append(f"run {self.run_id}")
        if self.home is not None:
            told.append(f"home {self.home}")
        return "\n".join(told) + "\n"


def send(alert: Alert, settings: Alerts) -> list[str]:
    """Send to every destination that is set; return what could not be sent, a line each.

    One destination that is down does not keep the alert from the other.
    """
    problems = []
    if settings.webhook_url is not None:
        problems += _attempt("webhook", lambda: _post(alert, settings))
    if settings.smtp_host is not None and settings.mail_to:
        problems += _attempt("mail", lambda: _mail(alert, settings))
    return problems


def is_configured(settings: Alerts) -> bool:
    """Whether an alert has anywhere to go."""
    return settings.webhook_url is not None or bool(settings.smtp_host and settings.mail_to)


def _attempt(what: str, action: object) -> list[str]:
    try:
        action()  # type: ignore[operator]
    except (OSError, smtplib.SMTPException, Failure) as error:
        # The address may hold a token: only the kind of the error is told.
        return [f"the alert could not be sent by {what}: {type(error).__name__}"]
    return []


def _post(alert: Alert, settings: Alerts) -> None:
    """One JSON object, ``{"kind", "subject", "summary", "lines", "run_id", "home", "text"}``."""
    assert settings.webhook_url is not None  # noqa: S101
    url = settings.webhook_url.get_secret_value()
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Failure("CREDIT_ALERTS__WEBHOOK_URL is no http or https address")
    body = {**asdict(alert), "subject": alert.subject, "text": alert.text}
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=settings.timeout_seconds):  # noqa: S310
        pass


def _mail(alert: Alert, settings: Alerts) -> None:
    assert settings.smtp_host is not None  # noqa: S101
    message = EmailMessage()
    message["Subject"] = alert.subject
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    message["Date"] = formatdate(localtime=False)
    message.set_content(alert.text)
    relay = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.timeout_seconds)
    with relay:
        if settings.smtp_starttls:
            relay.starttls()
        if settings.smtp_user is not None and settings.smtp_password is not None:
            relay.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        relay.send_message(message)
