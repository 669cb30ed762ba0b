"""One event by protobuf: its values, or what it has instead of them."""

from __future__ import annotations

import math
import struct
from typing import NamedTuple

from google.protobuf.message import DecodeError, Message

from tbconvert.decode import messages, prost, wire
from tbconvert.decode.curves import Kind
from tbconvert.decode.parts import ParsedBy, What
from tbconvert.proto.event_pb2 import (
    DATA_CLASS_SCALAR,
    DATA_CLASS_UNKNOWN,
    DT_FLOAT,
    Event,
    Summary,
    TensorProto,
)

_WHAT = {field.number: field.name for field in Event.DESCRIPTOR.oneofs_by_name["what"].fields}
_SUMMARY = Event.DESCRIPTOR.fields_by_name["summary"].number
_VALUE = Summary.DESCRIPTOR.fields_by_name["value"].number

# The fields of a tensor that say nothing of its one number, or hold it.
_OF_A_SCALAR = {"dtype", "tensor_shape", "version_number", "float_val", "tensor_content"}

_OF_SCALARS = (DATA_CLASS_UNKNOWN, DATA_CLASS_SCALAR)


class Parsed(NamedTuple):
    """An event, the bytes that it is in, and which libraries take it for one."""

    event: Event
    payload: bytes
    by: ParsedBy


def parse(payload: bytes) -> Parsed | None:
    """Return the event that a payload is, None where it is none to any library."""
    event = _event(payload)
    if event is not None and _is_plain(event, payload):
        return Parsed(event, payload, "all")
    plain = prost.plain(payload)
    if event is not None and messages.is_message("Event", payload):
        return Parsed(event, payload, "protobuf" if plain is None else "all")
    event = None if plain is None else _event(plain)
    return None if plain is None or event is None else Parsed(event, plain, "prost")


def content(event: Event) -> tuple[What, bytes]:
    """Return which field an event without values has, and that field serialised."""
    what = event.WhichOneof("what")
    if what is None or what == "summary":
        return what or "nothing", b""
    found = getattr(event, what)
    if isinstance(found, str):
        return what, found.encode()
    return what, found if isinstance(found, bytes) else found.SerializeToString()


def payloads(event: Event, payload: bytes) -> list[bytes]:
    """Return the bytes that each value of an event was parsed from."""
    try:
        found = []
        for number, kind, begin, end in wire.fields(payload, 0, len(payload)):
            if (number, kind) == (_SUMMARY, wire.BYTES):
                found += [
                    payload[first:stop]
                    for part, form, first, stop in wire.fields(payload, begin, end)
                    if (part, form) == (_VALUE, wire.BYTES)
                ]
    except ValueError:
        found = []
    values = event.summary.value
    # A summary may come in parts, of which a later graph makes some void. Nobody writes such
    # events; what protobuf makes of them has the same fields.
    return found if len(found) == len(values) else [v.SerializeToString() for v in values]


def kind_of(value: Summary.Value) -> Kind:
    """Return what points like a value that is one float32 have in common with it."""
    metadata = value.metadata
    return Kind(
        value.WhichOneof("value") == "tensor",
        metadata.plugin_data.plugin_name,
        metadata.data_class if value.HasField("metadata") else None,
    )


def lone_float(value: Summary.Value) -> bytes | None:
    """Return the four bytes of a value that is one float32 and nothing else, else None.

    One that its metadata call a tensor or a blob is something else, and so is a tensor that has
    the name of its node in place of a tag.
    """
    if value.metadata.data_class not in _OF_SCALARS:
        return None
    kind = value.WhichOneof("value")
    if kind == "tensor" and value.node_name and not value.tag:
        return None
    if kind == "simple_value":
        return _four_bytes(value, "simple_value", value.simple_value)
    return _lone_of(value.tensor) if kind == "tensor" else None


def _event(payload: bytes) -> Event | None:
    try:
        return Event.FromString(payload)
    except DecodeError:
        return None


def _is_plain(event: Event, payload: bytes) -> bool:
    """Tell whether a payload is what protobuf writes for an event: any library takes that."""
    known = Event()
    known.CopyFrom(event)
    known.DiscardUnknownFields()  # of which nobody knows whether they are what they should be
    return known.SerializeToString() == payload


def _lone_of(tensor: TensorProto) -> bytes | None:
    shape = tensor.tensor_shape
    if tensor.dtype != DT_FLOAT or shape.dim or shape.unknown_rank:
        return None
    if any(field.name not in _OF_A_SCALAR for field, _ in tensor.ListFields()):
        return None
    if len(tensor.tensor_content) == 4 and not tensor.float_val:
        return tensor.tensor_content
    if len(tensor.float_val) == 1 and not tensor.tensor_content:
        return _four_bytes(tensor, "float_val", tensor.float_val[0])
    return None


def _four_bytes(message: Message, name: str, number: float) -> bytes:
    if not math.isnan(number):
        return struct.pack("<f", number)
    # Not by a Python float: on its way a signalling NaN becomes a quiet one.
    lone = type(message)()
    lone.CopyFrom(message)
    lone.DiscardUnknownFields()
    for field, _ in lone.ListFields():
        if field.name != name:
            lone.ClearField(field.name)
    return lone.SerializeToString()[-4:]
