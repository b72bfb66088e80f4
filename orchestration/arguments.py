"""Options that several commands share, and what they stand for: settings, home, JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.errors import WrongArguments

if TYPE_CHECKING:
    from orchestration.publish.store import ReleaseStore
    from orchestration.settings import Settings


def as_date(given: str | date) -> date:
    """A date argument, ``YYYY-MM-DD``; a default is a date already."""
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise typer.BadParameter(f"{given} is no date; expected YYYY-MM-DD") from error


HomeOption = Annotated[
    Path | None, typer.Option("--home", envvar="CREDIT_HOME", help="The home of the warehouse.")
]
LandingOption = Annotated[
    Path | None, typer.Option("--landing", envvar="CREDIT_LANDING", help="The landing zone.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
AsOfOption = Annotated[
    date | None,
    typer.Option("--as-of", parser=as_date, metavar="DATE", help="The as-of date, YYYY-MM-DD."),
]


def settings_of(
    home: Path | None = None, landing: Path | None = None, **others: object
) -> Settings:
    """The settings, with what the command line gave; None leaves the environment's or default.

    Raises:
        WrongArguments: a setting is none.
    """
    from pydantic import ValidationError

    from orchestration.settings import Settings

    given: dict[str, Any] = {"home": home, "landing": landing, **others}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "CREDIT_" + "__".join(str(part).upper() for part in first["loc"])
        raise WrongArguments(f"the setting {name} is wrong: {first['msg']}") from error


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def store_of(home: Path | None) -> ReleaseStore:
    """The releases of the home that is asked for.

    Raises:
        WrongArguments: it is not there.
    """
    from orchestration.home import Home
    from orchestration.publish.store import ReleaseStore

    settings = settings_of(home)
    if not settings.home.is_dir():
        raise WrongArguments(f"the home {settings.home} is not there")
    return ReleaseStore(Home(settings.home.absolute()))
