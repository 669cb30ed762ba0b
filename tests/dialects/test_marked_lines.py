"""Lines with a mark before JSON, of DLLogger and MLPerf, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.dllogger import DLLOGGER
from tbconvert.model import Origin, Raw, RawTable, Run, Source


def dll(mark: str, steps: list[Any], data: list[Any]) -> str:
    lines = []
    for at, (step, of_step) in enumerate(zip(steps, data, strict=True)):
        told = {"timestamp": str(1.7e9 + at), "elapsedtime": str(at), "type": "LOG"}
        lines.append(f"{mark} {json.dumps(told | {'step': step, 'data': of_step})}\n")
    return "".join(lines)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([5, 10, 15], [5, 10, 15]),
        ([[0, 5], [0, 6], [1, 5]], [5, 6, 7]),
        ([[0, 5], [0, 9], [1, 10]], [5, 9, 10]),
        (["0", "1", "2"], [0, 1, 2]),
    ],
)
def test_steps_of_dllogger_count_on(tmp_path: Path, steps: list[Any], shown: list[int]) -> None:
    log = tmp_path / "dllogger.json"
    log.write_text("noise\n0: " + dll("DLLL", steps, [{"loss": 1 / n} for n in (1, 2, 4)]))

    ingest(log, logdir=tmp_path / "runs")

    loss = read_back(tmp_path / "runs")[tmp_path.name]["loss"]
    assert loss.steps.tolist() == shown
    assert loss.wall_times.tolist() == [1.7e9, 1.7e9 + 1, 1.7e9 + 2]


def test_a_fork_of_dllogger_writes_texts_of_dicts(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    texts = [str({"QA.loss": "0.5", "unit": "s"}), str({"QA.loss": "0.25"}), "{broken"]
    log.write_text(dll("TCAPPDLL", [[0, 1], [0, 2], [0, 3]], texts))

    report = ingest(log, logdir=tmp_path / "runs")

    assert report["totals"]["rejected"] == 1
    (tags,) = read_back(tmp_path / "runs").values()
    assert tags["QA.loss"].values.tolist() == [0.5, 0.25]


def test_iterations_count_on_from_block_to_block() -> None:
    assert DLLOGGER.adapt is not None
    adapt = DLLOGGER.adapt(Source("x", Run(""), "text", "dllogger"))
    found: list[Raw] = []
    for epoch, line in ((1, 2), (2, 5)):
        columns: dict[str, list[Any]] = {
            "timestamp": ["1.7e9"] * 3,
            "step": [f"[{epoch}, 0]", f"[{epoch}, 1]", f"[{epoch}]"],
            "data/loss": [1.0, 2.0, 3.0],
        }
        batch = pa.RecordBatch.from_pydict(columns)
        found += adapt(RawTable(Origin("x"), batch, range(line, line + 3)))
    found += adapt.finish()  # type: ignore[attr-defined]
    tables = [(table.batch.to_pydict(), [*table.lines]) for table in found]
    # what is of epochs comes last: only then it is known what is of iterations as well
    assert [cells["step"] for cells, _ in tables] == [[0, 1], [2, 3], [1], [2]]
    assert [lines for _, lines in tables] == [[2, 3], [5, 6], [4], [7]]
    assert [name for cells, _ in tables for name in cells if "loss" in name] == [
        "loss",
        "loss",
        "loss_epoch",
        "loss_epoch",
    ]


def test_a_metric_of_an_epoch_before_any_iteration_is_told_apart(tmp_path: Path) -> None:
    log = tmp_path / "dllogger.json"
    steps = [[0], [1, 0], [1, 1], [1]]
    log.write_text(dll("DLLL", steps, [{"loss": value} for value in (8, 4, 2, 1)]))

    ingest(log, logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    shown = {tag: (of.steps.tolist(), of.values.tolist()) for tag, of in tags.items()}
    assert shown == {"loss": ([0, 1], [4, 2]), "loss_epoch": ([0, 1], [8, 1])}


def test_a_step_of_dllogger_that_is_none_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "dllogger.json"
    log.write_text(dll("DLLL", [[0, 1], "SUMMARY"], [{"loss": 1}, {"loss": 2, "acc": 3}]))

    report = ingest(log, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["scalars"]["points"], run["rejected"]) == (1, 2)
    assert [(p["row"], p["column"]) for p in run["problems"] if p["row"]] == [(2, "step")]


def test_lists_of_epochs_are_paired_one_by_one(tmp_path: Path) -> None:
    store = {
        "run": {"args": {"lr": 0.1}},
        "epoch": {"x": [0, 1], "acc": [0.5, 0.75, 0.9]},
        "iter": {
            "x": [[0, 1], [0, 1]],
            "loss": [[1, 2, 9, 9], [3, 4]],
            "lr": [[0.1], [0.3, 0.4]],
        },
    }
    (tmp_path / "nvlog.json").write_text(json.dumps(store))

    report = ingest(tmp_path / "nvlog.json", logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    curves = {
        tag: (of.steps.tolist(), of.values.round(3).tolist())
        for tag, of in tags.items()
        if of.plugin == "scalars"
    }
    assert curves["loss"] == ([0, 1, 2, 3], [1, 2, 3, 4])
    assert curves["acc"] == ([0, 1], [0.5, 0.75])
    assert curves["lr"][0] == [0, 2, 3]
    (run,) = report["runs"]
    assert (run["rejected"], run["missing"]) == (3, 1)
    lost = {problem["column"]: problem["problem"][:2] for problem in run["problems"]}
    assert lost == {"iter/loss": "2 ", "epoch/acc": "1 "}


def test_lines_with_a_mark_say_more_than_the_name_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"  # as Baselines calls its own
    log.write_text(dll("DLLL", [5, 10], [{"loss": 0.5}, {"loss": 0.25}]))

    report = ingest(log, logdir=tmp_path / "runs")

    assert report["runs"][0]["sources"][0]["dialect"] == "dllogger"


def test_epochs_of_mlperf_may_have_decimals(tmp_path: Path) -> None:
    log = tmp_path / "result_1.txt"
    with log.open("w") as out:
        for epoch in (0.25, 0.5, 1):
            told = {"file": "a.py", "lineno": 1, "epoch_num": epoch}
            event = {"time_ms": 1.7e12, "event_type": "POINT_IN_TIME", "key": "eval_accuracy"}
            line = json.dumps(event | {"value": epoch / 2, "metadata": told})
            out.write(f"epoch {epoch}\n3: :::MLLOG {line}\n")
        for value in (1, 2):
            event = {"time_ms": 1.7e12, "event_type": "POINT_IN_TIME", "key": "seed"}
            out.write(f":::MLLOG {json.dumps(event | {'value': value, 'metadata': {}})}\n")
        out.write(":::MLLOG {broken\n")

    report = ingest(log, logdir=tmp_path / "runs")

    accuracy = read_back(tmp_path / "runs")["result_1"]["eval_accuracy"]
    assert accuracy.steps.tolist() == [250, 500, 1000]
    (run,) = report["runs"]
    assert (run["hparams"], run["rejected"]) == (1, 1)
    assert "thousandths" in str(run["problems"])
