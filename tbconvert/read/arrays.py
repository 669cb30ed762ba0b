"""Arrays of files as raw tensors: known by shape and dtype, brought to memory when asked for."""

from __future__ import annotations

import ast
import contextlib
import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawTensor
from tbconvert.read.records import unique_names
from tbconvert.read.sample import Sample
from tbconvert.storage import open_file
from tbconvert.streams import CHANGED, InputFile

HEADER_BYTES = 16 << 10
"""Enough to hold the header of any array that numpy writes."""

NPY = b"\x93NUMPY"
_VERSIONS = {(1, 0): ("<H", "latin-1"), (2, 0): ("<I", "latin-1"), (3, 0): ("<I", "utf-8")}
"""How the length of the header is written, and its text."""

_SHORTEST = len(NPY) + 2 + 4

_LONG = re.compile(r"""('[^']*'|"[^"]*")|(?<=\d)L\b""")
"""What Python 2 wrote behind whole numbers; or else a text, where an L may stand."""

_NO_LITERAL = (ArithmeticError, LookupError, MemoryError, RecursionError, SyntaxError, TypeError,
               ValueError)  # fmt: skip
"""What Python and numpy say of a text that is no literal, and of a literal that is no dtype."""

_MOST_SIDES = 64 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 32
_MOST_BYTES = 2**63 - 1
_LAST_CHARACTER = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the elements of an array; ``size`` is its own length in bytes."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    is_fortran: bool = False
    size: int = 0

    @property
    def length(self) -> int:
        """How many bytes the elements take."""
        return self.dtype.itemsize * math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Bytes:
    """Where an array's bytes are: in a file as it was, its ``state``, when its header was read."""

    place: str
    state: tuple[int, ...]
    origin: Origin

    @contextlib.contextmanager
    def opened(self) -> Iterator[InputFile]:
        """Open the file again.

        Raises
        ------
        SourceError
            It was written to since; whatever else went wrong with it is laid to that.
        """
        with open_file(self.place) as file:
            try:
                yield file
            except SourceError as err:
                if file.state() == self.state:
                    raise
                raise SourceError(self.origin, *CHANGED) from err
            if file.state() != self.state:
                raise SourceError(self.origin, *CHANGED)

    def fill(self, start: int, length: int, room: Room) -> Iterator[memoryview]:
        """Yield some of the bytes, piece by piece, as they come to stand in some room.

        Raises
        ------
        SourceError
            There are fewer, or they cannot be read.
        """
        with self.opened() as file:
            file.must_hold(start, length)
            for at in range(0, length, len(room) or 1):
                piece = room.data[: min(length - at, len(room))]
                file.read_into(start + at, piece)
                yield piece


def is_empty_file(sample: Sample, suffix: str) -> bool:
    """Tell whether a file is by its name one of arrays, and nothing stands in it."""
    return sample.whole and not sample.head and sample.name.casefold().endswith(suffix)


def must_hold_something(stream: InputFile, origin: Origin) -> None:
    """Check that a file is not empty.

    Raises
    ------
    SourceError
        It is.
    """
    if not stream.size:
        raise SourceError(origin, "empty file: nothing was written, or it was cut off")


Room = NDArray[np.uint8]
"""Where bytes are read to; what is shorter than all of them is filled again and again."""

Fill = Callable[[Room], Iterator[memoryview]]
"""Reads the elements of an array to some room, and yields each part of it that is filled."""

PIECE_BYTES = 1 << 20
"""What is read at once, and still is in the cache when it is looked at: whole elements."""


def parse_npy_header(head: bytes, origin: Origin) -> Header:
    """Return the header that numpy's format begins with (numpy/lib/format.py).

    Raises
    ------
    SourceError
        There is none, or the array is of a kind that is not read.
    """
    text, size = _header_text(head, origin)
    try:
        about = _literal(text)
        shape, is_fortran, descr = about["shape"], about["fortran_order"], about["descr"]
    except _NO_LITERAL as err:
        raise _no_array(origin, f"got the header {_short(text)}, wanted {_WANTED}") from err
    if type(shape) is not tuple or type(is_fortran) is not bool:
        raise _no_array(origin, f"got the header {_short(text)}, wanted {_WANTED}")
    try:
        dtype = npy_format.descr_to_dtype(descr)
    except _NO_LITERAL as err:
        said = f"got the header {_short(text)}, in which descr is no dtype of numpy"
        raise _no_array(origin, said) from err
    if dtype.hasobject:
        said = "an array of Python objects: to read it could run code"
        raise SourceError(origin, said, "save it as an array of numbers")
    if dtype.subdtype is not None:
        raise _no_array(origin, f"got elements of {_short(str(dtype))}, wanted them in its shape")
    fields = [dtype] if dtype.names is None else [dtype, *(dtype[name] for name in dtype.names)]
    for field in fields:
        if wrong := wrong_shape(field.base, shape + field.shape):
            raise _no_array(origin, wrong)
    return Header(dtype, shape, is_fortran, size)


_WANTED = "a dictionary of descr, fortran_order and shape"


def _no_array(origin: Origin, said: str) -> SourceError:
    return SourceError(origin, f"not an array of numpy: {said}")


def _short(text: str) -> str:
    text = text.rstrip()
    return repr(text if len(text) <= _LEGIBLE else text[:_LEGIBLE] + "…")


_LEGIBLE = 80


def _header_text(head: bytes, origin: Origin) -> tuple[str, int]:
    """Return the text of a header, and where it ends."""
    if not head.startswith(NPY):
        raise _no_array(origin, f"begins with {head[: len(NPY)]!r}, wanted {NPY!r}")
    if len(head) < _SHORTEST:
        raise _no_array(origin, f"ends after {len(head)} bytes, within its header")
    major, minor = head[len(NPY) :][:2]
    if (major, minor) not in _VERSIONS:
        raise SourceError(origin, f"numpy format {major}.{minor}, wanted 1.0, 2.0 or 3.0")
    how, encoding = _VERSIONS[major, minor]
    begin = len(NPY) + 2 + struct.calcsize(how)
    (length,) = struct.unpack_from(how, head, len(NPY) + 2)
    if begin + length > HEADER_BYTES:
        most = HEADER_BYTES - begin
        raise _no_array(origin, f"its header claims {length} bytes, wanted at most {most}")
    if begin + length > len(head):
        raise _no_array(origin, f"its header claims {length} bytes, got {len(head) - begin}")
    try:
        return head[begin : begin + length].decode(encoding), begin + length
    except UnicodeDecodeError as err:
        raise _no_array(origin, f"its header is no {encoding}") from err


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except SyntaxError:
        return ast.literal_eval(_LONG.sub(lambda found: found[1] or "", text))


def wrong_shape(dtype: np.dtype[Any], shape: Sequence[Any]) -> str:
    """Say why no array has such sides, or none of such elements; "" if one has."""
    if not all(type(side) is int for side in shape):
        return "got sides that are no whole numbers"
    if len(shape) > _MOST_SIDES:
        return f"got {len(shape)} sides, wanted at most {_MOST_SIDES}"
    # numpy counts the sides of an array without elements, too
    if math.prod(abs(side) for side in shape if side) * max(dtype.itemsize, 1) > _MOST_BYTES:
        return "got sides for more elements than there can be"
    if min(shape, default=0) < 0:
        return f"got a side of {min(shape)}, wanted none below 0"
    if not dtype.itemsize and math.prod(shape):
        return f"got {math.prod(shape)} elements of no bytes, wanted some in each"
    return ""


def raw_tensors(name: str, header: Header, origin: Origin, fill: Fill) -> Iterable[RawTensor]:
    """Yield the array of a name; for one of structures, an array of each of its fields.

    ``fill`` reads the elements.
    """
    load = partial(_array, header, fill)
    if header.dtype.names is None:
        checked, stream = partial(_checked, load, origin), partial(_stream, header, fill)
        is_even = header.length > 0 and PIECE_BYTES % header.dtype.itemsize == 0
        yield RawTensor(
            name,
            header.shape,
            header.dtype,
            checked,
            stream if is_even else None,
            header.is_fortran,
        )
        return
    for field in header.dtype.names:
        kind = header.dtype[field]
        yield RawTensor(
            f"{name}/{field}",
            header.shape + kind.shape,
            kind.base,
            partial(_checked, partial(_field, load, field), origin),
        )


def _array(header: Header, fill: Fill) -> NDArray[Any]:
    room = np.empty(header.length, np.uint8)
    for _ in fill(room):
        pass
    data = room.data.toreadonly()
    flat = np.frombuffer(data, header.dtype) if len(data) else np.empty(0, header.dtype)
    return flat.reshape(header.shape, order="F" if header.is_fortran else "C")


def _stream(header: Header, fill: Fill) -> Iterator[NDArray[Any]]:
    room = np.empty(min(header.length, PIECE_BYTES), np.uint8)
    for piece in fill(room):
        yield np.frombuffer(piece, header.dtype)


def _field(load: Callable[[], NDArray[Any]], field: str) -> NDArray[Any]:
    array: NDArray[Any] = load()[field]
    return array


def _checked(load: Callable[[], NDArray[Any]], origin: Origin) -> NDArray[Any]:
    """Return an array whose texts, if it has any, consist of characters.

    Raises
    ------
    SourceError
        They do not: Python cannot make strings of them.
    """
    array = load()
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        codes = np.ascontiguousarray(array).reshape(-1).view(array.dtype.byteorder + "u4")
        if (last := int(codes.max())) > _LAST_CHARACTER:
            raise SourceError(origin, f"its bytes are damaged: U+{last:04X} is no character")
    return array


def told_apart(names: Iterable[str], origin: Origin) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Return the names of arrays, all different, and what to say of those that were not."""
    given = list(names)
    unique = unique_names(given)
    return unique, tuple(
        Problem(Origin(origin.uri, old), f"this name stands in it more than once: here {new!r}")
        for old, new in zip(given, unique, strict=True)
        if old.strip() and old.strip() != new
    )
