"""Lines that Python printed of dictionaries, in a file of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from found import Found
from oracle import ingest, read_back

Read = Callable[..., Found]


def test_lines_that_python_printed(tmp_path: Path) -> None:
    rows = [{"epoch": at, "loss": 1.5 - at / 4, "note": "it's", "done": at > 1} for at in range(4)]
    (tmp_path / "loss_log.json").write_text("".join(f"{row!r}\n" for row in rows))
    ingest(tmp_path / "loss_log.json", logdir=tmp_path / "runs")
    tags = read_back(tmp_path / "runs")["loss_log"]
    assert tags["loss"].steps.tolist() == [0, 1, 2, 3]
    assert tags["loss"].values.tolist() == [1.5, 1.25, 1.0, 0.75]
    assert tags["done"].values.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_one_line_of_python_among_others(read: Read) -> None:
    text = '{"step": 1, "loss": 0.5}\n{\'step\': 2, \'loss\': None}\n{"step": 3, "loss": 0.25}\n'
    found = read(text, name="a.jsonl")
    assert found.rows == [{"step": 1, "loss": 0.5}, {"step": 2}, {"step": 3, "loss": 0.25}]
    assert found.lost == 0


def test_what_is_no_dictionary_is_told_as_it_stood(read: Read) -> None:
    lines = [json.dumps({"step": at}) for at in range(3)]
    found = read("\n".join([*lines, "{'step': oops}"]), name="a.jsonl")
    assert len(found.rows) == 3
    assert found.lost == 1


def test_what_opens_and_never_closes_costs_no_more_than_its_length(read: Read) -> None:
    lines = [json.dumps({"step": at}) for at in range(3)]
    text = "\n".join([*lines, "{'a': tensor(" + "[1]" * 200, "{'b': " + "a." * 50_000])
    found = read(text, name="a.jsonl")
    assert len(found.rows) == 3
    assert found.lost == 2
