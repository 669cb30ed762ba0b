"""Arrays that numpy saved: ``.npz``, a zip archive of them, and ``.npy``, a single one.

Members that are stored are mapped, packed ones unpacked when they are asked for; nothing is
ever unpickled. Zip: APPNOTE.TXT 4.3.7; arrays: numpy/lib/format.py.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSnapshot, RawTensor, Source
from tbconvert.options import Options
from tbconvert.read.arrays import (
    HEADER_BYTES,
    Header,
    bytes_at,
    parse_npy_header,
    raw_tensors,
    told_apart,
)
from tbconvert.read.sample import Sample
from tbconvert.storage import InputFile, open_file

_LOCAL = struct.Struct("<4s22xHH")  # signature, length of the name, of what is extra
_MEMBER, _EMPTY, _NPY = b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY"
_CHUNK = 1 << 20
_PLAUSIBLE = 100
"""A weight that can be packed to less than its hundredth part is hardly one."""


def sniff_npz(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read an archive of arrays, or None if it is something else."""
    head = sample.head
    if sample.compression or not head.startswith((_MEMBER, _EMPTY)):
        return None
    first = head[_LOCAL.size :][: int.from_bytes(head[26:28], "little")]
    is_named = sample.name.casefold().endswith(".npz") or options.format is not None
    if not (first.endswith(b".npy") or is_named):
        return None
    return {"max_unpacked": options.max_unpacked << 20, "notes": ()}


def sniff_npy(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a single array, or None if it is something else."""
    is_array = sample.head.startswith(_NPY) and not sample.compression
    return {"notes": ()} if is_array else None


def read_npy(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield a file's only array, under the name of the file.

    Raises
    ------
    SourceError
        It is no array, or is cut off.
    """
    origin = Origin(source.uri)
    header = parse_npy_header(stream.read(HEADER_BYTES), origin)
    if header.size + header.length > stream.size:
        has = stream.size - header.size
        raise SourceError(origin, f"cut off: wanted {header.length} bytes of elements, got {has}")
    place = source.location or source.uri
    name = source.read_options.get("name") or _bare(source.uri.rpartition("/")[2])
    tensors = raw_tensors(name, header, partial(bytes_at, place, header.size, header.length))
    yield RawSnapshot(origin, tuple(tensors), source.read_options.get("step"))


def read_npz(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield the arrays of an archive, in its order.

    Raises
    ------
    SourceError
        It is no whole archive.
    """
    origin = Origin(source.uri)
    try:
        members = [info for info in zipfile.ZipFile(stream).infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as err:
        said = f"not a whole archive of arrays: {str(err).lower()}"
        raise SourceError(origin, said, "was it cut off, or is it still being written?") from err
    names, problems = told_apart((_bare(info.filename) for info in members), origin)
    tensors: list[RawTensor] = []
    found = list(problems)
    for name, info in zip(names, members, strict=True):
        try:
            tensors += _Member(source, info, Origin(source.uri, info.filename)).tensors(
                name, stream
            )
        except SourceError as err:
            found.append(Problem(err.origin, err.problem, err.hint, 1))
    yield RawSnapshot(origin, tuple(tensors), source.read_options.get("step"), tuple(found))


def _bare(name: str) -> str:
    return name[:-4] if name.casefold().endswith(".npy") else name


class _Member:
    """One member of an archive: where its bytes are, and how they become those of an array."""

    def __init__(self, source: Source, info: zipfile.ZipInfo, origin: Origin) -> None:
        self._place = source.location or source.uri
        self._limit = int(source.read_options["max_unpacked"])
        self._info = info
        self._origin = origin

    def tensors(self, name: str, stream: InputFile) -> Iterator[RawTensor]:
        """Yield what the member holds.

        Raises
        ------
        SourceError
            It is no array, or none that is read.
        """
        info = self._info
        if info.flag_bits & 1:
            raise SourceError(self._origin, "is encrypted; it was left out")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            said = f"is packed by method {info.compress_type}, wanted deflate or none"
            raise SourceError(self._origin, f"{said}; it was left out", "save it by numpy.savez")
        start = self._start(stream)
        packed = stream.view(start, min(info.compress_size, HEADER_BYTES))
        header = parse_npy_header(self._head(bytes(packed)), self._origin)
        if header.size + header.length > info.file_size:
            has = info.file_size - header.size
            said = f"its header claims {header.length} bytes of elements, got {has}"
            raise SourceError(self._origin, f"{said}; it was left out")
        if info.compress_type == zipfile.ZIP_STORED:
            return iter(raw_tensors(name, header, partial(self._stored, start, header)))
        self._check_plausible(header)
        return iter(raw_tensors(name, header, partial(self._unpacked, start, header)))

    def _start(self, stream: InputFile) -> int:
        """Return where the member's bytes begin, after a header of its own."""
        stream.seek(self._info.header_offset)
        local = stream.read(_LOCAL.size)
        if len(local) < _LOCAL.size or not local.startswith(_MEMBER):
            raise SourceError(self._origin, "nothing stands where the archive says; it is damaged")
        _, name, extra = _LOCAL.unpack(local)
        return int(self._info.header_offset + _LOCAL.size + name + extra)

    def _head(self, packed: bytes) -> bytes:
        if self._info.compress_type == zipfile.ZIP_STORED:
            return packed
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, HEADER_BYTES)
        except zlib.error as err:
            raise SourceError(self._origin, f"its bytes are damaged: {err}") from err

    def _check_plausible(self, header: Header) -> None:
        most = max(self._limit, _PLAUSIBLE * self._info.compress_size)
        if header.length > most:
            said = f"would unpack {self._info.compress_size} bytes to {header.length}"
            hint = f"--max-unpacked {-(-header.length >> 20)} lets it"
            raise SourceError(self._origin, f"{said}; it was left out", hint)

    def _stored(self, start: int, header: Header) -> memoryview:
        with open_file(self._place) as file:
            data = file.view(start, self._info.file_size)
        self._check(zlib.crc32(data))
        return data[header.size :][: header.length]

    def _unpacked(self, start: int, header: Header) -> memoryview:
        """Return the elements, unpacked piece by piece into memory of the right size."""
        elements = np.empty(header.length, np.uint8)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        crc, skip, filled = 0, header.size, 0
        with open_file(self._place) as file:
            packed = file.view(start, self._info.compress_size)
        rest: bytes | memoryview = b""
        at = 0
        try:
            while not inflate.eof and (rest or at < len(packed)):
                if not rest:
                    rest, at = packed[at : at + _CHUNK], at + _CHUNK
                piece = inflate.decompress(rest, _CHUNK)
                rest = inflate.unconsumed_tail
                crc = zlib.crc32(piece, crc)
                kept = piece[skip:][: header.length - filled]
                skip = max(0, skip - len(piece))
                elements[filled : filled + len(kept)] = np.frombuffer(kept, np.uint8)
                filled += len(kept)
        except zlib.error as err:
            raise SourceError(self._origin, f"its bytes are damaged: {err}") from err
        self._check(crc)
        return elements.data

    def _check(self, crc: int) -> None:
        if crc != self._info.CRC:
            raise SourceError(self._origin, "its bytes are damaged: the checksum does not fit")
