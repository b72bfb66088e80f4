"""What the dbt project repeats from the catalogue and the codebooks is equal to them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from orchestration.catalogue import dbt_sources, load_catalogue
from tests.dbt_support import DBT_PROJECT

SEEDS = DBT_PROJECT / "seeds"
RULES = DBT_PROJECT / "macros" / "rules"


def _codebook(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _listed(macro: str) -> list[str]:
    """The values that a macro lists, one per line."""
    text = (RULES / f"{macro}.sql").read_text(encoding="utf-8")
    return re.findall(r"^ +'([^']+)',$", text, re.MULTILINE)


def test_committed_staging_is_what_the_catalogue_gives() -> None:
    assert dbt_sources.differing_files() == []


def test_a_stale_staging_file_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dbt_sources, "STAGING_FOLDER", tmp_path)
    monkeypatch.setattr(dbt_sources.differing_files, "__defaults__", (tmp_path,))
    assert dbt_sources.main([]) == 0
    (tmp_path / "stg_objection.sql").write_text("select 1", encoding="utf-8")
    (tmp_path / "stg_of_no_item.sql").write_text("select 1", encoding="utf-8")

    assert dbt_sources.main(["--check"]) == 1
    named = capsys.readouterr().err
    assert "stg_objection.sql" in named
    assert "stg_of_no_item.sql" in named

    assert dbt_sources.main([]) == 0
    assert dbt_sources.main(["--check"]) == 0
    assert not (tmp_path / "stg_of_no_item.sql").exists()


def test_models_know_exactly_the_items_of_the_catalogue() -> None:
    assert set(_listed("catalogue_items")) == set(load_catalogue().items)


def test_penalty_categories_are_sorted_in_the_order_of_their_codebook() -> None:
    in_codebook = [row["penalty_category"] for row in _codebook("penalty_categories")]
    assert _listed("codebook_order") == in_codebook


def test_every_indicator_counts_in_the_dimension_of_its_codebook() -> None:
    text = (RULES / "evaluation.sql").read_text(encoding="utf-8")
    by_dimension = {
        dimension: re.findall(r"'(\w+)'", codes)
        for dimension, codes in re.findall(r"'(D\d)': \[([^\]]*)\]", text)
    }
    expected: dict[str, list[str]] = {}
    for row in _codebook("evaluation_indicators"):
        expected.setdefault(row["dimension_code"], []).append(row["indicator_code"])
    assert by_dimension == {code: expected[code] for code in sorted(expected)}


def test_the_model_adds_up_the_indicators_of_each_dimension() -> None:
    model = DBT_PROJECT / "models" / "marts" / "enterprise_evaluation.sql"
    sums = re.findall(r"^        (.+) as d([1-5]),?$", model.read_text(encoding="utf-8"), re.M)
    expected: dict[str, set[str]] = {}
    for row in _codebook("evaluation_indicators"):
        expected.setdefault(row["dimension_code"][1], set()).add(row["indicator_code"].lower())
    assert {number: set(re.findall(r"\b[bne]0\d\b", terms)) for terms, number in sums} == expected
