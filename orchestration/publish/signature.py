"""The optional signature of a release: a detached Ed25519 signature over its manifest.

The manifest holds the SHA-256 of every file, so that signing it signs the release.
``manifest.json.sig`` holds the 64 bytes of the signature as they are; OpenSSL checks them alone::

    openssl pkeyutl -verify -pubin -inkey release.pub.pem -rawin -in manifest.json \
        -sigfile manifest.json.sig

A key is PEM text, or the path of a PEM file; one is made with
``openssl genpkey -algorithm ed25519 -out release.key.pem`` and its public half taken with
``openssl pkey -in release.key.pem -pubout -out release.pub.pem``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import WrongArguments

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SIGNATURE = "manifest.json.sig"


def signing_key(given: str) -> Ed25519PrivateKey:
    """The private key of ``CREDIT_SIGNING_KEY``.

    Raises:
        WrongArguments: it is no Ed25519 private key; the message does not repeat it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_pem(given), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise WrongArguments(_WRONG.format("CREDIT_SIGNING_KEY", "private")) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongArguments(_WRONG.format("CREDIT_SIGNING_KEY", "private"))
    return key


def verify_key(given: str) -> Ed25519PublicKey:
    """The public key of ``CREDIT_VERIFY_KEY``.

    Raises:
        WrongArguments: it is no Ed25519 public key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_pem(given))
    except (OSError, ValueError, TypeError) as error:
        raise WrongArguments(_WRONG.format("CREDIT_VERIFY_KEY", "public")) from error
    if not isinstance(key, Ed25519PublicKey):
        raise WrongArguments(_WRONG.format("CREDIT_VERIFY_KEY", "public"))
    return key


_WRONG = "{} is no Ed25519 {} key: expected PEM text, or the path of an unencrypted PEM file"


def _pem(given: str) -> bytes:
    if given.lstrip().startswith("-----BEGIN"):
        return given.encode()
    return Path(given).read_bytes()


def sign_manifest(folder: Path, key: Ed25519PrivateKey) -> None:
    """Write ``manifest.json.sig`` beside the manifest of ``folder``."""
    (folder / SIGNATURE).write_bytes(key.sign((folder / "manifest.json").read_bytes()))


def signature_problems(folder: Path, key: Ed25519PublicKey) -> list[str]:
    """Why the release and its open product are not what the holder of the key signed."""
    from cryptography.exceptions import InvalidSignature

    problems = []
    for place, name in ((folder, "manifest.json"), (folder / "open", "open/manifest.json")):
        try:
            signature = (place / SIGNATURE).read_bytes()
        except FileNotFoundError:
            problems.append(f"{name} is not signed, and a signature was asked for")
            continue
        try:
            key.verify(signature, (place / "manifest.json").read_bytes())
        except InvalidSignature:
            problems.append(f"the signature of {name} is not that of the given key")
    return problems
