"""States of Hugging Face's Trainer, and of what hangs on it, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back

LOG = [{"step": step, "epoch": step / 4, "loss": 2.0 - step / 8} for step in range(1, 5)]


def state(log: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "best_metric": None,
        "epoch": 1.0,
        "global_step": len(log),
        "is_world_process_zero": True,
        "log_history": log,
        "logging_steps": 1,
        "max_steps": 8,
        "trial_params": None,
    } | more


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def test_a_state_without_an_entry_yet_is_said_to_have_none(tmp_path: Path) -> None:
    write(tmp_path / "out" / "trainer_state.json", state([]))

    report = ingest(tmp_path / "out", logdir=tmp_path / "runs", status=1)

    (run,) = report["runs"]
    assert run["status"] == "empty"
    assert any("no entry in 'log_history'" in problem["problem"] for problem in run["problems"])


def test_a_training_that_logs_once_has_one_step(tmp_path: Path) -> None:
    at_end = {"step": 7, "epoch": 0.99}
    write(
        tmp_path / "out" / "trainer_state.json",
        state([{**at_end, "eval_loss": 0.5}, {**at_end, "train_loss": 0.75}]),
    )

    ingest(tmp_path / "out", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["out"]
    shown = {tag: served[tag].steps.tolist() for tag in ("epoch", "eval_loss", "train_loss")}
    assert shown == {"epoch": [7], "eval_loss": [7], "train_loss": [7]}


def test_a_trial_of_a_search_shows_what_it_tried(tmp_path: Path) -> None:
    tried = {"learning_rate": 1e-4}
    for number in (5, 10):
        folder = tmp_path / "search" / "run-0" / f"checkpoint-{number}"
        write(folder / "trainer_state.json", state(LOG, trial_params=tried, trial_name="a"))

    report = ingest(tmp_path / "search", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["run"], run["hparams"]) == ("run-0", 4)
    assert [file["uri"].split("/")[-2] for file in report["skipped"]] == ["checkpoint-5"]


def test_results_alone_are_one_run(tmp_path: Path) -> None:
    train = {"epoch": 2.98, "train_loss": 0.5, "train_runtime": 9.0}
    train["train_samples_per_second"] = 10.0
    for name in ("all_results", "train_results"):
        write(tmp_path / "glue" / f"{name}.json", train)

    report = ingest(tmp_path / "glue", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["glue"]
    assert read_back(tmp_path / "runs")["glue"]["train_loss"].steps.tolist() == [0]


def entry(step: int, elapsed: str) -> dict[str, Any]:
    return {
        "current_steps": step,
        "total_steps": 4,
        "loss": 1 / step,
        "percentage": 25.0 * step,
        "elapsed_time": elapsed,
        "remaining_time": "0:00:00",
    }


def test_while_llamafactory_runs_its_log_is_ahead_of_the_checkpoints(tmp_path: Path) -> None:
    log = [entry(1, "0:00:30"), entry(2, "soon"), entry(3, "1:00:00")]
    out = tmp_path / "out"
    write(out / "checkpoint-2" / "trainer_state.json", state(LOG[:2]))
    (out / "trainer_log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))

    report = ingest(out, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert [problem["row"] for problem in run["problems"] if problem["column"]] == [2, 2]
    elapsed = read_back(tmp_path / "runs")["out"]["elapsed_time"]
    assert elapsed.values.tolist() == [30, 3600]
    assert elapsed.wall_times[1] - elapsed.wall_times[0] == 3570


SWIFT = [
    {"loss": 2.0, "global_step/max_steps": "1/4", "percentage": "25.00%", "elapsed_time": "5s"},
    {"loss": 1.0, "global_step/max_steps": "oops", "percentage": "50.00%", "elapsed_time": "9s"},
    {"loss": 0.5, "global_step/max_steps": "3/4", "percentage": "75.00%", "elapsed_time": "1m 1s"},
]


def test_a_line_of_swift_without_a_step_is_told(tmp_path: Path) -> None:
    log = tmp_path / "v0" / "logging.jsonl"
    log.parent.mkdir()
    log.write_text("".join(json.dumps(line) + "\n" for line in SWIFT))

    report = ingest(log, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    (problem,) = run["problems"]
    assert (problem["row"], run["rejected"]) == (2, 3)
    served = read_back(tmp_path / "runs")["v0"]
    assert served["percentage"].steps.tolist() == [1, 3]
    assert served["elapsed_time"].values.tolist() == [5, 61]


@pytest.mark.parametrize("is_named", [False, True])
def test_swift_2_names_its_step_otherwise(tmp_path: Path, is_named: bool) -> None:
    log = tmp_path / "v1" / "logging.jsonl"
    end = {"last_model_checkpoint": "c-2", "global_step": 2, "log_history": LOG, "memory": 9.5}
    lines = [{"loss": 1 / n, "train_speed(iter/s)": 0.5, "global_step": n} for n in (1, 2)]
    log.parent.mkdir()
    log.write_text("".join(json.dumps(line) + "\n" for line in [*lines, end]))

    report = ingest(log if is_named else log.parent, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert run["sources"][0]["dialect"] == "swift"
    (problem,) = run["problems"]
    assert problem["problem"].count("(1 cell)") == len(end)
    assert read_back(tmp_path / "runs")["v1"].keys() == {"loss", "train_speed(iter/s)"}
