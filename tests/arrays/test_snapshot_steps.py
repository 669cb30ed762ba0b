"""The steps and times of snapshots, and the curves that they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from snapshots import convert, messages, snapshot, weights


def test_the_step_stands_in_the_snapshot(tmp_path: Path) -> None:
    for number, step in enumerate((40, 80)):
        snapshot(tmp_path / "run" / f"ckpt_{number}.npz", step=np.int64(step), w=weights(step))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [40, 80]
    assert "step" not in served["run"]


def test_the_time_stands_in_the_snapshot(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", timestamp=np.float64(1.6e9), w=weights(1))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].wall_times.tolist() == [1.6e9]


def test_a_pattern_tells_the_step(tmp_path: Path) -> None:
    for step in (7, 30):
        snapshot(tmp_path / "run" / f"net_b{step}_e1.npz", w=weights(step))

    served, _ = convert(tmp_path / "run", "--step-from", r"_b(\d+)", logdir=tmp_path / "runs")

    assert served["net_b_e1"]["w"].steps.tolist() == [7, 30]


def test_snapshots_that_share_a_step_are_told(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", w=weights(1))
    snapshot(tmp_path / "run" / "step_01.npz", w=weights(2))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert len(served["run"]["w"]) == 1
    assert report["runs"][0]["superseded"] > 0
    assert any(said.startswith("step 1 is that of") for said in messages(report))


def test_a_snapshot_without_a_step_is_told(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "gradients.npz", w=weights(1))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [0]
    assert any("no step in its name" in said for said in messages(report))


def test_scalars_of_snapshots_are_curves(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        snapshot(tmp_path / "run" / f"step_{step}.npz", loss=np.float64(1 / step), w=weights(step))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["loss"].steps.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(served["run"]["loss"].values, np.float32([1, 1 / 2, 1 / 3]))


def test_a_curve_of_the_log_and_one_of_the_snapshots_are_told_apart(
    experiment: Path, tmp_path: Path
) -> None:
    snapshot(experiment / "checkpoints" / "step_000400.npz", loss=np.float64(9), w=weights(1))

    served, report = convert(experiment, logdir=tmp_path / "runs")

    assert served["experiment"]["loss"].values.tolist() == [2.5, 1.5, 1.0, 0.5]
    assert served["experiment"]["loss.1"].values.tolist() == [9.0]
    assert any("'loss'" in said and "loss.1" in said for said in messages(report))


def test_a_step_beyond_all_steps_costs_no_other_snapshot(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", w=weights(1))
    snapshot(tmp_path / "run" / "step_99999999999999999999.npz", w=weights(2))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [0, 1]
    assert any("all stands at step 0" in said for said in messages(report))


def test_steps_below_zero(tmp_path: Path) -> None:
    for step in (-5, 0, 3):
        snapshot(tmp_path / "run" / f"step_{step}.npz", w=weights(step + 5))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [-5, 0, 3]
