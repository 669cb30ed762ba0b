"""Whatever events there are: what protobuf finds in each is read, however it is read."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest
from decode.event_files import Found, framed, read
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

TAGS = st.sampled_from(["", "a", "b", "loss", "train/loss", "träin/löss", "x" * 130])
PLUGINS = st.sampled_from(["", "scalars", "hparams"])
# on both sides of every border at which a step takes one byte more
STEPS = st.sampled_from([0, 1, 127, 128, 16383, 16384, 2**31, 2**62, 2**63 - 1, -1, -(2**63)])
TIMES = st.sampled_from([0.0, -0.0, 1.7e9, 1.7e9 + 1e-6, 1e300, float("inf")]) | st.floats()
# a quiet and a signalling NaN, infinities, zeros, the least subnormal
FLOATS = st.sampled_from(
    [0x7FC00000, 0xFFC12345, 0x7F800001, 0x7F800000, 0xFF800000, 0x80000000, 0, 1]
) | st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Slot:
    """A value that a program writes again and again; ``form`` is how."""

    tag: str
    plugin: str
    form: str


FORMS = {
    # how each form writes the four bytes of a float, and whether it is a scalar's
    "simple": (lambda four: b"\x15" + four, True),
    "content": (lambda four: b"\x42\x08\x08\x01\x22\x04" + four, True),
    "float_val": (lambda four: b"\x42\x08\x08\x01\x2a\x04" + four, True),
    "unpacked": (lambda four: b"\x42\x07\x08\x01\x2d" + four, True),
    "shape": (lambda four: b"\x42\x0a\x08\x01\x12\x00\x2a\x04" + four, True),
    "no kind": (lambda four: b"\x42\x06\x2a\x04" + four, False),
    "of one": (lambda four: b"\x42\x0e\x08\x01\x12\x04\x12\x02\x08\x01\x2a\x04" + four, False),
    "unknown rank": (lambda four: b"\x42\x0c\x08\x01\x12\x02\x18\x01\x2a\x04" + four, False),
    "of two": (lambda four: b"\x42\x0c\x08\x01\x2a\x08" + four + four, False),
    "both": (lambda four: b"\x42\x0e\x08\x01\x22\x04" + four + b"\x2a\x04" + four, False),
    "of ints": (lambda four: b"\x42\x06\x08\x03\x22\x02" + four[:2], False),
    "double": (lambda four: b"\x42\x0c\x08\x02\x22\x08" + four + four, False),
    "histo": (lambda four: b"\x2a\x09\x09" + four + four, False),
    "image": (lambda four: b"\x22\x06\x22\x04" + four, False),
    "audio": (lambda four: b"\x32\x06\x22\x04" + four, False),
    "old": (lambda four: b"\x1a\x04" + four, False),
    "unknown": (lambda four: b"\xf2\x7f\x04" + four, False),
    "none": (lambda four: b"", False),
    "node": (lambda four: b"\x3a\x01n\x15" + four, True),
    # metadata may say what it is
    "as scalar": (lambda four: b"\x4a\x02\x20\x01\x15" + four, True),
    "as tensor": (lambda four: b"\x4a\x02\x20\x02\x15" + four, False),
    "as blobs": (lambda four: b"\x4a\x02\x20\x03\x42\x08\x08\x01\x22\x04" + four, False),
    # the later one of two counts
    "twice": (lambda four: b"\x15" + four[::-1] + b"\x15" + four, True),
    "tensor, then simple": (lambda four: b"\x42\x02\x08\x01\x15" + four, True),
}

SLOTS = st.builds(Slot, TAGS, PLUGINS, st.sampled_from(sorted(FORMS)))
MARKS = st.sampled_from(
    [
        Event(),
        Event(summary=Summary()),
        Event(file_version="brain.Event:2"),
        Event(graph_def=b"graph"),
        Event(meta_graph_def=b""),
        Event(session_log={"status": 1, "msg": "m", "checkpoint_path": "p"}),
        Event(log_message={"level": 20, "message": "m"}),
        Event(tagged_run_metadata={"tag": "t", "run_metadata": b"r"}),
    ]
)
PROGRAMS = st.lists(SLOTS, min_size=1, max_size=4) | MARKS


@st.composite
def files(draw: st.DrawFn) -> tuple[list[bytes], Found]:
    """Draw the events of a few programs, each written many times, and what is in them."""
    programs = draw(st.lists(PROGRAMS, min_size=1, max_size=4))
    turns = draw(st.lists(st.integers(0, len(programs) - 1), max_size=8))
    turns *= draw(st.sampled_from([1, 3, 30]))
    steps = draw(st.lists(STEPS, min_size=1, max_size=3))
    times = draw(st.lists(TIMES, min_size=1, max_size=3))
    floats = draw(st.lists(FLOATS, min_size=1, max_size=7))
    payloads, expected = [], Found()
    for order, turn in enumerate(turns):
        step, time = steps[order % len(steps)], times[order % len(times)]
        event = Event(step=step, wall_time=time)
        time_bytes, program = struct.pack("<d", time), programs[turn]
        if isinstance(program, Event):
            event.MergeFrom(program)
            what = program.WhichOneof("what")
            is_field = what not in {None, "summary"}
            mark = (what, content(program)) if is_field else (what or "nothing", b"")
            expected.marks.append((order, step, time_bytes, *mark))
            payloads.append(event.SerializeToString())
            continue
        values = []
        # what is of two kinds is told one by one, so that its order is not lost
        mixed = {slot.tag for slot in program if not FORMS[slot.form][1]}
        for place, slot in enumerate(program):
            four = struct.pack("<I", floats[(order + place) % len(floats)])
            head = Summary.Value(tag=slot.tag)
            if slot.plugin:
                head.metadata.plugin_data.plugin_name = slot.plugin
            write, is_scalar = FORMS[slot.form]
            values.append(head.SerializeToString() + write(four))
            if is_scalar and slot.tag not in mixed:
                is_tensor = write(four)[:1] == b"\x42" and not slot.form.startswith("tensor,")
                point = order, step, time_bytes, four, is_tensor, slot.plugin
                expected.points.setdefault(slot.tag, []).append(point)
            else:
                expected.values.append((order, step, time_bytes, slot.tag, values[-1]))
        summary = b"".join(b"\x0a" + varint(len(value)) + value for value in values)
        payloads.append(event.SerializeToString() + b"\x2a" + varint(len(summary)) + summary)
    return payloads, expected


def content(event: Event) -> bytes:
    found = getattr(event, event.WhichOneof("what"))
    if isinstance(found, str):
        return found.encode()
    return bytes(found) if isinstance(found, bytes) else bytes(found.SerializeToString())


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])


@given(
    file=files(),
    chunk=st.sampled_from([1, 100, 1000, 4 << 20]),
    few=st.sampled_from([1, 8]),
    is_known=st.booleans(),
)
def test_all_of_it_is_read(
    file: tuple[list[bytes], Found], chunk: int, few: int, is_known: bool
) -> None:
    payloads, expected = file
    for payload in payloads:
        Event.FromString(payload)  # TensorBoard takes them all

    assert read(framed(*payloads), chunk=chunk, few=few, is_known=is_known) == expected


@pytest.mark.parametrize("count", [1, 100])
def test_parts_of_a_summary_and_a_void_one(count: int) -> None:
    def values(*tags: str) -> bytes:
        event = Event()
        for tag in tags:
            event.summary.value.add(tag=tag, simple_value=1.0)
        return event.SerializeToString()

    in_parts = values("a", "b") + values("c")
    void = values("a") + b"\x22\x01g" + values("b")

    got = read(framed(*[in_parts, void] * count))

    for tag, orders in {"a": 0, "b": 0, "c": 0}.items():
        assert [p[0] for p in got.points[tag] if p[0] % 2 == orders] == list(range(0, 2 * count, 2))
    assert [p[0] for p in got.points["b"] if p[0] % 2] == list(range(1, 2 * count, 2))
    assert not got.damage


@pytest.mark.parametrize("count", [1, 20])
def test_a_tag_that_is_several_times_in_an_event(count: int) -> None:
    payloads = []
    for step in range(count):
        event = Event(step=step)
        for place in range(4):
            value = event.summary.value.add(tag="t")
            if place % 2:
                value.tensor.dtype = 1
                value.tensor.float_val.append(4 * step + place)
            else:
                value.simple_value = 4 * step + place
        payloads.append(event.SerializeToString())

    points = read(framed(*payloads)).points["t"]

    assert [struct.unpack("<f", point[3])[0] for point in points] == list(range(4 * count))
    assert [point[4] for point in points] == [False, True] * 2 * count


def test_a_group_of_the_old_kind_is_kept() -> None:
    value = Summary.Value(tag="t").SerializeToString() + b"\x53\x08\x05\x54"  # field 10, a group
    payload = b"\x2a" + bytes([len(value) + 2]) + b"\x0a" + bytes([len(value)]) + value

    got = read(framed(payload))

    assert got.values == [(0, 0, bytes(8), "t", value)]
