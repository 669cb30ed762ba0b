"""safetensors: a header in JSON that says where each array stands, and then the arrays.

Eight bytes tell the length of the header; the format's README is the source
(https://github.com/huggingface/safetensors#format). No package is needed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSnapshot, RawTensor, Source
from tbconvert.options import Options
from tbconvert.read.arrays import (
    Bytes,
    Header,
    is_empty_file,
    must_hold_something,
    raw_tensors,
    wrong_shape,
)
from tbconvert.read.sample import Sample
from tbconvert.streams import InputFile

_LENGTH = 8
_LONGEST_HEADER = 100_000_000  # the format's own limit
_METADATA = "__metadata__"

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "V2",
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "C64": "<c8",
}


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read such a file, or None if it is something else."""
    length = int.from_bytes(sample.head[:_LENGTH], "little")
    begins = sample.head[_LENGTH : _LENGTH + 1] == b"{"
    is_one = begins and 2 <= length <= _LONGEST_HEADER and not sample.compression
    return {"notes": ()} if is_one or is_empty_file(sample, ".safetensors") else None


def read(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield the arrays of a file, in the order in which they stand there.

    Raises
    ------
    SourceError
        The header is no header, or the file is cut off within it.
    """
    origin = Origin(source.uri)
    must_hold_something(stream, origin)
    place = Bytes(source.location or source.uri, stream.state(), origin)
    length = int.from_bytes(stream.read(_LENGTH), "little")
    header, repeats = _header(stream.read_at(_LENGTH, length), origin)
    start = _LENGTH + length
    entries: list[tuple[str, _Entry]] = []
    said = "its name stands in the header more than once; the last entry was kept"
    problems = [Problem(Origin(source.uri, name), said, cells=1) for name in repeats]
    for name, about in header.items():
        if wrong := _wrong(about, stream.size - start):
            where = Origin(source.uri, name)
            problems.append(Problem(where, f"{wrong}; it was left out", cells=1))
        else:
            entries.append((name, _Entry.of(about)))
    tensors: list[RawTensor] = []
    for name, entry in sorted(entries, key=lambda entry: entry[1].start):
        fill = partial(place.fill, start + entry.start, entry.header.length)
        tensors += raw_tensors(name, entry.header, Origin(source.uri, name), fill)
    step = source.read_options.get("step")
    yield RawSnapshot(origin, tuple(tensors), step, tuple(problems))


def _header(text: bytes, origin: Origin) -> tuple[dict[str, Any], list[str]]:
    """Return what the header says of each array, and the names that come again in it.

    Of one array at least it says something.
    """
    repeats: list[str] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        again = Counter(name for name, _ in pairs) - Counter(found.keys())
        repeats[:] = again.elements()  # the header itself is the last object that ends
        return found

    try:
        header = json.loads(text, object_pairs_hook=object_of)
    except RecursionError as err:
        raise SourceError(origin, "not a header of safetensors: nested too deeply") from err
    except ValueError as err:
        said = f"not a header of safetensors: {str(err).lower()}"
        raise SourceError(origin, said) from err
    arrays = {name: about for name, about in header.items() if name != _METADATA}
    if arrays and not any(map(_is_entry, arrays.values())):
        said = f"got an entry {_short(next(iter(arrays.values())))}, wanted {_WANTED}"
        raise SourceError(origin, f"not a header of safetensors: {said}")
    return arrays, repeats


_KEYS = ("dtype", "shape", "data_offsets")
_WANTED = f"an object of {', '.join(_KEYS)}"


def _is_entry(about: object) -> bool:
    return isinstance(about, dict) and all(key in about for key in _KEYS)


def _short(about: object) -> str:
    text = json.dumps(about, ensure_ascii=False)
    return text if len(text) <= _LEGIBLE else text[:_LEGIBLE] + "…"


_LEGIBLE = 60


def _wrong(about: object, size: int) -> str:
    """Say what is wrong with an entry of a file with so many bytes of arrays; "" if nothing."""
    if not isinstance(about, dict) or not _is_entry(about):
        return f"got the entry {_short(about)}, wanted {_WANTED}"
    dtype, shape, offsets = (about[key] for key in _KEYS)
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        got = dtype if isinstance(dtype, str) else _short(dtype)
        return f"got elements of type {got}, wanted one of {', '.join(_DTYPES)}"
    if not isinstance(shape, list):
        return f"got the shape {_short(shape)}, wanted a list of sides"
    if wrong := wrong_shape(np.dtype(_DTYPES[dtype]), shape):
        return wrong
    if not isinstance(offsets, list) or [type(offset) for offset in offsets] != [int, int]:
        return f"got the data_offsets {_short(offsets)}, wanted where it begins and ends"
    return _Entry.of(about).wrong_place(size)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the header says of one array: where it begins and ends, in bytes of the arrays."""

    header: Header
    start: int
    stop: int

    @classmethod
    def of(cls, about: dict[str, Any]) -> _Entry:
        header = Header(np.dtype(_DTYPES[about["dtype"]]), tuple(about["shape"]))
        return cls(header, *about["data_offsets"])

    def wrong_place(self, size: int) -> str:
        """Say why it cannot be there in a file with so many bytes of arrays; "" if it can."""
        if self.start < 0:
            return f"begins at byte {self.start} of the elements, wanted none below 0"
        if self.stop - self.start != self.header.length:
            got = f"got {self.stop - self.start}"
            return f"its header claims {self.header.length} bytes of elements, {got}"
        if self.stop > size:
            return f"ends at byte {self.stop} of the elements, got {size}: the file is cut off"
        return ""
