"""Logs in which a column tells the rows of the training from those of a validation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back


def converted(tmp_path: Path, rows: list[dict[str, Any]], **options: Any) -> tuple[Any, Any]:
    """Return the report of the one run of JSON lines, and the points that TensorBoard shows."""
    log = tmp_path / "a" / "metrics.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run,) = ingest(log, logdir=tmp_path / "runs", **options)["runs"]
    served = read_back(tmp_path / "runs")["a"]
    points = {
        tag: list(zip(of.steps.tolist(), of.values.tolist(), strict=True))
        for tag, of in served.items()
        if of.plugin == "scalars"
    }
    return run, points


@pytest.mark.parametrize("column", ["type", "event", "kind", "stage", "record_type"])
@pytest.mark.parametrize("phases", [("train", "val"), ("train_step", "eval_epoch")])
def test_the_losses_of_two_phases_at_one_step(
    tmp_path: Path, column: str, phases: tuple[str, str]
) -> None:
    train, val = phases
    rows: list[dict[str, Any]] = []
    for step in (1, 2):
        rows.append({column: train, "step": step, "loss": step / 4, "lr": 0.5})
        rows.append({column: val, "step": step, "loss": step / 2})
    run, points = converted(tmp_path, rows)
    assert points == {
        f"{train}/loss": [(1, 0.25), (2, 0.5)],
        f"{train}/lr": [(1, 0.5), (2, 0.5)],
        f"{val}/loss": [(1, 0.5), (2, 1.0)],
    }
    assert (run["rejected"], run["superseded"], run["texts"]["points"]) == (0, 0, 0)
    told = f"column {column!r} tells the phase of each row, which stands in front of its metrics"
    assert [problem["problem"] for problem in run["problems"]].count(told) == 1


def test_names_that_tell_their_phase_stay_as_they_are(tmp_path: Path) -> None:
    rows = [
        {"type": "train", "step": 1, "train/loss": 0.5, "train_acc": 0.25},
        {"type": "val", "step": 1, "val/loss": 0.75},
        {"type": "checkpoint", "step": 1, "size": 12.5},
    ]
    _, points = converted(tmp_path, rows)
    assert points == {
        "train/loss": [(1, 0.5)],
        "train_acc": [(1, 0.25)],
        "val/loss": [(1, 0.75)],
        "size": [(1, 12.5)],
    }


def test_the_first_line_is_what_it_began_with(tmp_path: Path) -> None:
    rows = [
        {"type": "run", "name": "decoder", "parameters": 100},
        {"type": "train", "step": 1, "loss": 0.5},
        {"type": "resume", "step": 1, "checkpoint": "latest.pt"},
        {"type": "train", "step": 2, "loss": 0.25},
    ]
    run, points = converted(tmp_path, rows)
    assert points == {"train/loss": [(1, 0.5), (2, 0.25)]}
    assert (run["hparams"], run["rejected"]) == (2, 0)


def test_other_types_change_nothing(tmp_path: Path) -> None:
    rows = [{"type": kind, "step": at, "loss": at / 4} for at, kind in enumerate("abab")]
    _, points = converted(tmp_path, rows)
    assert points == {"loss": [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75)]}


def test_the_level_of_a_message_is_no_number(tmp_path: Path) -> None:
    rows = [{"level": "INFO", "step": at, "loss": at / 4} for at in range(3)]
    run, points = converted(tmp_path, rows)
    assert points == {"loss": [(0, 0.0), (1, 0.25), (2, 0.5)]}
    assert (run["hparams"], run["non_finite"]) == (1, 0)


def test_the_epochs_of_a_configuration_are_no_step_of_it(tmp_path: Path) -> None:
    rows = [{"type": "config", "epochs": 10, "lr": 0.5}]
    rows += [{"type": kind, "step": 1, "loss": 0.25} for kind in ("train", "val")]
    run, points = converted(tmp_path, rows)
    assert points == {"train/loss": [(1, 0.25)], "val/loss": [(1, 0.25)]}
    assert (run["hparams"], run["rejected"]) == (2, 0)


@pytest.mark.parametrize("step", [{}, {"ep": 1}])
def test_rows_are_no_settings_where_nothing_tells_that_they_have_no_step(
    tmp_path: Path, step: dict[str, Any]
) -> None:
    rows = [{"kind": kind, **step, "seconds": 0.5} for kind in ("setup", "run")]
    run, points = converted(tmp_path, rows)
    assert [value for _, value in points["seconds"]] == [0.5, 0.5]
    assert (run["status"], run["hparams"]) == ("written", 0)


@pytest.mark.parametrize("word", ["Training epoch {}", "test_{}", "eval of the model at step {}"])
def test_what_counts_is_no_name_of_a_phase(tmp_path: Path, word: str) -> None:
    rows = [{"event": word.format(step), "step": step, "loss": step / 4} for step in range(3)]
    _, points = converted(tmp_path, rows)
    assert points == {"loss": [(0, 0.0), (1, 0.25), (2, 0.5)]}


def test_of_two_columns_that_which_names_phases_tells_them(tmp_path: Path) -> None:
    rows = [
        {"type": "scalar", "stage": stage, "step": 1, "loss": loss}
        for stage, loss in (("train", 0.5), ("val", 0.75))
    ]
    _, points = converted(tmp_path, rows)
    assert points == {"train/loss": [(1, 0.5)], "val/loss": [(1, 0.75)]}


def test_nothing_is_said_where_no_name_is_another(tmp_path: Path) -> None:
    rows = [{"type": "train", "step": step, "train/loss": 0.5} for step in (1, 2)]
    run, points = converted(tmp_path, rows)
    assert points == {"train/loss": [(1, 0.5), (2, 0.5)]}
    assert not [problem for problem in run["problems"] if "phase" in problem["problem"]]


def test_blanks_around_a_phase_make_no_other(tmp_path: Path) -> None:
    rows = [{"type": kind, "step": at, "loss": at / 4} for at, kind in enumerate(["val", " val "])]
    _, points = converted(tmp_path, rows)
    assert points == {"val/loss": [(0, 0.0), (1, 0.25)]}


def test_the_user_has_runs_of_it_instead(tmp_path: Path) -> None:
    rows = [{"Type": kind, "step": 1, "loss": at / 4} for at, kind in enumerate(["train", "val"])]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ingest(tmp_path / "a.jsonl", "--run-column", "type", logdir=tmp_path / "runs")
    served = read_back(tmp_path / "runs")
    assert {run: tags["loss"].values.tolist() for run, tags in served.items()} == {
        "a/train": [0.0],
        "a/val": [0.25],
    }
