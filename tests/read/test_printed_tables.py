"""Tables as programs print them on a console: wide names, units, a header for each training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from found import Found
from oracle import ingest, read_back

Read = Callable[..., Found]

BOOSTED = """\
      Iter       Train Loss   Remaining Time
         1           1.2980            7.50m
         2           1.2814            1.25m
        10           0.8691           30.50s
       100           0.8599            0.00s
"""
LEARNED = """\
epoch  train_loss  valid_loss  time

0  2.5  7.75  00:07
1  2.0  2.5  00:06

epoch  train_loss  valid_loss  time

0  3.0  3.5  00:05
1  2.5  1.5  00:06
"""
NARROW = "| a | loss |\n| - | :-: |\n| 1 | 0.5 |\n| 2 | 0.25 |\n"
PASTED = "a | loss\n-- | --\n1 | 0.5\n2 | 0.25\n"


def test_names_of_several_words_stand_over_their_columns(read: Read) -> None:
    found = read(BOOSTED)

    assert found.columns == ["Iter", "Train Loss", "Remaining Time"]
    assert [row["Iter"] for row in found.rows] == [1, 2, 10, 100]
    assert found.problems == []


def test_such_names_come_again(read: Read) -> None:
    found = read(BOOSTED + BOOSTED)

    assert [row["Iter"] for row in found.rows] == [1, 2, 10, 100] * 2
    assert found.segments == [0] * 4 + [1] * 4
    assert found.problems == []


def test_times_of_several_units_are_seconds(tmp_path: Path) -> None:
    log = tmp_path / "boosted.txt"
    log.write_text(BOOSTED)

    ingest(log, logdir=tmp_path / "runs")

    left = read_back(tmp_path / "runs")["boosted"]["Remaining Time"]
    assert left.steps.tolist() == [1, 2, 10, 100]
    assert left.values.tolist() == [450.0, 75.0, 30.5, 0.0]


def test_each_training_has_its_header(tmp_path: Path) -> None:
    log = tmp_path / "learned.txt"
    log.write_text(LEARNED)

    ingest(log, logdir=tmp_path / "runs")

    shown = read_back(tmp_path / "runs")
    assert {run: tags["valid_loss"].values.tolist() for run, tags in shown.items()} == {
        "learned": [7.75, 2.5],
        "learned-2": [3.5, 1.5],
    }
    assert shown["learned-2"]["time"].values.tolist() == [5.0, 6.0]


@pytest.mark.parametrize("text", [NARROW, PASTED])
def test_a_ruler_may_be_as_narrow_as_its_columns(text: str, read: Read) -> None:
    found = read(text)

    assert found.rows == [{"a": 1, "loss": 0.5}, {"a": 2, "loss": 0.25}]


@pytest.mark.parametrize(
    "text",
    [
        "Once upon  a time   there was\n1 wolf and 2nd one\nand that was  all\n",
        "The 1st  of 3 steps\nThe 2nd  of 3 steps\nThe 3rd  of 3 steps\n",
    ],
)
def test_prose_is_no_table(text: str, tmp_path: Path) -> None:
    log = tmp_path / "prose.txt"
    log.write_text(text)

    ingest(log, logdir=tmp_path / "runs", status=1)


def test_steps_of_so_many_and_units_may_stand_between_blanks(read: Read) -> None:
    found = read(
        "  0/299  0.455G  0.578  nan\n  1/299  0.484G  0.006    0\n  2/299  1.73G  0.002  0\n"
    )

    assert [row["column_1"] for row in found.rows] == ["0/299", "1/299", "2/299"]
    assert [row["column_3"] for row in found.rows] == [0.578, 0.006, 0.002]
