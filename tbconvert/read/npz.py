"""Arrays that numpy saved: ``.npz``, a zip archive of them, and ``.npy``, a single one.

Members are read, and unpacked, when they are asked for; nothing is ever unpickled.
Zip: APPNOTE.TXT 4.3.7; arrays: numpy/lib/format.py.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSnapshot, RawTensor, Source
from tbconvert.options import Options
from tbconvert.read.arrays import (
    HEADER_BYTES,
    NPY,
    PIECE_BYTES,
    Bytes,
    Header,
    Room,
    is_empty_file,
    must_hold_something,
    parse_npy_header,
    raw_tensors,
    told_apart,
)
from tbconvert.read.sample import Sample
from tbconvert.streams import InputFile

_LOCAL = struct.Struct("<4s22xHH")  # signature, length of the name, of what is extra
_MEMBER, _EMPTY = b"PK\x03\x04", b"PK\x05\x06"
# zipfile's words for damage, an unknown version, a name not in UTF-8, a place outside of the file
_DAMAGE = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError)

_PLAUSIBLE = 100
"""A weight that can be packed to less than its hundredth part is hardly one."""


def sniff_npz(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read an archive of arrays, or None if it is something else."""
    head = sample.head
    is_whole = not sample.compression and head.startswith((_MEMBER, _EMPTY))
    if not is_whole and not is_empty_file(sample, ".npz"):
        return None
    first = head[_LOCAL.size :][: int.from_bytes(head[26:28], "little")]
    is_named = sample.name.casefold().endswith(".npz") or options.format is not None
    if not (first.endswith(b".npy") or is_named):
        return None
    return {"max_unpacked": options.max_unpacked << 20, "notes": ()}


def sniff_npy(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a single array, or None if it is something else."""
    is_array = sample.head.startswith(NPY) and not sample.compression
    return {"notes": ()} if is_array or is_empty_file(sample, ".npy") else None


def read_npy(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield a file's only array, under the name of the file.

    Raises
    ------
    SourceError
        It is no array, or is cut off.
    """
    origin = Origin(source.uri)
    must_hold_something(stream, origin)
    place = Bytes(source.location or source.uri, stream.state(), origin)
    header = parse_npy_header(stream.read(HEADER_BYTES), origin)
    if header.size + header.length > stream.size:
        has = stream.size - header.size
        raise SourceError(origin, f"cut off: wanted {header.length} bytes of elements, got {has}")
    name = source.read_options.get("name") or _bare(source.uri.rpartition("/")[2])
    fill = partial(place.fill, header.size, header.length)
    tensors = raw_tensors(name, header, origin, fill)
    yield RawSnapshot(origin, tuple(tensors), source.read_options.get("step"))


def read_npz(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield the arrays of an archive, in its order; of some of them no more than the names.

    The option ``only`` has the names of those that are asked for, casefolded: as a whole, or
    as what stands behind the last "/".

    Raises
    ------
    SourceError
        It is no whole archive.
    """
    origin = Origin(source.uri)
    must_hold_something(stream, origin)
    state = stream.state()
    try:
        # is_dir() of Python 3.11 fails for a member without a name
        members = [i for i in zipfile.ZipFile(stream).infolist() if not i.filename.endswith("/")]
    except _DAMAGE as err:
        said = f"not a whole archive of arrays: {str(err).lower()}"
        raise SourceError(origin, said, "was it cut off, or is it still being written?") from err
    names, problems = told_apart((_bare(info.filename) for info in members), origin)
    tensors: list[RawTensor] = []
    others: list[str] = []
    found = list(problems)
    only = source.read_options.get("only")
    for name, info in zip(names, members, strict=True):
        if only is not None and only.isdisjoint((name.casefold(), _last_part(name))):
            others.append(name)
            continue
        where = Origin(source.uri, info.filename)
        member = _Member(Bytes(source.location or source.uri, state, where), info)
        try:
            tensors += member.tensors(name, stream, int(source.read_options["max_unpacked"]))
        except SourceError as err:
            found.append(Problem(where, f"{err.problem}; it was left out", err.hint, 1))
    step = source.read_options.get("step")
    yield RawSnapshot(origin, tuple(tensors), step, tuple(found), tuple(others))


def _last_part(name: str) -> str:
    return name.casefold().rpartition("/")[2]


def _bare(name: str) -> str:
    return name[:-4] if name.casefold().endswith(".npy") else name


class _Member:
    """One member of an archive: where its bytes are, and how they become those of an array."""

    def __init__(self, place: Bytes, info: zipfile.ZipInfo) -> None:
        self._place = place
        self._origin = place.origin
        self._info = info

    def tensors(self, name: str, stream: InputFile, limit: int) -> Iterable[RawTensor]:
        """Return what the member holds; what is packed tightly may take up to ``limit`` bytes.

        Raises
        ------
        SourceError
            It is no array, or none that is read.
        """
        info = self._info
        if info.flag_bits & 1:
            raise SourceError(self._origin, "is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            said = f"is packed by method {info.compress_type}, wanted deflate or none"
            raise SourceError(self._origin, said, "save it by numpy.savez")
        start = self._start(stream)
        stream.must_hold(start, info.compress_size)
        packed = stream.read_at(start, min(info.compress_size, HEADER_BYTES))
        header = parse_npy_header(self._head(packed), self._origin)
        size = info.compress_size if self._is_stored else info.file_size
        if header.size + header.length > size:
            has = size - header.size
            said = f"its header claims {header.length} bytes of elements, got {has}"
            raise SourceError(self._origin, said)
        if not self._is_stored:
            self._check_plausible(header, limit)
        fill = self._stored if self._is_stored else self._unpacked
        return raw_tensors(name, header, self._origin, partial(fill, start, header))

    @property
    def _is_stored(self) -> bool:
        return self._info.compress_type == zipfile.ZIP_STORED

    def _start(self, stream: InputFile) -> int:
        """Return where the member's bytes begin, after a header of its own."""
        local = stream.read_at(self._info.header_offset, _LOCAL.size)
        if not local.startswith(_MEMBER):
            raise SourceError(self._origin, "nothing stands where the archive says; it is damaged")
        _, name, extra = _LOCAL.unpack(local)
        return int(self._info.header_offset + _LOCAL.size + name + extra)

    def _head(self, packed: bytes) -> bytes:
        if self._is_stored:
            return packed
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, HEADER_BYTES)
        except zlib.error as err:
            raise SourceError(self._origin, f"its bytes are damaged: {err}") from err

    def _check_plausible(self, header: Header, limit: int) -> None:
        most = max(limit, _PLAUSIBLE * self._info.compress_size)
        if header.length > most:
            said = f"would unpack {self._info.compress_size} bytes to {header.length}"
            hint = f"--max-unpacked {-(-header.length >> 20)} lets it"
            raise SourceError(self._origin, said, hint)

    def _stored(self, start: int, header: Header, room: Room) -> Iterator[memoryview]:
        """Yield the elements as they fill the room; what stands around them counts, too."""
        behind = self._info.compress_size - header.size - header.length
        around = np.empty(min(max(header.size, behind), PIECE_BYTES), np.uint8)
        crc = 0
        with self._place.opened() as file:
            for length, place in ((header.size, around), (header.length, room), (behind, around)):
                for at in range(0, length, PIECE_BYTES):
                    begin = at if at < len(place) else 0
                    piece = place.data[begin : begin + min(length - at, PIECE_BYTES)]
                    file.read_into(start, piece)
                    crc = zlib.crc32(piece, crc)  # while it is at hand in the processor's cache
                    start += len(piece)
                    if place is room:
                        yield piece
            self._check(crc)

    def _unpacked(self, start: int, header: Header, room: Room) -> Iterator[memoryview]:
        """Yield the elements as they fill the room, unpacked piece by piece."""
        crc, skip, left, filled = 0, header.size, header.length, 0
        with self._place.opened() as file:
            for piece in self._inflated(file, start):
                crc = zlib.crc32(piece, crc)
                kept = np.frombuffer(piece, np.uint8)[skip:][:left]
                skip = max(0, skip - len(piece))
                left -= len(kept)
                while len(kept):
                    taken = kept[: len(room) - filled]
                    room[filled : filled + len(taken)] = taken
                    kept, filled = kept[len(taken) :], filled + len(taken)
                    if filled == len(room):
                        yield room.data
                        filled = 0
            if left:
                said = f"{header.length} of elements wanted, got {header.length - left}"
                raise SourceError(self._origin, f"its bytes are damaged: {said}")
            self._check(crc)
            yield room.data[:filled]

    def _inflated(self, file: InputFile, start: int) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        end, rest = start + self._info.compress_size, b""
        try:
            while not inflate.eof and (rest or start < end):
                if not rest:
                    rest = file.read_at(start, min(PIECE_BYTES, end - start))
                    start += len(rest)
                yield inflate.decompress(rest, PIECE_BYTES)
                rest = inflate.unconsumed_tail
        except zlib.error as err:
            raise SourceError(self._origin, f"its bytes are damaged: {err}") from err

    def _check(self, crc: int) -> None:
        if crc != self._info.CRC:
            raise SourceError(self._origin, "its bytes are damaged: the checksum does not fit")
