"""What options make of pictures: their pixels by the rule, worked out here and read by Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from snapshots import by_tensorflow, convert, messages, pixels, snapshot, weights

NAN = np.nan


# ------------------------------------------------------------------------ the first layer


@pytest.mark.parametrize(
    "other",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((10, 10), np.int64),
        np.eye(10, dtype=np.float32),
    ],
    ids=["image", "counts", "confusion"],
)
def test_another_array_before_the_first_layer(other: NDArray[Any], tmp_path: Path) -> None:
    kernel = weights(1, (784, 10))
    path = snapshot(tmp_path / "step_1.npz", other=other, W=kernel)

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    for neuron in range(10):
        wanted = by_tensorflow(kernel[:, neuron].reshape(28, 28))
        np.testing.assert_array_equal(pixels(served["r"][f"W/image/{neuron}"], 1), wanted)
    assert "taken for a layer that sees images: drawn as columns:28x28" in messages(report)


def test_a_gradient_with_a_rule_before_the_first_layer(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", grad_W=weights(2, (784, 10)), W=weights(1, (784, 10)))

    served, _ = convert(path, "--run", "r", "--image", "grad*=off", logdir=tmp_path / "runs")

    assert "W/image/9" in served["r"]


# ----------------------------------------------------------------------------- colours


def test_rdbu_is_white_at_zero_red_below_and_blue_above(tmp_path: Path) -> None:
    matrix = np.float32([[-4, -2, 0], [0, 2, 4]])
    positive = np.float32([[0, 4], [4, 4]])
    path = snapshot(tmp_path / "step_1.npz", w=matrix, v=positive)

    served, _ = convert(path, "--run", "r", "--colormap", "rdbu", logdir=tmp_path / "runs")

    red, white, blue = [110, 12, 38], [255, 255, 255], [10, 38, 92]
    got = pixels(served["r"]["w/image"], 1).astype(int)
    assert got[0, 0].tolist() == red
    assert got[0, 2].tolist() == got[1, 0].tolist() == white
    assert got[1, 2].tolist() == blue
    # half of the way: most of its brightness is left, and the side can be told
    assert got[0, 1, 0] - got[0, 1, 2] > 50
    assert got[1, 1, 2] - got[1, 1, 0] > 50
    # zero is white where nothing is below it too
    assert pixels(served["r"]["v/image"], 1).tolist() == [[white, blue], [blue, blue]]


def test_viridis_goes_from_violet_to_yellow(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", w=np.float32([[0, 1], [1, 0]]))

    served, _ = convert(path, "--run", "r", "--colormap", "viridis", logdir=tmp_path / "runs")

    violet, yellow = [0x44, 0x01, 0x54], [0xFD, 0xE7, 0x25]
    got = pixels(served["r"]["w/image"], 1).astype(int)
    np.testing.assert_allclose(got, [[violet, yellow], [yellow, violet]], atol=1)


def test_pictures_of_something_keep_their_greys(tmp_path: Path) -> None:
    image = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    path = snapshot(tmp_path / "step_1.npz", sample=image)

    served, _ = convert(path, "--run", "r", "--colormap", "rdbu", logdir=tmp_path / "runs")

    np.testing.assert_array_equal(pixels(served["r"]["sample/image"], 1), by_tensorflow(image))


@pytest.mark.parametrize(
    ("options", "bad"),
    [
        ((), 255),
        (("--bad-color", "7"), 7),
        (("--bad-color", "1,2,3"), 1),
        (("--bad-color", "7", "--colormap", "rdbu"), [7, 7, 7]),
        (("--bad-color", "1,2,3", "--colormap", "viridis"), [1, 2, 3]),
        (("--colormap", "rdbu"), [255, 0, 0]),
    ],
    ids=str,
)
def test_the_colour_of_what_is_no_number(
    options: tuple[str, ...], bad: int | list[int], tmp_path: Path
) -> None:
    matrix = np.where(np.eye(4), NAN, np.float32(-1)).astype(np.float32)
    path = snapshot(tmp_path / "step_1.npz", w=matrix)

    served, report = convert(path, "--run", "r", *options, logdir=tmp_path / "runs")

    got = pixels(served["r"]["w/image"], 1)
    good = [110, 12, 38] if "rdbu" in options else None
    for row in range(4):
        for column in range(4):
            if row == column:
                assert got[row, column].tolist() == bad
            elif good:
                assert got[row, column].tolist() == good
            elif "viridis" not in options:
                assert got[row, column] == 1  # 128 - 127
    assert not any("no picture" in said for said in messages(report))


def test_one_number_is_a_grey_in_pictures_of_three_channels(tmp_path: Path) -> None:
    image = np.ones((8, 8, 3), np.float32)
    image[2, 3, 1] = NAN
    path = snapshot(tmp_path / "step_1.npz", sample=image)

    served, _ = convert(path, "--run", "r", "--bad-color", "9", logdir=tmp_path / "runs")

    wanted = np.full((8, 8, 3), 255)
    wanted[2, 3] = 9
    np.testing.assert_array_equal(pixels(served["r"]["sample/image"], 1), wanted)


# ---------------------------------------------------------------------------- how many


@pytest.mark.parametrize("most", [1, 3, 12])
def test_so_many_images_and_how_many_more_there_are(most: int, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 9), np.uint8)
    path = snapshot(tmp_path / "step_1.npz", photos=images)

    served, report = convert(
        path, "--run", "r", "--max-images", str(most), logdir=tmp_path / "runs"
    )

    # one is called as the only one of a batch is by TensorFlow
    names = ["photos/image"] if most == 1 else [f"photos/image/{n}" for n in range(most)]
    assert {tag for tag, series in served["r"].items() if series.plugin == "images"} == set(names)
    for place, name in enumerate(names):
        np.testing.assert_array_equal(pixels(served["r"][name], 1), images[place])
    left = [said for said in messages(report) if "left out" in said]
    assert left == ([] if most == 12 else [f"{12 - most} more images of it were left out"])


def test_so_many_neurons(tmp_path: Path) -> None:
    kernel = weights(1, (64, 10))
    path = snapshot(tmp_path / "step_1.npz", W=kernel)

    served, _ = convert(path, "--run", "r", "--max-images", "4", logdir=tmp_path / "runs")

    drawn = {tag for tag, series in served["r"].items() if series.plugin == "images"}
    assert drawn == {f"W/image/{neuron}" for neuron in range(4)}
    wanted = by_tensorflow(kernel[:, 3].reshape(8, 8))
    np.testing.assert_array_equal(pixels(served["r"]["W/image/3"], 1), wanted)
