"""safetensors: a header in JSON that says where each array stands, and then the arrays.

Eight bytes tell the length of the header; the format's README is the source
(https://github.com/huggingface/safetensors#format). Arrays are mapped; no package is needed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSnapshot, RawTensor, Source
from tbconvert.options import Options
from tbconvert.read.arrays import Header, bytes_at, raw_tensors
from tbconvert.read.sample import Sample
from tbconvert.storage import InputFile

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
    return {"notes": ()} if is_one else None


def read(source: Source, stream: InputFile) -> Iterator[RawSnapshot]:
    """Yield the arrays of a file, in the order in which they stand there.

    Raises
    ------
    SourceError
        The header is no header, or the file is cut off within it.
    """
    origin = Origin(source.uri)
    length = int.from_bytes(stream.read(_LENGTH), "little")
    try:
        header = json.loads(bytes(stream.view(_LENGTH, length)))
        entries = [(name, _Entry(about)) for name, about in header.items() if name != _METADATA]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise SourceError(origin, f"not a header of safetensors: {err}") from err
    entries.sort(key=lambda entry: entry[1].start)
    place, start = source.location or source.uri, _LENGTH + length
    tensors: list[RawTensor] = []
    problems: list[Problem] = []
    for name, entry in entries:
        if wrong := entry.wrong(stream.size - start):
            where = Origin(source.uri, name)
            problems.append(Problem(where, f"{wrong}; it was left out", cells=1))
            continue
        about = Header(np.dtype(_DTYPES[entry.dtype]), entry.shape)
        fetch = partial(bytes_at, place, start + entry.start, about.length)
        tensors += raw_tensors(name, about, fetch)
    step = source.read_options.get("step")
    yield RawSnapshot(origin, tuple(tensors), step, tuple(problems))


class _Entry:
    """What the header says of one array."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.dtype = str(about["dtype"])
        self.shape = tuple(int(side) for side in about["shape"])
        self.start, self.stop = map(int, about["data_offsets"])

    def wrong(self, size: int) -> str:
        """Say what is wrong with it in a file that holds so many bytes of arrays; "" if nothing."""
        if self.dtype not in _DTYPES:
            return f"got elements of type {self.dtype}, wanted one of {', '.join(_DTYPES)}"
        length = np.dtype(_DTYPES[self.dtype]).itemsize * math.prod(self.shape)
        if min(self.shape, default=0) < 0 or self.start < 0 or self.stop - self.start != length:
            return f"its header claims {length} bytes of elements, got {self.stop - self.start}"
        if self.stop > size:
            return f"ends at byte {self.stop} of the elements, got {size}: the file is cut off"
        return ""
