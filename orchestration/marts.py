"""What a release consists of, read from the dbt YAML that declares it.

The YAML beside the models is the one truth about a published table: its name, grain, key, columns,
types and descriptions. Publication, audit, explanation and documents take them from here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from orchestration.settings import PROJECT_FOLDER

Product = Literal["gov", "open"]

DBT_FOLDER = PROJECT_FOLDER / "dbt_project"

# Where each dbt folder's tables go: (schema in the product's database, products that carry it).
_DESTINATIONS: dict[str, tuple[str, tuple[Product, ...]]] = {
    "models/marts": ("marts", ("gov",)),
    "models/open": ("open", ("open",)),
    "seeds": ("codebooks", ("gov", "open")),
}

# Columns that name the run and not the content; they stay out of the content digest.
UNDIGESTED_COLUMNS = {"release_info": frozenset({"release_id", "built_at"})}


class MartColumn(BaseModel):
    """One published column: its declared type and its comment in Chinese and English.

    ``is_required`` and ``accepted_values`` are its dbt tests not_null and accepted_values,
    ``codebook`` the table that its test of relationships refers to; ``meta`` says its rule.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    data_type: str
    description: str
    meta: dict[str, Any] = {}
    is_required: bool = False
    accepted_values: tuple[str, ...] = ()
    codebook: str | None = None


class MartTable(BaseModel):
    """One published table of one product. ``key`` identifies a row (marts.md section 11)."""

    model_config = ConfigDict(frozen=True)

    product: Product
    schema_name: str
    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[MartColumn, ...]
    meta: dict[str, Any]

    @property
    def relation(self) -> str:
        """The table's quoted name in a build database and in the product's database."""
        return f'"{self.schema_name}"."{self.name}"'

    @property
    def label(self) -> str:
        """``product.table``, as commands and manifests name it."""
        return f"{self.product}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in their published order."""
        return tuple(column.name for column in self.columns)

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns outside the key."""
        return tuple(name for name in self.column_names if name not in self.key)

    @property
    def digested_columns(self) -> tuple[str, ...]:
        """The columns that make the content digest."""
        left_out = UNDIGESTED_COLUMNS.get(self.name, frozenset())
        return tuple(name for name in self.column_names if name not in left_out)


def _declarations(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        found += (loaded or {}).get("models") or (loaded or {}).get("seeds") or []
    return found


# libyaml's loader, where it was built, is ten times faster; both are the safe one.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _table(declared: dict[str, Any], schema_name: str, product: Product) -> MartTable:
    config = declared.get("config") or {}
    meta = {**(declared.get("meta") or {}), **(config.get("meta") or {})}
    return MartTable(
        product=product,
        schema_name=schema_name,
        name=config.get("alias") or declared["name"],
        description=" ".join(str(declared.get("description", "")).split()),
        key=tuple(meta["key"]),
        columns=tuple(
            MartColumn(
                name=column["name"],
                data_type=str(column["data_type"]),
                description=" ".join(str(column.get("description", "")).split()),
                meta=(column.get("config") or {}).get("meta") or {},
                is_required=_is_required(column),
                accepted_values=_accepted_values(column),
                codebook=_codebook(column),
            )
            for column in declared["columns"]
        ),
        meta=meta,
    )


def _is_required(column: dict[str, Any]) -> bool:
    tested = "not_null" in (column.get("data_tests") or ())
    return tested or any(one["type"] == "not_null" for one in column.get("constraints") or ())


def _accepted_values(column: dict[str, Any]) -> tuple[str, ...]:
    for test in column.get("data_tests") or ():
        if isinstance(test, dict) and "accepted_values" in test:
            return tuple(test["accepted_values"]["arguments"]["values"])
    return ()


def _codebook(column: dict[str, Any]) -> str | None:
    for test in column.get("data_tests") or ():
        if isinstance(test, dict) and "relationships" in test:
            found = _REFERRED.match(test["relationships"]["arguments"]["to"])
            return found[1] if found else None
    return None


_REFERRED = re.compile(r"""^ref\(['"]([a-z0-9_]+)['"]\)$""")


@lru_cache(maxsize=2)
def load_mart_tables(folder: Path = DBT_FOLDER) -> tuple[MartTable, ...]:
    """Every published table, gov first, in the order of its files.

    Raises:
        KeyError: a declaration lacks its key (``config.meta.key``), columns or data types.
    """
    tables: list[MartTable] = []
    for subfolder, (schema_name, products) in _DESTINATIONS.items():
        for declared in _declarations(folder / subfolder):
            tables += [_table(declared, schema_name, product) for product in products]
    return tuple(sorted(tables, key=lambda table: (table.product, table.schema_name, table.name)))
