"""Pictures that nobody asked for: what an array becomes without a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawings import F4, U1, some_shape
from hypothesis import example, given
from hypothesis import strategies as st

from tbconvert.normalize.pictures import default_way, first_layer_way, parse_rule, pictures


@pytest.mark.parametrize(
    ("shape", "dtype", "role", "way"),
    [
        ((28, 28), "u1", "weight", "images"),
        ((50, 28, 28), "u1", "weight", "images"),
        ((50, 28, 28, 3), "u1", "sample", "images"),
        ((50, 4, 28, 28), "u1", "gradient", "images"),
        ((50, 28, 28, 2), "u1", "sample", None),
        ((50, 7, 28), "u1", "sample", None),
        ((60_000, 784), "u1", "weight", None),
        ((100,), "u1", "weight", None),
        ((), "u1", "weight", None),
        ((32, 16, 16, 1), "f4", "sample", "images"),
        ((32, 1, 16, 16), "f4", "sample", "images"),
        ((32, 1, 16, 16), "i8", "sample", "images"),
        ((32, 1, 16, 16), "V2", "sample", "images"),
        ((32, 1, 16, 16), "U5", "sample", None),
        ((1000, 2), "f4", "sample", None),
        ((32, 16, 16, 1), "f4", "weight", None),
        ((512, 2), "f4", "weight", "matrix"),
        ((2, 512), "V2", "weight", "matrix"),
        ((3, 3), "c8", "weight", "matrix"),
        ((513, 2), "f4", "weight", None),
        ((1, 5), "f4", "weight", None),
        ((5, 1), "f4", "weight", None),
        ((5, 5), "f4", "gradient", None),
        ((5, 5), "i8", "weight", None),
        ((64, 3, 7, 7), "f8", "weight", "tile:oihw"),
        ((7, 7, 3, 64), "f4", "weight", "tile:hwio"),
        ((128, 64, 3, 3), "f4", "weight", "tile:oihw"),  # 128 × 4 - 1 pixels
        ((129, 64, 3, 3), "f4", "weight", None),
        ((11, 11, 8, 8), "f4", "weight", "tile:oihw"),
        ((11, 11, 3, 5), "f4", "weight", "tile:hwio"),
        ((12, 12, 3, 5), "f4", "weight", None),
        ((3, 3, 3, 0), "f4", "weight", None),
        ((64, 64, 1, 1), "f4", "weight", "tile:oihw"),
        ((1, 1, 64, 64), "f4", "weight", "tile:hwio"),
        ((1, 1, 3, 3), "f4", "weight", "tile:oihw"),
        ((3, 3, 1, 1), "f4", "weight", "tile:hwio"),
        ((64, 32, 5), "f4", "weight", None),
        ((), "f4", "weight", None),
    ],
)
def test_without_a_rule(shape: tuple[int, ...], dtype: str, role: str, way: str | None) -> None:
    expected = None if way is None else parse_rule(f"*={way}").way

    assert default_way("net/w", shape, np.dtype(dtype), role) == expected


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("conv1.weight", "oihw"), ("conv/kernel", "hwio"), ("conv/kernel:0", "hwio"),
        ("Conv/Kernel", "hwio"), ("W", "oihw"), ("kernel/w", "oihw"),
    ],
)  # fmt: skip
def test_a_kernel_that_could_be_either_goes_by_its_name(name: str, order: str) -> None:
    way = default_way(name, (3, 3, 3, 3), F4, "weight")

    assert way is not None
    assert way.order == order
    # where the shape tells, the name does not
    clear = default_way(name, (16, 5, 3, 3), F4, "weight")
    assert clear is not None
    assert clear.order == "oihw"


@example((0, 8, 8), "weight", U1)
@given(some_shape, st.sampled_from(["weight", "sample", "gradient"]), st.sampled_from([F4, U1]))
def test_what_is_drawn_without_a_rule_fits(
    shape: tuple[int, ...], role: str, dtype: np.dtype[Any]
) -> None:
    way = default_way("a/kernel", shape, dtype, role)

    if way is not None:
        assert pictures(np.zeros(shape, dtype), way, 3).images


@pytest.mark.parametrize(
    ("shape", "name", "way"),
    [
        ((784, 10), "", "columns:28x28"),
        ((10, 784), "", "rows:28x28"),
        ((784, 784), "", "columns:28x28"),
        ((784, 64), "", "columns:28x28"),
        ((64, 784), "", "rows:28x28"),
        ((64, 10), "", "columns:8x8"),
        ((32, 64), "", "rows:8x8"),
        ((3072, 10), "", "columns:32x32x3"),
        ((10, 3072), "", "rows:3x32x32"),
        ((784, 100), "dense/kernel", "columns:28x28"),
        ((100, 784), "fc1.weight", "rows:28x28"),
        ((4, 64), "dense/kernel", None),  # four inputs, 64 neurons
        ((64, 4), "0.weight", None),
        ((400, 25), "dense/kernel", "columns:20x20"),
        ((25, 400), "fc1.weight", "rows:20x20"),
        ((400, 25), "", None),
        ((49, 10), "dense/kernel", None),
        ((13, 100), "", None),
        ((784,), "", None),
        ((784, 10, 1), "", None),
        ((0, 0), "kernel", None),
    ],
)
def test_a_first_layer_on_pixels(shape: tuple[int, ...], name: str, way: str | None) -> None:
    expected = None if way is None else parse_rule(f"*={way}").way

    assert first_layer_way(shape, name) == expected


@given(st.lists(st.integers(1, 900), min_size=1, max_size=3).map(tuple), st.booleans())
def test_a_first_layer_fits_what_is_proposed(shape: tuple[int, ...], is_named: bool) -> None:
    way = first_layer_way(shape, "weight" if is_named else "")

    if way is not None:
        assert pictures(np.zeros(shape, np.int8), way, 3).images
