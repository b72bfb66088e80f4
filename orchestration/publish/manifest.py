"""The manifest: what a release holds, and by what it can be checked.

A public interface: it evolves deliberately. Digests can be checked with ``sha256sum`` alone.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class TableEntry(BaseModel):
    """One published table."""

    model_config = ConfigDict(frozen=True)

    product: str
    name: str
    rows: int
    content_digest: str = Field(
        description="over the rows as a set; independent of row order, engine and machine"
    )
    path: str = Field(description="its Parquet file, relative to the manifest")
    bytes: int
    sha256: str

    @property
    def label(self) -> str:
        """``product.table``."""
        return f"{self.product}.{self.name}"


class FileEntry(BaseModel):
    """One file of the release, the manifests themselves excepted."""

    model_config = ConfigDict(frozen=True)

    path: str
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """``manifest.json`` of a release, or of its open product alone."""

    model_config = ConfigDict(frozen=True)

    release_id: str
    as_of_date: date
    built_at: datetime
    previous_release_id: str | None
    code_version: str
    input_digest: str
    state_digest: str = Field(
        default="", description="over the inputs, the refused files and all counts"
    )
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]
    parameters: dict[str, Any]
    approvals: tuple[dict[str, Any], ...] = ()
    audit: dict[str, Any] = Field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """``product.table`` to its content digest."""
        return {entry.label: entry.content_digest for entry in self.tables}

    def table(self, label: str) -> TableEntry | None:
        """The entry of ``product.table``, None if the release has none."""
        return next((entry for entry in self.tables if entry.label == label), None)

    def to_bytes(self) -> bytes:
        """The manifest as it is stored: UTF-8 JSON, indented."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def read_manifest(path: Path) -> Manifest:
    """The manifest of a release folder or of an ``open`` folder.

    Raises:
        OSError, ValueError: it is not there or is none.
    """
    return Manifest.model_validate_json((path / "manifest.json").read_bytes())
