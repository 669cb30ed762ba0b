"""What a training was started with, one thing of it: as a text has it, and beside another."""

from __future__ import annotations

import math

from tbconvert.model import Setting


def read_setting(text: str) -> Setting:
    """Return what a text says: a truth, a number, or itself.

    ``2024_01_15`` and ``12e45678``, which Python takes for numbers, are a day and the name of a
    commit.
    """
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        is_beyond = math.isinf(number) and any(map(str.isdigit, text))
        return text if is_beyond or "_" in text else number
    return text


def is_same(one: Setting, other: Setting) -> bool:
    """Tell whether two values are one; NaN is NaN, and 1.0 is 1."""
    return one == other or (one != one and other != other)
