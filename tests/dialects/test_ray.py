"""Trials of Ray beyond the golden cases: the table alone, and what params.json repeats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back

from tbconvert.dialects.ray import RAY

ROW = {"training_iteration": 1, "time_total_s": 2.5, "timestamp": 1600000000}


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    (folder / "result.json").write_text("".join(json.dumps(ROW | row) + "\n" for row in rows))
    return folder


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"config/lr": 0.1, "pid": 3}, {"pid": 3, "lr": 0.1}),
        ({"config/m/l/0": 4, "config/m/l/1": 4}, {"m/l": "[4, 4]"}),
        ({"config/m/1": 4}, {"m/1": 4}),
        ({"config/pid": 1, "pid": 3}, {"pid": 3}),
    ],
)
def test_names_are_those_of_the_params(columns: dict[str, Any], told: dict[str, Any]) -> None:
    assert RAY.told
    assert RAY.told(columns) == told


def test_what_params_say_too_is_said_once(tmp_path: Path) -> None:
    config = {"lr": 0.1, "layers": [4, 0.5], "class": None}
    trial = write(tmp_path / "trial", [{"config": config, "training_iteration": n} for n in (1, 2)])
    (trial / "params.json").write_text(json.dumps(config | {"layers": [4.0, 0.5]}))
    (run,) = ingest(trial, logdir=tmp_path / "runs")["runs"]
    assert (run["hparams"], run["problems"]) == (2, [])


def test_a_setting_that_is_tuned_on_the_way_is_a_curve(tmp_path: Path) -> None:
    rows = [{"config": {"lr": lr}, "training_iteration": n} for n, lr in enumerate((0.5, 0.25), 1)]
    ingest(write(tmp_path / "trial", rows), logdir=tmp_path / "runs")
    assert read_back(tmp_path / "runs")["trial"]["config/lr"].values.tolist() == [0.5, 0.25]


def test_lists_in_the_table_are_distributions(tmp_path: Path) -> None:
    log = tmp_path / "progress.csv"
    log.write_text(
        "training_iteration,time_total_s,timestamp,date,hist/reward,note\n"
        '1,1.0,1600000000,a,[],[x]\n2,2.0,1600000001,b,"[1.0, nan, 3]",[y]\n'
    )
    ingest(log, logdir=tmp_path / "runs")
    (seen,) = read_back(tmp_path / "runs").values()
    assert seen["hist/reward"].plugin == "histograms"
    assert seen["hist/reward"].steps.tolist() == [2]
    assert seen["note"].values.tolist() == ["[x]", "[y]"]
    assert "date" not in seen
