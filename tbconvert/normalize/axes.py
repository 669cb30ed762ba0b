"""The shape of an array → which of its axes are images, height, width and channels."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

KernelOrder = Literal["oihw", "hwio"]
"""The axes of a convolution kernel: PyTorch's (out, in, h, w), Keras's (h, w, in, out)."""

KERNEL_ORDERS: tuple[KernelOrder, ...] = get_args(KernelOrder)

_CHANNELS = (1, 3, 4)
_LARGEST_KERNEL = 11
"""Weights a side; more is no convolution kernel."""


def named_order(name: str) -> KernelOrder | None:
    """Return the order of the axes of a weight by what its framework calls it; None if unknown.

    It is ``weight`` in PyTorch, ``kernel`` in Keras and Flax, which put inputs before outputs.
    """
    last = re.split(r"[/.]", name.casefold().removesuffix(":0"))[-1]
    names: dict[str, KernelOrder] = {"weight": "oihw", "kernel": "hwio"}
    return names.get(last)


def kernel_order(shape: tuple[int, ...], name: str = "") -> KernelOrder | None:
    """Return the order of the axes of a convolution kernel; None if it is none.

    It is where the two equal sides of at most 11 stand, last or first. Where both could be, the
    name tells; else the smaller ones are the sides of the kernel, but not 1 × 1; else the last.
    """
    if len(shape) != 4:
        return None
    sides = {"oihw": shape[2:], "hwio": shape[:2]}
    fits = {
        order: sides[order][0]
        for order in KERNEL_ORDERS
        if sides[order][0] == sides[order][1] and 1 <= sides[order][0] <= _LARGEST_KERNEL
    }
    named = named_order(name)
    if named in fits:
        return named
    return min(fits, key=lambda order: (fits[order] == 1, fits[order]), default=None)


def image_order(shape: tuple[int, ...]) -> str:
    """Return the order of the axes of images, as n, h, w and c; "" if no images have that shape.

    1, 3 or 4 channels stand last or before the pixels; where both could be, the reading with
    the larger images holds. Three axes without channels are images of one channel, but two at
    the end are taken for two channels, and refused.
    """
    if len(shape) == 2:
        return "hw"
    orders = {3: ("hwc", "chw"), 4: ("nhwc", "nchw")}.get(len(shape), ())
    fits = [order for order in orders if shape[order.index("c")] in _CHANNELS]
    if not fits:
        return "nhw" if len(shape) == 3 and shape[2] != 2 else ""
    return max(fits, key=lambda order: min(image_sides(shape, order)))


def image_sides(shape: tuple[int, ...], order: str) -> tuple[int, int]:
    """Return the height and the width of images whose axes have some order."""
    return shape[order.index("h")], shape[order.index("w")]


def as_batch(array: NDArray[Any], order: str) -> NDArray[Any]:
    """Return images as a view (n, h, w, c), by the order of their axes."""
    if "c" not in order:
        array = array[..., np.newaxis]
    elif order.endswith("chw"):
        array = np.moveaxis(array, -3, -1)
    return array if "n" in order else array[np.newaxis]
