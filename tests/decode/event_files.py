"""Event files made without tbconvert, and what was read of one in a form to compare."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from unittest import mock

from crc32c import crc32c
from tensorboard.compat.proto.event_pb2 import Event

from tbconvert import decode
from tbconvert.decode import Damage, Mark, Part, Scalars, Value, columns


def framed(*payloads: bytes) -> bytes:
    """Return payloads as records, as TensorFlow's ``record_writer.h`` has them."""
    return b"".join(
        length + masked(length) + payload + masked(payload)
        for payload in payloads
        for length in [struct.pack("<Q", len(payload))]
    )


def masked(data: bytes) -> bytes:
    checksum = crc32c(data)
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) % 2**32)


def scalar(tag: str, step: int, value: float, wall_time: float = 1.7e9) -> bytes:
    event = Event(step=step, wall_time=wall_time)
    event.summary.value.add(tag=tag, simple_value=value)
    return event.SerializeToString()


class Trickle(io.BytesIO):
    """A stream that never gives more than a few bytes at once, and says how many were asked for."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most
        self.asked: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        self.asked.append(size)
        return super().read(min(size, self.most))


Point = tuple[int, int, bytes, bytes, bool, str]
"""Order, step, wall time and value as their bytes, whether it is a tensor, its plugin."""


@dataclass
class Found:
    """What was read: ``points`` of each tag in the order in which they were told."""

    points: dict[str, list[Point]] = field(default_factory=dict)
    values: list[tuple[int, int, bytes, str, bytes]] = field(default_factory=list)
    marks: list[tuple[int, int, bytes, str, bytes]] = field(default_factory=list)
    damage: list[tuple[int, int, int, str, bool]] = field(default_factory=list)


def found(parts: Iterable[Part]) -> Found:
    read = Found()
    for part in parts:
        assert not (read.damage and read.damage[-1][4]), "something after the end"
        match part:
            case Scalars():
                columns = part.order, part.steps, part.wall_times, part.values
                assert [c.dtype.str for c in columns] == ["<i8", "<i8", "<f8", "<f4"]
                assert all(c.shape == part.order.shape for c in columns)
                read.points.setdefault(part.tag, []).extend(
                    (order, step, struct.pack("<d", time), bits, part.is_tensor, part.plugin)
                    for order, step, time, bits in zip(
                        *(c.tolist() for c in columns[:3]),
                        struct.iter_unpack("4s", part.values.tobytes()),
                        strict=True,
                    )
                    for bits in bits
                )
            case Value():
                time = struct.pack("<d", part.wall_time)
                assert part.message.tag == part.tag
                read.values.append((part.order, part.step, time, part.tag, part.payload))
            case Mark():
                time = struct.pack("<d", part.wall_time)
                read.marks.append((part.order, part.step, time, part.what, part.content))
            case Damage():
                read.damage.append((part.order, part.offset, part.rest, part.wrong, part.is_end))
    return read


def read(data: bytes, *, chunk: int = 4 << 20, few: int = 8, is_known: bool = True) -> Found:
    """Read a file ``chunk`` bytes at a time; as columns what is alike ``few`` times."""
    with mock.patch.object(decode, "_CHUNK", chunk), mock.patch.object(columns, "_FEW", few):
        size = len(data) if is_known else None
        return found(decode.read_events(io.BytesIO(data), size))
