"""The beginning of a file: enough to tell what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from tbconvert.errors import SourceError
from tbconvert.model import Origin
from tbconvert.options import Options
from tbconvert.read.compression import DamagedStreamError, compression_of, plain_chunks
from tbconvert.read.encoding import (
    UTF8,
    encoding_of,
    known_encoding,
    utf8_chunks,
    with_byte_order,
)
from tbconvert.storage import open_input
from tbconvert.streams import InputStream

SAMPLE_BYTES = 64 << 10
_MOST_BYTES = 16 << 20
_LINES = 4

# What is not text, by its first bytes; the reason a file is passed over.
_FOREIGN = (
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was not fetched"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"%PDF-", "a PDF document"),
    (b"\x93NUMPY", "a numpy array"),
    (b"SQLite format 3\0", "an SQLite database"),
)


@dataclass(frozen=True)
class Sample:
    """The beginning of a file: ``head`` is what it unpacks to, all of it if ``whole``.

    ``damage`` says why no more could be read although more was written; "" if it does not.
    """

    origin: Origin
    head: bytes
    whole: bool
    compression: str
    damage: str
    options: Options

    @property
    def name(self) -> str:
        """The name of the file, without folders."""
        return self.origin.uri.replace("\\", "/").rpartition("/")[2]

    @cached_property
    def text(self) -> SampleText:
        """The first lines of a text.

        Raises
        ------
        SourceError
            It is empty, is no text, or not in the encoding that was said.
        UsageError
            There is no such encoding.
        """
        data, options = self.head, self.options
        if not data.strip(b"\0 \t\r\n"):
            problem = "is empty" if not data.strip() else "holds only NUL bytes"
            raise SourceError(self.origin, self.damage or problem)
        said = known_encoding(options.encoding) if options.encoding else encoding_of(data)
        encoding = with_byte_order(said, data)
        if encoding is None:
            problem = f"--encoding {said}: got no byte order mark, wanted one"
            hint = f"{said}-le or {said}-be needs none; without --encoding it is found out"
            raise SourceError(self.origin, problem, hint)
        text = b"".join(utf8_chunks(iter([data]), encoding))
        if reason := _foreign(data) or ("" if options.format else _binary(text)):
            raise SourceError(self.origin, f"not a training log: {reason}")
        if b"\r" in text:
            text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = text.split(b"\n")
        if not self.whole and len(lines) > 1:
            lines.pop()
        return SampleText(lines, encoding, _notes(encoding, options))


EVENT_FILE = "a TensorBoard event file already"
"""What is no log, but a run as it stands."""


@dataclass(frozen=True, slots=True, eq=False)
class SampleText:
    """The first lines of a text in UTF-8: all of it, or else only complete lines.

    ``notes`` are remarks for the report: what was inferred and is out of the ordinary.
    """

    lines: list[bytes]
    encoding: str
    notes: tuple[str, ...]


def take_sample(uri: str, options: Options) -> Sample:
    """Read the beginning of a file.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    with open_input(uri) as stream:
        head = stream.read(SAMPLE_BYTES)
        compression = compression_of(head)
        data, whole, damage = _beginning(_Reread(head, stream), compression)
    return Sample(Origin(uri), data, whole, compression, damage, options)


class _Reread:
    """A stream from its beginning again, after its head was looked at."""

    def __init__(self, head: bytes, stream: InputStream) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._stream.read(size)
        taken = self._head if size < 0 else self._head[:size]
        self._head = self._head[len(taken) :]
        return taken


def _beginning(raw: _Reread, compression: str) -> tuple[bytes, bool, str]:
    """Return some bytes, whether they are all, and why no more could be read."""
    data = bytearray()
    ends = 0
    try:
        for chunk in plain_chunks(raw, compression, SAMPLE_BYTES):
            data += chunk
            ends += chunk.count(b"\n") + chunk.count(b"\r")
            enough = ends > _LINES or len(data) >= _MOST_BYTES
            if len(data) >= SAMPLE_BYTES and enough:
                return bytes(data), False, ""
    except DamagedStreamError as err:
        return bytes(data), True, str(err)
    return bytes(data), True, ""


def _foreign(data: bytes) -> str:
    """Say what the bytes are, if it is known and no log; else ""."""
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            return what
    if data[4:8] == b"\0\0\0\0" and data[12:13] == b"\t":  # a record that begins with a time
        return EVENT_FILE
    return ""


def _binary(text: bytes) -> str:
    # A run of NULs may be a crash, other controls are not; those that colour a terminal pass.
    if b"\0" in text:
        text = re.sub(rb"\0{8,}", b"", text)
    controls = text.translate(None, bytes(range(8, 14)) + b"\x1b" + bytes(range(32, 256)))
    return "binary data" if len(controls) > len(text) / 200 + 4 else ""


class Note(str):
    """A remark of a reader for the report.

    ``about`` says what was inferred that a dialect may know: "delimiter", "decimal", "names",
    "records"; "" is anything else.
    """

    about: str

    def __new__(cls, said: str, about: str = "") -> Note:
        """Return a text that is about something."""
        note = super().__new__(cls, said)
        note.about = about
        return note


def _notes(encoding: str, options: Options) -> tuple[str, ...]:
    if options.encoding or encoding == UTF8:
        return ()
    if encoding.startswith("utf-"):
        return (f"encoding: {encoding}, by its first bytes; --encoding overrules",)
    return (f"encoding: {encoding}, since the bytes are not utf-8; --encoding overrules",)
