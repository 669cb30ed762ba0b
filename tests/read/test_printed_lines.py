"""Lines of a console that begin as JSON does, and tables as notebooks show them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from found import Found

from tbconvert.errors import SourceError

Read = Callable[..., Found]


@pytest.mark.parametrize(
    "text",
    [
        "[1,  2000] loss: 2.228\n[1,  4000] loss: 1.902\n",
        "[0]\tsome text, and 0.5\n[1]\tsome text, and 0.25\n",
        "{'epoch': 1} loss 0.5\n{'epoch': 2} loss 0.25\n",
    ],
)
def test_a_line_with_brackets_in_front_is_no_json(read: Read, text: str) -> None:
    with pytest.raises(SourceError) as err:
        read(text, name="train.log")

    assert err.value.problem == "not a training log: no table of numbers"
    assert err.value.hint is not None
    assert "--pattern" in err.value.hint


@pytest.mark.parametrize("text", ["[1, 2,\n 3]\n", '{"a": 1,\n "b": 2\n', "[[1, 2], [3, 4]],\n5\n"])
def test_a_document_over_several_lines_is_one(read: Read, text: str) -> None:
    with pytest.raises(SourceError) as err:
        read(text, name="train.jsonl", format="jsonl")

    assert "JSON" in err.value.problem


def test_a_notebook_shows_no_log_where_there_is_no_value(read: Read) -> None:
    # NotebookTrainingTracker of Transformers, before the first logging_steps
    found = read("Step\tTraining Loss\tWer\n100\tNo log\t71.0\n200\t0.5\t16.5\n")

    assert found.rows == [
        {"Step": 100, "Wer": 71.0},
        {"Step": 200, "Training Loss": 0.5, "Wer": 16.5},
    ]
    assert found.types["Training Loss"] == "double"


def test_blanks_in_cells_do_not_take_the_place_of_tabs(read: Read) -> None:
    found = read("epoch\ttrain_loss\tlr\n1\t0.9 ± 0.1\t1e-3\n2\t0.7 ± 0.1\t1e-3\n", name="log.tsv")

    assert found.options["delimiter"] == "\t"
    assert [row["train_loss"] for row in found.rows] == ["0.9 ± 0.1", "0.7 ± 0.1"]
    assert [row["epoch"] for row in found.rows] == [1, 2]


def test_dates_with_blanks_between_semicolons(read: Read) -> None:
    found = read("time;loss\n2024-01-02 10:00:00;0.5\n2024-01-02 10:01:00;0.25\n")

    assert found.options["delimiter"] == ";"
    assert found.columns == ["time", "loss"]
