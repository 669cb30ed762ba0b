"""Serialised messages: parsed, or else said what is wrong with their bytes.

protobuf only says that they are. A message is a sequence of fields, each a key of number and
wire type, and then a varint, 4 or 8 bytes, or a length and so many bytes
(https://protobuf.dev/programming-guides/encoding/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_DEEPEST = 100  # protobuf's own limit

AnyMessage = TypeVar("AnyMessage", bound=Message)


class GraphError(ValueError):
    """The bytes are no graph that can be drawn; its text says what was got and wanted."""


def parse(kind: type[AnyMessage], data: bytes, wanted: str) -> AnyMessage:
    """Return the message that some bytes are.

    Raises
    ------
    GraphError
        They are none; its text says which part of them is why they are not ``wanted``.
    """
    if not data:
        raise GraphError(f"is empty, wanted {wanted}")
    try:
        return kind.FromString(data)
    except (DecodeError, ValueError) as err:  # by version, a text that is no UTF-8 is either
        flaw = _flaw(memoryview(data), kind.DESCRIPTOR, "", 0) or "its bytes make no sense"
        raise GraphError(f"not {wanted}: {flaw}") from err


class _Field(NamedTuple):
    """``data`` is what stands there if it has a length, else empty; ``missing`` bytes are cut."""

    number: int
    wire_type: int
    data: memoryview
    missing: int = 0


def _flaw(data: memoryview, kind: Any, place: str, depth: int) -> str:
    """Say what is wrong with the bytes of a message, and where; "" if nothing.

    ``kind`` is a descriptor, of whichever of its classes this protobuf has.
    """
    if depth > _DEEPEST:
        return "it is nested too deeply"
    counts: dict[int, int] = {}
    try:
        for field in _fields(data):
            known = kind.fields_by_number.get(field.number)
            counts[field.number] = counts.get(field.number, 0) + 1
            here = f"{place}.{known.name}" if place and known else known.name if known else place
            if known and known.message_type and not known.has_presence:  # it is repeated
                here += f"[{counts[field.number] - 1}]"
            if field.missing:
                at = f" in {here}" if here else ""
                return f"it is cut off{at}, where {field.missing} bytes are missing"
            if known is None or field.wire_type != _LENGTH:
                continue
            if known.type == FieldDescriptor.TYPE_STRING:
                str(field.data, "utf-8")
            elif known.message_type and (
                flaw := _flaw(field.data, known.message_type, here, depth + 1)
            ):
                return flaw
    except UnicodeDecodeError as err:
        return f"{here} is not UTF-8: {bytes(err.object)[:40]!r}"
    except ValueError as err:
        return f"{err} in {place}" if place else str(err)
    return ""


def _fields(data: memoryview) -> Iterator[_Field]:
    """Yield the fields of a message; the last one may be cut off.

    Raises
    ------
    ValueError
        What follows cannot be a field.
    """
    at = 0
    nothing = data[:0]
    while at < len(data):
        key, at = _varint(data, at)
        number, wire_type = key >> 3, key & 7
        if not number or wire_type not in (_VARINT, _FIXED64, _LENGTH, _FIXED32):
            raise ValueError(f"byte {at - 1} begins no field")
        if wire_type == _VARINT:
            _, at = _varint(data, at)
            yield _Field(number, wire_type, nothing)
            continue
        size = _SIZES.get(wire_type)
        if size is None:
            size, at = _varint(data, at)
        yield _Field(number, wire_type, data[at : at + size], max(0, at + size - len(data)))
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return a number, and where the next thing begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError("it is cut off")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise ValueError(f"byte {at - 1} ends no number")
