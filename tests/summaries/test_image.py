"""Images by the rules of TensorFlow's ImageSummary."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from oracle import read_back
from PIL import Image

from tbconvert.encode import Encoder
from tbconvert.model import Tag
from tbconvert.summaries.colormap import TABLES
from tbconvert.summaries.image import BAD_COLOR, Scale, image_point, to_pixels

NAN, INF = math.nan, math.inf
RED = [255, 0, 0]


def tensorflows(image: NDArray[Any], bad: tuple[int, ...] = BAD_COLOR) -> list[list[list[int]]]:
    """Return the pixels by the rule as summary_image_op.cc has it, a pixel at a time."""
    kind, single = image.dtype.type, np.float32
    rows = image.tolist()
    lo, hi = single(INF), single(-INF)
    with np.errstate(over="ignore"):
        for pixel in (pixel for row in rows for pixel in row if all(map(math.isfinite, pixel))):
            lo, hi = min(lo, *map(single, pixel)), max(hi, *map(single, pixel))
        if lo < 0:
            reach, offset = max(abs(lo), abs(hi)), 128
            factor = single(0) if reach < single(1e-6) else single(127) / reach
        else:
            offset = 0
            factor = single(0) if hi < single(1e-6) else single(255) / hi

    def shown(pixel: list[float]) -> list[int]:
        if not all(map(math.isfinite, pixel)):
            return list(bad[: len(pixel)])
        return [int(kind(value) * kind(factor) + kind(offset)) for value in pixel]

    return [[shown(pixel) for pixel in row] for row in rows]


def grey(values: list[float], kind: str = "f4") -> NDArray[Any]:
    return np.array(values, kind).reshape(1, -1, 1)


# -------------------------------------------------------------------------- TensorFlow's rules


# what TensorFlow 2.21 itself made of these
@pytest.mark.parametrize(
    ("kind", "values", "pixels"),
    [
        ("f4", [-1, -0.5, 0, 0.25, 1], [1, 64, 128, 159, 255]),
        ("f4", [-3, -1, -2], [1, 85, 43]),
        ("f4", [-0.1, 0.1], [1, 255]),
        ("f4", [0.5, 1, 2, 3], [42, 85, 170, 255]),  # the least is not subtracted
        ("f4", [0.1, 0.7, NAN, -0.3], [146, 255, 255, 73]),
        ("f4", [INF, 2, 1, -INF], [255, 255, 127, 255]),
        ("f4", [NAN, NAN], [255, 255]),
        ("f4", [1e-7, 9e-7], [0, 0]),
        ("f4", [-9e-7, 5e-7], [128, 128]),
        ("f2", [-0.1, 0.0999], [1, 254]),
        ("f2", [-0.3, 0.1, 0.7], [73, 146, 255]),
        ("f2", [0.1, 0.2, 0.7], [36, 72, 255]),
        ("f8", [-0.3, 0.1, 0.7, -0.7], [73, 146, 255, 0]),
        ("f8", [1e300, 1], [0, 0]),
    ],
)
def test_grey_as_tensorflow_showed_it(kind: str, values: list[float], pixels: list[int]) -> None:
    assert to_pixels(grey(values, kind)).ravel().tolist() == pixels


def test_channels_are_scaled_together_as_tensorflow_showed_it() -> None:
    rgb = np.array([[[0.2, 0.4, 0.6], [NAN, 0.1, 0.2], [0.1, 0.1, 1.2]]], np.float32)
    rgba = np.array([[[0.2, 0.4, -0.6, 1], [INF, 0.1, 0.2, 0.3], [0.1, 0.1, 1.2, 0]]], np.float32)

    assert to_pixels(rgb).tolist() == [[[42, 84, 127], RED, [21, 21, 254]]]
    assert to_pixels(rgba).tolist() == [
        [[149, 170, 64, 233], [255, 0, 0, 255], [138, 138, 255, 128]]
    ]


shapes = st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3, 4]))


def floats(width: int) -> st.SearchStrategy[float]:
    # of float16 those only whose factor fits into it: TensorFlow has no defined result for others
    least = 0.004 if width == 16 else 0.0
    some = st.floats(width=width)
    return some.filter(lambda x: x == 0 or not abs(x) < least)


images = st.sampled_from([16, 32, 64]).flatmap(
    lambda width: hnp.arrays(f"f{width // 8}", shapes, elements=floats(width))
)


@given(images)
@example(np.array([[[1e-6], [-1e-6]]], np.float32))
@example(np.array([[[9.999999e-7], [1.0000001e-6]]], np.float64))
@example(np.array([[[-1e-50], [0.5]]], np.float64))
@example(np.full((2, 2, 3), NAN, np.float32))
def test_pixels_are_those_of_the_formula(image: NDArray[Any]) -> None:
    assert to_pixels(image).tolist() == tensorflows(image)


@given(images)
def test_pillow_finds_the_pixels_of_the_formula_in_the_picture(image: NDArray[Any]) -> None:
    point = image_point(Tag("w/image"), 3, 1.7e9, to_pixels(image))

    with Image.open(io.BytesIO(point.png)) as picture:
        pixels = np.asarray(picture).reshape(image.shape)
    assert pixels.tolist() == tensorflows(image)
    assert (point.height, point.width, point.channels) == image.shape


@given(hnp.arrays(np.uint8, shapes), st.sampled_from(["gray", "rdbu"]))
def test_uint8_is_as_it_is(image: NDArray[np.uint8], colormap: str) -> None:
    assert np.array_equal(to_pixels(image, Scale(0, 1), (), colormap), image)


@given(images, st.booleans())
def test_memory_order_and_byte_order_do_not_matter(image: NDArray[Any], is_swapped: bool) -> None:
    other = np.asfortranarray(image)
    if is_swapped:
        other = other.astype(image.dtype.newbyteorder())

    assert np.array_equal(to_pixels(other), to_pixels(image))
    before = other.copy()
    to_pixels(other)
    assert np.array_equal(other, before, equal_nan=True)


# -------------------------------------------------------------------------------- bad colours


def test_a_bad_color_is_cut_to_the_channels() -> None:
    image = np.array([[[NAN, 1, 1, 1], [1, 1, 1, 1]]], np.float32)

    for channels in (1, 3, 4):
        pixels = to_pixels(image[..., :channels], bad_color=(9, 8, 7, 6))
        assert pixels.tolist() == [[[9, 8, 7, 6][:channels], [255] * channels]]


@pytest.mark.parametrize(
    ("color", "channels", "colormap", "wanted"),
    [
        ((9,), 1, "gray", [9]),
        ((9,), 3, "gray", [9, 9, 9]),
        ((9,), 4, "gray", [9, 9, 9, 255]),
        ((9,), 1, "rdbu", [9, 9, 9]),
        ((9, 8, 7), 4, "gray", [9, 8, 7, 255]),
    ],
)
def test_one_number_is_a_grey_and_what_is_not_said_is_opaque(
    color: tuple[int, ...], channels: int, colormap: str, wanted: list[int]
) -> None:
    image = np.full((1, 1, channels), NAN, np.float32)

    assert to_pixels(image, bad_color=color, colormap=colormap).tolist() == [[wanted]]


@pytest.mark.parametrize("color", [(), (9, 8), (9, 8, 7, 6, 5)])
def test_a_bad_color_that_is_none_is_refused(color: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"got a bad color of \d numbers, wanted 1, 3 or 4"):
        to_pixels(np.ones((2, 2, 3), np.float32), bad_color=color)


# ------------------------------------------------------------------------- what it refuses


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2), (2, 2, 5), (0, 3), (2, 0, 1), (1, 2, 2, 1)])
@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_other_shapes_are_refused(shape: tuple[int, ...], kind: type[Any]) -> None:
    for refusing in (to_pixels, Scale.of):
        with pytest.raises(ValueError, match=r"got an image of shape .*, wanted"):
            refusing(np.zeros(shape, kind))


@pytest.mark.parametrize("kind", ["U3", "S2", "M8[s]", "m8[s]", "V3", "O"])
def test_what_is_no_number_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=r"got an image of .*, wanted numbers"):
        to_pixels(np.zeros((2, 2), kind))


# ------------------------------------------------------------- what TensorFlow does not define


@pytest.mark.parametrize(
    ("kind", "as_kind"),
    [
        ("?", "f4"), ("i1", "f4"), ("i2", "f4"), ("u2", "f4"), (">i2", "f4"),
        ("i4", "f8"), ("u4", "f8"), ("i8", "f8"), ("u8", "f8"), ("g", "f8"),
    ],
)  # fmt: skip
def test_other_numbers_are_scaled_as_floats_that_hold_them(kind: str, as_kind: str) -> None:
    image = np.array([[0, 1, 2, 100, 117]]).astype(kind)

    assert to_pixels(image).tolist() == tensorflows(image[..., np.newaxis].astype(as_kind))


def test_numbers_below_zero_of_whole_numbers_too() -> None:
    assert to_pixels(np.array([[-128, 0, 127]], np.int8)).ravel().tolist() == [1, 128, 254]


def test_bfloat16_is_read_by_its_bits() -> None:
    # the upper halves of the float32 1.0, -2.0, 0.5, NaN
    image = np.array([[0x3F80, 0xC000, 0x3F00, 0x7FC0]], np.uint16).view("V2")

    expected = tensorflows(grey([1, -2, 0.5, NAN]))

    assert to_pixels(image).tolist() == expected
    assert Scale.of(image) == Scale(-2, 1)


def test_complex_numbers_are_their_magnitude() -> None:
    image = np.array([[3 + 4j, -1, complex(NAN, 1)]])

    assert to_pixels(image).tolist() == tensorflows(grey([5, 1, NAN], "f8"))
    assert to_pixels(image.astype(np.complex64)[:, :2]).tolist() == tensorflows(grey([5, 1]))


def test_the_magnitude_may_be_beyond_what_its_type_holds() -> None:
    largest = float(np.finfo(np.float64).max)

    assert to_pixels(np.array([[complex(largest, largest), 0]])).ravel().tolist() == [255, 0]


@pytest.mark.parametrize("values", [[1e-3, 5e-4, 0], [-1e-3, 5e-4, 0], [1.0014e-5, 0, NAN]])
def test_float16_whose_factor_would_overflow_is_scaled_as_float32(values: list[float]) -> None:
    image = grey(values, "f2")

    assert to_pixels(image).tolist() == tensorflows(image.astype(np.float32))


# ---------------------------------------------------------------------------------- one scale


@given(images)
def test_a_scale_is_the_range_of_the_finite_pixels(image: NDArray[Any]) -> None:
    pixels = [p for p in image.reshape(-1, image.shape[-1]).tolist() if np.isfinite(p).all()]
    scale = Scale.of(image)

    if pixels:
        with np.errstate(over="ignore"):
            wanted = np.float32([np.min(pixels), np.max(pixels)]).tolist()
        assert [scale.lo, scale.hi] == wanted
    else:
        assert scale == Scale()


@given(images)
def test_the_own_scale_is_the_one_without(image: NDArray[Any]) -> None:
    assert np.array_equal(to_pixels(image, Scale.of(image)), to_pixels(image))


floats32 = hnp.arrays(np.float32, shapes, elements=floats(32))


@given(floats32, floats32)
def test_images_of_one_scale_are_parts_of_one_image(a: NDArray[Any], b: NDArray[Any]) -> None:
    a, b = a[..., :1], b[..., :1]
    scale = Scale.of(a).union(Scale.of(b))
    together = np.concatenate([a.reshape(1, -1, 1), b.reshape(1, -1, 1)], axis=1)

    apart = [to_pixels(image, scale).ravel() for image in (a, b)]

    assert np.array_equal(np.concatenate(apart), to_pixels(together).ravel())
    assert scale == Scale.of(together) == Scale.of(b).union(Scale.of(a))


def test_numbers_beyond_a_scale_have_the_brightness_of_its_ends() -> None:
    image = np.array([[-9, -1, 0, 0.5, 1, 9, 3e38, -3e38, NAN]], np.float32)

    signed, unsigned = to_pixels(image, Scale(-1, 1)), to_pixels(image, Scale(0, 1e-3))

    assert signed.ravel().tolist() == [0, 1, 128, 191, 255, 255, 255, 0, 255]
    assert unsigned.ravel().tolist() == [0, 0, 0, 255, 255, 255, 255, 0, 255]


def test_a_scale_that_has_seen_nothing_shows_nothing() -> None:
    image = np.array([[1.0, NAN]])

    assert to_pixels(image, Scale()).ravel().tolist() == [0, 255]
    assert Scale().union(Scale(2, 3)) == Scale(2, 3)


# ------------------------------------------------------------------------------------ colours


@given(images)
def test_one_channel_is_coloured_by_its_brightness(image: NDArray[Any]) -> None:
    image = image[..., :1]
    expected = [
        [[*TABLES["viridis"][value].tolist()] if math.isfinite(number) else RED
         for (value,), (number,) in zip(*rows, strict=True)]
        for rows in zip(tensorflows(image), image.tolist(), strict=True)
    ]  # fmt: skip

    assert to_pixels(image, colormap="viridis").tolist() == expected


def test_several_channels_have_their_own_colours() -> None:
    image = np.ones((2, 2, 3), np.float32)

    assert np.array_equal(to_pixels(image, colormap="viridis"), to_pixels(image))


@pytest.mark.parametrize("least", [-1.0, -0.25, 0.0, 0.25])
def test_zero_is_white_in_a_diverging_map_whatever_the_signs(least: float) -> None:
    image = np.array([[0.0, least, 0.5, 1.0]], np.float32)

    white, *_, middle, end = to_pixels(image, colormap="rdbu")[0].tolist()

    assert white == [255, 255, 255]
    assert end == TABLES["rdbu"][255].tolist()
    assert middle == TABLES["rdbu"][128 + 63].tolist()


# ---------------------------------------------------------------------- as TensorBoard reads it


def test_tensorboard_hands_the_picture_on(tmp_path: Path) -> None:
    point = image_point(Tag("w/image"), 3, 1.7e9, to_pixels(np.array([[-1.0, 0, 1], [0, 0, 0]])))
    encoder = Encoder()
    records = [encoder.begin(1.7e9), encoder.encode(point)]
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / "events.out.tfevents.1700000000.test"
    file.write_bytes(b"".join(bytes(each.data) for each in records))

    series = read_back(tmp_path)["run"]["w/image"]

    assert series.plugin == "images"
    assert series.steps == (3,)
    width, height, png = series.values[0]
    assert (int(width), int(height)) == (3, 2)
    with Image.open(io.BytesIO(png)) as picture:
        assert np.asarray(picture).tolist() == [[1, 128, 255], [128, 128, 128]]
