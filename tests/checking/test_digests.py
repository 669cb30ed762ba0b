"""Digests, beside those of bytes that were put together by hand."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np
import pytest
from crc32c import crc32c
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tbconvert.digests import Digests, kind_of

Rows = list[tuple[int, float, float]]

rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(width=32),
    ),
    min_size=1,
    max_size=20,
)


def by_hand(points: Rows) -> str:
    steps = b"".join(struct.pack("<q", step) for step, _, _ in points)
    times = b"".join(struct.pack("<d", time) for _, time, _ in points)
    values = b"".join(struct.pack("<f", value) for _, _, value in points)
    return "".join(f"{crc32c(part):08x}" for part in (steps, times, values))


def columns(points: Rows) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]:
    steps, times, values = zip(*points, strict=True)
    return np.array(steps, np.int64), np.array(times), np.array(values, np.float32)


def take(digests: Digests, tags: Sequence[str], points: Rows, order: str = "C") -> None:
    steps, times, values = columns(points)
    block = np.array(np.tile(values[:, np.newaxis], (1, len(tags))), order=order)  # type: ignore[call-overload]
    digests.add_scalars(tags, steps, times, block)


@given(rows, st.integers(0, 20), st.sampled_from("CF"))
def test_a_curve_is_its_columns_however_it_was_cut(points: Rows, at: int, order: str) -> None:
    whole, apart = Digests(), Digests()

    take(whole, ["a", "b"], points, order)
    for part in (points[:at], points[at:]):
        if part:
            take(apart, ["b"], part)
            take(apart, ["a"], part, order)

    wanted = [len(points), by_hand(points)]
    assert whole.told() == {"scalar": {"a": wanted, "b": wanted}}
    assert apart.told() == whole.told()


@given(rows, st.data())
def test_any_other_point_is_another_digest(points: Rows, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(points) - 1))
    step, time, value = points[at]
    other = [*points]
    match data.draw(st.sampled_from(["step", "time", "value", "twice", "gone"])):
        case "step":
            other[at] = (step ^ 1, time, value)
        case "time":
            other[at] = (step, math.nextafter(time, 0 if time else 1), value)
        case "value":
            bits = struct.unpack("<I", struct.pack("<f", value))[0] ^ 1
            other[at] = (step, time, struct.unpack("<f", struct.pack("<I", bits))[0])
        case "twice":
            other.insert(at, points[at])
        case "gone":
            del other[at]
    one, two = Digests(), Digests()
    take(one, ["a"], points)
    if other:
        take(two, ["a"], other)

    assert one.told() != two.told()


def test_tags_that_begin_later_are_told_apart() -> None:
    digests = Digests()
    early: Rows = [(1, 10.0, 0.5)]
    late: Rows = [(2, 20.0, 0.25)]

    take(digests, ["a"], early)
    take(digests, ["a", "b"], late)

    assert digests.told()["scalar"] == {
        "a": [2, by_hand(early + late)],
        "b": [1, by_hand(late)],
    }


def test_other_values_are_chained_with_their_step_time_and_length() -> None:
    digests = Digests()
    digests.add_value("image", "x", 3, 1.5, b"abc")
    digests.add_value("image", "x", 4, 2.5, b"d")

    chained = struct.pack("<qdQ", 3, 1.5, 3) + b"abc" + struct.pack("<qdQ", 4, 2.5, 1) + b"d"
    assert digests.told() == {"image": {"x": [2, f"{crc32c(chained):08x}"]}}


@pytest.mark.parametrize(
    ("field", "kind"),
    [("histo", "histogram"), ("image", "image"), ("tensor", "tensor"), (None, "nothing")],
)
def test_kinds(field: str | None, kind: str) -> None:
    assert kind_of(field) == kind
