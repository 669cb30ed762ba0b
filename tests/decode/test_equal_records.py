"""Records that are the same many times over: each is told, and one of them is parsed."""

from __future__ import annotations

import struct
from itertools import accumulate
from unittest import mock

import pytest
from decode.event_files import Found, framed, read
from tensorboard.compat.proto.event_pb2 import Event

from tbconvert.decode import events

TIME = 1.7e9
COUNT = 20_000


def event(**content: object) -> bytes:
    # a step that no other test has: what is known of equal records is known to all
    return Event(wall_time=TIME, step=987_654_321, **content).SerializeToString()


def histogram() -> bytes:
    made = Event(wall_time=TIME, step=987_654_321)
    made.summary.value.add(tag="h").histo.bucket.append(1)
    return made.SerializeToString()


SESSION = event(session_log={"status": 1})
SOURCE = event(source_metadata={"writer": "x"})
HISTOGRAM = histogram()
WRONG = b"\xff\xee\xdd"
KINDS = [SESSION, HISTOGRAM, WRONG, SESSION, SOURCE]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("chunk", [1000, 4 << 20])
def test_records_of_no_bytes(chunk: int, is_known: bool) -> None:
    got = read(framed(b"") * COUNT, chunk=chunk, is_known=is_known)

    assert got == Found(marks=[(order, 0, bytes(8), "nothing", b"") for order in range(COUNT)])


@pytest.mark.parametrize("is_sound", [True, False])
def test_tiny_ones_of_several_kinds(is_sound: bool) -> None:
    records = [framed(payload) for payload in KINDS]
    if not is_sound:
        records = [record[:-1] + bytes([record[-1] ^ 1]) for record in records]
    data = b"".join(records) * (COUNT // len(records))

    with mock.patch.object(events, "parse", wraps=events.parse) as parse:
        got = read(data, chunk=1 << 16)

    expected, time = Found(), struct.pack("<d", TIME)
    ends = [0, *accumulate(len(record) for record in records)]
    for order in range(COUNT):
        turn, place = divmod(order, len(records))
        offset = turn * ends[-1] + ends[place]
        whole = Event() if KINDS[place] == WRONG else Event.FromString(KINDS[place])
        if not is_sound:
            expected.damage.append((order, offset, len(data) - offset, "checksum", False))
        if KINDS[place] == WRONG:
            expected.damage.append((order, offset, len(data) - offset, "payload", False))
        elif KINDS[place] == HISTOGRAM:
            (value,) = whole.summary.value
            at = order, whole.step, time, "h", value.SerializeToString()
            expected.values.append(at)
        else:
            is_session = KINDS[place] == SESSION
            content = whole.session_log.SerializeToString() if is_session else b""
            what = "session_log" if is_session else "nothing"
            expected.marks.append((order, whole.step, time, what, content))
    assert got == expected
    # beside those that are asked for their layout, once for each part of the file
    assert parse.call_count < COUNT / 10
