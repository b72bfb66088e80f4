"""Every expectation is shown to work: for each one there are changed builds that it refuses."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.audit import ExpectationResult
from orchestration.audit.project import stored_suites
from tests.audit.builds import Judge
from tests.audit.mutators import FOLDER, Mutation, all_mutations, listing, unknown_entries

MUTATIONS = all_mutations()


def first_of_each() -> list[Mutation]:
    """One mutation of each expectation."""
    found: dict[tuple[str, str], Mutation] = {}
    for mutation in MUTATIONS:
        found.setdefault(mutation[:2], mutation)
    return list(found.values())


# `make test` shows every eighth, `make mutation` all.
SAMPLE = first_of_each()[::8]


def test_the_valid_build_keeps_every_promise(known_results: list[ExpectationResult]) -> None:
    assert [one.line for one in known_results if one.is_refused] == []


def test_every_table_of_the_valid_build_has_rows(valid: Path) -> None:
    """What is empty can break no promise, and shows nothing."""
    with duckdb.connect(str(valid), read_only=True) as connection:
        empty = [
            name
            for name in stored_suites()
            if not connection.execute(f"select 1 from {name} limit 1").fetchall()
        ]
    assert empty == []


def test_every_expectation_has_a_mutation() -> None:
    shown = {mutation[:2] for mutation in MUTATIONS}
    promised = {(t, one["meta"]["rule"]) for t, suite in stored_suites().items() for one in suite}
    assert promised - shown == set()
    assert unknown_entries() == []


def test_the_list_of_mutations_is_up_to_date() -> None:
    assert (FOLDER / "mutations.txt").read_text(encoding="utf-8") == listing()


def complaint(judge: Judge, mutation: Mutation) -> str | None:
    """Why a mutation shows nothing; None if the expectation refused the build."""
    result = judge.judge(*mutation)
    if result.error is not None:
        return f"{mutation}: not answered: {result.error}"
    if result.success:
        return f"{mutation}: passed"
    return None


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda one: f"{one[0]}/{one[1]}")
def test_a_mutated_build_is_refused(judge: Judge, mutation: Mutation) -> None:
    assert complaint(judge, mutation) is None


@pytest.mark.mutation
@pytest.mark.parametrize("table", sorted({mutation[0] for mutation in MUTATIONS}))
def test_every_mutated_build_is_refused(judge: Judge, table: str) -> None:
    found = [complaint(judge, mutation) for mutation in MUTATIONS if mutation[0] == table]
    assert [one for one in found if one is not None] == []
