"""An experiment: what a training leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from snapshots import STEPS, TIME, snapshot, weights


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """A log, and three snapshots of a weight, a bias and the weight's gradient."""
    folder = tmp_path / "experiment"
    for step in STEPS:
        snapshot(
            folder / "checkpoints" / f"step_{step:06}.npz",
            **{
                "output/kernel": weights(step),
                "output/bias": weights(step + 1, (10,)),
                "output/kernel_grad": weights(step + 2) / 1000,
            },
        )
    (folder / "metrics.csv").write_text("step,loss\n0,2.5\n100,1.5\n200,1.0\n300,0.5\n")
    os.utime(folder / "metrics.csv", (TIME, TIME))
    return folder
