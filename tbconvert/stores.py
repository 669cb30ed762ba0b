"""Object stores: buckets and what is in them, by URI through ``pyarrow.fs``; patient when busy.

Credentials come from where the store's own tools look for them (environment, profile,
instance), never from a URI: those end up in reports and ledgers.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, BinaryIO, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tbconvert.errors import UsageError

Result = TypeVar("Result")

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")

_SCHEMES = {"s3": "s3", "gs": "gs", "gcs": "gs", "abfs": "abfs", "abfss": "abfs"}
"""The stores that can be written to, under the names that people give them."""

_SETTINGS = {
    "s3": ("endpoint_override", "scheme", "region", "anonymous"),
    "gs": ("endpoint_override", "scheme", "project_id", "anonymous"),
    "abfs": ("endpoint_override", "scheme"),
}
"""What can be said of each behind the "?" of a URI, in the words of ``pyarrow.fs``."""

_VALUES = {
    "endpoint_override": (r"[^/@\s]+", "host:port"),
    "scheme": ("https?", "http or https"),
    "anonymous": ("true|false", "true or false"),
}

_QUERY = re.compile(r"\?(?=\w+=)")  # any other "?" is one of a glob

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before the next attempt, give or take a third."""

_PATIENCE = 120.0
"""Seconds after which nothing is tried again, however short the pauses were."""

_CONNECT_SECONDS, _ANSWER_SECONDS, _ATTEMPTS = 10, 60, 3

_AHEAD = 4 << 20
"""Bytes that are asked for at once: a request takes as long as to transfer some of them."""

_PART = 32 << 20
"""Bytes that are under way at once; they are in memory."""

# Answers that would be the same the next time, by the words of the SDKs.
_FINAL = re.compile(
    r"ACCESS_?DENIED|NO_SUCH_(BUCKET|KEY)|INVALID_ACCESS_KEY|INVALID_CLIENT|SIGNATURE|VALIDATION"
    r"|UNRECOGNIZED_CLIENT|RESOURCE_NOT_FOUND|MISSING_AUTHENTICATION|PermissionDenied|NotFound"
    r"|Unauthenticated|InvalidArgument|Retry policy exhausted.*CURL error"
    r"|(HTTP status|HTTP response code|status_code:?) ?(30[0-9]|40[0-7]|41[0-9])"
)

# What users are told of some answers, and what they can do.
_NO_BUCKET = "there is no such bucket", "is its name right?"
_TOLD = (
    ("NO_SUCH_BUCKET|NoSuchBucket", *_NO_BUCKET),
    (
        "HTTP status 301|PERMANENT_REDIRECT|configured region|AuthorizationHeaderMalformed",
        "the bucket is in another region",
        "AWS_REGION or '?region=…' behind the URI names it",
    ),
    (
        "HTTP status 40[13]|ACCESS_DENIED|INVALID_ACCESS_KEY|INVALID_CLIENT|SIGNATURE|ExpiredToken",
        "access denied",
        "do the credentials of this shell allow it? (AWS_PROFILE, AWS_ACCESS_KEY_ID, …)",
    ),
    ("NETWORK_CONNECTION|curlCode|CURL error", "the store does not answer", "try it again later"),
    ("HTTP status (429|50.)|SLOW_DOWN|THROTTL|UNAVAIL", "the store is busy", "try it again later"),
    ("HTTP status 400.*No resp|response stream", "the store refuses", "are region and keys right?"),
)


def is_uri(name: str) -> bool:
    """Tell whether a name has a scheme, and is not a path of this machine."""
    return _SCHEME.match(name) is not None


_LOWEST = 21  # what an older pyarrow does while a store is busy was found wanting

_access: dict[str, dict[str, str]] = {}
"""What was said of each bucket behind the "?" of a URI."""


def known(uri: str) -> str:
    """Return a URI without what it says of its store, which is remembered.

    ``s3://bucket/runs?endpoint_override=localhost:9000&scheme=http`` is ``s3://bucket/runs``.

    Raises
    ------
    UsageError
        It is of no store, holds credentials, or says what is not understood.
    """
    scheme, _, rest = uri.partition("://")
    kind = _SCHEMES.get(scheme.casefold())
    if kind is None:
        wanted = ", ".join(f"{name}://" for name in _SCHEMES)
        hint = "; what can be downloaded can be piped in: curl … | tbconvert ingest -"
        shown = re.sub("//.*@", "//…@", uri.partition("?")[0])
        raise UsageError(f"got {shown!r}, wanted {wanted} or a path{hint}")
    path, *queries = _QUERY.split(rest, maxsplit=1)
    bucket, slash, key = path.partition("/")
    if ":" in bucket or ("@" in bucket and kind != "abfs"):  # a secret may have a "/" in it
        wanted = "credentials in the environment (AWS_PROFILE, …): others see what is in a URI"
        raise UsageError(f"got {scheme}://… with credentials or a port, wanted {wanted}")
    if not bucket:
        raise UsageError(f"got {uri!r}, wanted a bucket: {scheme}://bucket/folder")
    root = f"{kind}://{bucket}"
    if said := dict(parse_qsl("".join(queries), keep_blank_values=True)):
        for name, value in said.items():
            if name not in _SETTINGS[kind]:
                wanted = ", ".join(_SETTINGS[kind])
                raise UsageError(f"{root}{slash}{key}: got {name!r} behind it, wanted {wanted}")
            pattern, wanted = _VALUES.get(name, (".+", "something"))
            if not re.fullmatch(pattern, value):
                raise UsageError(f"{root}{slash}{key}: {name!r} behind it, wanted {wanted}")
        if _access.setdefault(root, said) != said:
            raise UsageError(f"{root}: got two endpoints or regions for it, wanted one")
    return f"{root}{slash}{key}".rstrip("/")


def access() -> dict[str, dict[str, str]]:
    """Return what was said of stores, for another process to be told."""
    return {root: dict(said) for root, said in _access.items()}


def tell(access: Mapping[str, Mapping[str, str]]) -> None:
    """Remember what was said of stores, in place of what was said of them before."""
    _access.update({root: dict(said) for root, said in access.items()})


def _place(uri: str) -> tuple[Any, str]:
    """Return a filesystem of ``pyarrow.fs``, and a path in it, with the bucket in front."""
    scheme, _, path = uri.partition("://")
    bucket = path.partition("/")[0]
    root = f"{scheme}://{bucket}"
    said = tuple(sorted(_access.get(root, {}).items()))
    return _filesystem(root, said), bucket.partition("@")[0] + path[len(bucket) :]


@cache
def _filesystem(root: str, said: tuple[tuple[str, str], ...]) -> Any:
    from pyarrow import __version__, fs  # slow to import, and no local path needs it

    kind, _, bucket = root.partition("://")
    if kind != "file" and int(__version__.partition(".")[0]) < _LOWEST:
        wanted = f"object stores want pyarrow {_LOWEST} or newer, and this is {__version__}"
        raise StoreError(wanted, "pip install 'tbconvert[stores]'")
    settings: dict[str, Any] = dict(said)
    if "anonymous" in settings:
        settings["anonymous"] = settings["anonymous"] == "true"
    try:
        kinds = {"s3": _s3, "gs": _gcs, "abfs": _azure, "file": lambda *_: fs.LocalFileSystem()}
        return kinds[kind](fs, bucket, settings)
    except ValueError as err:
        raise StoreError(str(err)) from None


def _s3(fs: Any, bucket: str, settings: dict[str, Any]) -> Any:
    # older SDKs do not know these names yet
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if url and "endpoint_override" not in settings:
        parts = urlsplit(url if "//" in url else f"//{url}")
        settings["endpoint_override"] = parts.netloc.rpartition("@")[2]
        settings["scheme"] = parts.scheme or "https"
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region:
        settings.setdefault("region", region)
    elif settings.keys().isdisjoint(("region", "endpoint_override")):
        with contextlib.suppress(OSError):  # what is wrong is said when it is used
            settings["region"] = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(
        **settings,
        allow_delayed_open=True,  # so that a small file is one request
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_ANSWER_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def _gcs(fs: Any, bucket: str, settings: dict[str, Any]) -> Any:
    # the last of its pauses, which it does not break off, may be as long as all that was before
    return fs.GcsFileSystem(**settings, retry_time_limit=timedelta(seconds=_ANSWER_SECONDS / 2))


def _azure(fs: Any, container: str, settings: dict[str, Any]) -> Any:
    account, _, domain = container.partition("@")[2].partition(".")
    host = settings.get("endpoint_override") or (domain and f".{domain}")
    scheme = settings.get("scheme")
    given = {
        "dfs_storage_authority": host,
        "dfs_storage_scheme": scheme,
        "blob_storage_authority": host.replace(".dfs.", ".blob.", 1),
        "blob_storage_scheme": scheme,
        "account_key": os.environ.get("AZURE_STORAGE_KEY"),
        "sas_token": os.environ.get("AZURE_STORAGE_SAS_TOKEN"),
    }
    account = account or os.environ.get("AZURE_STORAGE_ACCOUNT", "")
    if not account:
        wanted = "AZURE_STORAGE_ACCOUNT, or abfs://container@account.dfs.core.windows.net"
        raise StoreError("there is no account in it", f"wanted {wanted}")
    return fs.AzureFileSystem(account, **{name: value for name, value in given.items() if value})


def patiently(act: Callable[[], Result]) -> Result:
    """Do something with a store; again, after longer and longer pauses, while it is busy.

    Raises
    ------
    OSError
        It cannot be done; the text says why, in words for people.
    """
    until = time.monotonic() + _PATIENCE
    for pause in (*_PAUSES, None):
        try:
            return act()
        except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError):
            raise
        except ValueError as err:  # of Arrow, about a key
            raise StoreError(str(err)) from None
        except OSError as err:
            if pause is None or _FINAL.search(str(err)) or time.monotonic() > until:
                raise _in_words(err) from None
            time.sleep(pause * random.uniform(2 / 3, 4 / 3))
    raise AssertionError


class StoreError(OSError):
    """What a store answered, in words for people, and what they can do."""

    def __init__(self, said: str, hint: str = "") -> None:
        super().__init__(said)
        self.hint = hint


def _in_words(err: OSError) -> StoreError:
    text = str(err)
    for pattern, said, hint in _TOLD:
        if re.search(pattern, text):
            return StoreError(said, hint)
    # the part of an SDK's message that is about the answer, without the request's id
    told = re.sub(r"\s*\(Request ID:[^)]*\)", "", text).partition("AWS Error ")
    return StoreError(told[2] or told[0])


@dataclass(frozen=True, slots=True, eq=False)
class Info:
    """A "file", a "folder" or "none": ``size`` bytes, ``mtime`` seconds since the epoch."""

    uri: str
    kind: str
    size: int = 0
    mtime: float = 0.0


def info(uri: str) -> Info:
    """Return what there is under a URI.

    Raises
    ------
    OSError
        The store does not tell, or there is no such bucket.
    """
    filesystem, path = _place(uri)
    found = _info(uri, patiently(lambda: filesystem.get_file_info(path)))
    if found.kind == "none" and "/" not in path:
        raise StoreError(*_NO_BUCKET)
    return found


def _info(uri: str, found: Any) -> Info:
    kind = {"File": "file", "Directory": "folder"}.get(found.type.name, "none")
    return Info(uri, kind, found.size or 0, (found.mtime_ns or 0) / 1e9)


def find_bucket(uri: str) -> None:
    """Check that the bucket of a URI is there.

    Raises
    ------
    OSError
        It is not, or the store does not tell.
    """
    info("/".join(uri.split("/", 3)[:3]))


def listing(folder: str, *, below: bool = False) -> list[Info]:
    """Return what is in a folder, sorted by URI; with ``below``, also in the folders in it.

    It is empty where there is no such folder.

    Raises
    ------
    OSError
        The store does not tell.
    """
    from pyarrow import fs  # slow to import, and no local path needs it

    folder = folder.rstrip("/")
    filesystem, path = _place(folder)
    wanted = fs.FileSelector(path, recursive=below, allow_not_found=True)
    found = patiently(lambda: filesystem.get_file_info(wanted))
    infos = [_info(folder + item.path[len(path) :], item) for item in found]
    return sorted(infos, key=lambda item: item.uri)


class _RemoteFile(io.RawIOBase):
    """A file in a store, read anywhere; asked for again where an answer breaks off."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        filesystem, path = _place(uri)
        self._file = patiently(lambda: filesystem.open_input_file(path))
        self._size = patiently(self._file.size)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, room: Any, /) -> int:
        wanted = min(len(room), max(self._size - self._at, 0))
        data = patiently(lambda: self._file.read_at(wanted, self._at)) if wanted else b""
        room[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        room = bytearray(max(self._size - self._at, 0))
        return bytes(room[: self.readinto(room)])


def open_remote(uri: str) -> BinaryIO:
    """Open a file in a store, to be read anywhere.

    Raises
    ------
    OSError
        There is none, or it cannot be read.
    """
    return io.BufferedReader(_RemoteFile(uri), _AHEAD)


def upload(uri: str, source: str) -> None:
    """Put a whole file of this machine into a store, where it appears in one step.

    Raises
    ------
    OSError
        The store does not take it; what stood there is as it was.
    """
    from concurrent.futures import ThreadPoolExecutor  # slow to import

    filesystem, path = _place(uri)

    def put() -> None:
        with open(source, "rb", buffering=0) as file:  # noqa: PTH123
            file.seek(0)
            with filesystem.open_output_stream(path) as stream:
                while data := file.read(_PART):
                    stream.write(data)
                    stream.flush()  # else what waits to be sent is all in memory

    # in a thread: a stream that an interrupt ends would put there what it has got so far
    with ThreadPoolExecutor(1) as thread:
        patiently(lambda: thread.submit(put).result())


def delete(uri: str) -> None:
    """Remove a file from a store, if it is there.

    Raises
    ------
    OSError
        The store does not let it go.
    """
    filesystem, path = _place(uri)
    with contextlib.suppress(FileNotFoundError):
        patiently(lambda: filesystem.delete_file(path))
