"""Every table of marts.md from the loaded rows: the order in which one rule needs another."""

from __future__ import annotations

from datetime import date
from typing import Any

from . import archive, disclosure, dishonesty, evaluation, finance, measures, positive, units
from .dispositions import JUDGED_AFTERWARDS, Refusals, is_deleted, judge_publicity
from .model import Deliveries
from .repair import CASE_COLUMNS, Repairs, repair_service_level, repair_targets
from .results import Parameters, Table, group_by, table
from .subjects import (
    Record,
    Register,
    disposition_table,
    judge_standing,
    match_subject,
    subjects_of,
    subjects_table,
)

__all__ = ["Parameters", "Table", "compute_marts"]

DEFAULTS = Parameters()


class _Build:
    """One build for one as-of date: from rows to dispositions to the lists that rules share."""

    def __init__(self, deliveries: Deliveries, as_of: date, parameters: Parameters) -> None:
        self.deliveries = deliveries
        self.as_of = as_of
        self.parameters = parameters
        self.records = [Record(row) for row in deliveries.rows]
        judge_standing(self.records)
        self.register = Register(self.records)
        for record in self.records:
            match_subject(record, self.register)
        self.refusals = Refusals(as_of, parameters)
        self._judge_up_to_publicity()
        # Names come from what stands and scales from what is used, both known by now.
        self.subjects = subjects_of(self.records, self.register, as_of)
        self._make_lists()
        self._judge_publicity()

    def of_item(self, item_code: str) -> list[Record]:
        return [r for r in self.records if r.item_code == item_code and r.is_used]

    # ------------------------------------------------------------ dispositions

    def _judge(self, record: Record) -> None:
        if record.standing is not None:
            record.disposition = record.standing
            return
        mine = self.objections_by_subject.get(record.subject_id, [])
        if is_deleted(record, mine, self.as_of):
            record.disposition = "withdrawn"
            return
        record.disposition, record.detail = self.refusals.judge(record)

    def _judge_items(self, wanted: set[str]) -> None:
        for record in self.records:
            if record.item_code in wanted:
                self._judge(record)

    def _judge_up_to_publicity(self) -> None:
        self.objections_by_subject: dict[str | None, list[Record]] = {}
        self._judge_items({"objection"})
        self.objections = self.of_item("objection")
        self.objections_by_subject = group_by(self.objections, lambda r: r.subject_id)
        self._judge_items({"severe_dishonesty_determination"})
        self.listings = [
            dishonesty.severe_listing(
                record, self.objections_by_subject.get(record.subject_id, []), self.as_of
            )
            for record in self.of_item("severe_dishonesty_determination")
        ]
        self.on_severe_list = {
            listing["subject_id"] for listing in self.listings if listing["is_active"]
        }
        self.refusals.on_severe_list = self.on_severe_list
        judged = {"objection", "severe_dishonesty_determination", JUDGED_AFTERWARDS}
        self._judge_items({record.item_code for record in self.records} - judged)

    def _judge_publicity(self) -> None:
        disclosable = {
            (row["document_no"], row["subject_id"])
            for row in self.dishonesty
            if row["is_disclosable"]
        }
        earners = {row["subject_id"] for row in self.red_list}
        earners |= {row["subject_id"] for row in self.positives}
        for record in self.records:
            if record.item_code != JUDGED_AFTERWARDS:
                continue
            if record.standing is not None:
                record.disposition = record.standing
            else:
                answer = judge_publicity(record, disclosable, earners)
                record.disposition, record.detail = answer

    # ------------------------------------------------------------ shared lists

    def _make_lists(self) -> None:
        for listing in self.listings:
            subject = self.subjects[listing["subject_id"]]
            listing["subject_name"] = subject["subject_name"]
            listing["subject_type"] = subject["subject_type"]
        self.key_enterprises = self.of_item("key_enterprise")
        repairs = Repairs(
            repair_targets(self.records, self.refusals),
            self.listings,
            self.key_enterprises,
            self.as_of,
            self.parameters,
        )
        self.repair_cases = [repairs.case(r) for r in self.of_item("credit_repair_application")]
        maker = dishonesty.Dishonesty(
            self.subjects,
            self.listings,
            self.repair_cases,
            self.objections,
            self.as_of,
            self.parameters,
        )
        self.dishonesty = [
            maker.row(record)
            for item in ("administrative_penalty", "social_order_case")
            for record in self.of_item(item)
        ]
        self.positives = positive.positive_records(self.records, self.subjects)
        self.red_list = positive.red_list(self.positives, self.subjects, self.on_severe_list)
        self.reliefs = [
            finance.relief(r, self.subjects, self.refusals) for r in self.of_item("overdue_relief")
        ]
        self.protected = {
            subject_id: {row["overdue_record_no"] for row in rows if row["status"] == "accepted"}
            for subject_id, rows in group_by(self.reliefs, lambda r: r["subject_id"]).items()
        }

    # ------------------------------------------------------------ evaluation, archive

    def evaluate(self) -> tuple[list[dict[str, Any]], Table]:
        indicators = group_by(self.of_item("regular_indicator"), lambda r: r.subject_id)
        bad = group_by(self.dishonesty, lambda row: row["subject_id"])
        good = group_by(self.positives, lambda row: row["subject_id"])
        rows, by_subject = [], {}
        for subject_id, subject in self.subjects.items():
            if not evaluation.is_in_population(subject):
                continue
            by_subject[subject_id] = evaluation.contributions_of(
                indicators.get(subject_id, []),
                bad.get(subject_id, []),
                good.get(subject_id, []),
                self.protected.get(subject_id, set()),
                self.as_of,
                self.parameters,
            )
            rows.append(
                evaluation.evaluation_row(
                    subject,
                    by_subject[subject_id],
                    subject_id in self.on_severe_list,
                    self.as_of,
                    self.parameters,
                )
            )
        return rows, evaluation.contributions_table(by_subject)

    def archive_entries(self) -> list[dict[str, Any]]:
        entries = []
        by_subject = group_by(self.records, lambda r: r.subject_id)
        by_subject.pop(None, None)
        for subject_id, records in by_subject.items():
            if self.subjects[subject_id]["is_registered"]:
                entries += archive.basic_part(records, self.as_of)
            protected = self.protected.get(subject_id, set())
            entries += archive.negative_indicators(records, protected, self.as_of, self.parameters)
        entries += [archive.negative_of_dishonesty(row) for row in self.dishonesty]
        entries += [
            archive.negative_of_listing(listing)
            for listing in self.listings
            if self.as_of < listing["exits_on"]
        ]
        entries += [archive.positive_entry(row) for row in self.positives]
        return entries

    # ------------------------------------------------------------ the answer

    def tables(self) -> dict[str, Table]:
        evaluations, contributions = self.evaluate()
        grades = {row["subject_id"]: row["grade"] for row in evaluations}
        candidates = finance.candidates(
            self.subjects, self.key_enterprises, grades, self.on_severe_list, self.as_of
        )
        limits = measures.Limits(self.subjects, self.listings, self.positives, self.as_of)
        taken_measures, violations = measures.measures_and_violations(self.records, limits)
        scorecard = units.unit_scorecard(self.deliveries, self.records, self.parameters)
        coverage = units.clause_coverage(self.deliveries, self.records)
        marts = {
            "subjects": subjects_table(self.subjects),
            "record_disposition": disposition_table(self.records),
            "dishonesty_records": table(
                dishonesty.DISHONESTY_COLUMNS, "record_id", self.dishonesty
            ),
            "resumption_compliance": dishonesty.resumption_compliance(
                self.records, self.dishonesty, self.subjects, self.as_of
            ),
            "social_order_statistics": dishonesty.social_order_statistics(self.dishonesty),
            "severe_dishonesty_list": table(dishonesty.SEVERE_COLUMNS, "record_id", self.listings),
            "positive_records": table(positive.POSITIVE_COLUMNS, "record_id", self.positives),
            "red_list": table(positive.RED_LIST_COLUMNS, "subject_id", self.red_list),
            "red_list_exclusions": positive.red_list_exclusions(self.positives, self.listings),
            "enterprise_evaluation": table(
                evaluation.EVALUATION_COLUMNS, "subject_id", evaluations
            ),
            "evaluation_contributions": contributions,
            "credit_repair_cases": table(CASE_COLUMNS, "record_id", self.repair_cases),
            "repair_service_level": repair_service_level(self.repair_cases),
            "overdue_relief": table(finance.RELIEF_COLUMNS, "record_id", self.reliefs),
            "financing_support_candidates": table(
                finance.CANDIDATE_COLUMNS, "subject_id", candidates
            ),
            "credit_loan_summary": finance.credit_loan_summary(
                self.records, {row["subject_id"] for row in candidates}, self.refusals
            ),
            "joint_measures": table(measures.MEASURE_COLUMNS, "record_id", taken_measures),
            "joint_measure_violations": table(
                "record_id rule_code", "record_id rule_code", violations
            ),
            "credit_archive": table(
                archive.ARCHIVE_COLUMNS, "part record_id", self.archive_entries()
            ),
            "unit_scorecard": table(
                units.SCORECARD_COLUMNS, "unit_code item_code month", scorecard
            ),
            "clause_coverage": table(units.COVERAGE_COLUMNS, "clause", coverage),
            "ingested_files": units.ingested_files(self.deliveries),
            "quarantined_rows": units.quarantined_rows(self.deliveries),
            "release_info": table("as_of_date", "as_of_date", [{"as_of_date": self.as_of}]),
        }
        typical_cases, role_models = disclosure.materials(self.records, self.subjects, self.as_of)
        open_tables = {
            "red_list": disclosure.open_red_list(self.red_list),
            "dishonesty": disclosure.open_dishonesty(self.dishonesty),
            "severe_dishonesty_list": disclosure.open_severe_list(self.listings),
            "typical_cases": typical_cases,
            "role_models": role_models,
            "repair_announcements": disclosure.repair_announcements(self.dishonesty, self.as_of),
            "evaluation_summary": disclosure.evaluation_summary(evaluations),
            "social_order_statistics": disclosure.open_social_order_statistics(
                marts["social_order_statistics"]
            ),
            "unit_scorecard": table(
                units.SCORECARD_COLUMNS,
                "unit_code item_code month",
                [row for row in scorecard if row["item_code"] != "social_order_case"],
            ),
            "repair_service_level": marts["repair_service_level"],
            "clause_coverage": marts["clause_coverage"],
            "release_info": marts["release_info"],
        }
        return {f"marts.{name}": made for name, made in marts.items()} | {
            f"open.{name}": made for name, made in open_tables.items()
        }


def compute_marts(
    deliveries: Deliveries, as_of: date, parameters: Parameters = DEFAULTS
) -> dict[str, Table]:
    """'marts.<table>' and 'open.<table>' to the expected table, for every table of marts.md.

    Of ``release_info`` only ``as_of_date`` follows from the deliveries.
    """
    return _Build(deliveries, as_of, parameters).tables()
