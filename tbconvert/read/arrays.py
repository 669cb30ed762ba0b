"""Arrays of files as raw tensors: known by shape and dtype, brought to memory when asked for."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawTensor
from tbconvert.read.records import unique_names
from tbconvert.storage import open_file

HEADER_BYTES = 16 << 10
"""Enough to hold the header of any array that numpy writes."""

_HEADER_READERS: dict[tuple[int, int], Callable[[io.BytesIO], Any]] = {
    (1, 0): npy_format.read_array_header_1_0,
    (2, 0): npy_format.read_array_header_2_0,
}


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


def parse_npy_header(head: bytes, origin: Origin) -> Header:
    """Return the header that numpy's format begins with (numpy/lib/format.py).

    Raises
    ------
    SourceError
        There is none, or the array is of a kind that is not read.
    """
    stream = io.BytesIO(head)
    try:
        version = npy_format.read_magic(stream)
        read = _HEADER_READERS.get(version)
        if read is None:
            said = f"numpy format {version[0]}.{version[1]}, wanted 1.0 or 2.0"
            raise SourceError(origin, f"{said}; it was left out")
        shape, is_fortran, dtype = read(stream)
    except (ValueError, EOFError, TypeError) as err:
        said = str(err).partition("\n")[0]
        raise SourceError(origin, f"not an array of numpy: {said}") from err
    if dtype.hasobject:
        said = "an array of Python objects: to read it could run code; it was left out"
        raise SourceError(origin, said, "save it as an array of numbers")
    if any(side < 0 for side in shape):
        raise SourceError(origin, f"not an array: a side of {min(shape)} in its shape")
    return Header(dtype, tuple(map(int, shape)), bool(is_fortran), stream.tell())


def raw_tensors(name: str, header: Header, fetch: Callable[[], memoryview]) -> Iterable[RawTensor]:
    """Yield the array of a name; for one of structures, an array of each of its fields.

    ``fetch`` returns the bytes of the elements.
    """
    load = partial(_array, header, fetch)
    if header.dtype.names is None:
        yield RawTensor(name, header.shape, header.dtype, load)
        return
    for field in header.dtype.names:
        kind = header.dtype[field]
        yield RawTensor(
            f"{name}/{field}",
            header.shape + kind.shape,
            kind.base,
            partial(_field, load, field),
        )


def _array(header: Header, fetch: Callable[[], memoryview]) -> NDArray[Any]:
    data = fetch()
    flat = np.frombuffer(data, header.dtype) if len(data) else np.empty(0, header.dtype)
    return flat.reshape(header.shape, order="F" if header.is_fortran else "C")


def _field(load: Callable[[], NDArray[Any]], field: str) -> NDArray[Any]:
    array: NDArray[Any] = load()[field]
    return array


def bytes_at(place: str, start: int, length: int) -> memoryview:
    """Return some bytes of a file; a map of them where that is worth it.

    Raises
    ------
    SourceError
        The file has fewer, or cannot be read.
    """
    with open_file(place) as file:
        return file.view(start, length)


def told_apart(names: Iterable[str], origin: Origin) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Return the names of arrays, all different, and what to say of those that were not."""
    given = list(names)
    unique = unique_names(given)
    return unique, tuple(
        Problem(Origin(origin.uri, old), f"this name stands in it more than once: here {new!r}")
        for old, new in zip(given, unique, strict=True)
        if old.strip() and old.strip() != new
    )
