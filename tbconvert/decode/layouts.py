"""What of a record differs from those that the same program writes at other steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from google.protobuf.descriptor import Descriptor
from numpy.typing import NDArray

from tbconvert.decode import events, wire
from tbconvert.decode.curves import Kind
from tbconvert.model import Tag
from tbconvert.proto.event_pb2 import Event, Summary, TensorProto
from tbconvert.tfrecord import FOOT, HEAD

_VARINT, _EIGHT, _BYTES, _FOUR = wire.VARINT, wire.EIGHT_BYTES, wire.BYTES, wire.FOUR_BYTES


@dataclass(frozen=True, slots=True)
class Lone:
    """A value that is one float32: its tag, and where its four bytes stand in the record."""

    tag: Tag
    kind: Kind
    offset: int


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A record of lone float32s, of one at least, and what stands where in it.

    ``mask`` has the bits of the payload that are the same in all records of this layout,
    ``varying`` the bytes that have others. ``wall_time`` and ``step`` are empty where the
    field is left out, as proto3 does with zeros.
    """

    mask: bytes
    varying: list[int]
    wall_time: range
    step: range
    values: tuple[Lone, ...]


class Layouts:
    """The layouts of the records of one file, each made when first asked for."""

    def __init__(self) -> None:
        # size of a record > mask > what of a record is under that mask > layout
        self._known: dict[int, dict[bytes, dict[bytes, Layout]]] = {}
        self._bytes = 0

    def of(self, record: NDArray[np.uint8]) -> Layout | None:
        """Return the layout of a record, None where its event is of another kind."""
        for mask, layouts in self._known.get(len(record), {}).items():
            if found := layouts.get(_masked(record, mask)):
                return found
        made = _layout(record.tobytes())
        if made is None:
            return None
        self._bytes += len(record)
        if self._bytes > _MOST_BYTES:
            self._known, self._bytes = {}, len(record)
        of_size = self._known.setdefault(len(record), {})
        of_size.setdefault(made.mask, {})[_masked(record, made.mask)] = made
        return made


def _masked(record: NDArray[np.uint8], mask: bytes) -> bytes:
    return (record & np.frombuffer(mask, np.uint8)).tobytes()


def _layout(record: bytes) -> Layout | None:
    """Return the layout of a record, None where its event is of another kind.

    Only the fields that are needed are known here, each of them once. So a record that
    differs in nothing but ``varying`` is such an event too, whatever stands there.
    """
    parsed = events.parse(record[HEAD:-FOOT])
    if parsed is None or parsed.by != "all":
        return None
    event = parsed.event
    try:
        found = _fields(record, HEAD, len(record) - FOOT, _EVENT)
        values = tuple(_lone_floats(record, found["summary"], event.summary))
    except (KeyError, ValueError):
        return None
    if not values:
        return None
    wall_time, step = found.get("wall_time", _NOWHERE), found.get("step", _NOWHERE)
    mask = np.zeros(len(record), np.uint8)
    mask[HEAD:-FOOT] = 0xFF
    mask[step.start : step.stop] = 0x80  # whether there is more
    mask[step.start + 9 : step.stop] = 0xFF  # of which but one bit may be set
    for place in (wall_time, *(range(value.offset, value.offset + 4) for value in values)):
        mask[place.start : place.stop] = 0
    varying = np.flatnonzero(mask[HEAD:-FOOT] != 0xFF) + HEAD
    return Layout(mask.tobytes(), varying.tolist(), wall_time, step, values)


def _lone_floats(record: bytes, place: range, summary: Summary) -> Iterator[Lone]:
    places = wire.fields(record, place.start, place.stop)
    for value, (number, kind, begin, end) in zip(summary.value, places, strict=True):
        if (number, kind) != _VALUE_KEY or events.lone_float(value) is None:
            raise ValueError("not a lone float32")
        found = _fields(record, begin, end, _VALUE)
        is_tensor = "tensor" in found
        if is_tensor == ("simple_value" in found):
            raise ValueError("two values in one")
        if is_tensor:
            tensor = found["tensor"]
            found = _fields(record, tensor.start, tensor.stop, _TENSOR)
        (four,) = (found[name] for name in _FLOATS if name in found)
        if len(four) != 4:
            raise ValueError("a float32 in a form of its own")
        yield Lone(Tag(value.tag), events.kind_of(value), four.start)


def _fields(record: bytes, begin: int, end: int, known: dict[tuple[int, int], str]) -> _Places:
    """Return where the content of each field lies; ``KeyError`` of one that is not known."""
    found: _Places = {}
    for number, kind, first, stop in wire.fields(record, begin, end):
        name = known[number, kind]
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = range(first, stop)
    return found


_Places = dict[str, range]

_MOST_BYTES = 4 << 20
"""Of records whose layouts are remembered: where there are more, nothing is known again."""

_NOWHERE = range(0)


def _keys(message: Descriptor, **kinds: tuple[int, ...]) -> dict[tuple[int, int], str]:
    numbers = message.fields_by_name
    return {(numbers[name].number, kind): name for name, of in kinds.items() for kind in of}


_EVENT = _keys(Event.DESCRIPTOR, wall_time=(_EIGHT,), step=(_VARINT,), summary=(_BYTES,))
_VALUE = _keys(
    Summary.Value.DESCRIPTOR,
    tag=(_BYTES,),
    node_name=(_BYTES,),
    metadata=(_BYTES,),
    simple_value=(_FOUR,),
    tensor=(_BYTES,),
)
_TENSOR = _keys(
    TensorProto.DESCRIPTOR,
    dtype=(_VARINT,),
    tensor_shape=(_BYTES,),
    float_val=(_BYTES, _FOUR),  # packed or not
    tensor_content=(_BYTES,),
)
_VALUE_KEY = Summary.DESCRIPTOR.fields_by_name["value"].number, _BYTES
_FLOATS = ("simple_value", "float_val", "tensor_content")
