"""Curves that scripts saved by numpy: of other lengths, in files called after the time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from oracle import ingest, read_back
from safetensors.numpy import save_file


def test_losses_of_other_lengths_are_curves(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", train_losses=np.arange(5) / 4, val_losses=np.arange(3) / 2)
    (run,) = ingest(tmp_path / "a.npz", logdir=tmp_path / "runs")["runs"]
    tags = read_back(tmp_path / "runs")["a"]
    assert tags["train_losses"].values.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert tags["train_losses"].steps.tolist() == [0, 1, 2, 3, 4]
    assert tags["val_losses"].values.tolist() == [0, 0.5, 1]
    assert tags["val_losses"].steps.tolist() == [0, 1, 2]
    assert run["missing"] == 0
    lengths = "'train_losses' 5, 'val_losses' 3"
    said = f"curves are not of one length: {lengths}; all begin with the first row"
    assert [problem["problem"] for problem in run["problems"]] == [said]


def test_results_of_seeds_by_steps(tmp_path: Path) -> None:
    returns = np.array([[0.5, 1.0, 1.5], [2.5, 3.0, 3.5]])
    np.savez(tmp_path / "a.npz", returns=returns, steps=np.array([0, 1000, 2000]))
    ingest(tmp_path / "a.npz", logdir=tmp_path / "runs")
    tags = read_back(tmp_path / "runs")["a"]
    shown = {tag: (of.steps.tolist(), of.values.tolist()) for tag, of in tags.items()}
    assert shown == {
        "returns/0": ([0, 1000, 2000], [0.5, 1.0, 1.5]),
        "returns/1": ([0, 1000, 2000], [2.5, 3.0, 3.5]),
        "returns/mean": ([0, 1000, 2000], [1.5, 2.0, 2.5]),
        "returns/std": ([0, 1000, 2000], [1.0, 1.0, 1.0]),
    }


def test_weights_whose_last_side_is_as_long_as_the_steps_stay_weights(tmp_path: Path) -> None:
    arrays = {"kernel": np.ones((2, 3)), "other": np.ones((2, 4)), "steps": np.array([0, 1, 2])}
    np.savez(tmp_path / "a.npz", **arrays)
    ingest(tmp_path / "a.npz", logdir=tmp_path / "runs")
    tags = read_back(tmp_path / "runs")["a"]
    assert tags["kernel"].plugin == "histograms"


@pytest.mark.parametrize(("name", "rows"), [("kernel", 4), ("W", 784)])
def test_a_model_of_as_many_outputs_as_epochs_is_none_of_several_seeds(
    tmp_path: Path, name: str, rows: int
) -> None:
    epochs, losses = np.arange(3), np.array([1.5, 1.0, 0.5])
    np.savez(tmp_path / "a.npz", epoch=epochs, loss=losses, **{name: np.ones((rows, 3))})
    ingest(tmp_path / "a.npz", logdir=tmp_path / "runs")
    tags = read_back(tmp_path / "runs")["a"]
    assert (tags["loss"].steps.tolist(), tags["loss"].values.tolist()) == ([0, 1, 2], [1.5, 1, 0.5])
    assert (tags[name].plugin, len(tags[name].steps)) == ("histograms", 1)


@pytest.mark.parametrize(
    "name",
    [
        "losses_1683496002",
        "losses_1683496002123",
        "losses_20240115_143022",
        "losses_2024-01-15-14-30",
    ],
)
def test_the_time_in_a_name_is_no_step(tmp_path: Path, name: str) -> None:
    np.save(tmp_path / f"{name}.npy", np.arange(4) / 4)
    (run,) = ingest(tmp_path / f"{name}.npy", logdir=tmp_path / "runs")["runs"]
    (tags,) = read_back(tmp_path / "runs").values()
    (curve,) = (of for of in tags.values() if of.plugin == "scalars")
    assert (curve.steps.tolist(), curve.values.tolist()) == ([0, 1, 2, 3], [0, 0.25, 0.5, 0.75])
    assert run["histograms"]["points"] == 0


@pytest.mark.parametrize(
    ("name", "step"), [("ckpt_20000000", 20_000_000), ("w_20240115", 20240115)]
)
def test_a_large_number_in_a_name_is_a_step(tmp_path: Path, name: str, step: int) -> None:
    np.savez(tmp_path / f"{name}.npz", kernel=np.eye(3))
    ingest(tmp_path / f"{name}.npz", logdir=tmp_path / "runs")
    (tags,) = read_back(tmp_path / "runs").values()
    assert tags["kernel"].steps.tolist() == [step]


def test_shards_of_one_model_are_not_two_at_one_step(tmp_path: Path) -> None:
    for shard in (1, 2):
        name = f"model-0000{shard}-of-00002.safetensors"
        save_file({f"layers.{shard}.w": np.eye(3, dtype=np.float32)}, tmp_path / name)
    (run,) = ingest(tmp_path, logdir=tmp_path / "runs")["runs"]
    assert run["histograms"]["points"] == 2
    assert not [p for p in run["problems"] if "is that of" in p["problem"]]
