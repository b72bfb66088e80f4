"""Which delivered column is which field (catalogue sections 1 and 4).

Headers are compared after NFKC and removal of white space, case-sensitively. In xml they stand
without ``( ) / %``. In spreadsheets alone a header that is no agreed one matches the longest
agreed header it starts with, unless another column has that one exactly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestration.catalogue.model import CatalogueField, Item
from orchestration.ingest.delivered import FileFault
from orchestration.ingest.readers.text import without_white_space

# Section 4: what must never be collected; the file is refused and its bytes are not kept.
BANNED_WORDS = (
    "病史",
    "诊断",
    "症状",
    "体温",
    "核酸",
    "血型",
    "基因",
    "指纹",
    "宗教",
    "存款",
    "个人收入",
)
_NOT_IN_XML_NAMES = str.maketrans("", "", "()/%")


def normalise_header(header: str) -> str:
    """The form in which headers are compared."""
    return without_white_space(unicodedata.normalize("NFKC", header))


def banned_words(headers: Iterable[str]) -> tuple[str, ...]:
    """The words of section 4 that stand in one of the headers.

    Words, not headers: what stands where a header should may be a row about a person.
    """
    normalised = [normalise_header(header) for header in headers]
    return tuple(word for word in BANNED_WORDS if any(word in header for header in normalised))


def refuse_banned(headers: Iterable[str]) -> None:
    """Raise F05 if a header may never be collected."""
    words = banned_words(headers)
    if words:
        raise FileFault("F05", f"a header that must never be collected, with {', '.join(words)}")


@dataclass
class MatchedHeaders:
    """The columns of a file, matched: ``columns`` maps a column's position to its field.

    ``twice`` names the agreed headers that two columns match, ``missing`` the required headers
    that none does, ``unknown`` the headers that match nothing (blank ones left out).
    """

    headers: tuple[str, ...]
    columns: dict[int, CatalogueField] = field(default_factory=dict)
    twice: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def refuse(self, *, may_lack: bool = False) -> None:
        """Raise F05 for a banned header, F02 for a required one missing or one given twice."""
        refuse_banned(self.headers)
        if self.missing and not may_lack:
            raise FileFault("F02", f"required header missing: {', '.join(self.missing)}")
        if self.twice:
            raise FileFault("F02", f"more than one column for the header: {', '.join(self.twice)}")


def agreed_headers(item: Item, *, is_xml: bool = False) -> dict[str, CatalogueField]:
    """The agreed headers of an item in the form in which they are compared."""
    agreed = {}
    for header, catalogue_field in item.headers.items():
        name = normalise_header(header)
        agreed[name.translate(_NOT_IN_XML_NAMES) if is_xml else name] = catalogue_field
    return agreed


def match_headers(
    item: Item, headers: Sequence[str], *, is_sheet: bool = False, is_xml: bool = False
) -> MatchedHeaders:
    """Match the columns of a file with the item's agreed headers; raises nothing."""
    agreed = agreed_headers(item, is_xml=is_xml)
    names = [normalise_header(header) for header in headers]
    exact = {name for name in names if name in agreed}
    columns: dict[int, CatalogueField] = {}
    for position, name in enumerate(names):
        if name in agreed:
            columns[position] = agreed[name]
        elif is_sheet:
            longest = max((a for a in agreed if name.startswith(a)), key=len, default=None)
            if longest is not None and longest not in exact:
                columns[position] = agreed[longest]
    found = [catalogue_field.name for catalogue_field in columns.values()]
    return MatchedHeaders(
        headers=tuple(headers),
        columns=columns,
        twice=tuple(f.header for f in agreed.values() if found.count(f.name) > 1),
        missing=tuple(f.header for f in agreed.values() if f.required and f.name not in found),
        unknown=tuple(
            header
            for position, header in enumerate(headers)
            if position not in columns and names[position]
        ),
    )
