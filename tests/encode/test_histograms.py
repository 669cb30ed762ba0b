"""Many histograms as records: the bytes that protobuf makes of whole messages."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

from tbconvert.encode import Encoder
from tbconvert.model import HistogramPoint, Tag

floats = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0])
times = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0])


@given(
    st.text(max_size=200).map(Tag),
    st.integers(-(2**63), 2**63 - 1),
    times,
    st.tuples(floats, floats, floats, floats),
    st.lists(st.tuples(floats, st.integers(0, 2**40)), max_size=300),
)
def test_every_histogram_has_the_bytes_of_protobuf(
    tag: Tag,
    step: int,
    wall_time: float,
    figures: tuple[float, float, float, float],
    buckets: list[tuple[float, int]],
) -> None:
    minimum, maximum, total, squares = figures
    limits = np.array([limit for limit, _ in buckets], np.float64)
    counts = np.array([count for _, count in buckets], np.float64)
    point = HistogramPoint(
        tag, step, wall_time, minimum, maximum, total, squares, limits, counts
    )  # fmt: skip
    histo = HistogramProto(
        min=minimum, max=maximum, num=sum(count for _, count in buckets), sum=total,
        sum_squares=squares, bucket_limit=limits.tolist(), bucket=counts.tolist(),
    )  # fmt: skip
    summary = Summary(value=[Summary.Value(tag=tag, histo=histo)])
    event = Event(wall_time=wall_time, step=step, summary=summary)

    records = Encoder().encode(point)

    assert records.events == 1
    assert bytes(records.data)[12:-4] == event.SerializeToString(deterministic=True)
