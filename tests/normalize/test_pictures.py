"""Which pictures an array becomes, against numpy's own reshaping and indexing."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tbconvert.errors import UsageError
from tbconvert.normalize.pictures import (
    WAYS,
    PictureError,
    Pictures,
    Rule,
    Way,
    default_way,
    find_way,
    first_layer_way,
    parse_rule,
    pictures,
)

F4, U1 = np.dtype(np.float32), np.dtype(np.uint8)


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


# ---------------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("*=off", Rule("*", Way("off"))),
        ("dense/kernel=matrix", Rule("dense/kernel", Way("matrix"))),
        ("w*=columns:28x28", Rule("w*", Way("columns", (28, 28)))),
        ("w*=rows:28X14", Rule("w*", Way("rows", (28, 14)))),
        ("w=columns:32x32x3", Rule("w", Way("columns", (32, 32, 3)))),
        ("w=rows:3x32x32", Rule("w", Way("rows", (3, 32, 32)))),
        ("conv*=tile", Rule("conv*", Way("tile"))),
        ("conv*=tile:hwio", Rule("conv*", Way("tile", order="hwio"))),
        ("x= Images ", Rule("x", Way("images"))),
        ("a=b=tile:oihw", Rule("a=b", Way("tile", order="oihw"))),
    ],
)
def test_rules(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule
    assert parse_rule(f"{rule.pattern}={rule.way}") == rule


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "''"),
        ("matrix", "'matrix'"),
        ("=matrix", "'=matrix'"),
        ("w=", "''"),
        ("w=pie", "'pie'"),
        ("w=matrix:28x28", "'matrix:28x28'"),
        ("w=off:", "'off:'"),
        ("w=tile:", "'tile:'"),
        ("w=tile:ohwi", "'tile:ohwi'"),
    ],
)
def test_a_rule_that_is_none_is_told_all_ways(text: str, got: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_rule(text)

    assert str(told.value).startswith(f"image: got {got}")
    assert str(told.value).endswith(WAYS)


@pytest.mark.parametrize(
    "detail",
    ["", ":", ":28", ":28x", ":0x28", ":-1x28", ":2.5x2", ":28x28x2", ":2x28x28", ":8x8x3x1",
     ":28 x 28", ":100000x1", ":٢x٢"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["columns", "rows"])
def test_columns_and_rows_want_to_know_the_sides(kind: str, detail: str) -> None:
    with pytest.raises(UsageError, match=rf"image: got '{kind}.*' for 'w', wanted {kind}:HEIGHTx"):
        parse_rule(f"w={kind}{detail}")


def test_the_last_rule_that_matches_holds() -> None:
    rules = tuple(map(parse_rule, ("*=off", "dense/*=matrix", "dense/kernel=columns:28x28")))

    assert find_way(rules, "dense/kernel") == Way("columns", (28, 28))
    assert find_way(rules, "dense/deep/er") == Way("matrix")
    assert find_way(rules, "Dense/kernel") == Way("off")
    assert find_way(rules[1:], "conv") is None
    assert find_way((), "conv") is None


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


# --------------------------------------------------------------------------------- images


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


# ---------------------------------------------------------------------------------- tiles


def pasted(tiles: list[list[NDArray[Any]]], gap: int = 1) -> NDArray[Any]:
    """Return a picture of rows of tiles, put together by numpy's own padding."""
    pad = ((0, gap), (0, gap), (0, 0))
    rows = [np.concatenate([np.pad(tile, pad) for tile in row], axis=1) for row in tiles]
    whole = np.concatenate(rows, axis=0)
    return whole[: whole.shape[0] - gap, : whole.shape[1] - gap]


@pytest.mark.parametrize("how", ["tile", "tile:oihw", "tile:hwio"])
def test_a_kernel_has_a_row_for_each_output_and_a_column_for_each_input(how: str) -> None:
    pytorch = numbered(6, 5, 3, 3)
    kernel = np.ascontiguousarray(pytorch.transpose(2, 3, 1, 0)) if how == "tile:hwio" else pytorch

    expected = pasted([[pytorch[o, i, :, :, np.newaxis] for i in range(5)] for o in range(6)])

    assert np.array_equal(only(kernel, how), expected)


def test_keras_kernels_are_told_by_where_their_sides_are() -> None:
    keras = numbered(5, 5, 2, 7)

    expected = pasted([[keras[:, :, i, o, np.newaxis] for i in range(2)] for o in range(7)])

    assert np.array_equal(only(keras, "tile"), expected)


@pytest.mark.parametrize(("filters", "rows", "columns"), [(1, 1, 1), (4, 2, 2), (7, 3, 3)])
def test_filters_of_one_input_stand_in_a_square(filters: int, rows: int, columns: int) -> None:
    kernel = numbered(filters, 1, 5, 5)
    tiles = [*kernel[:, 0, :, :, np.newaxis]]
    tiles += [np.zeros((5, 5, 1), int)] * (rows * columns - filters)

    expected = pasted([tiles[columns * row : columns * (row + 1)] for row in range(rows)])

    for array, how in (
        (kernel, "tile"),
        (kernel.transpose(2, 3, 1, 0), "tile"),
        (kernel.transpose(2, 3, 0, 1), "tile:hwio"),  # one output, as of a depthwise kernel
        (kernel[:, 0], "tile"),
    ):
        assert np.array_equal(only(array, how), expected)


def test_three_inputs_are_colours() -> None:
    kernel = numbered(4, 3, 7, 7)
    colours = [filter_.transpose(1, 2, 0) for filter_ in kernel]

    assert np.array_equal(only(kernel, "tile"), pasted([colours[:2], colours[2:]]))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_batch_of_images_can_be_tiled(channels: int) -> None:
    batch = numbered(6, 12, 20, channels)

    expected = pasted([[*batch[:3]], [*batch[3:]]])

    assert np.array_equal(only(batch, "tile"), expected)
    assert np.array_equal(only(batch.transpose(0, 3, 1, 2), "tile"), expected)


def test_a_kernel_of_single_weights_is_a_matrix() -> None:
    kernel = numbered(6, 5, 1, 1)

    assert np.array_equal(only(kernel, "tile")[..., 0], kernel[:, :, 0, 0])


def test_a_kernel_need_not_be_square_if_its_axes_are_said() -> None:
    kernel = numbered(2, 6, 1, 7)

    expected = pasted([[kernel[o, i, :, :, np.newaxis] for i in range(6)] for o in range(2)])

    assert np.array_equal(only(kernel, "tile:oihw"), expected)


@given(st.integers(1, 200), st.integers(1, 4), st.integers(1, 4))
def test_a_square_of_tiles_holds_them_all_and_no_row_or_column_more(n: int, h: int, w: int) -> None:
    picture = only(numbered(n, h, w), "tile")[..., 0]

    gap = int(h * w > 1)
    rows, columns = (picture.shape[0] + gap) // (h + gap), (picture.shape[1] + gap) // (w + gap)
    assert picture.shape == (rows * (h + gap) - gap, columns * (w + gap) - gap)
    assert (rows - 1) * columns < n <= rows * columns
    assert 0 <= columns - rows <= 1
    assert np.array_equal(np.sort(picture[picture != 0]), np.arange(1, 1 + n * h * w))


def test_tiles_that_do_not_fit_are_counted() -> None:
    batch = numbered(100, 300, 500)

    found = drawn(batch, "tile")

    ((_, picture),) = found.images
    # six of 300 and one pixel between, four of 500
    assert picture.shape == (6 * 301 - 1, 4 * 501 - 1, 1)
    assert found.left_out == 100 - 24
    assert np.array_equal(picture[-300:, -500:, 0], batch[23])


def test_kernels_that_do_not_fit_are_counted() -> None:
    kernel = np.broadcast_to(np.float32(1), (1000, 600, 3, 3))

    found = drawn(kernel, "tile")

    assert found.images[0][1].shape == (512 * 4 - 1, 512 * 4 - 1, 1)
    assert found.left_out == 1000 * 600 - 512 * 512


# --------------------------------------------------------------------------- what is told


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


some_shape = st.lists(st.integers(0, 12), max_size=5).map(tuple)
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


# ------------------------------------------------------------------- what nobody asked for


@pytest.mark.parametrize(
    ("shape", "dtype", "role", "way"),
    [
        ((28, 28), "u1", "weight", "images"),
        ((50, 28, 28), "u1", "weight", "images"),
        ((50, 28, 28, 3), "u1", "sample", "images"),
        ((50, 4, 28, 28), "u1", "gradient", "images"),
        ((50, 28, 28, 2), "u1", "sample", None),
        ((50, 7, 28), "u1", "sample", None),
        ((60_000, 784), "u1", "weight", None),
        ((100,), "u1", "weight", None),
        ((), "u1", "weight", None),
        ((32, 16, 16, 1), "f4", "sample", "images"),
        ((32, 1, 16, 16), "f4", "sample", "images"),
        ((32, 1, 16, 16), "i8", "sample", "images"),
        ((32, 1, 16, 16), "V2", "sample", "images"),
        ((32, 1, 16, 16), "U5", "sample", None),
        ((1000, 2), "f4", "sample", None),
        ((32, 16, 16, 1), "f4", "weight", None),
        ((512, 2), "f4", "weight", "matrix"),
        ((2, 512), "V2", "weight", "matrix"),
        ((3, 3), "c8", "weight", "matrix"),
        ((513, 2), "f4", "weight", None),
        ((1, 5), "f4", "weight", None),
        ((5, 1), "f4", "weight", None),
        ((5, 5), "f4", "gradient", None),
        ((5, 5), "i8", "weight", None),
        ((64, 3, 7, 7), "f8", "weight", "tile:oihw"),
        ((7, 7, 3, 64), "f4", "weight", "tile:hwio"),
        ((128, 64, 3, 3), "f4", "weight", "tile:oihw"),  # 128 × 4 - 1 pixels
        ((129, 64, 3, 3), "f4", "weight", None),
        ((11, 11, 8, 8), "f4", "weight", "tile:oihw"),
        ((11, 11, 3, 5), "f4", "weight", "tile:hwio"),
        ((12, 12, 3, 5), "f4", "weight", None),
        ((3, 3, 3, 0), "f4", "weight", None),
        ((64, 64, 1, 1), "f4", "weight", "tile:oihw"),
        ((1, 1, 64, 64), "f4", "weight", "tile:hwio"),
        ((1, 1, 3, 3), "f4", "weight", "tile:oihw"),
        ((3, 3, 1, 1), "f4", "weight", "tile:hwio"),
        ((64, 32, 5), "f4", "weight", None),
        ((), "f4", "weight", None),
    ],
)
def test_without_a_rule(shape: tuple[int, ...], dtype: str, role: str, way: str | None) -> None:
    expected = None if way is None else parse_rule(f"*={way}").way

    assert default_way("net/w", shape, np.dtype(dtype), role) == expected


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("conv1.weight", "oihw"), ("conv/kernel", "hwio"), ("conv/kernel:0", "hwio"),
        ("Conv/Kernel", "hwio"), ("W", "oihw"), ("kernel/w", "oihw"),
    ],
)  # fmt: skip
def test_a_kernel_that_could_be_either_goes_by_its_name(name: str, order: str) -> None:
    way = default_way(name, (3, 3, 3, 3), F4, "weight")

    assert way is not None
    assert way.order == order
    # where the shape tells, the name does not
    clear = default_way(name, (16, 5, 3, 3), F4, "weight")
    assert clear is not None
    assert clear.order == "oihw"


@example((0, 8, 8), "weight", U1)
@given(some_shape, st.sampled_from(["weight", "sample", "gradient"]), st.sampled_from([F4, U1]))
def test_what_is_drawn_without_a_rule_fits(
    shape: tuple[int, ...], role: str, dtype: np.dtype[Any]
) -> None:
    way = default_way("a/kernel", shape, dtype, role)

    if way is not None:
        assert pictures(np.zeros(shape, dtype), way, 3).images


@pytest.mark.parametrize(
    ("shape", "name", "way"),
    [
        ((784, 10), "", "columns:28x28"),
        ((10, 784), "", "rows:28x28"),
        ((784, 784), "", "columns:28x28"),
        ((784, 64), "", "columns:28x28"),
        ((64, 784), "", "rows:28x28"),
        ((64, 10), "", "columns:8x8"),
        ((32, 64), "", "rows:8x8"),
        ((3072, 10), "", "columns:32x32x3"),
        ((10, 3072), "", "rows:3x32x32"),
        ((784, 100), "dense/kernel", "columns:28x28"),
        ((100, 784), "fc1.weight", "rows:28x28"),
        ((4, 64), "dense/kernel", None),  # four inputs, 64 neurons
        ((64, 4), "0.weight", None),
        ((400, 25), "dense/kernel", "columns:20x20"),
        ((25, 400), "fc1.weight", "rows:20x20"),
        ((400, 25), "", None),
        ((49, 10), "dense/kernel", None),
        ((13, 100), "", None),
        ((784,), "", None),
        ((784, 10, 1), "", None),
        ((0, 0), "kernel", None),
    ],
)
def test_a_first_layer_on_pixels(shape: tuple[int, ...], name: str, way: str | None) -> None:
    expected = None if way is None else parse_rule(f"*={way}").way

    assert first_layer_way(shape, name) == expected


@given(st.lists(st.integers(1, 900), min_size=1, max_size=3).map(tuple), st.booleans())
def test_a_first_layer_fits_what_is_proposed(shape: tuple[int, ...], is_named: bool) -> None:
    way = first_layer_way(shape, "weight" if is_named else "")

    if way is not None:
        assert pictures(np.zeros(shape, np.int8), way, 3).images
