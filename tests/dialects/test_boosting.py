"""CatBoost's folder without some of its files, and results of other boosters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle import ingest, read_back

ERRORS = "iter\tRMSE\tMAE\n0\t2.5\t1.5\n1\t2\t1\n2\t1.5\t0.5\n"
META = {
    "learn_sets": ["learn"],
    "test_sets": ["test", "test1"],
    "learn_metrics": [{"best_value": "Min", "name": "RMSE"}, {"best_value": "Min", "name": "MAE"}],
    "test_metrics": [{"best_value": "Min", "name": "RMSE"}],
    "iteration_count": 2,
    "name": "experiment",
}
ITERATIONS = [
    {"learn": [2.5, 1.5], "iteration": 0, "passed_time": 0.5, "test": [3], "test1": [4]},
    {"learn": [2, 1], "iteration": 1, "passed_time": 1.5, "test": [2], "test1": [3]},
]


def test_catboost_json_alone_has_the_names_of_its_metrics(tmp_path: Path) -> None:
    log = tmp_path / "run" / "catboost_training.json"
    log.parent.mkdir()
    log.write_text(json.dumps({"meta": META, "iterations": ITERATIONS}))

    report = ingest(tmp_path, logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["run"]
    curves = {tag: list(of.values) for tag, of in served.items() if of.plugin == "scalars"}
    assert curves == {
        "learn/RMSE": [2.5, 2],
        "learn/MAE": [1.5, 1],
        "test/RMSE": [3, 2],
        "test1/RMSE": [4, 3],
    }
    assert served["learn/RMSE"].wall_times[1] - served["learn/RMSE"].wall_times[0] == 1
    assert report["runs"][0]["problems"] == []


@pytest.mark.parametrize("times", ["", "iter\tPassed\tRemaining\n0\t500\t1000\nbroken\n2\t1500\t0"])
def test_catboost_without_some_times(tmp_path: Path, times: str) -> None:
    (tmp_path / "learn_error.tsv").write_text(ERRORS)
    if times:
        (tmp_path / "time_left.tsv").write_text(times)

    ingest(tmp_path / "learn_error.tsv", "--run", "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert {*served} == {"learn/RMSE", "learn/MAE"}
    walls = served["learn/RMSE"].wall_times - served["learn/RMSE"].wall_times[0]
    assert walls.tolist() == ([0, 0, 1] if times else [0, 0, 0])


def test_results_of_boosters_are_named_after_their_folder(tmp_path: Path) -> None:
    for name, data in (("xgboost", "validation_0"), ("lightgbm", "valid_0")):
        log = tmp_path / name / "evals_result.json"
        log.parent.mkdir()
        log.write_text(json.dumps({data: {"rmse": [3, 2, 1]}}))

    report = ingest(tmp_path, logdir=tmp_path / "runs")

    found = {run["run"]: run["sources"][0]["dialect"] for run in report["runs"]}
    assert found == {"xgboost": "xgboost", "lightgbm": "lightgbm"}
