"""The removal guard: lists do not shrink unexplained.

A release is refused when one of the guarded lists loses more than a fifth of its rows, and at least
ten, against the current release - unless a person approves it with a reason. Rows that left by a
repair, an expiry, a delisting, a withdrawal or an objection are the system doing its work and do
not count (interface.md, "The audit").
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.parquet import read_parquet
from orchestration.publish.manifest import Manifest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class GuardedList:
    """One guarded list: which of its rows count, and the SQL that explains a removal.

    ``explained`` is a condition over ``gone`` (the previous release's row) that may read ``ended``
    (record_id of records withdrawn or past retention now), ``corrected`` (record_id of records that
    an objection had corrected), ``previous_dishonesty`` and every table of the build.
    """

    label: str
    key: str
    counts: str
    explained: str


_ENDED = "gone.record_id in (select record_id from ended union all from corrected)"
_POSITIVE_WITHDRAWN = (
    "gone.subject_id in (select subject_id from marts.record_disposition"
    " where disposition = 'withdrawn' and item_code in ({items}))"
)
_COMMENDATION_WITHDRAWN = _POSITIVE_WITHDRAWN.format(items="'commendation'")
_HIDDEN_DISHONESTY = (
    "select record_id, subject_id, document_no from marts.dishonesty_records, release_date"
    " where repaired_on is not null or has_open_objection or disclosure_until < as_of_date"
)
# A natural person's case names a document and no subject.
_HIDDEN_CASE = (
    "coalesce(gone.subject_id, hidden.subject_id) = hidden.subject_id"
    " and gone.document_no = hidden.document_no"
)
_ENDED_LISTING = (
    "gone.record_id in (select record_id from marts.severe_dishonesty_list, release_date"
    " where exits_on <= as_of_date)"
)

GUARDED_LISTS = (
    GuardedList("gov.red_list", "subject_id", "true", _COMMENDATION_WITHDRAWN),
    GuardedList("gov.dishonesty_records", "record_id", "true", _ENDED),
    GuardedList(
        "gov.severe_dishonesty_list", "record_id", "is_active", f"{_ENDED} or {_ENDED_LISTING}"
    ),
    GuardedList("gov.subjects", "subject_id", "is_registered", "false"),
    GuardedList("open.red_list", "subject_id", "true", _COMMENDATION_WITHDRAWN),
    GuardedList(
        "open.dishonesty",
        "record_id",
        "true",
        f"{_ENDED} or gone.record_id in (select record_id from ({_HIDDEN_DISHONESTY}))",
    ),
    GuardedList(
        "open.severe_dishonesty_list",
        "record_id",
        "true",
        f"{_ENDED} or {_ENDED_LISTING} or gone.record_id in"
        " (select record_id from marts.severe_dishonesty_list where has_open_objection)",
    ),
    GuardedList(
        "open.typical_cases",
        "record_id",
        "true",
        f"{_ENDED} or exists (from ({_HIDDEN_DISHONESTY}) as hidden where {_HIDDEN_CASE})"
        " or exists (from previous_dishonesty as hidden where record_id in"
        f" (select record_id from ended union all from corrected) and {_HIDDEN_CASE})",
    ),
    GuardedList(
        "open.role_models",
        "record_id",
        "true",
        f"{_ENDED} or gone.record_id in (select record_id from marts.record_disposition"
        " where disposition = 'no_consent') or "
        + _POSITIVE_WITHDRAWN.format(
            items="'commendation', 'administrative_award', 'charity_donation',"
            " 'direct_donation', 'volunteer_service'"
        ),
    ),
)


@dataclass(frozen=True)
class GuardFinding:
    """How one list moved against the current release."""

    label: str
    previous_rows: int
    removed: int
    explained: int
    is_refused: bool

    @property
    def lost(self) -> int:
        """The removed rows that nothing explains."""
        return self.removed - self.explained

    @property
    def line(self) -> str:
        """The finding as one line for people."""
        return (
            f"{self.label} loses {self.lost} of {self.previous_rows} rows unexplained"
            f" ({self.removed} left, {self.explained} of them by a repair, an expiry, a delisting,"
            " a withdrawal or an objection)"
        )


def removal_findings(
    connection: DuckDBPyConnection,
    previous: tuple[Path, Manifest] | None,
    share: Decimal,
    minimum: int,
) -> list[GuardFinding]:
    """Compare every guarded list of the build with the release before it.

    ``connection`` is to the build database (schemas ``marts`` and ``open``); it only needs to read.
    """
    if previous is None:
        return []
    folder, manifest = previous
    _prepare(connection, folder, manifest)
    findings = []
    for guarded in GUARDED_LISTS:
        entry = manifest.table(guarded.label)
        if entry is None:
            continue
        before, removed, explained = _counts(connection, guarded, folder / entry.path)
        lost = removed - explained
        findings.append(
            GuardFinding(
                label=guarded.label,
                previous_rows=before,
                removed=removed,
                explained=explained,
                is_refused=lost >= minimum and lost > share * before,
            )
        )
    return findings


# The records of the subject and document that an objection named, when 更正 came of it.
_CORRECTED = """
create or replace temp table corrected as
with objections as (
    select used.subject_id, objections.document_no
    from raw.objection as objections
    inner join marts.record_disposition as used
        on objections.source_file = used.source_file and objections.source_row = used.source_row
        and used.disposition = 'used'
    cross join release_date
    where objections.outcome = '更正' and objections.resolved_on <= release_date.as_of_date
),
documents as (
    select record_id, document_no from raw.administrative_penalty
    union all select record_id, penalty_document_no from raw.social_order_case
    union all select record_id, determination_no from raw.social_order_case
    union all select record_id, determination_no from raw.severe_dishonesty_determination
)
select distinct documents.record_id
from documents
inner join marts.record_disposition as dispositions using (record_id)
inner join objections
    on dispositions.subject_id = objections.subject_id
    and documents.document_no = objections.document_no
"""


def _prepare(connection: DuckDBPyConnection, folder: Path, manifest: Manifest) -> None:
    connection.execute(
        "create or replace temp view release_date as select as_of_date from marts.release_info"
    )
    connection.execute(
        "create or replace temp view ended as select distinct record_id"
        " from marts.record_disposition where disposition in ('withdrawn', 'retention_expired')"
    )
    connection.execute(_CORRECTED)
    entry = manifest.table("gov.dishonesty_records")
    source = read_parquet(folder / entry.path) if entry else "marts.dishonesty_records"
    connection.execute(
        "create or replace temp view previous_dishonesty as"
        f" select record_id, subject_id, document_no from {source}"
    )


def _counts(
    connection: DuckDBPyConnection, guarded: GuardedList, path: Path
) -> tuple[int, int, int]:
    schema = {"gov": "marts", "open": "open"}
    product, _, name = guarded.label.partition(".")
    before, removed, explained = connection.execute(
        f"with before as (select * from {read_parquet(path)} where {guarded.counts}),"
        f" gone as (select * from before where {guarded.key} not in"
        f' (select {guarded.key} from "{schema[product]}"."{name}" where {guarded.counts}))'
        " select (select count(*) from before), (select count(*) from gone),"
        f" (select count(*) from gone where {guarded.explained})"
    ).fetchall()[0]
    return int(before), int(removed), int(explained)
