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


def test_series_with_the_same_arrays_at_one_step_are_told_apart(tmp_path: Path) -> None:
    for step in (1, 2):
        snapshot(tmp_path / "run" / f"ckpt_{step}.npz", w=weights(step), lr=np.float64(step))
        snapshot(tmp_path / "run" / f"model_{step}.npz", w=weights(9), b=weights(3))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    run = served["run"]
    norm = np.linalg.norm(weights(9))
    assert run["w"].steps.tolist() == run["model/w"].steps.tolist() == [1, 2]
    np.testing.assert_allclose(run["model/w/norm"].values, [norm, norm], rtol=1e-6)
    assert run["model/w/update"].values.tolist() == [0]
    assert run["b"].steps.tolist() == run["lr"].steps.tolist() == [1, 2]
    assert report["runs"][0]["superseded"] == 0
    (problem,) = (p for p in report["runs"][0]["problems"] if "is that of" in p["problem"])
    folder = tmp_path / "run"
    assert problem["uri"] == str(folder / "model_1.npz")
    assert problem["problem"] == (
        f"'w' at step 1 is that of {folder / 'ckpt_1.npz'} already: here it is 'model/w'"
    )
    assert problem["hint"] == "--rename gives it another name"


def test_a_series_between_the_steps_of_another_is_told_apart(tmp_path: Path) -> None:
    for name in ("ckpt_1", "ckpt_3", "model_2"):
        snapshot(tmp_path / "run" / f"{name}.npz", w=weights(1), v=weights(2))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [1, 3]
    assert served["run"]["model/w"].steps.tolist() == [2]
    (said,) = (said for said in messages(report) if "is that of" in said)
    last = tmp_path / "run" / "ckpt_3.npz"
    assert said.endswith("here it is 'model/w', and so on for 1 more")
    assert said.startswith(f"'w' is that of {last} already, which has the later step 3")


def test_a_series_after_another_one_continues_it(tmp_path: Path) -> None:
    for name in ("model_3", "step_1", "step_2"):
        snapshot(tmp_path / "run" / f"{name}.npz", w=weights(1))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [1, 2, 3]
    assert not any("is that of" in said for said in messages(report))


def test_snapshots_of_nothing_but_scalars_that_share_a_step_are_told(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", loss=np.float64(1))
    snapshot(tmp_path / "run" / "step_01.npz", loss=np.float64(2))

    _, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert any(said.startswith("step 1 is that of") for said in messages(report))
