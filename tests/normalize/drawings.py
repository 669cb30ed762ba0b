"""Numbered arrays, and the pictures they become; for the tests of this folder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tbconvert.normalize.pictures import Pictures, parse_rule, pictures

F4, U1 = np.dtype(np.float32), np.dtype(np.uint8)

some_shape = st.lists(st.integers(0, 12), max_size=5).map(tuple)


def numbered(*shape: int) -> NDArray[np.int64]:
    """Return an array whose numbers are all different, and none of them zero."""
    return np.arange(1, 1 + math.prod(shape)).reshape(shape)


def drawn(array: NDArray[Any], how: str, max_images: int = 10) -> Pictures:
    return pictures(array, parse_rule(f"*={how}").way, max_images)


def only(array: NDArray[Any], how: str) -> NDArray[Any]:
    """Return the one picture of an array, which leaves nothing out."""
    found = drawn(array, how)
    ((suffix, image),) = found.images
    assert suffix == "image"
    assert found.left_out == 0
    return image
