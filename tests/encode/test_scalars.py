"""Scalars, byte for byte against protobuf with TensorBoard's own messages."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from tbconvert.encode import Encoder
from tbconvert.model import ScalarBlock, Tag

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
# on both sides of every border at which a step takes one byte more, and with the sign
STEPS = [sign * (2**bits + off) for bits in range(0, 63, 7) for off in (-1, 0) for sign in (1, -1)]
STEPS += [INT64_MIN, INT64_MAX, 2**62]
WALL_TIMES = [0.0, -0.0, 5e-324, -1.0, 1.7e9, 1.7e9 + 1e-6, 1e300]
# as bits: a quiet and a signalling NaN with payloads, infinities, -0.0, the least subnormal
VALUES = [0x7FC00000, 0xFFC12345, 0x7F800001, 0x7F800000, 0xFF800000, 0x80000000, 0, 1]


def as_protobuf(block: ScalarBlock) -> bytes:
    """Return what TensorBoard's own messages and record writer make of a block."""
    file = io.BytesIO()
    writer = RecordWriter(file)
    for event in events(block):
        writer.write(event.SerializeToString(deterministic=True))
    return file.getvalue()


def events(block: ScalarBlock) -> list[Event]:
    bits = np.ascontiguousarray(block.values, "<f4").view(np.uint8)
    found = []
    for row, (step, wall_time) in enumerate(zip(block.steps, block.wall_times, strict=True)):
        event = Event(step=int(step), wall_time=float(wall_time))
        for column, tag in enumerate(block.tags):
            value = event.summary.value.add(tag=tag)
            # not by a Python float: on its way a signalling NaN would become a quiet one
            value.MergeFromString(b"\x15" + bits[row, 4 * column : 4 * column + 4].tobytes())
        found.append(event)
    return found


def encoded(block: ScalarBlock) -> bytes:
    records = Encoder().encode(block)
    assert records.events == len(block.steps)
    return bytes(records.data)


def block_of(
    tags: int, steps: NDArray[np.int64], wall_times: NDArray[np.float64] | None = None
) -> ScalarBlock:
    rows = len(steps)
    values = np.random.default_rng(tags).integers(0, 2**32, (rows, tags), np.uint32)
    return ScalarBlock(
        tags=tuple(Tag(f"group {j % 7}/metric {j}") for j in range(tags)),
        steps=steps,
        wall_times=1.7e9 + np.arange(rows) * 0.37 if wall_times is None else wall_times,
        values=values.view(np.float32),
    )


texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "loss", "потеря/é", "🙂", "x" * 127, "x" * 128]),
)


@st.composite
def blocks(draw: st.DrawFn) -> ScalarBlock:
    tags = draw(st.lists(texts, min_size=1, max_size=40))
    rows = draw(st.integers(1, 30))
    steps = st.one_of(st.sampled_from(STEPS), st.integers(INT64_MIN, INT64_MAX))
    times = st.one_of(st.sampled_from(WALL_TIMES), st.floats(allow_nan=False, allow_infinity=False))
    bits = st.one_of(st.sampled_from(VALUES), st.integers(0, 2**32 - 1))
    values = draw(hnp.arrays(np.uint32, (rows, len(tags)), elements=bits)).view(np.float32)
    return ScalarBlock(
        tags=tuple(map(Tag, tags)),
        steps=draw(hnp.arrays(np.int64, rows, elements=steps)),
        wall_times=draw(hnp.arrays(np.float64, rows, elements=times)),
        values=np.asarray(values, order=draw(st.sampled_from("CF"))),
    )


@given(blocks())
@example(block_of(1, np.array(sorted(STEPS))))
@example(block_of(3, np.array(STEPS * 3), np.resize([0.0, 1.0, -0.0], len(STEPS) * 3)))
def test_bytes_are_protobufs(block: ScalarBlock) -> None:
    assert encoded(block) == as_protobuf(block)


@pytest.mark.parametrize(
    ("rows", "tags"),
    [(25_000, 1), (9_000, 2), (5_000, 6), (3_000, 9), (2_000, 33), (150, 500), (3, 20_000)],
)
def test_bytes_are_protobufs_for_tall_and_wide(rows: int, tags: int) -> None:
    block = block_of(tags, np.arange(rows) + 16_000)

    assert encoded(block) == as_protobuf(block)


@pytest.mark.parametrize("period", [2, 3, 63])
def test_bytes_are_protobufs_when_lengths_alternate(period: int) -> None:
    block = block_of(2, np.int64(1) << (np.arange(12_000) % period * (62 // (period - 1))))

    assert encoded(block) == as_protobuf(block)


@pytest.mark.parametrize("length", [0, 118, 120, 122, 16_384, 2_100_000])
def test_bytes_are_protobufs_for_long_tags(length: int) -> None:
    steps = np.arange(126, 129)
    values = np.float32([[1, 2], [3, 4], [5, 6]])
    block = ScalarBlock((Tag("é" * (length // 2)), Tag("b")), steps, steps / 7, values)

    assert encoded(block) == as_protobuf(block)


def test_one_wall_time_for_all() -> None:
    block = block_of(2, np.arange(9_000), np.full(9_000, 1.7e9))

    assert encoded(block) == as_protobuf(block)


def test_columns_need_not_lie_together() -> None:
    whole = block_of(12, np.arange(6_000))
    block = ScalarBlock(
        whole.tags[::4], whole.steps[::-2], whole.wall_times[::2], whole.values[::2, ::4]
    )

    assert encoded(block) == as_protobuf(block)


def test_what_is_encoded_is_not_changed() -> None:
    block = block_of(3, np.arange(200))
    before = [block.steps.copy(), block.wall_times.copy(), block.values.copy()]
    for array in (block.steps, block.wall_times, block.values):
        array.flags.writeable = False

    encoded(block)

    for array, copy in zip((block.steps, block.wall_times, block.values), before, strict=True):
        assert array.tobytes() == copy.tobytes()


def test_no_rows_no_records() -> None:
    assert encoded(block_of(3, np.arange(0))) == b""


def test_no_tags_no_records() -> None:
    records = Encoder().encode(block_of(0, np.arange(5)))

    assert (bytes(records.data), records.events) == (b"", 0)


def test_tensorboard_reads_every_record(tmp_path: Path) -> None:
    block = block_of(4, np.arange(-300, 20_000))
    file = tmp_path / "events.out.tfevents.0000000001.x"
    file.write_bytes(encoded(block))

    read = [Event.FromString(data) for data in RawEventFileLoader(str(file)).Load()]

    # NaN is not equal to itself, but its bytes are
    wanted = [event.SerializeToString() for event in events(block)]
    assert [event.SerializeToString() for event in read] == wanted


def test_the_accumulator_reads_every_point(tmp_path: Path) -> None:
    block = block_of(3, np.arange(3_000))
    file = tmp_path / "events.out.tfevents.0000000001.x"
    encoder = Encoder()
    file.write_bytes(bytes(encoder.begin(1.7e9).data) + bytes(encoder.encode(block).data))

    accumulator = EventAccumulator(str(file), size_guidance={"scalars": 0}).Reload()

    assert accumulator.Tags()["scalars"] == list(block.tags)
    for tag, column in zip(block.tags, block.values.T, strict=True):
        points = accumulator.Scalars(tag)
        assert [point.step for point in points] == block.steps.tolist()
        assert [point.wall_time for point in points] == block.wall_times.tolist()
        np.testing.assert_array_equal(np.float32([point.value for point in points]), column)


def test_oracle_is_summary_value() -> None:
    block = ScalarBlock((Tag("a"),), np.array([7]), np.array([2.0]), np.float32([[0.25]]))
    values = [Summary.Value(tag="a", simple_value=0.25)]

    assert events(block) == [Event(step=7, wall_time=2.0, summary=Summary(value=values))]
