"""Many small images → one picture of all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.normalize.axes import KernelOrder


@dataclass(frozen=True, slots=True)
class Tiling:
    """How many tiles of which size stand in a picture, one pixel apart; single pixels do not."""

    rows: int
    columns: int
    height: int
    width: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Tiling:
        """Return that of tiles (rows, columns, h, w, c), or about a square of (n, h, w, c)."""
        if len(shape) == 5:
            return cls(*shape[:4])
        columns = math.isqrt(shape[0] - 1) + 1
        return cls(-(-shape[0] // columns), columns, *shape[1:3])

    @property
    def gap(self) -> int:
        """Pixels between tiles."""
        return int(max(self.height, self.width) > 1)

    @property
    def sides(self) -> tuple[int, int]:
        """Pixels of the picture: height and width."""
        gap = self.gap
        return self.rows * (self.height + gap) - gap, self.columns * (self.width + gap) - gap

    def within(self, side: int) -> Tiling:
        """Return that of the rows and columns which a picture of some pixels a side holds.

        There is at least one tile, even if it is larger.
        """
        rows = min(self.rows, max(1, (side + self.gap) // (self.height + self.gap)))
        columns = min(self.columns, max(1, (side + self.gap) // (self.width + self.gap)))
        return replace(self, rows=rows, columns=columns)


def kernel_tiles(kernel: NDArray[Any], order: KernelOrder) -> NDArray[Any]:
    """Return the filters of a convolution kernel as a view.

    (out, in, h, w, 1): a row of tiles for each output, a column for each input; (n, h, w, 1)
    where there is one output or one input; (out, h, w, 3) where three inputs are colours.
    """
    if order == "hwio":
        kernel = kernel.transpose(3, 2, 0, 1)
    outputs, inputs = kernel.shape[:2]
    if inputs == 3:
        return np.moveaxis(kernel, 1, -1)
    if inputs == 1:
        kernel = kernel[:, 0]
    elif outputs == 1:
        kernel = kernel[0]
    return kernel[..., np.newaxis]


def tile(tiles: NDArray[Any], largest: int) -> tuple[NDArray[Any], int]:
    """Return the picture (h, w, c) of tiles, and how many of them were left out.

    ``tiles`` are (rows, columns, h, w, c) or (n, h, w, c), n ≥ 1; those are left out for which
    the picture would have more than ``largest`` pixels a side. What is between is zero.
    """
    tiling = Tiling.of(tiles.shape).within(largest)
    rows, columns, height, width = tiling.rows, tiling.columns, tiling.height, tiling.width
    high, wide, channels = height + tiling.gap, width + tiling.gap, tiles.shape[-1]
    picture = np.zeros((rows, high, columns, wide, channels), tiles.dtype)
    cells = picture.transpose(0, 2, 1, 3, 4)[:, :, :height, :width]
    if tiles.ndim == 5:
        cells[...] = tiles[:rows, :columns]
        left_out = tiles.shape[0] * tiles.shape[1] - rows * columns
    else:
        # whole rows at once, and then what is in the last one
        whole, rest = divmod(min(len(tiles), rows * columns), columns)
        cells[:whole] = tiles[: whole * columns].reshape(whole, columns, *tiles.shape[1:])
        if rest:
            cells[whole, :rest] = tiles[whole * columns : whole * columns + rest]
        left_out = len(tiles) - whole * columns - rest
    down, across = tiling.sides
    return picture.reshape(rows * high, columns * wide, channels)[:down, :across], left_out
