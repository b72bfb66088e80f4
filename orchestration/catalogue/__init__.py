"""The catalogue (归集目录): what each unit delivers, and how it is read."""

from orchestration.catalogue.load import Agreement, Catalogue, CatalogueError, load_catalogue
from orchestration.catalogue.model import (
    CatalogueField,
    Column,
    Condition,
    FieldType,
    Item,
    Rule,
    Sensitivity,
)

__all__ = [
    "Agreement",
    "Catalogue",
    "CatalogueError",
    "CatalogueField",
    "Column",
    "Condition",
    "FieldType",
    "Item",
    "Rule",
    "Sensitivity",
    "load_catalogue",
]
