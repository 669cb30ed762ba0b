"""A curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN = "_.-=+*#@"
"""Where the terminal has no blocks: the more ink, the higher."""

_EVEN = 1e-7
"""Of the height: what float32 cannot tell from nothing."""


def sparkline(
    low: Sequence[float | None], high: Sequence[float | None], width: int, *, in_blocks: bool
) -> str:
    """Draw the middle between two outlines; a blank is where no number is finite."""
    heights = [
        None if a is None or b is None else a / 2 + b / 2 for a, b in zip(low, high, strict=True)
    ]
    count = min(width, len(heights))
    drawn = [_mean(heights, place, count) for place in range(count)]
    there = [height for height in drawn if height is not None]
    if not there:
        return " " * count
    bottom, top = min(there), max(there)
    signs = _BLOCKS if in_blocks else _PLAIN
    return "".join(" " if h is None else signs[_level(h, bottom, top)] for h in drawn)


def _mean(heights: Sequence[float | None], place: int, count: int) -> float | None:
    begin, end = place * len(heights) // count, (place + 1) * len(heights) // count
    there = [height for height in heights[begin:end] if height is not None]
    return math.fsum(h / len(there) for h in there) if there else None


def _level(height: float, bottom: float, top: float) -> int:
    if top / 2 - bottom / 2 <= _EVEN * max(abs(top), abs(bottom)):
        return len(_BLOCKS) // 2
    part = height / 2 - bottom / 2
    return min(int(part / (top / 2 - bottom / 2) * len(_BLOCKS)), len(_BLOCKS) - 1)
