"""PNG files, as Pillow reads them."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from tbconvert.summaries.png import encode_png

MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def decoded(png: bytes) -> NDArray[np.uint8]:
    """Return the pixels, (h, w, c), that Pillow finds; it checks every checksum."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        image.load()
        pixels = np.asarray(image)
        assert image.mode == MODES[1 if pixels.ndim == 2 else pixels.shape[2]]
    return pixels.reshape(*pixels.shape[:2], -1)


shapes = st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from(sorted(MODES)))


@given(hnp.arrays(np.uint8, shapes))
def test_pillow_finds_the_same_pixels(pixels: NDArray[np.uint8]) -> None:
    assert np.array_equal(decoded(encode_png(pixels)), pixels)


def test_two_dimensions_are_grey() -> None:
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)

    assert np.array_equal(decoded(encode_png(pixels))[..., 0], pixels)


def photograph(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    down, across = np.mgrid[:height, :width]
    waves = [np.sin(down / 31 + c) + np.cos(across / (17 + c)) for c in range(channels)]
    return (127 + 60 * np.stack(waves, axis=-1)).astype(np.uint8)


def noise(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    dice = np.random.default_rng(7)
    return dice.integers(0, 256, (height, width, channels), np.uint8)


@pytest.mark.parametrize("channels", sorted(MODES))
@pytest.mark.parametrize("draw", [photograph, noise])
@pytest.mark.parametrize(("height", "width"), [(300, 200), (1, 70_000), (70_000, 1), (2, 40_000)])
def test_large_pictures_whatever_their_filter(
    draw: Callable[[int, int, int], NDArray[np.uint8]], height: int, width: int, channels: int
) -> None:
    pixels = draw(height, width, channels)

    assert np.array_equal(decoded(encode_png(pixels)), pixels)


def test_a_photograph_is_about_as_small_as_pillow_makes_it() -> None:
    pixels, file = photograph(400, 400, 3), io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")

    assert len(encode_png(pixels)) < 1.5 * len(file.getvalue())


def test_noise_takes_hardly_more_than_its_own_size() -> None:
    pixels = noise(400, 400, 1)

    assert len(encode_png(pixels)) < 1.01 * pixels.size


@pytest.mark.parametrize("channels", sorted(MODES))
def test_views_need_not_be_contiguous(channels: int) -> None:
    pixels = noise(40, 60, channels)
    planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))

    for view in (pixels[::-2, ::3], np.moveaxis(planes, 0, -1), np.asfortranarray(pixels)):
        assert np.array_equal(decoded(encode_png(view)), view)


@pytest.mark.parametrize(
    "shape", [(), (4,), (0, 4), (4, 0, 3), (2, 2, 2), (2, 2, 5), (2, 2, 0), (1, 2, 2, 3)]
)
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"got pixels of shape .*, wanted \(height, width\)"):
        encode_png(np.zeros(shape, np.uint8))


def test_other_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="got pixels of float32, wanted uint8"):
        encode_png(np.zeros((2, 2), np.float32))  # type: ignore[arg-type]
