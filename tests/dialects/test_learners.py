"""Logs of agents that learn, beyond the golden cases: older versions, neighbours, odd contents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "text", "dialect", "step"),
    [
        # rlkit before its names had folders, rllab, Baselines' TRPO and DDPG
        (
            "progress.csv",
            "Epoch,Number of env steps total,Total Train Time (s)\n0,1000,3.5\n1,2000,7.0\n",
            "rlkit",
            "Epoch",
        ),
        ("progress.csv", "Iteration,AverageReturn,Time\n0,1.5,3.5\n1,2,7\n", "rlkit", "Iteration"),
        (
            "progress.csv",
            "TimeElapsed,EpisodesSoFar,EpRewMean,TimestepsSoFar\n2.3,12,0.1,1024\n4.3,21,0.2,2048\n",
            "baselines",
            "TimestepsSoFar",
        ),
        (
            "progress.csv",
            "rollout/return,total/duration,total/steps\n1.5,2.5,100\n2.5,5,200\n",
            "baselines",
            "total/steps",
        ),
        ("results.tsv", "Epoch\tAverageEpRet\tTotalEnvInteracts\n0\t1\t400\n1\t2\t800\n",
         "spinningup", "TotalEnvInteracts"),
    ],
)  # fmt: skip
def test_versions(name: str, text: str, dialect: str, step: str, tmp_path: Path) -> None:
    (run,) = ingest(put(tmp_path / "a" / name, text), logdir=tmp_path / "runs")["runs"]
    (source,) = run["sources"]
    assert (source["dialect"], source["step"]["column"]) == (dialect, step)
    assert run["problems"] == []


def test_spinningup_tells_what_is_inside_of_objects(tmp_path: Path) -> None:
    put(tmp_path / "a" / "progress.txt", "Epoch\tTotalEnvInteracts\tTime\n0\t400\t1.5\n")
    config = {
        "env": {"<Env object at 0x7f>": {"n": 1}},
        "f": "<f at 0x7f>",
        "logger": {"<Logger at 0x7f>": {"exp_name": "a"}},
    }
    put(tmp_path / "a" / "config.json", json.dumps(config))
    (run,) = ingest(tmp_path / "a", logdir=tmp_path / "runs")["runs"]
    assert run["hparams"] == 1
    (problem,) = run["problems"]
    assert "'env/<Env object at 0x7f>/n' (1 cell)" in problem["problem"]
    assert "'logger/<Logger at 0x7f>/exp_name' (1 cell)" in problem["problem"]


def test_spinningup_without_an_epoch_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "a" / "progress.txt", "")
    put(tmp_path / "a" / "config.json", '{"exp_name": "a"}')
    report = ingest(tmp_path / "a", logdir=tmp_path / "runs", status=1)
    assert report["runs"] == []


def test_d3rlpy_alone_is_not_known_by_its_columns(tmp_path: Path) -> None:
    log = put(tmp_path / "loss.csv", "1,30,0.5\n2,60,0.25\n")
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert run["sources"][0]["dialect"] == "generic"
    (run,) = ingest(log, "--dialect", "d3rlpy", logdir=tmp_path / "forced")["runs"]
    assert read_back(tmp_path / "forced")[run["run"]]["loss"].steps.tolist() == [30, 60]


def test_neat_of_one_generation(tmp_path: Path) -> None:
    put(tmp_path / "a" / "fitness_history.csv", "-264.5 -821.25\n")
    put(tmp_path / "a" / "species_fitness.csv", "121.5 166.25 241.0\n")
    ingest(tmp_path / "a", logdir=tmp_path / "runs")
    seen = read_back(tmp_path / "runs")["a"]
    assert seen["best_fitness"].values.tolist() == [-264.5]
    assert seen["species_fitness/3"].values.tolist() == [241.0]


def test_a_fitness_history_with_names_is_none_of_neat(tmp_path: Path) -> None:
    log = put(tmp_path / "fitness_history.csv", "generation,best,mean\n0,1.5,1\n1,2.5,2\n")
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert run["sources"][0]["dialect"] == "generic"


def gauges(**values: float) -> dict[str, Any]:
    of = {name: {"value": value, "min": 0, "max": 9, "count": 2} for name, value in values.items()}
    return {"name": "root", "gauges": of, "metadata": {}, "total": 1.0, "children": {}}


def test_mlagents_of_two_behaviours(tmp_path: Path) -> None:
    timers = gauges(**{
        "A.Step.mean": 100.0, "A.Losses.Value.mean": 0.5,
        "B.Step.mean": 100.0, "B.Losses.Value.mean": 1.5, "Other.mean": 2.0,
    })  # fmt: skip
    log = put(tmp_path / "r" / "run_logs" / "timers.json", json.dumps(timers))
    ingest(log, logdir=tmp_path / "runs")
    seen = read_back(tmp_path / "runs")["r"]
    assert {tag: series.steps.tolist() for tag, series in seen.items()} == {
        "A.Losses.Value.mean": [100], "B.Losses.Value.mean": [100], "Other.mean": [100],
    }  # fmt: skip


def test_mlagents_that_never_summed_up_is_passed_over(tmp_path: Path) -> None:
    timers = gauges()
    del timers["gauges"]
    put(tmp_path / "r" / "run_logs" / "timers.json", json.dumps(timers))
    report = ingest(tmp_path / "r", logdir=tmp_path / "runs", status=1)
    assert report["runs"] == []


def test_scores_of_dreamer_at_means_of_steps(tmp_path: Path) -> None:
    curve = {"task": "walk", "method": "m", "seed": "0", "xs": [10.25, 20.75], "ys": [1.5, 2.5]}
    log = put(tmp_path / "scores" / "a.json", json.dumps([curve]))
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert read_back(tmp_path / "runs")["a/m/0"]["walk"].steps.tolist() == [10, 21]
    (problem,) = run["problems"]
    assert problem["column"] == "step"


def test_scores_of_dreamer_alone(tmp_path: Path) -> None:
    put(tmp_path / "a" / "scores.jsonl", '{"step": 5, "episode/score": 1.5}\n')
    (run,) = ingest(tmp_path / "a", logdir=tmp_path / "runs")["runs"]
    assert (run["run"], run["scalars"]["points"]) == ("a", 1)


def test_algoperf_without_evaluations(tmp_path: Path) -> None:
    put(tmp_path / "t" / "measurements.csv", "global_step,loss\n0,1.5\n10,0.5\n")
    put(tmp_path / "t" / "meta_data_0.json", '{"os_platform": "Linux"}')
    (run,) = ingest(tmp_path / "t", logdir=tmp_path / "runs")["runs"]
    assert (run["run"], run["sources"][0]["dialect"]) == ("t", "algoperf")


def test_torchrl_has_a_file_for_each_metric(tmp_path: Path) -> None:
    folder = tmp_path / "my_exp"
    put(folder / "scalars" / "loss.csv", "0,1.5\n10,0.5\n")
    put(folder / "scalars" / "eval" / "reward.csv", "10,nan\n")

    report = ingest(folder, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["run"], run["problems"]) == ("my_exp", [])
    served = read_back(tmp_path / "runs")["my_exp"]
    assert {tag: served[tag].steps.tolist() for tag in served} == {
        "loss": [0, 10],
        "eval/reward": [10],
    }
