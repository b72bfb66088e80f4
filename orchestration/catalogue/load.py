"""Loading the catalogue: the items' YAML, the agreed deliveries and the codebooks they use."""

from __future__ import annotations

import csv
import hashlib
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.catalogue.model import CatalogueField, Item

CATALOGUE_FOLDER = Path(__file__).parent
CODEBOOK_FOLDER = Path(__file__).parents[2] / "dbt_project" / "seeds"

# Any unit of units.csv may deliver these as utf-8, agreed or not (catalogue section 1).
OPEN_ITEMS = frozenset(
    {
        "administrative_penalty",
        "administrative_award",
        "severe_dishonesty_determination",
        "joint_measure",
        "commendation",
    }
)


# libyaml's loader where there is one: ten times as fast, and every command loads the catalogue.
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the message names item and field."""


class Agreement(BaseModel):
    """The agreed form in which a unit delivers an item (deliveries.csv)."""

    model_config = ConfigDict(frozen=True)

    item_code: str
    unit_code: str
    format: str
    encoding: str


class Catalogue(BaseModel):
    """All items, agreed deliveries and codebooks.

    ``codebooks`` maps a codebook's name to its rows, each a dict of column to text.
    """

    model_config = ConfigDict(frozen=True)

    items: dict[str, Item]
    agreements: tuple[Agreement, ...]
    codebooks: dict[str, tuple[dict[str, str], ...]]
    contract_version: str

    @cached_property
    def unit_codes(self) -> frozenset[str]:
        """Every unit of units.csv."""
        return frozenset(row["unit_code"] for row in self.codebooks["units"])

    @cached_property
    def _encodings(self) -> dict[tuple[str, str], str]:
        return {(a.item_code, a.unit_code): a.encoding for a in self.agreements}

    def encoding_of(self, item_code: str, unit_code: str) -> str | None:
        """The encoding in which the unit delivers the item; None if it may not deliver it."""
        agreed = self._encodings.get((item_code, unit_code))
        if agreed is not None:
            return agreed
        return "utf-8" if unit_code in self.unit_codes and item_code in OPEN_ITEMS else None

    def codes_of(self, field: CatalogueField) -> tuple[str, ...]:
        """The code list of a code field in its own order, codebook and extra codes together."""
        if field.codebook is None:
            return tuple(field.codes or ())
        book, _, column = field.codebook.partition(".")
        return tuple(row[column] for row in self.codebooks[book]) + field.extra_codes


def _read_codebooks(folder: Path) -> dict[str, tuple[dict[str, str], ...]]:
    books = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            books[path.stem] = tuple(dict(row) for row in csv.DictReader(lines))
    return books


def _read_item(path: Path) -> Item:
    try:
        text = path.read_text(encoding="utf-8")
        item = Item.model_validate(yaml.load(text, Loader=_SAFE_LOADER))  # noqa: S506 - it is safe
    except (ValidationError, yaml.YAMLError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    if item.item_code != path.stem:
        raise CatalogueError(f"{path.name}: item_code is {item.item_code}, expected {path.stem}")
    return item


def _contract_version(paths: list[Path]) -> str:
    """Sixteen hex digits over everything that decides how a delivered row is read."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _check_codebooks(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        for field in item.fields:
            if field.codebook is None:
                continue
            book, _, column = field.codebook.partition(".")
            rows = catalogue.codebooks.get(book)
            if not rows or column not in rows[0]:
                raise CatalogueError(
                    f"{item.item_code}.{field.name}: no codebook column {field.codebook}"
                )
    for agreement in catalogue.agreements:
        if agreement.item_code not in catalogue.items:
            raise CatalogueError(f"deliveries.csv: unknown item {agreement.item_code}")
        if agreement.unit_code not in catalogue.unit_codes:
            raise CatalogueError(f"deliveries.csv: unknown unit {agreement.unit_code}")


@lru_cache(maxsize=4)
def load_catalogue(
    folder: Path = CATALOGUE_FOLDER, codebook_folder: Path = CODEBOOK_FOLDER
) -> Catalogue:
    """Read and check the whole catalogue.

    Raises:
        CatalogueError: a file is no valid item, or names a field, codebook or unit that is not.
    """
    item_paths = sorted((folder / "items").glob("*.yml"))
    deliveries = folder / "deliveries.csv"
    with deliveries.open(encoding="utf-8-sig", newline="") as lines:
        agreements = tuple(Agreement.model_validate(row) for row in csv.DictReader(lines))
    items = {item.item_code: item for item in map(_read_item, item_paths)}
    code_paths = [codebook_folder / f"{name}.csv" for name in ("conduct_codes", "units")]
    catalogue = Catalogue(
        items=items,
        agreements=agreements,
        codebooks=_read_codebooks(codebook_folder),
        contract_version=_contract_version([*item_paths, deliveries, *code_paths]),
    )
    _check_codebooks(catalogue)
    return catalogue
