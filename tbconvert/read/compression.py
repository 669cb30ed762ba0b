"""Compressed files, told by their first bytes and never by their suffix."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pyarrow as pa


class Readable(Protocol):
    """Bytes in order; ``b""`` is the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""


class DamagedStreamError(Exception):
    """The bytes end, or stop making sense, before the end of what was written.

    Everything that could be read was handed out before; the text says what happened.
    """


class _RawFile(io.RawIOBase):
    """What pyarrow wants of a Python file."""

    def __init__(self, raw: Readable) -> None:
        self._raw = raw

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._raw.read(size)


class _Zstd:
    def __init__(self, raw: Readable) -> None:
        self._file = pa.CompressedInputStream(pa.PythonFile(_RawFile(raw), mode="r"), "zstd")

    def read1(self, size: int) -> bytes:
        # Arrow drops what it has unpacked for a read that meets the cut: keep that little.
        data: bytes = self._file.read(min(size, 16 << 10))
        return data


# To add one: its name, its first bytes, and what opens a file for ``read1``. Not ``read``:
# that loses what it has already unpacked when it then meets the end of a cut file.
_CODECS: dict[str, tuple[bytes, Callable[[Any], Any]]] = {
    "gzip": (b"\x1f\x8b", lambda raw: gzip.GzipFile(fileobj=raw)),
    "bz2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
    "zstd": (b"\x28\xb5\x2f\xfd", _Zstd),
}

_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)


def compression_of(head: bytes) -> str:
    """Return the name of the compression that a file's first bytes show; "" for none."""
    return next((name for name, (magic, _) in _CODECS.items() if head.startswith(magic)), "")


def plain_chunks(raw: Readable, compression: str, size: int) -> Iterator[bytes]:
    """Yield the bytes of a file, decompressed, in chunks of at most ``size``.

    Raises
    ------
    DamagedStreamError
        The compressed stream is cut off or broken; what came before it was yielded.
    """
    if not compression:
        while chunk := raw.read(size):
            yield chunk
        return
    count = 0
    try:
        unpacked = _CODECS[compression][1](raw)
        while chunk := unpacked.read1(size):
            count += len(chunk)
            yield chunk
    except _DAMAGE as err:
        cut = isinstance(err, EOFError) or "truncated" in str(err).lower()
        what = f"the {compression} stream {'ends too early' if cut else 'is damaged'}"
        raise DamagedStreamError(f"{what}; {count} bytes could be read") from err
