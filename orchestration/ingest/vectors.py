"""What holds for all the bytes of a column at once, where SQL would look at every value.

A contract asks of each value whether it is in its normal form, has white space at its ends, holds
an identity number, passes a check; nearly always all values of a column answer alike. Over the
column's bytes that is a few NumPy operations, and a contract that knows it leaves the tests out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# An identity number has eighteen characters, and so bytes.
IDENTITY_LENGTH = 18
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_LENGTH = len(_WEIGHTS) + 1
_NO_CHARACTER = len(USCC_CHARACTERS)
_BRACKETS = tuple(bracket.encode() for bracket in "（）")


@dataclass(frozen=True)
class TextFacts:
    """Fields of a text table of which something holds for every value; absent is unknown.

    ``plain``: visible ASCII and ideographs of U+4000 to U+9FFF alone, so each is its own NFKC and
    has no white space; ``bracketed``: the same, but for full-width round brackets;
    ``short``: too short for an identity number; ``codes``: each is empty or a unified social
    credit code that passes its check as it stands.
    """

    plain: frozenset[str] = frozenset()
    bracketed: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    def __and__(self, other: TextFacts) -> TextFacts:
        """What holds of both."""
        return TextFacts(
            self.plain & other.plain,
            self.bracketed & other.bracketed,
            self.short & other.short,
            self.codes & other.codes,
        )


NO_FACTS = TextFacts()


def facts_of(batch: Any, fields: tuple[str, ...], asked: TextFacts) -> TextFacts:
    """What holds of an Arrow record batch, of what is ``asked``."""
    import numpy as np

    plain, bracketed, short, codes = set(), set(), set(), set()
    for name in fields:
        if not any(name in some for some in (asked.plain, asked.bracketed, asked.short)):
            continue
        offsets, characters = _offsets_and_bytes(batch.column(name))
        lengths = np.diff(offsets)
        if name in asked.short and (not len(lengths) or lengths.max() < IDENTITY_LENGTH):
            short.add(name)
        if name in asked.bracketed:
            odd = int(np.count_nonzero(_is_odd()[characters]))
            if odd == 0 and name in asked.plain:
                plain.add(name)
            if odd == 0 or odd == _bracket_count(characters):
                bracketed.add(name)
        if name in asked.codes and _all_pass(offsets, lengths, characters):
            codes.add(name)
    return TextFacts(frozenset(plain), frozenset(bracketed), frozenset(short), frozenset(codes))


def everything(fields: tuple[str, ...]) -> TextFacts:
    """All facts of all fields: of no rows, everything holds."""
    names = frozenset(fields)
    return TextFacts(names, names, names, names)


def _offsets_and_bytes(array: Any) -> tuple[Any, Any]:
    """Where each text of an Arrow array begins, the end last, and the bytes of all of them."""
    import numpy as np

    _, offsets, data = array.buffers()
    if offsets is None or data is None or not len(array):
        return np.zeros(len(array) + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    begun = np.frombuffer(offsets, dtype=np.int32)[array.offset :][: len(array) + 1]
    characters = np.frombuffer(data, dtype=np.uint8)[begun[0] : begun[-1]]
    return begun - begun[0], characters


def _is_odd() -> Any:
    """By byte, whether it is no part of plain text; in UTF-8 a first byte tells the ideographs."""
    import numpy as np

    is_odd = np.ones(256, dtype=bool)
    is_odd[0x21:0x7F] = False
    is_odd[0x80:0xC0] = False  # follows a first byte, which was looked at
    is_odd[0xE4:0xEA] = False
    return is_odd


def _bracket_count(characters: Any) -> int:
    content = characters.tobytes()
    return sum(map(content.count, _BRACKETS))


def _all_pass(offsets: Any, lengths: Any, characters: Any) -> bool:
    import numpy as np

    whole = np.flatnonzero(lengths)
    if not (lengths[whole] == _USCC_LENGTH).all():
        return False
    return bool(_passes(characters, offsets[whole]).all())


def _passes(characters: Any, begun: Any) -> Any:
    """Whether the 18 bytes from each place on are a valid code (GB 32100-2015)."""
    import numpy as np

    places = np.full(256, _NO_CHARACTER, dtype=np.float32)
    places[np.frombuffer(USCC_CHARACTERS.encode(), dtype=np.uint8)] = range(_NO_CHARACTER)
    found = places[characters[begun[:, None] + np.arange(_USCC_LENGTH)]]
    # Products of whole numbers far below 2**24: exact in float32, and a library's own product.
    total = (found[:, :-1] @ np.array(_WEIGHTS, dtype=np.float32)).astype(np.int32)
    is_known = (found < _NO_CHARACTER).all(axis=1)
    return is_known & ((31 - total % 31) % 31 == found[:, -1])


def uscc_passes(texts: Any) -> Any:
    """Which texts of an Arrow array are valid codes as they stand; of null nothing is said."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pc.fill_null(texts, "")
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.string())
    offsets, characters = _offsets_and_bytes(array.cast(pa.string()))
    passes = np.zeros(len(offsets) - 1, dtype=bool)
    whole = np.flatnonzero(np.diff(offsets) == _USCC_LENGTH)
    passes[whole] = _passes(characters, offsets[whole])
    return pa.array(passes)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the connection ``uscc_passes(text)``, null for null."""
    from duckdb.func import PythonUDFType

    connection.create_function(
        "uscc_passes", uscc_passes, ["VARCHAR"], "BOOLEAN", type=PythonUDFType.ARROW
    )
