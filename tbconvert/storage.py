"""Finding and reading files: local paths, and any URI that ``pyarrow.fs`` resolves.

Only this module and ``write.hidden`` touch files. Reading is by stream, and hashes
as it goes.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO, Protocol

from tbconvert.errors import SourceError
from tbconvert.model import Origin

STDIN = "-"
"""The name of standard input."""

LEDGER_NAME = "tbconvert.json"
"""What stands beside each run; no log, wherever it is met."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


_TEMPORARY = re.compile(r"(?i).*(\.(tmp|temp|part|partial|crdownload|swp|bak)|~)|\.?te?mp[._-].*")


def is_temporary(name: str) -> bool:
    """Tell whether programs give names like this one to files that are not whole yet."""
    return _TEMPORARY.fullmatch(name) is not None


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


class InputFile(io.RawIOBase):
    """The bytes of one file, read anywhere; hashed as a whole.

    Foreign errors become a ``SourceError`` that names the file.
    """

    def __init__(self, uri: str, raw: Any) -> None:
        super().__init__()
        self.uri = uri
        self.bytes_read = 0
        self._raw = raw
        with source_errors(uri):
            self.size = int(raw.seek(0, os.SEEK_END) or raw.tell())
            raw.seek(0)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; return it. An ``OSError`` tells that there is none, as of any file."""
        place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self.size}[whence]
        if not 0 <= place <= sys.maxsize:  # Arrow's files say it otherwise
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._raw.seek(place)
        return place

    def tell(self) -> int:
        """Return the place where the next read begins."""
        return int(self._raw.tell())

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, all that is left for -1, b"" at the end."""
        with source_errors(self.uri):
            data: bytes = self._raw.read(size)
        return data

    def must_hold(self, start: int, length: int) -> None:
        """Check that there are so many bytes from a place on, before room is made for them.

        Raises
        ------
        SourceError
            The file had fewer when it was opened.
        """
        if start < 0 or start + length > self.size:
            said = f"ends at byte {self.size}, wanted {length} bytes from {start} on"
            raise SourceError(Origin(self.uri), said, "is it still being written?")

    def read_at(self, start: int, length: int) -> bytes:
        """Return some of the bytes; raises as ``read_into`` does."""
        self.must_hold(start, length)
        room = bytearray(length)
        self.read_into(start, memoryview(room))
        return bytes(room)

    def read_into(self, start: int, room: memoryview) -> None:
        """Fill some room with the bytes from a place on.

        Raises
        ------
        SourceError
            The file has fewer, or cannot be read.
        """
        # never by a map of it: to touch one that was cut short meanwhile kills the process
        self.must_hold(start, len(room))
        with source_errors(self.uri):
            self._raw.seek(start)
            filled = 0
            while filled < len(room):
                got = int(self._raw.readinto(room[filled:]))
                if not got:
                    raise SourceError(Origin(self.uri), *CHANGED)
                filled += got
        self.bytes_read = max(self.bytes_read, start + len(room))

    def state(self) -> tuple[int, ...]:
        """Return what differs once the file was written to: its size now, and its time if known."""
        if not isinstance(self._raw, io.FileIO):
            return (self.size,)
        with source_errors(self.uri):
            now = os.fstat(self._raw.fileno())
        return now.st_size, now.st_mtime_ns

    def sha256(self) -> str:
        """Return the digest, in hex, of the whole file."""
        digest = hashlib.sha256()
        self.seek(0)
        while data := self.read(1 << 20):
            digest.update(data)
        self.bytes_read = self.size
        return digest.hexdigest()

    def close(self) -> None:
        """Close the file underneath."""
        self._raw.close()
        super().close()


CHANGED = "changed while it was read", "ingest again when it is written"
"""What is wrong with a file that was written to meanwhile, and what to do."""


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
        raise SourceError(Origin(uri), f"cannot be read: {reason(err)}") from err


def reason(err: OSError) -> str:
    """Return what the operating system says, as part of a message."""
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
        return InputStream(uri, open(uri, "rb", buffering=0))  # noqa: PTH123


def open_file(uri: str) -> InputFile:
    """Open a file to be read anywhere.

    Raises
    ------
    SourceError
        The file is missing, is a directory, or cannot be read.
    """
    with source_errors(uri):
        if is_uri(uri):
            filesystem, path = _filesystem(uri)
            return InputFile(uri, filesystem.open_input_file(path))
        return InputFile(uri, open(uri, "rb", buffering=0))  # noqa: PTH123


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


def _filesystem(uri: str) -> tuple[Any, str]:
    from pyarrow import fs  # slow to import, and no local path needs it

    try:
        filesystem, path = fs.FileSystem.from_uri(uri)
    except ValueError as err:
        hint = "what can be downloaded can be piped in: curl … | tbconvert ingest -"
        raise SourceError(Origin(uri), f"not a place that can be read: {err}", hint) from err
    return filesystem, path


def walk(folder: str, on_error: Callable[[SourceError], None]) -> Iterator[str]:
    """Yield the files below a folder, sorted, without hidden ones; follows no link in a circle.

    ``on_error`` is told of each folder that cannot be looked into.
    """

    def tell(err: OSError) -> None:
        on_error(SourceError(Origin(str(err.filename)), f"cannot be looked into: {reason(err)}"))

    seen: set[tuple[int, int]] = set()
    for parent, folders, files in os.walk(folder, onerror=tell, followlinks=True):
        found = os.stat(parent)  # noqa: PTH116
        if (found.st_dev, found.st_ino) in seen:
            folders.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield os.path.join(parent, name)  # noqa: PTH118


def is_pattern(name: str) -> bool:
    """Tell whether a name is no file but a glob: a shell that matches nothing hands it on."""
    return glob.has_magic(name) and not is_uri(name) and not os.path.lexists(name)


def match(pattern: str) -> list[str]:
    """Return the files and folders that a glob stands for, sorted; ``**`` is any folders."""
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 -- keeps paths as typed


def is_folder(name: str) -> bool:
    """Tell whether a name is a folder of this machine."""
    return not is_uri(name) and Path(name).is_dir()


def absolute(name: str) -> str:
    """Return the path in full; a URI as it is."""
    return name if is_uri(name) else os.path.abspath(name)  # noqa: PTH100


def is_stream(name: str) -> bool:
    """Tell whether a name is a pipe or a device: it can be read once, and may never end."""
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))


def spool(uri: str) -> str:
    """Copy a pipe, or standard input for "-", so that it can be read twice; return the copy.

    The copy has the modification time of the file that was redirected into standard input;
    a pipe has none. Whoever calls removes it.

    Raises
    ------
    SourceError
        It cannot be read, or there is no room for the copy.
    """
    if uri != STDIN:
        with source_errors(uri), open(uri, "rb", buffering=0) as pipe:  # noqa: PTH123
            return _spooled(pipe, uri)
    if sys.stdin is None:
        raise SourceError(Origin(uri), "standard input is closed")
    # past its buffer, which does not heed an interrupt while it waits to be full
    return _spooled(getattr(sys.stdin.buffer, "raw", sys.stdin.buffer), uri)


def _spooled(stream: BinaryIO, uri: str) -> str:
    handle, path = tempfile.mkstemp(prefix="tbconvert-spool-")
    try:
        with os.fdopen(handle, "wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
    except BaseException as err:
        remove(path)
        if not isinstance(err, OSError):
            raise
        said = f"cannot be copied to {tempfile.gettempdir()}: {reason(err)}"
        raise SourceError(Origin(uri), said, "TMPDIR names another place") from err
    with contextlib.suppress(OSError, ValueError):
        found = os.fstat(stream.fileno())
        if S_ISREG(found.st_mode):
            os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    return path


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def remove_empty(folder: Path) -> None:
    """Remove a folder, if nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
