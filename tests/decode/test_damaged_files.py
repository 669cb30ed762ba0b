"""Files that are cut off, padded, or changed: what is wrong is told, and where."""

from __future__ import annotations

import io
import struct
import tracemalloc
from itertools import accumulate
from unittest import mock

import pytest
from decode.event_files import Found, Trickle, found, framed, masked, read, scalar
from hypothesis import example, given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event

from tbconvert import decode
from tbconvert.decode import Damage, Scalars, read_events

VERSION = Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString()
PAYLOADS = [VERSION, *(scalar(f"t{step % 3}", step, step / 2) for step in range(200))]
RECORDS = [framed(payload) for payload in PAYLOADS]
FILE = b"".join(RECORDS)
AT = 100
"""The record that is damaged, and where it begins."""
OFFSET = len(b"".join(RECORDS[:AT]))
REST = len(FILE) - OFFSET
HEAD, FOOT = 12, 4
NO_EVENT = {
    "wire type 7": b"\x0f",
    "cut off": VERSION[:-1],
    "no UTF-8 in a tag": b"\x2a\x0a\x0a\x08\x0a\x01\xff\x15" + bytes(4),
    "no UTF-8 in a version": b"\x1a\x01\xff",
    "no UTF-8 in a node's name": b"\x2a\x05\x0a\x03\x3a\x01\xff",
    "no UTF-8 in a plugin": b"\x2a\x09\x0a\x07\x4a\x05\x0a\x03\x0a\x01\xff",
    "no UTF-8 in a display name": b"\x2a\x07\x0a\x05\x4a\x03\x12\x01\xff",
    "no UTF-8 in a message": b"\x3a\x03\x1a\x01\xff",
}


def orders(got: Found) -> list[int]:
    points = [point[0] for points in got.points.values() for point in points]
    return sorted(points + [mark[0] for mark in got.marks])


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("chunk", [1, 1000, 4 << 20])
class TestOneRecord:
    def test_none(self, chunk: int, is_known: bool) -> None:
        got = read(FILE, chunk=chunk, is_known=is_known)

        assert orders(got) == list(range(201))
        assert got.damage == []

    @pytest.mark.parametrize("size", range(1, len(RECORDS[AT])))
    def test_the_last_is_cut_off(self, size: int, chunk: int, is_known: bool) -> None:
        got = read(FILE[: OFFSET + size], chunk=chunk, is_known=is_known)

        assert orders(got) == list(range(AT))
        assert got.damage == [(AT, OFFSET, size, "torn", True)]

    @pytest.mark.parametrize("byte", range(HEAD))
    def test_its_length_is_wrong(self, byte: int, chunk: int, is_known: bool) -> None:
        got = read(flipped(8 * (OFFSET + byte)), chunk=chunk, is_known=is_known)

        assert orders(got) == list(range(AT))
        assert got.damage == [(AT, OFFSET, REST, "length", True)]

    @pytest.mark.parametrize("byte", range(1, FOOT + 1))
    def test_its_checksum_is_wrong(self, byte: int, chunk: int, is_known: bool) -> None:
        end = OFFSET + len(RECORDS[AT])
        got = read(flipped(8 * (end - byte)), chunk=chunk, is_known=is_known)

        assert orders(got) == list(range(201))
        assert got.damage == [(AT, OFFSET, REST, "checksum", False)]

    def test_its_checksum_is_wrong_and_it_is_no_event(self, chunk: int, is_known: bool) -> None:
        # the first byte of the payload: a wire type that there is not
        data = bytearray(FILE)
        data[OFFSET + HEAD] = 0x0F

        got = read(bytes(data), chunk=chunk, is_known=is_known)

        assert orders(got) == [order for order in range(201) if order != AT]
        assert got.damage == [
            (AT, OFFSET, REST, "checksum", False),
            (AT, OFFSET, REST, "payload", False),
        ]

    @pytest.mark.parametrize("payload", NO_EVENT.values(), ids=NO_EVENT)
    def test_it_is_no_event(self, payload: bytes, chunk: int, is_known: bool) -> None:
        with pytest.raises(Exception, match="Error parsing message"):
            Event.FromString(payload)
        parts = [*PAYLOADS[:AT], payload, *PAYLOADS[AT:]]

        got = read(framed(*parts), chunk=chunk, is_known=is_known)

        assert orders(got) == [order for order in range(202) if order != AT]
        rest = REST + len(framed(payload))
        assert got.damage == [(AT, OFFSET, rest, "payload", False)]

    @pytest.mark.parametrize(
        ("payload", "parsed_by"),
        [
            (scalar("t0", 7, 0.5) + b"\x11" + bytes(8), "protobuf"),
            (scalar("t0", 3, 0.5) + b"\x90" + b"\x80" * 4 + b"\0\7", "prost"),
        ],
    )
    def test_it_is_an_event_to_some(
        self, payload: bytes, parsed_by: str, chunk: int, is_known: bool
    ) -> None:
        data = framed(VERSION, *[payload] * 9)  # as many as are read as columns

        with mock.patch.object(decode, "_CHUNK", chunk):
            size = len(data) if is_known else None
            parts = list(read_events(io.BytesIO(data), size))

        damage = [part for part in parts if isinstance(part, Damage)]
        assert [(one.order, one.wrong, one.parsed_by) for one in damage] == [
            (order, "payload", parsed_by) for order in range(1, 10)
        ]
        assert [step for p in parts if isinstance(p, Scalars) for step in p.steps] == [7] * 9

    @pytest.mark.parametrize("size", [12, 13, 4096])
    def test_zeros_behind_it(self, size: int, chunk: int, is_known: bool) -> None:
        got = read(FILE + bytes(size), chunk=chunk, is_known=is_known)

        assert orders(got) == list(range(201))
        assert got.damage == [(201, len(FILE), size, "length", True)]

    def test_a_record_of_no_bytes(self, chunk: int, is_known: bool) -> None:
        got = read(framed(VERSION, b"", VERSION), chunk=chunk, is_known=is_known)

        assert [mark[3] for mark in got.marks] == ["file_version", "nothing", "file_version"]
        assert got.marks[1] == (1, 0, bytes(8), "nothing", b"")
        assert got.damage == []


def test_steps_of_more_than_64_bits_among_others() -> None:
    payloads = [scalar("t", -step, 0.5) for step in range(1, 41)]
    at = payloads[20].index(b"\xff\xff\xff\x01") + 3
    # the last of ten bytes: protobuf drops what is too much of it
    payloads[20] = payloads[20][:at] + b"\x03" + payloads[20][at + 1 :]
    assert Event.FromString(payloads[20]).step == -21
    data = framed(*payloads)

    parts = list(read_events(io.BytesIO(data), len(data)))

    (damage,) = (part for part in parts if isinstance(part, Damage))
    assert (damage.order, damage.wrong, damage.parsed_by) == (20, "payload", "protobuf")
    (curve,) = (part for part in parts if isinstance(part, Scalars))
    assert curve.steps.tolist() == [-step for step in range(1, 41)]


def test_no_bytes() -> None:
    assert read(b"") == read(b"", is_known=False) == Found()


def test_many_that_are_wrong() -> None:
    parts = [bytearray(framed(scalar("t", step, 1.0))) for step in range(10_000)]
    for part in parts[::2]:
        part[-1] ^= 1
    data = b"".join(parts)

    got = read(data, chunk=1 << 16)

    assert len(got.points["t"]) == 10_000
    wrong, at = [], 0
    for order, part in enumerate(parts):
        if not order % 2:
            wrong.append((order, at, len(data) - at, "checksum", False))
        at += len(part)
    assert got.damage == wrong
    assert read(data, chunk=1 << 16, is_known=False) == got


@given(st.lists(st.integers(0, 8 * len(FILE) - 1), max_size=4), st.integers(0, len(FILE)))
@example([], len(FILE))
def test_any_bits(bits: list[int], cut: int) -> None:
    changed = bytearray(FILE[:cut])
    for bit in bits:
        if bit // 8 < cut:
            changed[bit // 8] ^= 1 << bit % 8
    whole = read(FILE)

    got = read(bytes(changed))

    if not got.damage:
        ends = [0, *accumulate(map(len, RECORDS))]
        assert orders(got) == list(range(ends.index(cut)))
        for tag, points in got.points.items():
            assert points == whole.points[tag][: len(points)]
    for _, offset, rest, _, _ in got.damage:
        assert rest == cut - offset
    assert read(bytes(changed), chunk=100, few=1, is_known=False) == got


def claim(size: int) -> bytes:
    length = struct.pack("<Q", size)
    return framed(VERSION) + length + masked(length) + bytes(100)


@pytest.mark.parametrize("size", [2 << 30, 2**63, 2**64 - 1])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_length_that_is_right_but_for_the_file(size: int, is_known: bool) -> None:
    data = claim(size)
    stream = Trickle(data, 1 << 30)

    tracemalloc.start()
    got = found(read_events(stream, len(data) if is_known else None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [mark[0] for mark in got.marks] == [0]
    assert got.damage == [(1, len(framed(VERSION)), 112, "torn", True)]
    assert max(stream.asked) <= 4 << 20
    assert peak < 1 << 20


def test_what_is_behind_such_a_length_is_not_kept() -> None:
    data = claim(2 << 30) + bytes(64 << 20)

    tracemalloc.start()
    got = found(read_events(io.BytesIO(data), len(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert got.damage == [(1, len(framed(VERSION)), 112 + (64 << 20), "torn", True)]
    assert peak < 32 << 20


def test_a_file_that_grows_while_it_is_read() -> None:
    class Growing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            at = self.tell()
            self.seek(0, io.SEEK_END)
            self.write(RECORDS[1])
            self.seek(at)
            return super().read(size)

    got = found(read_events(Growing(FILE), len(FILE)))

    assert orders(got) == list(range(201))
    assert got.damage == []


def test_a_file_that_was_cut_off_while_it_was_read() -> None:
    got = found(read_events(io.BytesIO(FILE[: OFFSET + 20]), len(FILE)))

    assert orders(got) == list(range(AT))
    assert got.damage == [(AT, OFFSET, 20, "torn", True)]


def test_an_error_of_the_stream_is_passed_on() -> None:
    class Gone:
        def read(self, size: int, /) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(read_events(Gone(), None))


def flipped(bit: int) -> bytes:
    data = bytearray(FILE)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)
