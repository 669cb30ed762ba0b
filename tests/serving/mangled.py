"""Payloads that one library takes and another one may not: serialised messages, taken apart.

https://protobuf.dev/programming-guides/encoding is the source.
"""

from __future__ import annotations

from random import Random

SUBMESSAGES = {(5,), (5, 1), (5, 1, 8), (5, 1, 8, 2), (5, 1, 9), (5, 1, 9, 1), (5, 1, 5), (8,)}
"""Where messages are in an event, by the numbers of the fields that lead there."""

KEPT = (0, 1, 2, 5)
"""The wire types of today; 3 and 4 are those of groups."""


def varint(value: int, size: int = 0) -> bytes:
    """Return a number in its own length, or in more bytes than it needs."""
    parts = [value >> shift & 0x7F for shift in range(0, 70, 7)]
    while len(parts) > max(size, 1) and not parts[-1]:
        parts.pop()
    return bytes([*(part | 0x80 for part in parts[:-1]), parts[-1]])


def group(number: int, content: bytes, depth: int = 1) -> bytes:
    return varint(number << 3 | 3) * depth + content + varint(number << 3 | 4) * depth


def fields(payload: bytes) -> list[tuple[int, int, bytes]]:
    """Return number, wire type and content of each field, as TensorBoard's classes write them."""
    found, at = [], 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            value |= (payload[at] & 0x7F) << shift
            shift += 7
            at += 1
            if payload[at - 1] < 0x80:
                return value

    while at < len(payload):
        key = number()
        kind, begin = key & 7, at
        if kind == 0:
            number()
        else:
            size = number() if kind == 2 else {1: 8, 5: 4}[kind]
            begin = at
            at += size
        found.append((key >> 3, kind, payload[begin:at]))
    return found


class Mangler:
    """Writes messages anew, in ways that nobody does; ``share`` of the fields are odd."""

    def __init__(self, dice: Random, share: float = 0.15) -> None:
        self.dice = dice
        self.share = share

    def mangled(self, payload: bytes, path: tuple[int, ...] = ()) -> bytes:
        dice = self.dice
        parts = []
        for number, kind, content in fields(payload):
            if kind == 2 and (*path, number) in SUBMESSAGES:
                content = self.mangled(content, (*path, number))
            odd = dice.random() < self.share
            parts.append(self.odd(number, kind, content) if odd else whole(number, kind, content))
        return b"".join(parts)

    def odd(self, number: int, kind: int, content: bytes) -> bytes:
        dice = self.dice
        size = dice.choice((2, 3, 5, 6, 9, 10))
        field = whole(number, kind, content)
        match dice.randrange(14):
            case 0:
                return whole(number, kind, content, key_size=size)
            case 1:
                return whole(number, kind, content, length_size=size)
            case 2 if kind == 0:
                return varint(number << 3) + bytes([*(b | 0x80 for b in content), 0])
            case 3:  # ten bytes, of which the last one has bits too many, or not
                last = dice.choice((0, 1, 2, 0x7F))
                return varint(dice.choice((number, 2, 99)) << 3) + b"\xff" * 9 + bytes([last])
            case 4:
                return field + wrong(number, dice.choice(KEPT))
            case 5:
                return wrong(number, dice.choice(KEPT)) + field
            case 6:
                inner = dice.choice((b"", b"\x08\x01", group(98, b"")))
                return field + group(dice.choice((99, number)), inner, dice.choice((1, 1, 97, 99)))
            case 7:
                return field + dice.choice((b"\x00", b"\x00\x01", b"\x06", b"\x07", b"\x0c"))
            case 8:
                return field + field
            case 9:  # a message in two parts
                at = dice.randrange(len(content) + 1)
                return whole(number, kind, content[:at]) + whole(number, kind, content[at:])
            case 10:
                return field[: dice.randrange(len(field) + 1)]
            case 11:
                at = dice.randrange(len(field))
                return field[:at] + bytes([field[at] ^ 1 << dice.randrange(8)]) + field[at + 1 :]
            case 12 if kind == 2:
                return whole(number, kind, content + dice.choice((b"\xff", b"\xed\xa0\x80", b"\0")))
            case 13:
                return b""
        return whole(99, kind, content) + field


def whole(
    number: int, kind: int, content: bytes, *, key_size: int = 0, length_size: int = 0
) -> bytes:
    length = varint(len(content), length_size) if kind == 2 else b""
    return varint(number << 3 | kind, key_size) + length + content


def wrong(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind) + {0: b"\x01", 1: bytes(8), 2: b"\x01x", 5: bytes(4)}[kind]
