"""A release can be verified with nothing of ours: sha256sum, and OpenSSL for the signature."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import WrongArguments
from orchestration.home import Home
from orchestration.publish.signature import signature_problems, signing_key, verify_key
from orchestration.publish.verify import verify_release
from tests.publish.builds import listed, release

ROWS = {"marts.red_list": [{"subject_id": "1"}], "open.dishonesty": [listed("甲公司", 1)]}


def private_pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return raw.decode()


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, key: Ed25519PrivateKey) -> Path:
    home = Home(tmp_path_factory.mktemp("signed") / "home")
    release(home, ROWS, signing_key=signing_key(private_pem(key)))
    return home.current.resolve()


def test_a_signed_release_verifies_by_the_public_key(signed: Path, key: Ed25519PrivateKey) -> None:
    assert verify_release(signed) == []
    assert signature_problems(signed, verify_key(public_pem(key))) == []


def test_the_open_product_carries_its_own_signature(signed: Path) -> None:
    assert (signed / "open" / "manifest.json.sig").stat().st_size == 64


def test_openssl_alone_checks_the_signature(
    signed: Path, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl command")
    public = tmp_path / "release.pub.pem"
    public.write_text(public_pem(key), encoding="utf-8")
    arguments = ["-rawin", "-in", "manifest.json", "-sigfile", "manifest.json.sig"]
    subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), *arguments],
        cwd=signed,
        check=True,
        capture_output=True,
    )


def test_sha256sum_alone_checks_every_file_and_finds_a_changed_one(
    signed: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(signed, copy)
    files = json.loads((copy / "manifest.json").read_bytes())["files"]
    sums = "".join(f"{file['sha256']}  {file['path']}\n" for file in files)

    def check() -> int:
        command = ["sha256sum", "--check", "--quiet", "--strict"]
        outcome = subprocess.run(
            command, cwd=copy, input=sums, text=True, check=False, capture_output=True
        )
        return outcome.returncode

    assert check() == 0
    (copy / "open" / "csv" / "dishonesty.csv").write_bytes(b"changed")
    assert check() == 1


def test_a_changed_manifest_does_not_verify(
    signed: Path, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(signed, copy)
    manifest = copy / "manifest.json"
    manifest.write_bytes(
        manifest.read_bytes().replace(b'"code_version": "1"', b'"code_version": "2"')
    )
    problems = signature_problems(copy, key.public_key())
    assert problems == ["the signature of manifest.json is not that of the given key"]


def test_another_key_does_not_verify(signed: Path) -> None:
    assert len(signature_problems(signed, Ed25519PrivateKey.generate().public_key())) == 2


def test_an_unsigned_release_is_no_signed_one(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    home = Home(tmp_path / "home")
    release(home, ROWS)
    problems = signature_problems(home.current.resolve(), key.public_key())
    assert "manifest.json is not signed, and a signature was asked for" in problems


def test_a_key_may_be_the_path_of_a_file(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = tmp_path / "key.pem"
    path.write_text(private_pem(key), encoding="utf-8")
    assert signing_key(str(path)).private_bytes_raw() == key.private_bytes_raw()


@pytest.mark.parametrize(
    "wrong",
    ["no key", "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", "ec"],
)
def test_a_wrong_key_is_a_wrong_argument_that_does_not_repeat_it(wrong: str) -> None:
    given = private_pem(ec.generate_private_key(ec.SECP256R1())) if wrong == "ec" else wrong
    with pytest.raises(WrongArguments, match="CREDIT_SIGNING_KEY") as raised:
        signing_key(given)
    assert given not in str(raised.value)


def test_the_command_verifies_the_signature_where_a_key_is_given(
    signed: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["releases", "verify", "--home", str(signed.parents[2])]
    monkeypatch.setenv("CREDIT_VERIFY_KEY", public_pem(key))
    assert CliRunner().invoke(app, arguments).exit_code == 0
    monkeypatch.setenv("CREDIT_VERIFY_KEY", public_pem(Ed25519PrivateKey.generate()))
    assert CliRunner().invoke(app, arguments).exit_code == 1
    monkeypatch.delenv("CREDIT_VERIFY_KEY")
    assert CliRunner().invoke(app, arguments).exit_code == 0
