"""Arrays that are a table, and arrays that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from snapshots import convert, snapshot, weights


def test_arrays_of_one_length_are_a_table(tmp_path: Path) -> None:
    epochs = np.arange(1, 6)
    path = snapshot(tmp_path / "history.npz", epoch=epochs, loss=1 / epochs, val_loss=2 / epochs)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert set(served["r"]) == {"loss", "val_loss"}
    assert served["r"]["loss"].steps.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(served["r"]["val_loss"].values, np.float32(2 / epochs))


def test_a_table_without_steps_is_numbered(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "history.npz", loss=np.array([3.0, 2.0]), acc=np.array([0.1, 0.2]))

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["loss"].steps.tolist() == [0, 1]
    assert served["r"]["acc"].values.tolist() == np.float32([0.1, 0.2]).tolist()


def test_evaluations_of_stable_baselines(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    results, lengths = random.normal(size=(6, 5)), random.integers(1, 99, (6, 5))
    path = snapshot(
        tmp_path / "evaluations.npz",
        timesteps=np.arange(1, 7) * 500,
        results=results,
        ep_lengths=lengths,
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")
    run = served["r"]

    assert run["results/mean"].steps.tolist() == [500, 1000, 1500, 2000, 2500, 3000]
    np.testing.assert_allclose(run["results/mean"].values, results.mean(1), rtol=1e-6)
    np.testing.assert_allclose(run["results/std"].values, results.std(1), rtol=1e-6)
    np.testing.assert_allclose(run["ep_lengths/mean"].values, lengths.mean(1), rtol=1e-6)
    np.testing.assert_array_equal(run["results/4"].values, results[:, 4].astype(np.float32))


def test_a_single_evaluation(tmp_path: Path) -> None:
    results = np.array([[1.0, 2.0, 6.0]])
    path = snapshot(tmp_path / "evaluations.npz", timesteps=np.array([500]), results=results)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["results/mean"].steps.tolist() == [500]
    assert served["r"]["results/mean"].values.tolist() == [3.0]


def test_weights_and_a_table_in_one_file(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "final.npz",
        step=np.arange(10),
        loss=np.linspace(1, 0, 10),
        **{"weights/W": weights(1), "grads/W": weights(2)},
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["loss"].steps.tolist() == list(range(10))
    assert served["r"]["weights/W"].steps.tolist() == [9]
    assert served["r"]["grads/W"].plugin == "histograms"


def test_weights_of_every_step_in_one_array(tmp_path: Path) -> None:
    history = np.random.default_rng(0).normal(size=(4, 30, 20))
    path = snapshot(tmp_path / "history.npz", step=np.arange(4) * 10, layer=history)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["layer"].steps.tolist() == [0, 10, 20, 30]
    assert [buckets[:, 2].sum() for buckets in served["r"]["layer"].values] == [600] * 4


def test_biases_of_one_length_are_no_table(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_5.npz", b1=weights(1, (8,)), b2=weights(2, (8,)))

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["b1"].plugin == served["r"]["b2"].plugin == "histograms"


def test_texts(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "step_5.npz", note=np.array("hello *world*"), words=np.array(["a", "b"])
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["note"].plugin == "text"
    assert served["r"]["note"].steps.tolist() == [5]
    assert "hello *world*" in str(served["r"]["note"].values[0])
