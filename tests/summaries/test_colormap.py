"""Colour maps: what a reader sees in them, and matplotlib's own colours."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from tbconvert.options import ColorMap
from tbconvert.summaries.colormap import DIVERGING, TABLES


def luminance(table: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how bright colours look (ITU-R BT.709)."""
    return table.astype(np.float64) @ (0.2126, 0.7152, 0.0722)


def test_each_name_of_the_option_has_a_table() -> None:
    assert set(TABLES) == set(get_args(ColorMap))
    assert set(TABLES) >= DIVERGING


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_has_a_colour_for_each_brightness_and_cannot_be_changed(name: str) -> None:
    table = TABLES[name]

    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


def test_gray_is_what_it_was() -> None:
    assert np.array_equal(TABLES["gray"], np.repeat(np.arange(256), 3).reshape(256, 3))


@pytest.mark.parametrize("name", ["gray", "viridis"])
def test_more_is_brighter(name: str) -> None:
    bright = luminance(TABLES[name])

    assert (np.diff(bright) > -0.5).all()  # colours are whole numbers, in matplotlib's own too
    assert (np.diff(bright[::3]) > 0).all()


def test_rdbu_is_white_at_zero_and_darker_the_farther_from_it() -> None:
    table = TABLES["rdbu"]
    bright = luminance(table)

    assert table[128].tolist() == [255, 255, 255]
    assert (np.diff(bright[1:129]) > 0).all()
    assert (np.diff(bright[128:]) < 0).all()


def test_rdbu_shows_the_same_distance_from_zero_alike_but_for_its_colour() -> None:
    below, above = TABLES["rdbu"][127:0:-1], TABLES["rdbu"][129:]

    assert np.abs(luminance(below) - luminance(above)).max() < 5
    assert (below[:, 0] > below[:, 2]).all()
    assert (above[:, 2] > above[:, 0]).all()


# matplotlib.colormaps["viridis"](index, bytes=True) of matplotlib 3.11, none at a control point
# but the ends
VIRIDIS = [
    (0, (68, 1, 84)),
    (7, (70, 11, 94)),
    (38, (69, 52, 127)),
    (64, (58, 82, 139)),
    (97, (43, 115, 142)),
    (128, (32, 144, 140)),
    (157, (37, 171, 129)),
    (191, (91, 200, 98)),
    (202, (116, 208, 84)),
    (233, (197, 223, 33)),
    (248, (236, 228, 26)),
    (255, (253, 231, 36)),
]


@pytest.mark.parametrize(("index", "color"), VIRIDIS)
def test_viridis_is_matplotlibs(index: int, color: tuple[int, int, int]) -> None:
    difference = TABLES["viridis"][index].astype(int) - color

    assert np.abs(difference).max() <= 5
