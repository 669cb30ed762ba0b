"""Pictures of the arrays in snapshots: TensorFlow's pixels, drawn where they are wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from snapshots import STEPS, by_tensorflow, convert, messages, pixels, snapshot, weights


def test_fingerprints_of_the_first_layer_are_drawn(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, logdir=tmp_path / "runs")
    run = served["experiment"]

    for neuron in range(10):
        series = run[f"output/kernel/image/{neuron}"]
        assert series.steps.tolist() == list(STEPS)
        for step in STEPS:
            wanted = by_tensorflow(weights(step)[:, neuron].reshape(8, 8))
            np.testing.assert_array_equal(pixels(series, step), wanted)
    assert any("8x8" in said for said in messages(report))


def test_pictures_as_asked_for(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(
        experiment,
        *("--image", "output/kernel=off", "--image", "*_grad=matrix"),
        logdir=tmp_path / "runs",
    )

    images = {tag: s for tag, s in served["experiment"].items() if s.plugin == "images"}
    assert list(images) == ["output/kernel_grad/image"]
    wanted = by_tensorflow((weights(102) / 1000).astype(np.float32))
    np.testing.assert_array_equal(pixels(images["output/kernel_grad/image"], 100), wanted)


def test_one_scale_for_the_whole_run(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, "--image-scale", "run", logdir=tmp_path / "runs")

    largest = max(np.abs(weights(step)).max() for step in STEPS)
    for step in STEPS:
        got = pixels(served["experiment"]["output/kernel/image/3"], step)
        wanted = weights(step)[:, 3].reshape(8, 8) * (np.float32(127) / largest) + np.float32(128)
        np.testing.assert_array_equal(got, wanted.astype(np.uint8))


def test_images_are_drawn_as_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rgb = random.integers(0, 256, (2, 16, 20, 3), np.uint8)
    gray = random.random((3, 1, 16, 16)).astype(np.float32)
    path = snapshot(tmp_path / "samples_1.npz", photos=rgb, samples=gray)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    for place in range(2):
        np.testing.assert_array_equal(pixels(served["r"][f"photos/image/{place}"], 1), rgb[place])
    for place in range(3):
        wanted = by_tensorflow(gray[place, 0])
        np.testing.assert_array_equal(pixels(served["r"][f"samples/image/{place}"], 1), wanted)
