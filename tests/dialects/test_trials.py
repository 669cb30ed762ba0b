"""Searches of KerasTuner and Optuna, and runs of Sacred and DVCLive, beyond the golden cases."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back


def trial(score: float | None, values: list[float]) -> dict[str, Any]:
    seen = [{"value": values, "step": 3}, {"value": [1.0], "step": 4}] if values else []
    return {
        "trial_id": "1",
        "hyperparameters": {"space": [{"class_name": "Int"}], "values": {"units": 8, "a/b": "x"}},
        "metrics": {"metrics": {"val/loss": {"direction": "min", "observations": seen}}},
        "score": score,
        "best_step": 3 if values else None,
        "status": "COMPLETED" if values else "INVALID",
    }


def test_a_trial_may_be_executed_twice_or_fail(tmp_path: Path) -> None:
    for name, document in {"trial_a": trial(2.0, [1.0, 3.0]), "trial_b": trial(None, [])}.items():
        (tmp_path / "s" / name).mkdir(parents=True)
        (tmp_path / "s" / name / "trial.json").write_text(json.dumps(document))

    report = ingest(tmp_path / "s", logdir=tmp_path / "runs")

    runs = {run["run"]: run for run in report["runs"]}
    assert {name: run["hparams"] for name, run in runs.items()} == {"trial_a": 3, "trial_b": 3}
    assert "of 2 executions" in str(runs["trial_a"]["problems"])
    served = read_back(tmp_path / "runs")["trial_a"]
    assert served["val/loss"].values.tolist() == [2.0, 1.0]
    assert served["val/loss"].steps.tolist() == [3, 4]


def test_what_of_a_trial_is_no_point_is_counted(tmp_path: Path) -> None:
    document = trial(2.0, [1.0])
    seen = document["metrics"]["metrics"]["val/loss"]["observations"]
    seen += [{"value": [5.0], "step": 1e30}, "torn", {"value": ["x", 7.0], "step": 5}, {"step": 6}]
    document["best_step"] = 10**400
    (tmp_path / "trial_a").mkdir()
    (tmp_path / "trial_a" / "trial.json").write_text(json.dumps(document))

    report = ingest(tmp_path / "trial_a", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert run["rejected"] == 5
    said = {problem["column"]: problem["problem"] for problem in run["problems"]}
    assert said["metrics/metrics/val/loss/observations"].startswith("4 of its values are no number")
    assert said["score"].startswith("the best score is no number or has no step")
    (served,) = read_back(tmp_path / "runs").values()
    assert served["val/loss"].steps.tolist() == [3, 4, 5]
    assert served["val/loss"].values.tolist() == [1.0, 1.0, 7.0]
    assert "score" not in served


def test_metrics_of_a_trial_may_be_called_anything(tmp_path: Path) -> None:
    document = trial(2.0, [1.0])
    named = document["metrics"]["metrics"]
    for name in ("step", "score", "time"):
        named[name] = {"observations": [{"value": [7.0], "step": 3}]}
    named["empty"] = {"observations": []}
    (tmp_path / "trial_a").mkdir()
    (tmp_path / "trial_a" / "trial.json").write_text(json.dumps(document))

    report = ingest(tmp_path / "trial_a", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert run["rejected"] == 1  # the best score, where a metric of that name has another value
    (served,) = read_back(tmp_path / "runs").values()
    names = [name for name in served if "hparams" not in name]
    assert {name: served[name].steps.tolist() for name in names} == {
        "val/loss": [3, 4], "step": [3], "score": [3], "time": [3],
    }  # fmt: skip
    assert served["score"].values.tolist() == [7.0]


def test_the_mean_of_what_has_no_sum(tmp_path: Path) -> None:
    document = trial(2.0, [math.inf, -math.inf])
    huge = {"observations": [{"value": [1e38, 3e38, 3e38], "step": 3}]}
    document["metrics"]["metrics"] |= {"huge": huge}
    document["metrics"]["metrics"]["vast"] = {
        "observations": [{"value": [1e308, 1e308], "step": 3}]
    }
    (tmp_path / "trial_a").mkdir()
    (tmp_path / "trial_a" / "trial.json").write_text(json.dumps(document))

    ingest(tmp_path / "trial_a", logdir=tmp_path / "runs")

    (served,) = read_back(tmp_path / "runs").values()
    assert math.isnan(served["val/loss"].values[0])
    assert math.isinf(served["vast"].values[0])  # of 32 bits
    assert served["huge"].values.tolist() == [pytest.approx(7e38 / 3)]


def test_two_studies_keep_their_names(tmp_path: Path) -> None:
    header = "number,value,datetime_start,datetime_complete,duration,params_lr,state\n"
    row = "0,0.5,2026-01-01 00:00:00,2026-01-01 00:00:01,0 days 00:00:01,0.1,COMPLETE\n"
    running = "1,,2026-01-01 00:00:00,,,0.2,RUNNING\n"
    (tmp_path / "studies").mkdir()
    for name in ("a", "b"):
        (tmp_path / "studies" / f"{name}.csv").write_text(header + row + running)

    report = ingest(tmp_path / "studies", logdir=tmp_path / "runs")

    names = ["a/trial-0", "a/trial-1", "b/trial-0", "b/trial-1"]
    assert sorted(run["run"] for run in report["runs"]) == names
    assert all(run["hparams"] == 2 for run in report["runs"])


def test_sacred_writes_numbers_of_numpy_and_tuples_as_objects(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "3"
    run.mkdir(parents=True)
    values = [{"dtype": "float64", "py/object": "numpy.float64", "value": v} for v in (2.0, 1.0)]
    metrics = {"loss": {"steps": [0, 1], "values": values}}
    (run / "metrics.json").write_text(json.dumps(metrics))
    (run / "run.json").write_text("{}")
    (run / "config.json").write_text('{"shape": {"py/tuple": [1, 2]}, "seed": 3}')

    report = ingest(tmp_path / "runs", logdir=tmp_path / "logdir")

    assert (report["runs"][0]["run"], report["runs"][0]["hparams"]) == ("3", 2)
    served = read_back(tmp_path / "logdir")["3"]
    assert served["loss"].values.tolist() == [2.0, 1.0]
    (text,) = served["hparams"].values
    assert "py/tuple" not in str(text)


def test_pymarl_has_its_curves_in_what_sacred_calls_info(tmp_path: Path) -> None:
    run = tmp_path / "sacred" / "1"
    run.mkdir(parents=True)
    values = [{"dtype": "float64", "py/object": "numpy.float64", "value": v} for v in (2.0, 1.0)]
    info = {"loss": values, "loss_T": [100, 300],
            "epsilon": [1.0, None, 0.5], "epsilon_T": [7, 8, 9],
            "free": [3, 4], "host": "a"}  # fmt: skip
    (run / "info.json").write_text(json.dumps(info))
    (run / "run.json").write_text("{}")
    (run / "metrics.json").write_text("{}")
    (run / "config.json").write_text('{"seed": 3}')

    report = ingest(tmp_path / "sacred", logdir=tmp_path / "logdir")

    (told,) = report["runs"]
    assert (told["run"], told["hparams"], told["rejected"]) == ("1", 2, 1)
    assert "epsilon" in str(told["problems"])
    served = read_back(tmp_path / "logdir")["1"]
    points = {tag: (served[tag].steps.tolist(), served[tag].values.tolist())
              for tag in ("loss", "epsilon", "free")}  # fmt: skip
    assert points == {
        "loss": ([100, 300], [2, 1]),
        "epsilon": ([7, 9], [1, 0.5]),
        "free": ([0, 1], [3, 4]),
    }


def test_the_first_dvclive_kept_its_tables_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "x" / "dvclive"
    folder.mkdir(parents=True)
    (folder / "loss.tsv").write_text("timestamp\tstep\tloss\n1700000000000\t0\t1.5\n")
    (folder / "acc.tsv").write_text("timestamp\tstep\tacc\n1700000000000\t0\t0.5\n")
    (folder.parent / "dvclive.json").write_text('{"step": 0, "loss": 1.5, "acc": 0.5}')

    ingest(folder, logdir=tmp_path / "runs")

    assert sorted(read_back(tmp_path / "runs")["dvclive"]) == ["acc", "loss"]
