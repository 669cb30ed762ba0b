"""A payload as prost reads it: the library of Rust by which TensorBoard's data server does.

prost 0.9, ``src/encoding.rs``, is the source. It takes less than protobuf where a field has not
the wire type it should have, or a number more than 64 bits; and more where the number of a field,
or a length, takes more bytes than it needs.
"""

from __future__ import annotations

from tbconvert.decode import wire
from tbconvert.decode.messages import Field, fields

_DEEPEST = 100
"""So many messages may be in one another."""

_WIDEST = 1 << 64
_LAST_KEY = (1 << 32) - 1
_START, _STOP = 3, 4
"""Wire types of the groups of old."""


def plain(payload: bytes) -> bytes | None:
    """Return an event in the plainest form of what prost makes of it, None if that is none.

    Protobuf reads that form alike. Fields that TensorBoard does not know are not in it.
    """
    try:
        return _message(payload, 0, len(payload), "Event", _DEEPEST)
    except ValueError:
        return None


def _message(data: bytes, begin: int, end: int, name: str, depth: int) -> bytes:
    known = fields()[name]
    parts: list[bytes] = []
    while begin < end:
        number, kind, begin = _key(data, begin, end)
        field = known.get(number)
        if field is None:
            begin = _skip(data, begin, end, number, kind, depth)
            continue
        begin, stop, content = _content(data, begin, end, kind)
        if kind == field.kind:
            content = _checked(data, begin, stop, content, field, depth)
        elif field.is_packed and kind == wire.BYTES:
            content = _numbers(data, begin, stop, field.kind)
        else:
            raise ValueError(f"field {number} of {name}: wire type {kind}, wanted {field.kind}")
        size = _varint(len(content)) if kind == wire.BYTES else b""
        parts += _varint(number << 3 | kind), size, content
        begin = stop
    return b"".join(parts)


def _content(data: bytes, begin: int, end: int, kind: int) -> tuple[int, int, bytes]:
    """Return where the content of a field begins and ends, and what it is: a number plainly."""
    if kind == wire.VARINT:
        value, stop = _number(data, begin, end)
        return begin, stop, _varint(value)
    begin, stop = _place(data, begin, end, kind)
    return begin, stop, data[begin:stop]


def _checked(data: bytes, begin: int, stop: int, content: bytes, field: Field, depth: int) -> bytes:
    if field.is_text:
        content.decode()
    if field.message:
        if not depth:
            raise ValueError("too many messages in one another")
        return _message(data, begin, stop, field.message, depth - 1)
    return content


def _numbers(data: bytes, begin: int, end: int, kind: int) -> bytes:
    """Return numbers of one field, in the plainest form."""
    if kind != wire.VARINT:
        if (end - begin) % wire.WIDTHS[kind]:
            raise ValueError(f"{end - begin} bytes of numbers of {wire.WIDTHS[kind]}")
        return data[begin:end]
    parts = []
    while begin < end:
        value, begin = _number(data, begin, end)
        parts.append(_varint(value))
    return b"".join(parts)


def _skip(data: bytes, begin: int, end: int, number: int, kind: int, depth: int) -> int:
    """Return where a field that is not known ends."""
    if not depth:
        raise ValueError("too many groups in one another")
    if kind != _START:
        return _content(data, begin, end, kind)[1]
    while True:
        inner, kind, begin = _key(data, begin, end)
        if kind == _STOP:
            if inner != number:
                raise ValueError(f"group {number} ends as {inner}")
            return begin
        begin = _skip(data, begin, end, inner, kind, depth - 1)


def _place(data: bytes, begin: int, end: int, kind: int) -> tuple[int, int]:
    if kind == wire.BYTES:
        size, begin = _number(data, begin, end)
    elif kind in wire.WIDTHS:
        size = wire.WIDTHS[kind]
    else:
        raise ValueError(f"wire type {kind}")
    if size > end - begin:
        raise ValueError(f"a field of {size} bytes, {end - begin} bytes before the end")
    return begin, begin + size


def _key(data: bytes, begin: int, end: int) -> tuple[int, int, int]:
    """Return the number of a field, its wire type, and where it goes on."""
    key, begin = _number(data, begin, end)
    if not 8 <= key <= _LAST_KEY:
        raise ValueError(f"field {key >> 3}")
    return key >> 3, key & 7, begin


def _number(data: bytes, begin: int, end: int) -> tuple[int, int]:
    value, begin = wire.varint(data, begin, end)
    if value >= _WIDEST:
        raise ValueError("a number of more than 64 bits")
    return value, begin


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
