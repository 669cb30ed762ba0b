"""A genuine S3 server on loopback, and in front of it a proxy that can do wrong."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pyarrow
import pytest
from botocore.config import Config
from stores.proxy import Proxy

from tbconvert import stores

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"

_numbers = itertools.count()


class Server:
    """A genuine S3 server, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # an interrupt of the tests is not for the server
        )
        self.port = int(self._line())

    def fill(self, bucket: str, prefix: str, count: int) -> None:
        """Put many objects into a bucket, each in a folder of its own."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{bucket} {prefix} {count}\n")
        self._process.stdin.flush()
        assert int(self._line()) == count

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return an S3 server that ends with the tests."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def _proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def proxy(_proxy: Proxy) -> Iterator[Proxy]:
    """Return the proxy; what it was asked to do wrong ends with the test."""
    yield _proxy
    _proxy.reset()


@pytest.fixture(scope="session")
def s3(server: Server) -> Any:
    """Return somebody else's client, which asks the server itself."""
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let nothing of whoever runs the tests, or of another test, be known of stores."""
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    stores._filesystem.cache_clear()
    stores._access.clear()
    yield
    stores._filesystem.cache_clear()
    stores._access.clear()


class Bucket:
    """A bucket, seen by somebody else's client."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3 = s3
        self.name = name
        s3.create_bucket(Bucket=name)

    def uri(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}".rstrip("/")

    def put(self, key: str, data: bytes | str) -> str:
        """Put an object; return its URI."""
        self._s3.put_object(Bucket=self.name, Key=key, Body=data)
        return self.uri(key)

    def put_tree(self, folder: Path, prefix: str) -> str:
        """Put every file below a folder under a prefix; return its URI."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder)}", path.read_bytes())
        return self.uri(prefix)

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.name, Key=key)

    def heads(self, prefix: str = "") -> dict[str, Any]:
        """Return what is known of each object below a prefix, by the rest of its key."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        found = [item for page in pages for item in page.get("Contents", ())]
        return {item["Key"].removeprefix(prefix).lstrip("/"): item for item in found}

    def get(self, key: str) -> bytes:
        data: bytes = self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return data

    def contents(self, prefix: str = "") -> dict[str, bytes]:
        """Return the objects below a prefix, by the rest of their keys."""
        return {
            item["Key"].removeprefix(prefix).lstrip("/"): self.get(item["Key"])
            for item in self.heads(prefix).values()
        }


@pytest.fixture
def bucket(
    s3: Any, proxy: Proxy, credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Bucket:
    """Return a new bucket, which tbconvert reaches through the proxy; pauses are short."""
    if int(pyarrow.__version__.partition(".")[0]) < 21:
        pytest.skip("object stores want pyarrow 21 or newer")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{proxy.address}")
    monkeypatch.setattr(stores, "_ATTEMPTS", 2)  # its pauses are of seconds
    monkeypatch.setattr(stores, "_PAUSES", (0.01,) * len(stores._PAUSES))
    monkeypatch.chdir(tmp_path)
    return Bucket(s3, f"bucket-{os.getpid()}-{next(_numbers)}")


def local_contents(folder: Path | str) -> dict[str, bytes]:
    """Return the files below a folder."""
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def event_files(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Return the event files among some files."""
    return {name: data for name, data in contents.items() if "tfevents" in name}


def ledgers(contents: dict[str, bytes]) -> dict[str, Any]:
    """Return what stands in the ledgers, but for where and when the sources were."""
    return {
        name: json.loads(data, object_hook=_without_place)
        for name, data in contents.items()
        if name.endswith("tbconvert.json")
    }


_PLACES = ("uri", "mtime", "event_file", "place", "inputs")


def _without_place(item: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in item.items() if k not in _PLACES}


Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def program() -> Program:
    """Return a function that runs ``tbconvert`` in a process of its own."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tbconvert", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call
