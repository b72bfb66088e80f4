"""Which headers of a delivered file each typed raw column is read from (catalogue section 3).

Fields are read from their own header. What ingest derives - keys, digests, cleaned names - is made
of several; what tells how a row arrived is made of none, but of the file itself.
"""

from __future__ import annotations

from orchestration.catalogue.model import DERIVED_COLUMNS, PROVENANCE_COLUMNS, FieldType, Item

# The fields behind each derived column (catalogue sections 3 and 5).
_DERIVED_FROM = {
    "enterprise_name_cleaned": ("enterprise_name",),
    "donor_name_cleaned": ("donor_name",),
    "donor_key": ("donor_name",),
    "occurrence": ("donated_on", "donor_name", "amount_yuan", "version"),
    "party_key": ("uscc", "org_code", "party_kind", "party_name"),
    "subject_key": ("subject_kind", "uscc", "id_kind", "id_number"),
    "person_key": ("id_kind", "id_number"),
}


Headers = dict[str, tuple[str, ...]]


def header_columns(item: Item) -> Headers:
    """Each raw column of an item that is read from headers, with those headers."""
    headers: Headers = {
        field.name: (field.header,) for field in (*item.fields, *item.version_fields)
    }
    for name in (*item.derived, *(("person_key",) if item.has_identity else ())):
        headers[name] = _union(headers, _DERIVED_FROM[name])
    headers["record_id"] = _union(headers, item.key)
    headers["content_digest"] = _union(
        headers, item.content or (*(field.name for field in item.stored_fields), "operation")
    )
    codes = tuple(field.name for field in item.fields if field.type is FieldType.USCC)
    headers["is_code_repaired"] = _union(headers, codes)
    stored = {column.name for column in item.raw_columns}
    return {name: found for name, found in headers.items() if name in stored and found}


def _union(headers: Headers, names: tuple[str, ...]) -> tuple[str, ...]:
    found = [header for name in names for header in headers.get(name, ())]
    return tuple(dict.fromkeys(found))


def arrival_columns() -> dict[str, str]:
    """What a raw column says that no header gives, in Chinese and English."""
    columns = (*PROVENANCE_COLUMNS, *DERIVED_COLUMNS.values())
    return {column.name: f"{column.description.zh}。{column.description.en}." for column in columns}
