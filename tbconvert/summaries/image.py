"""Numbers → a picture, by the rules of TensorFlow's ImageSummary.

Its rules are those of ``tensorflow/core/kernels/summary_image_op.cc``, to the pixel; where it
refuses an array, or has no defined result, there is a rule here, and the docstrings say which.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import ImagePoint, Tag
from tbconvert.summaries.colormap import DIVERGING, TABLES
from tbconvert.summaries.png import encode_png

BAD_COLOR = (255, 0, 0, 255)
"""TensorFlow's colour of a pixel that is not finite: red; its first number, white, for grey."""

_CHANNELS = (1, 3, 4)
_ALMOST_ZERO = float(np.float32(1e-6))
_LARGEST_HALF = 65504.0


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of the numbers that are to share one scale of brightness.

    ``lo`` and ``hi`` are those of the pixels whose channels are all finite, rounded to float32
    as TensorFlow does; as it is made, a scale has seen no pixel.
    """

    lo: float = math.inf
    hi: float = -math.inf

    @classmethod
    def of(cls, image: NDArray[Any]) -> Scale:
        """Return the scale of one image, shaped and typed as ``to_pixels`` takes it.

        Raises
        ------
        ValueError
            It is of another type or shape.
        """
        values = _numbers(image)
        return cls._of(values, _good_pixels(values))

    @classmethod
    def _of(cls, values: NDArray[Any], good: NDArray[np.bool_] | None) -> Scale:
        if good is not None:
            values = values[good]
        if not values.size:
            return cls()
        with np.errstate(over="ignore"):
            return cls(float(np.float32(values.min())), float(np.float32(values.max())))

    def union(self, other: Scale) -> Scale:
        """Return the scale of what either has seen."""
        return Scale(min(self.lo, other.lo), max(self.hi, other.hi))

    def affine(self, *, is_diverging: bool = False) -> tuple[float, float]:
        """Return the factor, rounded to float32, and the offset that make numbers brightness.

        With numbers below zero, or for a table of colours that has a middle, zero is 128 and the
        largest magnitude is 127 from it; else the largest is 255. ``lo`` is not subtracted.
        """
        if is_diverging or self.lo < 0:
            span, reach, offset = 127.0, max(abs(self.lo), abs(self.hi)), 128.0
        else:
            span, reach, offset = 255.0, self.hi, 0.0
        return (0.0 if reach < _ALMOST_ZERO else float(np.float32(span / reach))), offset


def to_pixels(
    image: NDArray[Any],
    scale: Scale | None = None,
    bad_color: tuple[int, ...] = BAD_COLOR,
    colormap: str = "gray",
) -> NDArray[np.uint8]:
    """Return the pixels of an image, uint8 (h, w, c).

    ``image`` is (h, w), or (h, w, c) with c = 1, 3 or 4. uint8 is returned as it is. float16,
    float32 and float64 are scaled, all channels together, in their own precision, and cut off
    to whole numbers; a pixel with a channel that is not finite gets the first c of ``bad_color``.

    Not TensorFlow's: without ``scale`` it is that of the image itself; what lies beyond a given
    one gets the brightness of its end. Whole numbers and bool are scaled as float32, those of
    32 bits and more as float64; bfloat16, as two bytes of no type, as float32; complex numbers
    by their magnitude; float16 as float32 where its factor would overflow. One channel is
    coloured by a ``colormap`` other than "gray" (``colormap.TABLES``): c is then 3, and a
    diverging one has its middle at zero even if nothing is below. A ``bad_color`` of one number
    is a grey, of three an opaque colour, whatever c is.

    Raises
    ------
    ValueError
        The image is of another type or shape, or ``bad_color`` is of another length.
    """
    values = _numbers(image)
    if values.dtype == np.uint8:
        return values
    colors = TABLES[colormap] if colormap != "gray" and values.shape[-1] == 1 else None
    channels = values.shape[-1] if colors is None else 3
    bad = _color(bad_color, channels)
    good = _good_pixels(values)
    is_diverging = colors is not None and colormap in DIVERGING
    own = Scale._of(values, good) if scale is None else scale
    factor, offset = own.affine(is_diverging=is_diverging)
    if good is not None:
        values = np.where(good[..., np.newaxis], values, values.dtype.type(0))
    if values.dtype.itemsize == 2 and factor > _LARGEST_HALF:
        values = values.astype(np.float32)
    kind = values.dtype.type
    with np.errstate(over="ignore"):
        shown = values * kind(factor)
        shown += kind(offset)
    if scale is not None:
        np.clip(shown, 0, 255, out=shown)
    pixels: NDArray[np.uint8] = shown.astype(np.uint8)
    if colors is not None:
        pixels = colors[pixels[..., 0]]
    if good is not None:
        pixels[~good] = bad
    return pixels


def image_point(tag: Tag, step: int, wall_time: float, pixels: NDArray[np.uint8]) -> ImagePoint:
    """Return a picture at one step, ``pixels`` uint8 (h, w, c) with c = 1, 3 or 4.

    Raises
    ------
    ValueError
        The pixels are of another type or shape.
    """
    png = encode_png(pixels)
    height, width, channels = pixels.shape
    return ImagePoint(tag, step, wall_time, height, width, channels, png)


def _color(numbers: tuple[int, ...], channels: int) -> tuple[int, ...]:
    """Return a colour of 1, 3 or 4 numbers as one of so many channels."""
    if len(numbers) not in _CHANNELS:
        raise ValueError(f"got a bad color of {len(numbers)} numbers, wanted 1, 3 or 4")
    whole = numbers * 3 if len(numbers) == 1 else numbers
    return (*whole, 255)[:channels]


def _numbers(image: NDArray[Any]) -> NDArray[Any]:
    """Return an image as uint8, float16, float32 or float64 (h, w, c)."""
    if image.ndim == 2:
        image = image[..., np.newaxis]
    if image.ndim != 3 or image.shape[-1] not in _CHANNELS or not image.size:
        wanted = "(height, width) or (height, width, 1, 3 or 4)"
        raise ValueError(f"got an image of shape {image.shape}, wanted {wanted}")
    kind = image.dtype
    if kind == np.uint8 or (kind.kind == "f" and kind.itemsize <= 8):
        return image
    if kind.kind in "biu":
        return image.astype(np.result_type(kind, np.float32))
    if kind.kind == "V" and kind.itemsize == 2:
        # they are the first half of a float32
        return (image.view(np.uint16).astype(np.uint32) << np.uint32(16)).view(np.float32)
    if kind.kind in "fc":
        with np.errstate(over="ignore"):
            return _numbers(np.abs(image)) if kind.kind == "c" else image.astype(np.float64)
    raise ValueError(f"got an image of {kind}, wanted numbers")


def _good_pixels(values: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return bool (h, w), where all channels are finite; None where all are everywhere."""
    finite = np.isfinite(values)
    return None if finite.all() else finite.all(axis=-1)
