"""Snapshots through the command line, and what TensorBoard's readers then show of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from oracle import ingest
from snapshots import STEPS, TIME, convert, messages, snapshot, weights


def test_one_run_has_it_all(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert list(served) == ["experiment"] == [run["run"]]
    plugins = {series.plugin for series in served["experiment"].values()}
    assert plugins == {"scalars", "histograms", "images", "graphs"}
    assert run["graph"] is True
    assert run["histograms"] == {"tags": 3, "points": 9}
    assert run["images"]["tags"] == 10
    assert run["rejected"] == run["superseded"] == 0


def test_curves_of_the_log_stand_as_they_are(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")

    loss = served["experiment"]["loss"]
    assert loss.steps.tolist() == [0, 100, 200, 300]
    assert loss.values.tolist() == [2.5, 1.5, 1.0, 0.5]


@pytest.mark.parametrize("name", ["output/kernel", "output/bias", "output/kernel_grad"])
def test_histograms_count_what_numpy_counts(name: str, experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")

    series = served["experiment"][name]
    assert series.steps.tolist() == list(STEPS)
    assert series.wall_times.tolist() == [TIME] * 3
    for step, buckets in zip(STEPS, series.values, strict=True):
        with np.load(experiment / "checkpoints" / f"step_{step:06}.npz") as arrays:
            array = arrays[name].astype(np.float64)
        filled = buckets[buckets[:, 2] > 0]
        assert filled[0, 0] == array.min()
        assert filled[-1, 1] == array.max()
        inner = np.concatenate([buckets[:1, 0], buckets[:, 1]])
        counts, _ = np.histogram(array, np.unique(inner))
        assert counts.sum() == filled[:, 2].sum() == array.size
        assert len(filled) <= 100


def test_statistics_are_numpys(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")
    run = served["experiment"]

    for place, step in enumerate(STEPS):
        array = weights(step).astype(np.float64)
        for name, wanted in {
            "norm": np.linalg.norm(array),
            "mean": array.mean(),
            "std": array.std(),
            "min": array.min(),
            "max": array.max(),
        }.items():
            assert run[f"output/kernel/{name}"].steps.tolist() == list(STEPS)
            np.testing.assert_allclose(
                run[f"output/kernel/{name}"].values[place], wanted, rtol=1e-6, atol=1e-7
            )
    moved = np.linalg.norm(weights(200).astype(float) - weights(100)) / np.linalg.norm(weights(100))
    update = run["output/kernel/update"]
    assert update.steps.tolist() == [200, 300]
    np.testing.assert_allclose(update.values[0], moved, rtol=1e-5)
    assert "output/kernel_grad/update" not in run
    assert not [tag for tag in run if tag.endswith(("nan_count", "inf_count"))]


def test_no_statistics_if_not_wanted(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, "--no-tensor-stats", logdir=tmp_path / "runs")

    curves = [tag for tag, series in served["experiment"].items() if series.plugin == "scalars"]
    assert curves == ["loss"]


def test_a_model_of_many_arrays_stays_legible(tmp_path: Path) -> None:
    arrays = {f"layer_{i}/kernel": weights(i, (5, 5)) for i in range(40)}
    for step in (1, 2):
        snapshot(tmp_path / "big" / f"step_{step}.npz", **arrays)

    served, report = convert(tmp_path / "big", logdir=tmp_path / "runs")

    curves = {tag for tag, s in served["big"].items() if s.plugin == "scalars"}
    assert curves == {f"layer_{i}/kernel/{what}" for i in range(40) for what in ("norm", "update")}
    assert any("only norm and update" in said for said in messages(report))
    served, _ = convert(
        tmp_path / "big", "--tensor-stats", "--if-exists", "replace", logdir=tmp_path / "runs"
    )
    assert "layer_7/kernel/std" in served["big"]


def test_the_graph_is_drawn_from_the_checkpoint(experiment: Path, tmp_path: Path) -> None:
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    served, _ = convert(experiment, logdir=tmp_path / "runs")

    (series,) = [s for s in served["experiment"].values() if s.plugin == "graphs"]
    nodes = {node.name for node in GraphDef.FromString(series.values[0][0]).node}
    assert {"output/kernel", "output/bias"} <= nodes
    assert not [name for name in nodes if "grad" in name]


def test_no_graph_if_not_wanted(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, "--graph", "none", logdir=tmp_path / "runs")

    assert not [s for s in served["experiment"].values() if s.plugin == "graphs"]
    assert report["runs"][0]["graph"] is False


def test_the_same_snapshots_give_the_same_bytes(experiment: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        ingest(experiment, logdir=tmp_path / name)

    written = [
        {path.name: path.read_bytes() for path in (tmp_path / name / "experiment").iterdir()}
        for name in ("one", "two")
    ]
    events = [next(v for k, v in files.items() if "tfevents" in k) for files in written]
    assert events[0] == events[1]
    again = ingest(experiment, logdir=tmp_path / "one")
    assert again["runs"][0]["status"] == "unchanged"
