"""Brightness → colour: tables for pictures of one channel.

``rdbu`` is diverging: red below zero, blue above, white at zero, which the signed rule of
``image`` puts at 128; 1 and 255 are its ends. ``viridis`` is that of matplotlib (by Nathaniel
Smith and Stéfan van der Walt, CC0) from every fifteenth of its colours; those between are at
most 5 of 255 off, 0.4 in the mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def _table(colors: str, places: Sequence[float]) -> NDArray[np.uint8]:
    """Return the table, uint8 (256, 3), that goes through some colours at some places."""
    points = np.array([list(bytes.fromhex(color)) for color in colors.split()])
    channels = [np.interp(np.arange(256), places, channel) for channel in points.T]
    table: NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    table.flags.writeable = False
    return table


TABLES: dict[str, NDArray[np.uint8]] = {
    "gray": _table("000000 ffffff", (0, 255)),
    "rdbu": _table(
        "6e0c26 c84248 eaa086 ffffff 8ab7da 286cac 0a265c", np.linspace(1, 255, 7).tolist()
    ),
    "viridis": _table(
        "440154 471669 472a79 433c84 3c4d8a 355d8c 2e6c8e 287a8e 23898d "
        "1e978a 20a585 2eb27c 45bf6f 64cb5d 88d547 afdc2e d7e219 fde724",
        range(0, 256, 15),
    ),
}
"""Colours, uint8 (256, 3), by the name that ``--colormap`` knows."""

DIVERGING = frozenset({"rdbu"})
"""Those that have a middle: zero stands there also where nothing is below zero."""
