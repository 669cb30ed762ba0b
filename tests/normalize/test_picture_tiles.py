"""Kernels and batches as tiles of one picture, against numpy's own padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawings import drawn, numbered, only
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray


def pasted(tiles: list[list[NDArray[Any]]], gap: int = 1) -> NDArray[Any]:
    """Return a picture of rows of tiles, put together by numpy's own padding."""
    pad = ((0, gap), (0, gap), (0, 0))
    rows = [np.concatenate([np.pad(tile, pad) for tile in row], axis=1) for row in tiles]
    whole = np.concatenate(rows, axis=0)
    return whole[: whole.shape[0] - gap, : whole.shape[1] - gap]


@pytest.mark.parametrize("how", ["tile", "tile:oihw", "tile:hwio"])
def test_a_kernel_has_a_row_for_each_output_and_a_column_for_each_input(how: str) -> None:
    pytorch = numbered(6, 5, 3, 3)
    kernel = np.ascontiguousarray(pytorch.transpose(2, 3, 1, 0)) if how == "tile:hwio" else pytorch

    expected = pasted([[pytorch[o, i, :, :, np.newaxis] for i in range(5)] for o in range(6)])

    assert np.array_equal(only(kernel, how), expected)


def test_keras_kernels_are_told_by_where_their_sides_are() -> None:
    keras = numbered(5, 5, 2, 7)

    expected = pasted([[keras[:, :, i, o, np.newaxis] for i in range(2)] for o in range(7)])

    assert np.array_equal(only(keras, "tile"), expected)


@pytest.mark.parametrize(("filters", "rows", "columns"), [(1, 1, 1), (4, 2, 2), (7, 3, 3)])
def test_filters_of_one_input_stand_in_a_square(filters: int, rows: int, columns: int) -> None:
    kernel = numbered(filters, 1, 5, 5)
    tiles = [*kernel[:, 0, :, :, np.newaxis]]
    tiles += [np.zeros((5, 5, 1), int)] * (rows * columns - filters)

    expected = pasted([tiles[columns * row : columns * (row + 1)] for row in range(rows)])

    for array, how in (
        (kernel, "tile"),
        (kernel.transpose(2, 3, 1, 0), "tile"),
        (kernel.transpose(2, 3, 0, 1), "tile:hwio"),  # one output, as of a depthwise kernel
        (kernel[:, 0], "tile"),
    ):
        assert np.array_equal(only(array, how), expected)


def test_three_inputs_are_colours() -> None:
    kernel = numbered(4, 3, 7, 7)
    colours = [filter_.transpose(1, 2, 0) for filter_ in kernel]

    assert np.array_equal(only(kernel, "tile"), pasted([colours[:2], colours[2:]]))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_batch_of_images_can_be_tiled(channels: int) -> None:
    batch = numbered(6, 12, 20, channels)

    expected = pasted([[*batch[:3]], [*batch[3:]]])

    assert np.array_equal(only(batch, "tile"), expected)
    assert np.array_equal(only(batch.transpose(0, 3, 1, 2), "tile"), expected)


def test_a_kernel_of_single_weights_is_a_matrix() -> None:
    kernel = numbered(6, 5, 1, 1)

    assert np.array_equal(only(kernel, "tile")[..., 0], kernel[:, :, 0, 0])


def test_a_kernel_need_not_be_square_if_its_axes_are_said() -> None:
    kernel = numbered(2, 6, 1, 7)

    expected = pasted([[kernel[o, i, :, :, np.newaxis] for i in range(6)] for o in range(2)])

    assert np.array_equal(only(kernel, "tile:oihw"), expected)


@given(st.integers(1, 200), st.integers(1, 4), st.integers(1, 4))
def test_a_square_of_tiles_holds_them_all_and_no_row_or_column_more(n: int, h: int, w: int) -> None:
    picture = only(numbered(n, h, w), "tile")[..., 0]

    gap = int(h * w > 1)
    rows, columns = (picture.shape[0] + gap) // (h + gap), (picture.shape[1] + gap) // (w + gap)
    assert picture.shape == (rows * (h + gap) - gap, columns * (w + gap) - gap)
    assert (rows - 1) * columns < n <= rows * columns
    assert 0 <= columns - rows <= 1
    assert np.array_equal(np.sort(picture[picture != 0]), np.arange(1, 1 + n * h * w))


def test_tiles_that_do_not_fit_are_counted() -> None:
    batch = numbered(100, 300, 500)

    found = drawn(batch, "tile")

    ((_, picture),) = found.images
    # six of 300 and one pixel between, four of 500
    assert picture.shape == (6 * 301 - 1, 4 * 501 - 1, 1)
    assert found.left_out == 100 - 24
    assert np.array_equal(picture[-300:, -500:, 0], batch[23])


def test_kernels_that_do_not_fit_are_counted() -> None:
    kernel = np.broadcast_to(np.float32(1), (1000, 600, 3, 3))

    found = drawn(kernel, "tile")

    assert found.images[0][1].shape == (512 * 4 - 1, 512 * 4 - 1, 1)
    assert found.left_out == 1000 * 600 - 512 * 512
