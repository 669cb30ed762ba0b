"""What Python prints of a dictionary of metrics, by ``--pattern``."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from found import Found

from tbconvert import ingest

Read = Callable[..., Found]

DICTIONARY = r"(?P<json>\{.*\})"


@pytest.mark.parametrize(
    "metric",
    [
        "np.float64(0.25)",
        "numpy.float32(0.25)",
        "tensor(0.25)",
        "tensor(0.25, device='cuda:0', grad_fn=<NllLossBackward0>)",
        "array(0.25)",
        "Array(0.25, dtype=float32)",
        repr(np.float64(0.25)),
    ],
)
def test_a_number_inside_of_its_type_is_that_number(read: Read, metric: str) -> None:
    found = read(
        f"100%|#| 7/7{{'mrr': {metric}, 'note': 'np.float64(1)'}}\n", pattern=(DICTIONARY,)
    )

    assert found.rows == [{"mrr": 0.25, "note": "np.float64(1)"}]
    assert found.problems == []


def test_arrays_are_their_numbers(read: Read) -> None:
    found = read(
        "{'of': array([0.5, nan]), 'and': [np.float64(1.0), np.float64(-inf)]}\n",
        pattern=(DICTIONARY,),
    )

    (row,) = found.rows
    assert str(row) == str({"of/0": 0.5, "of/1": math.nan, "and/0": 1.0, "and/1": -math.inf})


def test_what_is_no_number_is_told(read: Read) -> None:
    found = read("{'when': datetime.date(2020, 1, 2)}\n{'loss': 1.5}\n", pattern=(DICTIONARY,))

    assert found.rows == [{"loss": 1.5}]
    assert [problem.origin.row for problem in found.problems] == [1]


def test_lines_that_match_and_hold_nothing_are_told_as_such(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    log.write_text("start\n{'when': datetime.date(2020, 1, 2)}\n")

    (run,) = ingest(str(log), logdir=str(tmp_path / "runs"), pattern=(DICTIONARY,)).runs

    (problem,) = run.problems
    assert (problem.row, "no line matches" in problem.problem) == (2, False)
    assert "datetime.date" in problem.problem
