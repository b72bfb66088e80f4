"""The agreed encodings as Python's codecs, and the byte order mark that some accept."""

from __future__ import annotations

import codecs

from orchestration.ingest.containers import Buffer

CODECS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "gb18030": "gb18030"}


def after_byte_order_mark(buffer: Buffer, encoding: str) -> tuple[int, str]:
    """Where the text begins, and the codec of all that follows.

    A byte order mark is accepted in ``utf-8`` and ``utf-8-sig`` and never required.
    """
    codec = CODECS[encoding]
    has_mark = codec == "utf-8" and bytes(buffer[:3]) == codecs.BOM_UTF8
    return (3 if has_mark else 0), codec
