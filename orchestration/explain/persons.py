"""A person's key from an identity number, for those who may ask, with the query on record."""

from __future__ import annotations

from typing import TextIO

from orchestration.errors import WrongArguments
from orchestration.explain.query_log import append_query
from orchestration.home import Home
from orchestration.pipeline import user_name
from orchestration.settings import Settings

ID_KINDS = ("01", "02", "03", "04", "05")


def subject_key_of(settings: Settings, stream: TextIO, reason: str | None) -> str:
    """Read kind and number - two words, or two lines - and give the ``P-`` key.

    The number is used for nothing else and is never part of a message.

    Raises:
        WrongArguments: no key is set, or the input is not a kind 01-05 and a valid number.
    """
    from orchestration.ingest.engine import install_contract, open_connection
    from orchestration.ingest.persons import person_subject_id
    from orchestration.ingest.raw import hold_person_key

    if settings.person_key is None:
        raise WrongArguments("CREDIT_PERSON_KEY is not set; without it no person's key can be made")
    home = Home(settings.home.absolute())
    person_key = settings.person_key.get_secret_value()
    home.create()
    hold_person_key(home.folder, person_key)
    words = stream.read().split()
    if len(words) != 2 or words[0] not in ID_KINDS:
        raise WrongArguments(
            "expected on standard input: the kind of identity document (01-05) and its number"
        )
    with open_connection(settings, home.work / "subject-key-spill") as connection:
        install_contract(connection, person_key)
        is_valid = words[0] != "01" or connection.execute(
            "select is_identity_number(upper(nfkc_text($1)))", [words[1]]
        ).fetchall() == [(True,)]
    if not is_valid:
        raise WrongArguments("this is no resident identity number: its check character is wrong")
    subject_id = person_subject_id(person_key, *words)
    append_query(home, user_name(), "subject-key", subject_id, reason)
    return subject_id
