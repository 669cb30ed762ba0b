"""Whole numbers that no double holds, in the place of any of some numbers of a log."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from oracle import ingest

FIXTURES = Path(__file__).parents[2] / "fixtures"

LOGS = [
    "fairseq/json/lm/train.log",
    "dllogger/fastpitch/nvlog.json",
    "mlperf/result/result_0.txt",
    "ludwig/by_step/results/titanic_run/training_statistics.json",
    "pymarl/qmix/results/sacred/1/info.json",
    "keras_tuner/random_search/tuning/line/trial_0/trial.json",
]


@pytest.mark.parametrize("log", LOGS)
def test_one_of_them_costs_no_run(log: str, tmp_path: Path) -> None:
    file = FIXTURES / log
    text = file.read_text()
    spots = [*re.finditer(r"(?<=[:\[,] )-?\d+(?:\.\d+)?(?:e-?\d+)?(?=[,\]}\n])", text)]
    assert spots
    for spot in spots[:: -(-len(spots) // 8)]:
        folder = tmp_path / str(spot.start())
        shutil.copytree(file.parent, folder / file.parent.name)
        vast = text[: spot.start()] + str(10**400) + text[spot.end() :]
        (folder / file.parent.name / file.name).write_text(vast)

        report = ingest(folder, logdir=folder / "runs")

        assert report["runs"]
        assert "failed" not in {run["status"] for run in report["runs"]}
