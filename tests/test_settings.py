"""Settings that make no sense are refused before anything is begun."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import SecretStr, ValidationError

from orchestration.settings import Parameters, Settings


@pytest.mark.parametrize(
    "given",
    [
        {"retention_years": 0},
        {"report_working_days": 0},
        {"green_channel_working_days": -1},
        {"ordinary_repair_working_days": 40_000},
        {"serious_fine_yuan": "0.001"},
        {"epidemic_start_date": date(2021, 1, 1)},
    ],
)
def test_parameter_without_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(given)


def test_parameters_at_their_bounds_are_taken() -> None:
    day = date(2020, 2, 1)
    taken = Parameters(
        epidemic_start_date=day,
        epidemic_end_date=day,
        retention_years=1,
        ordinary_repair_working_days=1000,
    )
    assert taken.retention_years == 1


@pytest.mark.parametrize("blank", ["", " \t"])
def test_blank_person_key_is_none(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDIT_PERSON_KEY", blank)
    assert Settings(_env_file=None).person_key is None
    assert Settings(person_key=SecretStr(blank), _env_file=None).person_key is None


def test_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDIT_LANDING", "")
    monkeypatch.setenv("CREDIT_KEEP_RELEASES", "")
    settings = Settings(_env_file=None)
    assert (settings.landing, settings.keep_releases) == (None, 30)
