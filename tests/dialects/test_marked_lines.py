"""Lines with a mark before JSON, of DLLogger and MLPerf, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.dllogger import DLLOGGER
from tbconvert.model import Origin, RawTable, Run, Source


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
    found = []
    for epoch, line in ((1, 2), (2, 5)):
        columns: dict[str, list[Any]] = {
            "timestamp": ["1.7e9"] * 3,
            "step": [f"[{epoch}, 0]", f"[{epoch}, 1]", f"[{epoch}]"],
            "data/loss": [1.0, 2.0, 3.0],
        }
        batch = pa.RecordBatch.from_pydict(columns)
        for table in adapt(RawTable(Origin("x"), batch, range(line, line + 3))):
            assert isinstance(table, RawTable)
            found.append((table.batch.to_pydict(), list(table.lines)))
    assert [cells["step"] for cells, _ in found] == [[0, 1], [1], [2, 3], [2]]
    assert [lines for _, lines in found] == [[2, 3], [4], [5, 6], [7]]
    assert [name for cells, _ in found for name in cells if "loss" in name] == [
        "loss",
        "loss_epoch",
        "loss",
        "loss_epoch",
    ]


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
