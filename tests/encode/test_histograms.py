"""Histograms as records: the bytes that protobuf makes of whole messages."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from tbconvert.encode import Encoder
from tbconvert.model import HistogramBlock, HistogramPoint, Tag

Figures = tuple[float, float, float, float]
Buckets = list[tuple[float, int]]
One = tuple[int, float, Figures, Buckets]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

floats = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0])
times = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0])
# as wide as int64, and on both sides of what takes a byte more
steps = st.integers(INT64_MIN, INT64_MAX) | st.integers(0, 300)
buckets = st.tuples(floats, st.integers(0, 2**40))
ones = st.tuples(steps, times, st.tuples(floats, floats, floats, floats))
tags = st.text(max_size=200).map(Tag)


def event_of(tag: str, one: One) -> Event:
    step, wall_time, (minimum, maximum, total, squares), its_buckets = one
    histo = HistogramProto(
        min=minimum, max=maximum, num=sum(count for _, count in its_buckets), sum=total,
        sum_squares=squares, bucket_limit=[limit for limit, _ in its_buckets],
        bucket=[count for _, count in its_buckets],
    )  # fmt: skip
    summary = Summary(value=[Summary.Value(tag=tag, histo=histo)])
    return Event(wall_time=wall_time, step=step, summary=summary)


def columns(its_buckets: Buckets) -> tuple[list[float], list[float]]:
    return [limit for limit, _ in its_buckets], [float(count) for _, count in its_buckets]


def block_of(tag: Tag, rows: list[One]) -> HistogramBlock:
    limits, counts = columns([bucket for *_, its_buckets in rows for bucket in its_buckets])
    figures = np.array([figures for _, _, figures, _ in rows], np.float64).reshape(-1, 4)
    return HistogramBlock(
        tag,
        np.array([step for step, *_ in rows], np.int64),
        np.array([wall_time for _, wall_time, *_ in rows], np.float64),
        *figures.T,
        np.array([len(its_buckets) for *_, its_buckets in rows], np.intp),
        np.array(limits, np.float64),
        np.array(counts, np.float64),
    )


@given(tags, ones, st.lists(buckets, max_size=300))
def test_every_histogram_has_the_bytes_of_protobuf(
    tag: Tag, one: tuple[int, float, Figures], its_buckets: Buckets
) -> None:
    step, wall_time, figures = one
    limits, counts = (np.array(column, np.float64) for column in columns(its_buckets))
    point = HistogramPoint(tag, step, wall_time, *figures, limits, counts)
    event = event_of(tag, (*one, its_buckets))

    records = Encoder().encode(point)

    assert records.events == 1
    assert bytes(records.data)[12:-4] == event.SerializeToString(deterministic=True)
    assert [*records.values] == [event.summary.value[0].SerializeToString()]


def assert_is_as_of_protobuf(tag: Tag, rows: list[One]) -> None:
    file = io.BytesIO()
    writer = RecordWriter(file)
    wanted = [event_of(tag, row) for row in rows]
    for event in wanted:
        writer.write(event.SerializeToString(deterministic=True))

    records = Encoder().encode(block_of(tag, rows))

    assert records.events == len(rows)
    assert bytes(records.data) == file.getvalue()
    values = [event.summary.value[0].SerializeToString() for event in wanted]
    assert [*records.values] == values


EMPTY: One = (0, 0.0, (0.0, 0.0, 0.0, 0.0), [])


@given(
    tags,
    st.lists(
        st.tuples(ones, st.sampled_from([0, 1, 4]) | st.integers(0, 20)).flatmap(
            lambda given: st.lists(buckets, min_size=given[1], max_size=given[1]).map(
                lambda its_buckets: (*given[0], its_buckets)
            )
        ),
        max_size=20,
    ),
)
@example(Tag(""), [EMPTY])
@example(Tag("x"), [EMPTY, (1, -0.0, (-0.0, 0.0, 1.0, 0.0), [(0.0, 0)]), EMPTY])
def test_a_block_has_the_bytes_of_protobuf(tag: Tag, rows: list[One]) -> None:
    assert_is_as_of_protobuf(tag, rows)


@pytest.mark.parametrize("sizes", [(5,), (65,), (5, 6), (3, 0, 200, 3)])
def test_a_tall_block_has_the_bytes_of_protobuf(sizes: tuple[int, ...]) -> None:
    rows: list[One] = [
        (
            at * 7,
            at * 0.5,
            (float(at % 3), at / 3, -at / 7, float(at % 2)),
            [(at + 1 / (place + 1), at % (place + 1)) for place in range(sizes[at % len(sizes)])],
        )
        for at in range(3_000)
    ]

    assert_is_as_of_protobuf(Tag("layer/kernel"), rows)


@given(st.lists(st.lists(st.floats(0, 1e9), min_size=1, max_size=300), min_size=1, max_size=6))
def test_a_block_is_its_points(all_counts: list[list[float]]) -> None:
    """Also to the last bit of the number of what was counted, where that is no whole number."""
    tag, places = Tag("x"), np.arange(len(all_counts))
    figures = (places - 1.5, places * 1.0, places * 2.0, places / 3)
    counts = [np.array(one) for one in all_counts]
    limits = [np.arange(len(one)) * 1.0 for one in all_counts]
    sizes = np.array([len(one) for one in all_counts], np.intp)
    block = HistogramBlock(
        tag, places, places + 0.5, *figures, sizes, np.concatenate(limits), np.concatenate(counts)
    )
    points = [
        HistogramPoint(tag, at, at + 0.5, *map(float, row), limits[at], counts[at])
        for at, row in enumerate(zip(*figures, strict=True))
    ]

    records = Encoder().encode(block)

    assert bytes(records.data) == b"".join(bytes(Encoder().encode(one).data) for one in points)


def test_a_block_must_fit_together() -> None:
    fits = block_of(Tag("x"), [(1, 2.0, (3.0, 4.0, 5.0, 6.0), [(7.0, 8)])])
    parts = {name: getattr(fits, name) for name in fits.__slots__}

    for name, wrong in [
        ("steps", np.array([1.0])),
        ("wall_times", np.array([np.inf])),
        ("minimum", np.zeros(2)),
        ("sizes", np.array([2])),
        ("counts", np.zeros(2)),
    ]:
        with pytest.raises(ValueError, match=r"steps|wall time|histograms"):
            HistogramBlock(**{**parts, name: wrong})
