"""JSON documents through the command line, as TensorBoard's own readers show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from oracle import ingest, read_back


def test_a_trainer_state(tmp_path: Path) -> None:
    history: list[dict[str, Any]] = []
    for step in range(10, 200, 10):
        history.append({"epoch": step / 100, "loss": 1 / step, "step": step})
        if step % 50 == 0:
            history.append({"epoch": step / 100, "eval_loss": 2 / step, "step": step})
    state = {"best_metric": None, "global_step": 190, "log_history": history, "max_steps": 190}
    path = tmp_path / "run-1" / "trainer_state.json"
    path.parent.mkdir()
    path.write_text(json.dumps(state, indent=2))
    report = ingest(path, logdir=tmp_path / "logdir")
    served = read_back(tmp_path / "logdir")
    (run,) = report["runs"]
    tags = served[run["run"]]
    for name in ("loss", "eval_loss"):
        wanted = [(row["step"], row[name]) for row in history if name in row]
        assert tags[name].steps.tolist() == [step for step, _ in wanted]
        np.testing.assert_array_equal(tags[name].values, np.float32([value for _, value in wanted]))
    assert run["rejected"] == 0


def test_lists_by_name(tmp_path: Path) -> None:
    path = tmp_path / "curves.json"
    path.write_text(json.dumps({"loss": [0.5, 0.25, 0.125], "of": {"acc": [1, None, 3]}}))
    ingest(path, logdir=tmp_path / "logdir")
    tags = read_back(tmp_path / "logdir")["curves"]
    assert tags["loss"].steps.tolist() == [0, 1, 2]
    assert tags["loss"].values.tolist() == [0.5, 0.25, 0.125]
    assert tags["of/acc"].steps.tolist() == [0, 2]


def test_series(tmp_path: Path) -> None:
    times = [f"2024-02-08T22:00:0{second}.250000" for second in range(3)]
    curve = {"steps": [1, 5, 9], "timestamps": times, "values": [3.0, 2.0, 1.5]}
    path = tmp_path / "curves.json"
    path.write_text(json.dumps({"training.loss": curve, "other": {"steps": [2], "values": [7]}}))
    ingest(path, logdir=tmp_path / "logdir")
    tags = read_back(tmp_path / "logdir")["curves"]
    assert tags["training.loss"].steps.tolist() == [1, 5, 9]
    assert tags["training.loss"].values.tolist() == [3.0, 2.0, 1.5]
    start = 1707429600.25  # 2024-02-08T22:00:00.25Z
    np.testing.assert_allclose(tags["training.loss"].wall_times, start + np.arange(3), atol=1e-6)
    assert tags["other"].steps.tolist() == [2]


def test_a_document_that_is_cut_off_keeps_its_records_and_says_so(tmp_path: Path) -> None:
    rows = [{"step": step, "loss": step / 7} for step in range(50)]
    text = json.dumps({"log": rows}, indent=1)
    path = tmp_path / "curves.json"
    path.write_text(text[: text.index('"step": 30') + 20])
    report = ingest(path, logdir=tmp_path / "logdir")
    tags = read_back(tmp_path / "logdir")["curves"]
    assert tags["loss"].steps.tolist() == list(range(30))
    (run,) = report["runs"]
    (problem,) = [problem for problem in run["problems"] if problem["row"]]
    assert problem["row"] == 123


def test_what_is_no_log_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.csv").write_text("step,loss\n0,1.0\n1,0.5\n")
    documents: dict[str, Any] = {
        "package.json": {"name": "x", "version": "1", "dependencies": {"y": "2"}},
        "tokenizer.json": {"added_tokens": [{"id": 0, "content": "<s>"}] * 3, "model": {}},
        "vocab.json": {f"token {n}": n for n in range(5000)},
        "train.json": [{"id": n, "question": "why", "answer": "so"} for n in range(99)],
        "notes.ipynb": {"cells": [{"execution_count": 1}], "nbformat": 4},
        "labels.json": ["a", "b"],
        "empty.json": {},
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=1))
    report = ingest(folder, logdir=tmp_path / "logdir")
    assert [run["run"] for run in report["runs"]] == ["a"]
    skipped = {Path(skipped["uri"]).name: skipped["reason"] for skipped in report["skipped"]}
    assert skipped.keys() == documents.keys()


def test_a_limit_that_can_be_raised(tmp_path: Path) -> None:
    path = tmp_path / "curves.json"
    lists = {"loss": [0.125] * 300, "note": "x" * (1 << 20)}
    path.write_text(json.dumps(lists))
    report = ingest(path, "--max-document", "1", logdir=tmp_path / "logdir", status=1)
    assert "--max-document" in json.dumps(report)
    ingest(path, "--max-document", "3", logdir=tmp_path / "logdir")
    assert len(read_back(tmp_path / "logdir")["curves"]["loss"].steps) == 300
