"""What can go wrong, with the exit codes of interface.md; every message is one line for people."""

from __future__ import annotations


class CreditError(Exception):
    """An error that a person can act on; the message says what, where and what to do."""

    exit_code = 1


class Failure(CreditError):
    """The run failed; what was published stays as it was."""

    exit_code = 1


class WrongArguments(CreditError):
    """Wrong arguments or settings; nothing was begun."""

    exit_code = 2


class AuditRefused(CreditError):
    """The audit refused the release; nothing was published."""

    exit_code = 3


class HomeIsHeld(CreditError):
    """Another run holds the home."""

    exit_code = 4
