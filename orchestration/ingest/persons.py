"""What the system keeps of a natural person: a keyed digest and a masked name.

The identity number becomes ``P-`` and half an HMAC-SHA256 (catalogue section 5), the name its
first character and asterisks; both happen inside the statement that types the row, so neither the
number nor the name is ever a value of a stored table. A full name or number stands in no log.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from orchestration.ingest.normalise import WHITE_SPACE, vectorised

if TYPE_CHECKING:
    import duckdb

_DIGEST_CHARACTERS = 32
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECK = "10X98765432"

# Slow enough that a guessed key costs something, and without a random salt: the fingerprint is
# part of a release's input digest, which must be equal in every home with the same key.
_FINGERPRINT_SALT = b"credit-zhejiang person key fingerprint"
_FINGERPRINT_ROUNDS = 100_000


def person_key_fingerprint(person_key: str) -> str:
    """Thirty-two hex digits that tell two person keys apart and give neither away."""
    digest = hashlib.pbkdf2_hmac(
        "sha256", person_key.encode(), _FINGERPRINT_SALT, _FINGERPRINT_ROUNDS
    )
    return digest.hex()[:32]


def keyed_digest(person_key: str, message: str) -> str:
    """First 32 hex digits of HMAC-SHA256 of the message under the person key (UTF-8 both)."""
    digest = hmac.digest(person_key.encode(), message.encode(), "sha256")
    return digest.hex()[:_DIGEST_CHARACTERS]


def person_subject_id(person_key: str, id_kind: str, id_number: str) -> str:
    """The subject_id of a natural person: ``P-`` and the keyed digest of ``kind:number``.

    The number is taken after NFKC, without white space, upper-cased (catalogue section 5).
    """
    normal = unicodedata.normalize("NFKC", id_number)
    number = "".join(character for character in normal if character not in WHITE_SPACE).upper()
    return "P-" + keyed_digest(person_key, f"{id_kind}:{number}")


_IDENTITY_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_TELLING_CHARACTERS = 8


def without_identities(name: str, person_key: str | None = None) -> str:
    """A name from outside - of a file, of a folder - without the identity numbers in it.

    Masked as in a text (catalogue section 2). Under a key each mask is followed by ``~`` and some
    hex digits, so that the files of two persons remain two files.
    """

    def masked(found: re.Match[str]) -> str:
        run = found.group()
        if not _is_identity(run.upper()):
            return run
        mask = run[:6] + "*" * 12
        if person_key is None:
            return mask
        return f"{mask}~{keyed_digest(person_key, 'name of a file:' + run)[:_TELLING_CHARACTERS]}"

    return _IDENTITY_RUN.sub(masked, name)


def _is_identity(number: str) -> bool:
    total = sum(int(number[place]) * weight for place, weight in enumerate(_IDENTITY_WEIGHTS))
    if _IDENTITY_CHECK[total % 11] != number[-1] or not "1900" <= number[6:10] <= "2050":
        return False
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    return True


def _identity_sum(text: str) -> str:
    return " + ".join(
        f"{weight} * (ascii(substr({text}, {place}, 1)) - 48)"
        for place, weight in enumerate(_IDENTITY_WEIGHTS, start=1)
    )


MACROS = (
    # GB 11643-1999; the text is upper-cased and without white space.
    f"""
    create or replace temp macro is_identity_number(s) as
        case
            when regexp_full_match(s, '[0-9]{{17}}[0-9X]')
                then substr('{_IDENTITY_CHECK}', ({_identity_sum("s")}) % 11 + 1, 1) = right(s, 1)
            else false
        end
    """,
    """
    create or replace temp macro is_identity_run(s) as
        case
            when length(s) = 18 and regexp_full_match(s, '[0-9]{17}[0-9Xx]')
                then is_identity_number(upper(s))
                    and substr(s, 7, 4) between '1900' and '2050'
                    and try_cast(
                        substr(s, 7, 4) || '-' || substr(s, 11, 2) || '-' || substr(s, 13, 2)
                        as date
                    ) is not null
            else false
        end
    """,
    # Eighteen characters with no ASCII letter or digit on either side are exactly a maximal run of
    # ASCII letters and digits, so the text is cut into runs and the others. Most are shorter.
    """
    create or replace temp macro mask_identity(s) as
        case
            when strlen(s) < 18 then s
            when regexp_matches(s, '[0-9]{17}[0-9Xx]')
                then array_to_string(
                    list_transform(
                        regexp_extract_all(s, '[0-9A-Za-z]+|[^0-9A-Za-z]+'),
                        lambda run:
                            case
                                when is_identity_run(run) then left(run, 6) || repeat('*', 12)
                                else run
                            end
                    ),
                    ''
                )
            else s
        end
    """,
    # Wider than the check: what people are shown must not even resemble a number, old or new.
    """
    create or replace temp macro looks_like_identity(s) as
        regexp_matches(
            regexp_replace(s, '[^0-9A-Za-z]+', '', 'g'),
            '[0-9]{6}((18|19|20)[0-9]{2}|[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}'
        )
    """,
    """
    create or replace temp macro mask_name(cleaned) as
        left(cleaned, 1) || repeat('*', length(cleaned) - 1)
    """,
)


def install(connection: duckdb.DuckDBPyConnection, person_key: str) -> None:
    """Give the connection ``keyed_digest(message)`` under this key, and the macros above.

    ``is_identity_number(text)``, ``mask_identity(text)`` (catalogue section 2, first rule) and
    ``mask_name(cleaned name)``. The key itself never becomes part of a statement.
    """
    vectorised(connection, "keyed_digest", partial(keyed_digest, person_key))
    for macro in MACROS:
        connection.execute(macro)
