"""Object stores: buckets and what is in them, by URI through ``pyarrow.fs``; patient when busy.

Credentials come from where the store's own tools look for them (environment, profile,
instance), never from a URI: those end up in reports and ledgers.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Literal, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tbconvert.errors import UsageError

Result = TypeVar("Result")

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")

_SCHEMES = {"s3": "s3", "gs": "gs", "gcs": "gs", "abfs": "abfs", "abfss": "abfss"}
"""The stores that can be written to, under the names that people give them."""

_SETTINGS: dict[str, Callable[[str], Any]] = {
    "endpoint_override": str,
    "region": str,
    "scheme": str,
    "anonymous": lambda text: text.casefold() in ("true", "1"),
    "project_id": str,
}
"""What can be said of a store behind the "?" of a URI, in the words of ``pyarrow.fs``."""

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before the next attempt, give or take a third."""

_CONNECT_SECONDS, _ANSWER_SECONDS = 10, 60

_AHEAD = 4 << 20
"""Bytes that are asked for at once: a request takes as long as to transfer some of them."""

_CHUNK = 1 << 20

# Answers that would be the same the next time, by the words of the SDKs.
_FINAL = re.compile(
    r"ACCESS_DENIED|ACCESSDENIED|NO_SUCH_BUCKET|NO_SUCH_KEY|INVALID_ACCESS_KEY|INVALID_CLIENT"
    r"|SIGNATURE|UNRECOGNIZED_CLIENT|RESOURCE_NOT_FOUND|VALIDATION|MISSING_AUTHENTICATION"
    r"|(HTTP status|HTTP response code|status_code:?) ?(30[0-9]|40[0-7]|41[0-9])|PermissionDenied"
    r"|NotFound|Unauthenticated|InvalidArgument"
)

# What users are told of some answers, and what they can do.
_TOLD = (
    (r"NO_SUCH_BUCKET|NoSuchBucket", "there is no such bucket", "is its name right?"),
    (
        r"HTTP status 301|PERMANENT_REDIRECT|PermanentRedirect|AuthorizationHeaderMalformed",
        "the bucket is in another region",
        "AWS_REGION or '?region=…' behind the URI names it",
    ),
    (
        "ACCESS_DENIED|AccessDenied|HTTP status 40[13]|INVALID_ACCESS_KEY|INVALID_CLIENT|SIGNATURE",
        "access denied",
        "do the credentials of this shell allow it? (AWS_PROFILE, AWS_ACCESS_KEY_ID, …)",
    ),
    (r"NETWORK_CONNECTION|curlCode", "the store does not answer", "try it again later"),
)


def is_uri(name: str) -> bool:
    """Tell whether a name has a scheme, and is not a path of this machine."""
    return _SCHEME.match(name) is not None


# ------------------------------------------------------------------- what is known of stores


_access: dict[str, dict[str, str]] = {}
"""What was said of each bucket behind the "?" of a URI."""


def known(uri: str) -> str:
    """Return a URI without what it says of its store, which is remembered.

    ``s3://bucket/runs?endpoint_override=localhost:9000&scheme=http`` is ``s3://bucket/runs``.

    Raises
    ------
    UsageError
        It is of no store, holds a password, or says what is not understood.
    """
    scheme = _scheme(uri)
    address, _, query = uri.partition("?")
    parts = urlsplit(address)
    if scheme not in _SCHEMES:
        wanted = ", ".join(f"{name}://" for name in _SCHEMES)
        hint = "; what can be downloaded can be piped in: curl … | tbconvert ingest -"
        raise UsageError(f"got {_shown(uri)!r}, wanted {wanted} or a path{hint}")
    if parts.password is not None:
        wanted = "credentials in the environment (AWS_PROFILE, …): others see what is in a URI"
        raise UsageError(f"got {_shown(uri)!r} with a password, wanted {wanted}")
    if not parts.netloc:
        raise UsageError(f"got {uri!r}, wanted a bucket: {scheme}://bucket/folder")
    said = dict(parse_qsl(query, keep_blank_values=True))
    for name in said:
        if name not in _SETTINGS:
            raise UsageError(f"got {name!r} behind {address!r}, wanted {', '.join(_SETTINGS)}")
    root = f"{_SCHEMES[scheme]}://{parts.netloc}"
    if said:
        tell({root: said})
    return root + address[len(scheme) + 3 + len(parts.netloc) :].rstrip("/")


def access() -> dict[str, dict[str, str]]:
    """Return what was said of stores, for another process to be told."""
    return {root: dict(said) for root, said in _access.items()}


def tell(access: Mapping[str, Mapping[str, str]]) -> None:
    """Remember what was said of stores.

    Raises
    ------
    UsageError
        Something else was said of one of them.
    """
    for root, said in access.items():
        if _access.setdefault(root, dict(said)) != dict(said):
            raise UsageError(f"{root}: got two endpoints or regions for it, wanted one")


def _scheme(uri: str) -> str:
    found = _SCHEME.match(uri)
    return found[1].casefold() if found else ""


def _shown(uri: str) -> str:
    """Return a URI as others may see it."""
    return re.sub(r"//[^/@]*@", "//…@", uri).partition("?")[0]


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or folder: its path is that of ``pyarrow.fs``, with the bucket in front."""

    filesystem: Any
    path: str


def _place(uri: str) -> _Place:
    scheme, _, path = uri.partition("://")
    bucket = path.partition("/")[0]
    root = f"{scheme}://{bucket}"
    said = tuple(sorted(_access.get(root, {}).items()))
    container = bucket.partition("@")[0]
    return _Place(_filesystem(root, said), container + path[len(bucket) :])


@cache
def _filesystem(root: str, said: tuple[tuple[str, str], ...]) -> Any:
    from pyarrow import fs  # slow to import, and no local path needs it

    scheme, _, bucket = root.partition("://")
    settings = {name: _SETTINGS[name](text) for name, text in said}
    make = {"s3": _s3, "gs": _gcs, "abfs": _azure, "abfss": _azure}[scheme]
    return make(fs, bucket, settings)


def _s3(fs: Any, bucket: str, settings: dict[str, Any]) -> Any:
    # older SDKs do not know these names yet
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if url and "endpoint_override" not in settings:
        parts = urlsplit(url if "//" in url else f"//{url}")
        settings |= {"endpoint_override": parts.netloc, "scheme": parts.scheme or "https"}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if "region" not in settings and region:
        settings["region"] = region
    if "region" not in settings and "endpoint_override" not in settings:
        with contextlib.suppress(OSError):  # what is wrong is said when it is used
            settings["region"] = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(
        **settings,
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_ANSWER_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=3),
    )


def _gcs(fs: Any, bucket: str, settings: dict[str, Any]) -> Any:
    return fs.GcsFileSystem(**settings)


def _azure(fs: Any, container: str, settings: dict[str, Any]) -> Any:
    account = container.partition("@")[2].partition(".")[0]
    if hasattr(fs, "AzureFileSystem"):
        return fs.AzureFileSystem(account or os.environ.get("AZURE_STORAGE_ACCOUNT", ""))
    raise OSError(errno.ENOSYS, "this pyarrow has no Azure; pip install -U pyarrow")


# ------------------------------------------------------------------------------- patience


def patiently(act: Callable[[], Result]) -> Result:
    """Do something with a store; again, after longer and longer pauses, while it is busy.

    Raises
    ------
    OSError
        It cannot be done; the text says why, in words for people.
    """
    for pause in (*_PAUSES, None):
        try:
            return act()
        except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError):
            raise
        except OSError as err:
            if pause is None or _FINAL.search(str(err)) or err.errno == errno.ENOSYS:
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


# ------------------------------------------------------------------------------- reading


Kind = Literal["file", "folder", "none"]
"""What there is under a URI."""

_KINDS: dict[str, Kind] = {"File": "file", "Directory": "folder"}


@dataclass(frozen=True, slots=True)
class Info:
    """What a listing says: ``size`` in bytes, ``mtime`` in seconds since the epoch."""

    uri: str
    kind: Kind
    size: int = 0
    mtime: float = 0.0


def info(uri: str) -> Info:
    """Return what there is under a URI.

    Raises
    ------
    OSError
        The store does not tell.
    """
    place = _place(uri)
    return _info(uri, patiently(lambda: place.filesystem.get_file_info(place.path)))


def _info(uri: str, found: Any) -> Info:
    kind = _KINDS.get(found.type.name, "none")
    return Info(uri, kind, found.size or 0, (found.mtime_ns or 0) / 1e9)


def listing(folder: str, *, below: bool = False) -> list[Info]:
    """Return what is in a folder, sorted by URI; with ``below``, also in the folders in it.

    It is empty where there is no such folder.

    Raises
    ------
    OSError
        The store does not tell, or there is no such bucket.
    """
    from pyarrow import fs  # slow to import, and no local path needs it

    place = _place(folder)
    start = place.path.rstrip("/")
    wanted = fs.FileSelector(start, recursive=below, allow_not_found=True)
    found = patiently(lambda: place.filesystem.get_file_info(wanted))
    root = folder.rstrip("/")
    infos = [_info(root + item.path[len(start) :], item) for item in found]
    return sorted(infos, key=lambda item: item.uri)


class RemoteFile(io.RawIOBase):
    """A file in a store, read anywhere; asked for again where an answer breaks off."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        place = _place(uri)
        self._file = patiently(lambda: place.filesystem.open_input_file(place.path))
        self._size = patiently(self._file.size)
        self._at = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; return it."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Return the place where the next read begins."""
        return self._at

    def readinto(self, room: Any, /) -> int:
        """Fill some room from here on; return how many bytes there were."""
        wanted = min(len(room), max(self._size - self._at, 0))
        data = patiently(lambda: self._file.read_at(wanted, self._at)) if wanted else b""
        room[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Let go of it."""
        if not self.closed:
            self._file.close()
        super().close()


def open_remote(uri: str) -> BinaryIO:
    """Open a file in a store, to be read anywhere.

    Raises
    ------
    OSError
        There is none, or it cannot be read.
    """
    return io.BufferedReader(RemoteFile(uri), _AHEAD)


# ------------------------------------------------------------------------------- writing


def upload(uri: str, file: BinaryIO, size: int) -> None:
    """Put a whole file of this machine into a store, where it appears in one step.

    Raises
    ------
    OSError
        The store does not take it; what stood there is as it was.
    """
    place = _place(uri)

    def put() -> None:
        file.seek(0)
        with place.filesystem.open_output_stream(place.path) as stream:
            shutil.copyfileobj(file, stream, _CHUNK)
        got = place.filesystem.get_file_info(place.path).size
        if got != size:
            raise OSError(errno.EIO, f"{got} of {size} bytes arrived")

    patiently(put)


def delete(uri: str) -> None:
    """Remove a file from a store, if it is there.

    Raises
    ------
    OSError
        The store does not let it go.
    """
    place = _place(uri)
    with contextlib.suppress(FileNotFoundError):
        patiently(lambda: place.filesystem.delete_file(place.path))
