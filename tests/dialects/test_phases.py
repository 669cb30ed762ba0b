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
    assert run["rejected"] == 0
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
