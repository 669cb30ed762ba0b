"""An array → the pictures that show it: which way it is drawn, which number stands where.

Geometry only. What brightness a number has is that of ``summaries.image``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from tbconvert.errors import UsageError
from tbconvert.normalize.axes import (
    KERNEL_ORDERS,
    KernelOrder,
    as_batch,
    image_order,
    image_sides,
    kernel_order,
    named_order,
)
from tbconvert.normalize.tiling import Tiling, kernel_tiles, tile

Kind = Literal["off", "matrix", "columns", "rows", "tile", "images"]

WAYS = "off, matrix, columns:28x28, rows:28x28, tile, images"
"""The ways to draw an array, as messages list them."""

_LEAST_SIDE = 8
"""Pixels; what is smaller, and is not said to be images, is none."""

_LARGEST_UNASKED = 512
"""Pixels a side of a picture that nobody asked for."""

_LARGEST_TILING = 2048
"""Pixels a side of a tiled picture; the tiles that do not fit are left out."""

_LARGEST = 16384
"""Pixels a side; larger pictures are more than browsers draw."""

_USUAL_INPUTS = {
    784: (28, 28),  # MNIST
    3072: (32, 32, 3),  # CIFAR
    2352: (28, 28, 3),  # MedMNIST
    12288: (64, 64, 3),  # Tiny ImageNet
    27648: (96, 96, 3),  # STL-10
    64: (8, 8),  # scikit-learn's digits
}
"""Inputs that are pictures in well-known data, by how likely a side of that length is one."""


class PictureError(ValueError):
    """An array cannot be drawn the way that was asked for; its text says got and wanted."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an array is drawn.

    ``shape`` is that of the image that a column or a row is unrolled into: (h, w), (h, w, c)
    or (c, h, w). ``order`` is that of the axes of a tiled kernel; None where its shape tells.
    """

    kind: Kind
    shape: tuple[int, ...] = ()
    order: KernelOrder | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.kind, "x".join(map(str, self.shape)), self.order or "")))


@dataclass(frozen=True, slots=True)
class Rule:
    """How the arrays with names that a glob matches are drawn; ``*`` matches "/" too."""

    pattern: str
    way: Way


@dataclass(frozen=True, slots=True)
class Pictures:
    """What an array became.

    ``images`` are views or arrays (h, w, c) with c = 1, 3 or 4, of the array's own type, each
    with what is to be put behind the tag; ``left_out`` is how many more there would be, of
    images or of tiles.
    """

    images: tuple[tuple[str, NDArray[Any]], ...] = ()
    left_out: int = 0


# ------------------------------------------------------------------------ which way


def parse_rule(text: str) -> Rule:
    """Return the rule that ``--image`` was given: ``PATTERN=HOW``.

    HOW is one of ``WAYS``. Behind ``columns`` and ``rows`` stands a height and a width, and
    last or first a number of channels (``32x32x3``, ``3x32x32``); behind ``tile`` may stand
    how a kernel's axes are to be read (``tile:oihw`` as PyTorch's, ``tile:hwio`` as Keras's).

    Raises
    ------
    UsageError
        It is none.
    """
    pattern, _, how = text.rpartition("=")
    if not pattern:
        said = f"image: got {text!r}, wanted PATTERN=HOW, with HOW one of {WAYS}"
        raise UsageError(said, "image")
    kind, colon, detail = how.strip().casefold().partition(":")
    if kind in ("columns", "rows"):
        shape = _parse_shape(detail)
        if shape is None:
            wanted = f"{kind}:HEIGHTxWIDTH, and 1, 3 or 4 channels as x3 behind or 3x before it"
            raise UsageError(f"image: got {how!r} for {pattern!r}, wanted {wanted}", "image")
        return Rule(pattern, Way(cast(Kind, kind), shape))
    if kind == "tile" and detail in KERNEL_ORDERS:
        return Rule(pattern, Way("tile", order=detail))
    if kind not in get_args(Kind) or colon:
        raise UsageError(f"image: got {how!r} for {pattern!r}, wanted one of {WAYS}", "image")
    return Rule(pattern, Way(cast(Kind, kind)))


def _parse_shape(text: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"[1-9]\d{0,4}(x[1-9]\d{0,4}){1,2}", text):
        return None
    shape = tuple(map(int, text.split("x")))
    return shape if image_order(shape) in ("hw", "hwc", "chw") else None


def find_way(rules: tuple[Rule, ...], name: str) -> Way | None:
    """Return what the rules say of an array: the last that matches its name; None if none does."""
    return next((rule.way for rule in reversed(rules) if fnmatchcase(name, rule.pattern)), None)


def first_layer_way(shape: tuple[int, ...], name: str = "") -> Way | None:
    """Return how the weights between an image and the first neurons are drawn; None if not.

    Each neuron's weights become an image of the shape of the input. A name that ends in
    ``kernel`` tells that the inputs are the rows (Keras, Flax), one in ``weight`` that they are
    the columns (PyTorch); they may then be any square of at least 8 × 8. Else it is the side
    that is the size of well-known images. Channels are taken to be last in the first case, and
    before the pixels in the second, as flattening leaves them in these frameworks.
    """
    if len(shape) != 2:
        return None
    order = named_order(name)
    axes = (0, 1) if order is None else (0,) if order == "hwio" else (1,)
    for size, image in _USUAL_INPUTS.items():
        for axis in axes:
            if shape[axis] == size:
                return _unrolled(axis, image)
    side = math.isqrt(shape[axes[0]])
    if order is not None and side >= _LEAST_SIDE and side * side == shape[axes[0]]:
        return _unrolled(axes[0], (side, side))
    return None


def _unrolled(axis: int, image: tuple[int, ...]) -> Way:
    if axis == 0:
        return Way("columns", image)
    return Way("rows", (image[2], *image[:2]) if len(image) == 3 else image)


def default_way(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], role: str) -> Way | None:
    """Return how an array is drawn of which no rule speaks; None if not at all.

    uint8, and numbers of the role "sample", are images where they have the shape of some, with
    sides of at least 8. Of the role "weight", a matrix is a picture of itself and a convolution
    kernel is tiled, where that makes at most 512 pixels a side. Other roles are not drawn.
    """
    if not math.prod(shape):
        return None
    if dtype == np.uint8 or (role == "sample" and (has_floats(dtype) or dtype.kind in "biu")):
        order = image_order(shape)
        sides = image_sides(shape, order) if order else (0, 0)
        return Way("images") if min(sides) >= _LEAST_SIDE and max(sides) <= _LARGEST else None
    way, side = _way_of_weight(name, shape, dtype, role)
    return way if side <= _LARGEST_UNASKED else None


def way_if_asked(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], role: str) -> Way | None:
    """Return how a weight can be drawn that is too large to be drawn without a rule.

    None if it is not too large, or too large for any picture.
    """
    if not math.prod(shape):
        return None
    way, side = _way_of_weight(name, shape, dtype, role)
    if way is None or side <= _LARGEST_UNASKED:
        return None
    return way if way.kind == "tile" or side <= _LARGEST else None


def has_floats(dtype: np.dtype[Any]) -> bool:
    """Tell whether numbers are what weights are: floats, bfloat16 and complex ones among them."""
    return dtype.kind in "fc" or (dtype.kind == "V" and dtype.itemsize == 2)


def _way_of_weight(
    name: str, shape: tuple[int, ...], dtype: np.dtype[Any], role: str
) -> tuple[Way | None, int]:
    """Return how an array is drawn if it is a weight, and the longer side of that in pixels."""
    if role != "weight" or not has_floats(dtype):
        return None, 0
    if len(shape) == 2 and min(shape) >= 2:
        return Way("matrix"), max(shape)
    order = kernel_order(shape, name)
    if order is None:
        return None, 0
    # one number seen as the whole array: it has the shape, and no memory
    tiles = kernel_tiles(np.broadcast_to(np.uint8(0), shape), order)
    return Way("tile", order=order), max(Tiling.of(tiles.shape).sides)


# ------------------------------------------------------------------------ the pictures


def pictures(array: NDArray[Any], way: Way, max_images: int) -> Pictures:
    """Return the pictures of an array, at most ``max_images`` of them, ≥ 1.

    What is put behind the tag is TensorFlow's: ``image`` if there can be only one, else
    ``image/0`` and so on, also for a batch of one. Nothing but the pictures is copied. A tiled
    picture has one pixel of zeros between tiles, and as many columns as rows, or a row for each
    output and a column for each input of a kernel; three inputs are red, green and blue.

    Raises
    ------
    PictureError
        The array has not the shape that this way wants.
    """
    if way.kind == "off":
        return Pictures()
    if not array.size:
        raise _misfit(array.shape, way, "some pixels")
    match way.kind:
        case "matrix":
            if array.ndim != 2:
                raise _misfit(array.shape, way, "2 dimensions")
            found = Pictures((("image", array[..., np.newaxis]),))
        case "tile":
            picture, left_out = tile(_tiles(array, way), _LARGEST_TILING)
            found = Pictures((("image", picture),), left_out)
        case "images":
            order = image_order(array.shape)
            if not order:
                raise _misfit(array.shape, way, "(N)HW, (N)HWC or (N)CHW with 1, 3 or 4 channels")
            found = _several(as_batch(array, order), max_images, is_batch="n" in order)
        case _:
            lines = array.T if way.kind == "columns" else array
            if array.ndim != 2 or lines.shape[1] != math.prod(way.shape):
                wanted = f"2 dimensions, with {way.kind} of {math.prod(way.shape)} numbers"
                raise _misfit(array.shape, way, wanted)
            shown = lines[:max_images]
            batch = as_batch(shown.reshape(-1, *way.shape), "n" + image_order(way.shape))
            found = _several(batch, max_images, is_batch=True)
            found = Pictures(found.images, len(lines) - len(shown))
    if any(max(image.shape) > _LARGEST for _, image in found.images):
        raise _misfit(array.shape, way, f"at most {_LARGEST} pixels a side")
    return found


def _misfit(shape: tuple[int, ...], way: Way, wanted: str) -> PictureError:
    got = " × ".join(map(str, shape)) or "a single number"
    return PictureError(f"got {got}, wanted {wanted} to draw it as {way}")


def _several(batch: NDArray[Any], max_images: int, *, is_batch: bool) -> Pictures:
    if not is_batch or max_images == 1:
        return Pictures((("image", batch[0]),), len(batch) - 1)
    shown = batch[:max_images]
    named = tuple((f"image/{number}", image) for number, image in enumerate(shown))
    return Pictures(named, len(batch) - len(shown))


def _tiles(array: NDArray[Any], way: Way) -> NDArray[Any]:
    """Return the filters of a kernel, or a batch of images, as a view that can be tiled."""
    order = way.order or kernel_order(array.shape)
    if order is not None and array.ndim == 4:
        return kernel_tiles(array, order)
    batch = "nhw" if array.ndim == 3 else image_order(array.shape)
    if way.order is not None or "n" not in batch:
        raise _misfit(array.shape, way, "a kernel of 4 dimensions, or images NHW, NHWC or NCHW")
    return as_batch(array, batch)
