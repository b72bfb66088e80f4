"""A person's key from an identity number, for those who may ask, with the query on record."""

from __future__ import annotations

from typing import TextIO

from orchestration.errors import WrongArguments
from orchestration.explain.query_log import append_query
from orchestration.home import Home
from orchestration.pipeline import user_name
from orchestration.settings import Settings


def subject_key_of(settings: Settings, stream: TextIO, reason: str | None) -> str:
    """Read kind and number - two words, or two lines - and give the ``P-`` key.

    The number is used for nothing else and is never part of a message.

    Raises:
        WrongArguments: no key is set, or the input is not a kind 01-05 and a valid number.
    """
    from orchestration.ingest.persons import check_person_key, identity_key

    if settings.person_key is None:
        raise WrongArguments("CREDIT_PERSON_KEY is not set; without it no person's key can be made")
    home = Home(settings.home.absolute())
    check_person_key(home, settings)
    words = stream.read().split()
    if len(words) != 2:
        raise WrongArguments(
            "expected on standard input: the kind of identity document (01-05) and its number"
        )
    subject_id = identity_key(settings.person_key.get_secret_value(), words[0], words[1])
    if subject_id is None:
        raise WrongArguments(
            "this is no valid identity: expected a kind 01-05, and for 01 a number whose"
            " check character is right"
        )
    append_query(home, user_name(), "subject-key", subject_id, reason)
    return subject_id
