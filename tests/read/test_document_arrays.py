"""Documents with several arrays of records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back


def curves(log: Path, content: str) -> tuple[dict[str, list[float]], dict[str, Any]]:
    log.write_text(content)
    report = ingest(log, logdir=log.parent / "runs")
    served = read_back(log.parent / "runs")[log.stem]
    tags = {tag: of.values.tolist() for tag, of in served.items() if of.plugin == "scalars"}
    return tags, report["runs"][0]


def records(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"epoch": n, "loss": 1.5 * n} | more for n in range(1, count + 1)]


@pytest.mark.parametrize("count", [3, 5000])  # the second is no part of what is looked at first
def test_each_array_is_a_group_of_tags(tmp_path: Path, count: int) -> None:
    inner = {"train": records(count), "valid": records(2), "notes": [{"by": "me"}]}
    document = json.dumps({"history": inner, "lr": 0.5})

    tags, report = curves(tmp_path / "a.json", document)

    assert {tag: len(values) for tag, values in tags.items()} == {
        "train/loss": count,
        "valid/loss": 2,
    }
    assert report["hparams"] == 1
    (said,) = {problem["problem"] for problem in report["problems"]}
    assert said == (
        "records: those at 'history/train', 'history/valid'; left out are those at"
        " 'history/notes' (1)"
    )


def test_what_is_no_record_is_told(tmp_path: Path) -> None:
    document = json.dumps({"train": [*records(3), 5], "valid": records(2)})

    tags, report = curves(tmp_path / "a.json", document)

    assert len(tags["train/loss"]) == 3
    assert report["rejected"] == 1


def test_arrays_of_different_steps_are_not_told_apart_by_name(tmp_path: Path) -> None:
    other = [{"layer": n, "width": 2.5} for n in range(2)]
    document = json.dumps({"train": records(3), "layers": other})

    tags, report = curves(tmp_path / "a.json", document)

    assert {*tags} == {"loss"}
    assert "layers" in report["problems"][0]["problem"]


def test_a_document_that_is_cut_off_keeps_what_is_there(tmp_path: Path) -> None:
    document = json.dumps({"train": records(3), "valid": records(3)})[:-20]

    tags, report = curves(tmp_path / "a.json", document)

    assert len(tags["train/loss"]) == 3
    assert len(tags["valid/loss"]) == 2
    assert report["rejected"] >= 1
