"""Logs of loops that people write themselves, and no framework's names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import ingest, read_back


def converted(tmp_path: Path, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Return the report of the one run of JSON lines, and what TensorBoard shows of it."""
    log = tmp_path / "a" / "training_log.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    return run, read_back(tmp_path / "runs")["a"]


@pytest.mark.parametrize("length", ["steps", "Steps", "timesteps", "timestep"])
def test_how_long_episodes_were_is_no_step(tmp_path: Path, length: str) -> None:
    lengths = [200, 200, 91, 187, 200, 44]
    rows = [
        {"episode": at, length: count, "reward": -count / 2} for at, count in enumerate(lengths, 1)
    ]
    run, tags = converted(tmp_path, rows)

    assert run["sources"][0]["step"]["column"] == "episode"
    assert tags["reward"].steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert np.asarray(tags[length].values).tolist() == lengths
    assert run["superseded"] == 0


@pytest.mark.parametrize("other", ["epoch", "batch", "round"])
def test_steps_so_far_are_steps_beside_coarser_counts(tmp_path: Path, other: str) -> None:
    rows = [{other: at // 3, "steps": 100 * at, "loss": 1 / (at + 1)} for at in range(6)]
    run, tags = converted(tmp_path, rows)

    assert run["sources"][0]["step"]["column"] == "steps"
    assert tags["loss"].steps.tolist() == [0, 100, 200, 300, 400, 500]


def test_a_restarted_training_by_episodes(tmp_path: Path) -> None:
    rows = [
        {"episode": at, "steps": count, "reward": float(at)}
        for at, count in [(1, 200), (2, 91), (3, 200), (2, 44), (3, 200), (4, 12)]
    ]
    run, tags = converted(tmp_path, rows)

    assert tags["reward"].steps.tolist() == [1, 2, 3, 4]
    assert np.asarray(tags["steps"].values).tolist() == [200, 44, 200, 12]
    assert run["superseded"] == 4
