"""Which pictures an array becomes, against numpy's own reshaping and indexing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from drawings import U1, drawn, numbered, only, some_shape
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.normalize.pictures import PictureError, Pictures

# ----------------------------------------------------------------- columns, rows, a matrix


def test_a_matrix_is_a_picture_of_itself_and_no_copy() -> None:
    array = numbered(5, 7)

    image = only(array, "matrix")

    assert np.array_equal(image, array.reshape(5, 7, 1))
    assert np.shares_memory(image, array)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(2, 7))
def test_each_column_or_row_is_an_image(h: int, w: int, neurons: int, most: int) -> None:
    array = numbered(h * w, neurons)
    expected = array.reshape(h, w, neurons)

    for how, turned in (("columns", array), ("rows", array.T), ("rows", array.T.copy())):
        found = drawn(turned, f"{how}:{h}x{w}", most)

        assert [suffix for suffix, _ in found.images] == [
            f"image/{i}" for i in range(min(most, neurons))
        ]
        for number, (_, image) in enumerate(found.images):
            assert np.array_equal(image, expected[:, :, number, np.newaxis])
        assert found.left_out == max(0, neurons - most)


def test_channels_of_a_column_may_be_last_or_first() -> None:
    array = numbered(32 * 32 * 3, 2)

    for number in range(2):
        _, last = drawn(array, "columns:32x32x3").images[number]
        _, first = drawn(array, "columns:3x32x32").images[number]

        assert np.array_equal(last, array[:, number].reshape(32, 32, 3))
        assert np.array_equal(first, array[:, number].reshape(3, 32, 32).transpose(1, 2, 0))


def test_the_only_image_has_no_number() -> None:
    found = drawn(numbered(6, 4), "columns:2x3", max_images=1)

    assert [suffix for suffix, _ in found.images] == ["image"]
    assert found.left_out == 3


def test_a_batch_of_one_has_its_number_unless_there_can_be_one_only() -> None:
    array = numbered(6, 1)

    assert drawn(array, "columns:2x3", 2).images[0][0] == "image/0"
    assert drawn(array, "columns:2x3", 1).images[0][0] == "image"


# ---------------------------------------------------------------------------------- images


@pytest.mark.parametrize(
    ("shape", "batch"),
    [
        ((20, 30), "hw"),
        ((20, 30, 1), "hwc"), ((20, 30, 3), "hwc"), ((20, 30, 4), "hwc"),
        ((1, 20, 30), "chw"), ((3, 20, 30), "chw"), ((4, 20, 30), "chw"),
        ((5, 20, 30), "nhw"), ((2, 20, 30), "nhw"),
        ((5, 20, 30, 3), "nhwc"), ((5, 20, 30, 1), "nhwc"), ((1, 20, 30, 4), "nhwc"),
        ((5, 3, 20, 30), "nchw"), ((5, 1, 20, 30), "nchw"), ((3, 4, 20, 30), "nchw"),
        # both could be: the larger images
        ((2, 3, 4, 4), "nchw"), ((2, 4, 4, 3), "nhwc"), ((2, 3, 9, 3), "nhwc"), ((3, 9, 3), "hwc"),
    ],
)  # fmt: skip
def test_arrays_that_are_images(shape: tuple[int, ...], batch: str) -> None:
    array = numbered(*shape)
    found = drawn(array, "images")

    letters = "".join(letter for letter in batch if letter in "nhwc")
    wanted = np.einsum(f"{letters}->{''.join(sorted(letters, key='nhwc'.index))}", array)
    if "c" not in batch:
        wanted = wanted[..., np.newaxis]
    if "n" in batch:
        assert [suffix for suffix, _ in found.images] == [f"image/{i}" for i in range(shape[0])]
        for (_, image), each in zip(found.images, wanted, strict=True):
            assert np.array_equal(image, each)
    else:
        ((suffix, image),) = found.images
        assert suffix == "image"
        assert np.array_equal(image, wanted)
    assert all(np.shares_memory(image, array) for _, image in found.images)


def test_more_images_than_wanted_are_counted() -> None:
    found = drawn(np.zeros((100, 8, 8), U1), "images", 3)

    assert len(found.images) == 3
    assert found.left_out == 97


# ---------------------------------------------------------------------------- what is told


KERNEL_OR_BATCH = "a kernel of 4 dimensions, or images NHW, NHWC or NCHW"
IMAGES = "(N)HW, (N)HWC or (N)CHW with 1, 3 or 4 channels"


@pytest.mark.parametrize(
    ("shape", "how", "got", "wanted"),
    [
        ((7,), "matrix", "7", "2 dimensions"),
        ((2, 3, 4), "matrix", "2 × 3 × 4", "2 dimensions"),
        ((3, 3), "columns:28x28", "3 × 3", "2 dimensions, with columns of 784 numbers"),
        ((784, 10), "rows:28x28", "784 × 10", "2 dimensions, with rows of 784 numbers"),
        ((784,), "rows:28x28", "784", "2 dimensions, with rows of 784 numbers"),
        ((1, 2, 784), "rows:28x28", "1 × 2 × 784", "2 dimensions, with rows of 784 numbers"),
        ((9, 9), "tile", "9 × 9", KERNEL_OR_BATCH),
        ((5, 9, 9, 2), "tile", "5 × 9 × 9 × 2", KERNEL_OR_BATCH),
        ((9, 9, 9), "tile:oihw", "9 × 9 × 9", KERNEL_OR_BATCH),
        ((), "images", "a single number", IMAGES),
        ((9, 9, 2), "images", "9 × 9 × 2", IMAGES),
        ((9, 9, 9, 2), "images", "9 × 9 × 9 × 2", IMAGES),
        ((0, 28, 28), "images", "0 × 28 × 28", "some pixels"),
        ((784, 0), "columns:28x28", "784 × 0", "some pixels"),
        ((2, 16385), "matrix", "2 × 16385", "at most 16384 pixels a side"),
    ],
)
def test_an_array_that_does_not_fit_is_told_why(
    shape: tuple[int, ...], how: str, got: str, wanted: str
) -> None:
    with pytest.raises(PictureError) as told:
        drawn(np.zeros(shape), how)

    assert str(told.value) == f"got {got}, wanted {wanted} to draw it as {how}"


def test_off_is_nothing_whatever_the_array() -> None:
    for shape in ((), (0,), (3, 3), (2, 2, 2, 2, 2)):
        assert drawn(np.zeros(shape), "off") == Pictures((), 0)


some_way = st.sampled_from(
    ["matrix", "columns:2x3", "rows:3x2x2", "rows:3x1x2", "tile", "tile:hwio", "images"]
)


@given(some_shape, some_way, st.integers(1, 4), st.sampled_from(["f4", "u1", "V2", "?", ">f8"]))
def test_any_array_becomes_images_of_its_type_or_is_told_why(
    shape: tuple[int, ...], how: str, most: int, kind: str
) -> None:
    array = np.zeros(shape, kind)
    try:
        found = drawn(array, how, most)
    except PictureError:
        return

    assert 1 <= len(found.images) <= most
    for _, image in found.images:
        assert image.ndim == 3
        assert image.shape[2] in (1, 3, 4)
        assert image.size
        assert image.dtype == array.dtype


def test_nothing_but_the_pictures_is_copied() -> None:
    array = np.ones((784, 20_000), np.float32)
    batch = np.ones((5_000, 3, 32, 32), np.uint8)
    tracemalloc.start()

    columns = drawn(array, "columns:28x28")
    images = drawn(batch, "images")
    turned = drawn(array.T, "rows:28x28")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(columns.images) == len(images.images) == len(turned.images) == 10
    assert peak < 200_000
