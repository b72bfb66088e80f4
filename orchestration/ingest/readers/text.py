"""White space as Unicode defines it, which is not quite what Python's ``strip`` removes."""

from __future__ import annotations

# The property White_Space; ``str.strip`` would also take U+001C to U+001F, which do not have it.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_REMOVED = dict.fromkeys(map(ord, WHITE_SPACE))


def trim(text: str) -> str:
    """The text without white space at both ends."""
    return text.strip(WHITE_SPACE)


def without_white_space(text: str) -> str:
    """The text without any white space."""
    return text.translate(_REMOVED)
