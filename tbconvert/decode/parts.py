"""What an event file holds, as it is read back: columns of numbers, and all else one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Tag
from tbconvert.proto.event_pb2 import Summary

What = Literal[
    "file_version",
    "graph_def",
    "summary",
    "log_message",
    "session_log",
    "tagged_run_metadata",
    "meta_graph_def",
    "nothing",
]
"""The field that an event without values has: a summary is one of none."""

Wrong = Literal["torn", "length", "checksum", "payload"]
"""What is wrong with a record: it is cut off; its length, or its payload, is not what its
checksum says; its payload is no event."""

ParsedBy = Literal["all", "protobuf", "prost", "none"]
"""Which libraries take a payload for an event: TensorBoard reads by Python's protobuf, and by
prost, in Rust."""

NO_EVENT: dict[ParsedBy, str] = {
    "none": "no event",
    "protobuf": "an event to protobuf in Python, but none to prost in Rust",
    "prost": "an event to prost in Rust, but none to protobuf in Python",
}
"""What a payload is called that is not an event to all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """Some points of one scalar tag, in the order of the file.

    All (n,): ``order`` int64 is the number of each event's record in the file, from 0;
    ``steps`` int64; ``wall_times`` float64, seconds since the epoch; ``values`` float32.
    ``is_tensor`` tells that each is a tensor of rank 0 with one float32, and no
    ``simple_value``. ``plugin`` and ``data_class`` are what their own metadata say, "" and None
    without any.
    """

    tag: Tag
    order: NDArray[np.int64]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float32]
    is_tensor: bool
    plugin: str
    data_class: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value that is no lone float32: a histogram, an image, any other tensor.

    ``message`` is what it was parsed to, ``payload`` what was parsed. Fields that tbconvert
    has no name for are in both.
    """

    order: int
    step: int
    wall_time: float
    tag: Tag
    message: Summary.Value
    payload: bytes


# no dataclass as the others: there may be a million of these, and a tuple is made much sooner
class Mark(NamedTuple):
    """An event without values: ``content`` is its field, serialised; of text, in UTF-8."""

    order: int
    step: int
    wall_time: float
    what: What
    content: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that is not as it should be, ``offset`` bytes into the file.

    It would be the ``order``-th; ``rest`` counts the bytes from its beginning to the end of
    the file. After ``is_end`` nothing more can be read; else what follows it is, and of a record
    whose payload is an event to some library also that event. ``parsed_by`` tells of a wrong
    payload which libraries take it all the same. A record may have a wrong checksum and a wrong
    payload: there are two of it.
    """

    order: int
    offset: int
    rest: int
    wrong: Wrong
    is_end: bool
    parsed_by: ParsedBy = "none"


Part = Scalars | Value | Mark | Damage
