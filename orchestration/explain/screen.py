"""An explanation for people: every statement, its rule and its evidence, on standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.screens import console, harmless, table


def show_explanation(explanation: Mapping[str, Any]) -> None:
    """Statements, the score line by line, what was not used and why, what changed."""
    screen = console()
    for line in _lines(explanation):
        screen.print(harmless(line))
    if explanation["not_used"]:
        screen.print()
        columns = ("record", "why", "file", "row", "delivered")
        rows = [
            (
                entry["record_id"],
                entry["reason"],
                entry["source_file"],
                entry["source_row"],
                entry["delivery_date"],
            )
            for entry in explanation["not_used"]
        ]
        screen.print(table("未采用 Not used", columns, rows))
    for line in _history(explanation["history"]):
        screen.print(harmless(line))


def _lines(explanation: Mapping[str, Any]) -> Iterator[str]:
    identifier = explanation.get("subject") or explanation.get("record")
    release = f"release {explanation['release_id']} as of {explanation['as_of_date']}"
    yield f"{identifier}  ·  {release}"
    for statement in explanation["statements"]:
        yield ""
        yield from _statement(statement)
    if "score" in explanation:
        yield ""
        yield from _score(explanation["score"])


def _statement(statement: Mapping[str, Any]) -> Iterator[str]:
    clauses = "、".join(str(clause) for clause in statement["clauses"])
    yield f"{statement['table']}  ·  第{clauses}条 clause {clauses}  ·  {statement['article']}"
    yield f"  {statement['rule']}"
    for name, value in statement["values"].items():
        if value is not None:
            rule = statement["column_rules"].get(name)
            yield f"    {name}: {value}" + (f"   [{rule}]" if rule else "")
    for source in statement["sources"]:
        yield (
            f"  ← {source['source_file']} row {source['source_row']}, delivered"
            f" {source['delivery_date']} by {source['unit_code']},"
            f" sha256 {(source['sha256'] or '')[:16]}…"
        )
        if source["matched"]:
            yield f"     {source['matched']}"


def _score(score: Mapping[str, Any]) -> Iterator[str]:
    yield "评价得分 The score, line by line"
    for dimension in score["dimensions"]:
        for line in dimension["indicators"]:
            low, high = line["range"]
            yield (
                f"  {line['indicator_code']} {line['indicator_name']}: {line['points']}"
                f" → {line['clamped']} ({low}…{high})  {line['why']}"
            )
            for record in line["records"]:
                if record["record_id"] is not None:
                    points = "" if record["points"] is None else f": {record['points']}"
                    yield f"      {record['record_id']}{points}"
        if dimension["additions_capped_at"] is not None:
            yield f"  E01…E04 capped at {dimension['additions_capped_at']}"
        low, high = dimension["range"]
        yield (
            f"  {dimension['dimension_code']} {dimension['dimension_name']}: {dimension['points']}"
            f" → {dimension['clamped']} ({low}…{high})"
        )
    total = " + ".join(str(dimension["clamped"]) for dimension in score["dimensions"])
    yield f"  {total} = {score['score']} (published: {score['published_score']})"
    override = f" ({score['override_reason']})" if score["override_reason"] else ""
    yield f"  等级 grade {score['grade']} {score['grade_name']}{override}"


def _history(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        yield ""
        yield (f"{step['previous_release_id']} → {step['release_id']} (as of {step['as_of_date']})")
        for change in step["changes"]:
            key = ", ".join(str(value) for value in change["key"].values())
            yield f"  {change['table']} {change['change']}: {key}"
            for name in change["new"] or change["old"] or {}:
                before = (change["old"] or {}).get(name)
                after = (change["new"] or {}).get(name)
                yield f"    {name}: {before} → {after}"
        for why in step["why"]:
            yield f"  ∵ {why}"
