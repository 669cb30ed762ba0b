"""The only module that touches files: local paths, and any URI that ``pyarrow.fs`` resolves.

Reading is by stream and hashes as it goes. Writing is of whole files that appear under
their name in one step or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from tbconvert.errors import SourceError, TargetError
from tbconvert.model import Origin

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_PARTIAL_PREFIX = ".tbconvert-"
_PARTIAL_SUFFIX = ".partial"


def is_uri(name: str) -> bool:
    """Tell whether a name has a scheme, and is not a path of this machine."""
    return _SCHEME.match(name) is not None


# ------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a listing says of a file: ``size`` bytes, ``mtime`` seconds since the epoch."""

    uri: str
    size: int
    mtime: float


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def close(self) -> None: ...


class InputStream:
    """The bytes of one file, read once from the start; hashes what it hands out.

    Foreign errors become a ``SourceError`` that names the file.
    """

    def __init__(self, uri: str, raw: _Readable) -> None:
        self.uri = uri
        self.bytes_read = 0
        self._raw = raw
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all that is left for -1, b"" at the end."""
        with source_errors(self.uri):
            data = self._raw.read(size)
        self._hash.update(data)
        self.bytes_read += len(data)
        return data

    def sha256(self) -> str:
        """Return the digest, in hex, of everything handed out so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Close the file underneath."""
        self._raw.close()

    def __enter__(self) -> InputStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def source_errors(uri: str) -> Iterator[None]:
    """Turn what the operating system says of a source into a ``SourceError``."""
    try:
        yield
    except FileNotFoundError as err:
        raise SourceError(Origin(uri), "no such file or directory") from err
    except PermissionError as err:
        raise SourceError(Origin(uri), "permission denied", "make it readable") from err
    except OSError as err:
        raise SourceError(Origin(uri), f"cannot be read: {_reason(err)}") from err


def _reason(err: OSError) -> str:
    return (err.strerror or str(err)).strip().lower()


def open_input(uri: str) -> InputStream:
    """Open a file for one sequential read.

    Raises
    ------
    SourceError
        The file is missing, is a directory, or cannot be read.
    """
    with source_errors(uri):
        if is_uri(uri):
            filesystem, path = _filesystem(uri)
            return InputStream(uri, filesystem.open_input_stream(path))
        return InputStream(uri, open(uri, "rb", buffering=0))  # noqa: PTH123, SIM115


def stat(uri: str) -> FileInfo:
    """Return size and modification time of a file.

    Raises
    ------
    SourceError
        The file is missing, or cannot be looked at.
    """
    with source_errors(uri):
        if is_uri(uri):
            filesystem, path = _filesystem(uri)
            info = filesystem.get_file_info(path)
            if info.type.name == "NotFound":
                raise FileNotFoundError(uri)
            return FileInfo(uri, info.size or 0, (info.mtime_ns or 0) / 1e9)
        found = os.stat(uri)  # noqa: PTH116
        return FileInfo(uri, found.st_size, found.st_mtime_ns / 1e9)


def _filesystem(uri: str):  # type: ignore[no-untyped-def]
    from pyarrow import fs  # slow to import, and no local path needs it

    try:
        return fs.FileSystem.from_uri(uri)
    except ValueError as err:
        raise SourceError(Origin(uri), f"not a place that can be read: {err}") from err
