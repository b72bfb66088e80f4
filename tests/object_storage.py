"""An object storage for the time of a test: moto's S3 on a free port of loopback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer


class Bucket:
    """One bucket, seen by another library than the product's."""

    def __init__(self, client: Any, endpoint: str, name: str) -> None:
        self.client, self.endpoint, self.name = client, endpoint, name
        client.create_bucket(Bucket=name)

    def address(self, folder: str) -> str:
        """A folder as a setting names it."""
        return f"s3://{self.name}/{folder}"

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def put_folder(self, folder: Path, below: str) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(f"{below}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def keys(self, below: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=below
        )
        return sorted(one["Key"] for page in pages for one in page.get("Contents", ()))


@contextmanager
def running_storage() -> Iterator[Bucket]:
    """A storage with an empty bucket; the environment names it, as AWS's tools read it."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # not a line for every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }.items():
            environment.setenv(name, value)
        try:
            endpoint, name = f"http://{host}:{port}", f"bucket-{secrets.token_hex(4)}"
            yield Bucket(boto3.client("s3", endpoint_url=endpoint), endpoint, name)
        finally:
            server.stop()
