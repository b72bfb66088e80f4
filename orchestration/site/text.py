"""Text of strangers, made visible: what would reorder or hide it is named instead of obeyed."""

from __future__ import annotations

import unicodedata

# Format and control characters, surrogates and unassigned code points; line ends stay.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def shown(value: object) -> str:
    """A value as text in which every invisible or reordering character is named.

    ``site.js`` does the same to what it reads from the data files. Escaping for HTML or XML is
    the template's.
    """
    text = "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character != "\n" and unicodedata.category(character) in _HIDDEN:
        return f"[U+{ord(character):04X}]"
    return character
