"""What a file is read through: once from its start, or anywhere in it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import sys
from collections.abc import Iterator
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Protocol

from tbconvert.errors import SourceError
from tbconvert.model import Origin

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_BLOCK = 1 << 20

# To hash less is done before a thread is at work.
_LARGE = 1 << 24


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
        self._reading = Lock()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all that is left for -1, b"" at the end."""
        with self._reading, source_errors(self.uri):
            data = self._raw.read(size)
        self._hash.update(data)
        self.bytes_read += len(data)
        return data

    def hash_ahead(self) -> None:
        """Do nothing: it is hashed as it is read."""

    def sha256(self) -> str:
        """Return the digest, in hex, of everything handed out so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Close the file underneath, once a thread that reads ahead in it has what it waits for."""
        with self._reading:
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
        self._hashing: ThreadPoolExecutor | None = None
        self._digest: Future[str] | None = None
        self._is_closing = Event()
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

    def hash_ahead(self) -> None:
        """Let a thread begin with the digest that is wanted in the end, if that takes a while."""
        if isinstance(self._raw, io.FileIO) and self.size >= _LARGE and not self._hashing:
            from concurrent.futures import ThreadPoolExecutor  # slow to import for small files

            self._hashing = ThreadPoolExecutor(1, "tbconvert-hash")
            self._digest = self._hashing.submit(_hashed, self._raw, self._is_closing)

    def sha256(self) -> str:
        """Return the digest, in hex, of the whole file."""
        with source_errors(self.uri):
            ahead = self._digest
            digest = ahead.result() if ahead else _hashed(self._raw, self._is_closing)
        self.bytes_read = self.size
        return digest

    def close(self) -> None:
        """Close the file underneath."""
        self._is_closing.set()
        if self._hashing:
            self._hashing.shutdown()
        self._raw.close()
        super().close()


def _hashed(raw: Any, is_closing: Event) -> str:
    digest = hashlib.sha256()
    for block in _blocks(raw):
        if is_closing.is_set():
            raise ValueError("closed before all of it was hashed")
        digest.update(block)
    return digest.hexdigest()


def _blocks(raw: Any) -> Iterator[bytes]:
    """Yield all of a file, which others may be reading meanwhile if the system has it."""
    if not isinstance(raw, io.FileIO):
        raw.seek(0)
        yield from iter(lambda: raw.read(_BLOCK), b"")
        return
    place = 0
    while block := os.pread(raw.fileno(), _BLOCK, place):
        yield block
        place += len(block)


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
        hint = getattr(err, "hint", "")  # a store's answer has one
        raise SourceError(Origin(uri), f"cannot be read: {reason(err)}", hint) from err


def reason(err: OSError) -> str:
    """Return what the operating system says, as part of a message."""
    return (err.strerror or str(err)).strip().lower()
