"""Rows of a run → rows of tags; each cell is a value, or is counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from normalize.pushed import Cells, cell, curves, normalize

from tbconvert.errors import SourceError
from tbconvert.model import Origin


def test_columns_that_share_their_gaps_stand_together() -> None:
    rows, findings = normalize(
        {
            "step": [1, 2, 3, 4],
            "loss": [0.5, None, 0.25, None],
            "lr": [1.0, None, 2.0, None],
            "val": [None, 0.75, None, 0.125],
        }
    )

    assert [part.tags for part in rows] == [("loss", "lr"), ("val",)]
    assert curves(rows)["val"] == [(2, 0.75), (4, 0.125)]
    assert findings.missing == 6


def test_a_column_may_change_its_type_and_come_late() -> None:
    rows, findings = normalize(
        {"step": [1], "loss": [1]},
        {"step": [2], "loss": [0.5], "acc": [None]},
        {"step": [3], "loss": ["0.25"], "acc": [True]},
        {"step": [4], "loss": ["oops"], "acc": [0.5]},
    )

    assert curves(rows) == {
        "loss": [(1, 1.0), (2, 0.5), (3, 0.25)],
        "acc": [(3, 1.0), (4, 0.5)],
    }
    assert (findings.missing, findings.rejected) == (1, 1)
    (problem,) = findings.problems
    assert (problem.origin.row, problem.origin.column) == (5, "loss")
    assert str(problem) == (
        "log.csv:5: column 'loss': got 'oops', wanted a number; the cell was left out"
    )


def test_text_and_lists_are_kept_as_they_are() -> None:
    rows, _ = normalize({"step": [1, 2], "note": ["good", None], "grads": [[1.0, 2.0], [3.0, 4.0]]})

    found = curves(rows)
    assert found == {"note": [(1, "good")], "grads": [(1, [1.0, 2.0]), (2, [3.0, 4.0])]}


def test_a_row_without_a_step_is_left_out_and_counted() -> None:
    rows, findings = normalize({"step": [1, None, 3], "a": [1.0, 2.0, 3.0], "b": [1.0, None, 3.0]})

    assert curves(rows)["a"] == [(1, 1.0), (3, 3.0)]
    assert (findings.missing, findings.rejected) == (1, 1)
    assert findings.problems[0].origin.row == 3


def test_a_setting_needs_no_step_and_is_not_rejected() -> None:
    told = {"step": [None, 1, 2], "loss": [None, 0.5, 0.25]}
    rows, findings = normalize({**told, "device": ["cpu", None, "cpu"]})

    assert curves(rows) == {"loss": [(1, 0.5), (2, 0.25)]}
    assert findings.rejected == 0
    assert [p.origin.row for p in findings.problems] == [2]


@pytest.mark.parametrize("later", [["gpu"], [None]])
def test_a_cell_without_a_step_that_is_no_setting_after_all_is_counted(later: list[object]) -> None:
    first: Cells = {"step": [None, 1], "device": ["cpu", None], "loss": [None, 0.5]}
    rows, findings = normalize(first, {"step": [2], "device": later, "loss": [0.25]})

    found = curves(rows)
    assert found["loss"] == [(1, 0.5), (2, 0.25)]
    assert found.get("device", []) == [(2, cell) for cell in later if cell]
    assert findings.rejected == 1
    assert [(p.origin.row, p.cells) for p in findings.problems] == [(2, 0), (2, 1)]


def test_a_step_with_decimals_is_an_error_that_names_the_row_and_a_way_out() -> None:
    with pytest.raises(SourceError) as caught:
        normalize({"epoch": [1.0, 2.0], "it": [1, 2]}, {"epoch": [2.5], "it": [3]})

    assert caught.value.origin == Origin("log.csv", row=4, column="epoch")
    assert "--step-scale" in caught.value.hint


def test_numbers_that_float32_cannot_hold_are_said_once() -> None:
    _, findings = normalize({"step": [1, 2], "tokens": [2**24, 2**24 + 1]})
    _, exact = normalize({"step": [1, 2], "tokens": [2**24, 2**30]})

    assert [p.origin.row for p in findings.problems] == [3]
    assert findings.rejected == 0
    assert exact.problems == []


def test_without_times_every_row_has_the_time_of_the_file() -> None:
    rows, _ = normalize({"step": [1, 2], "a": [1.0, 2.0]})

    assert rows[0].wall_times.tolist() == [1.6e9, 1.6e9]


def test_a_row_without_a_time_takes_that_of_the_row_before() -> None:
    rows, findings = normalize(
        {"step": [1, 2, 3], "time": [None, 1.7e9, None], "a": [1.0, 2.0, 3.0]},
        {"step": [4], "time": [None], "a": [4.0]},
    )

    assert np.concatenate([part.wall_times for part in rows]).tolist() == [1.7e9] * 4
    said = [(p.origin.row, p.problem.rpartition("took ")[2]) for p in findings.problems]
    assert said == [(2, "that of the next row that has one"), (4, "that of the row before")]


def test_a_row_without_a_date_is_told_to_have_none() -> None:
    rows, findings = normalize(
        {
            "step": [1, 2, 3],
            "time": [None, "2024-01-01T10:00:00Z", None],
            "a": [1.0, 2.0, 3.0],
        }
    )

    assert rows[0].wall_times.tolist() == [1704103200.0] * 3
    assert [p.origin.row for p in findings.problems] == [2, 4]
    assert all(p.problem.startswith("no time in this row") for p in findings.problems)


def test_a_clock_is_added_to_the_start() -> None:
    rows, _ = normalize({"step": [1, 2], "time_elapsed": [10.0, 20.0]})

    assert rows[0].wall_times.tolist() == [1.6e9 + 10, 1.6e9 + 20]
    assert curves(rows)["time_elapsed"] == [(1, 10.0), (2, 20.0)]


def test_a_long_table_gives_each_tag_its_rows() -> None:
    rows, findings = normalize(
        {
            "step": [1, 1, 2, 2, 3],
            "tag": ["a", "b", "a", None, "b"],
            "value": [1.0, 2.0, 3.0, 4.0, None],
        }
    )

    assert curves(rows) == {"a": [(1, 1.0), (2, 3.0)], "b": [(1, 2.0)]}
    assert (findings.missing, findings.rejected) == (1, 1)


def test_tags_are_chosen_and_renamed() -> None:
    columns: Cells = {"step": [1], "train_loss": [1.0], "train_acc": [2.0], "lr": [3.0]}

    rows, _ = normalize(
        columns, include=("train_*",), exclude=("*acc",), rename=(("train_*", "train/*"),)
    )
    prefixed, _ = normalize(columns, tag_prefix="a/", rename=(("lr", "rate"),))

    assert list(curves(rows)) == ["train/loss"]
    assert list(curves(prefixed)) == ["a/train_loss", "a/train_acc", "a/rate"]


def test_two_names_never_get_one_tag() -> None:
    rows, _ = normalize({"step": [1], "a": [1.0], "a/": [2.0], "/a": [3.0]})

    assert list(curves(rows)) == ["a", "a.1", "a.2"]


@given(
    st.lists(
        st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 9)), cell, cell), max_size=8),
        max_size=4,
    )
)
def test_every_cell_is_a_point_or_is_counted(tables: list[list[tuple[object, ...]]]) -> None:
    # the first cells tell that both columns are numbers; a text has no cells to account for
    made: list[Cells] = [{"step": [0], "a": [0.25], "b": [0.25]}]
    for table in tables:
        columns: Cells = {"step": [row[0] for row in table]}
        for place, name in ((1, "a"), (2, "b")):
            cells = [row[place] for row in table]
            # numbers and strings in one block come as strings, as the readers give them
            kind = str if any(isinstance(one, str) for one in cells) else float
            columns[name] = [None if one is None else kind(one) for one in cells]  # type: ignore[arg-type]
        made.append(columns)

    rows, findings = normalize(*(table for table in made if table["step"]), step="step")

    points = sum(part.values.size for part in rows)
    cells_there = sum(2 * len(table["step"]) for table in made)
    assert points + findings.missing + findings.rejected == cells_there


def test_numbers_beside_the_values_of_a_long_table_are_tags_below_theirs() -> None:
    rows, findings = normalize(
        {
            "step": [1, 1, 2, 2, 3],
            "metric": ["loss", "acc", "loss", "acc", None],
            "value": [1.0, 2.0, None, 4.0, 5.0],
            "stderr": [0.5, None, 0.25, 0.125, 6.0],
        }
    )

    assert curves(rows) == {
        "loss": [(1, 1.0)],
        "loss/stderr": [(1, 0.5), (2, 0.25)],
        "acc": [(1, 2.0), (2, 4.0)],
        "acc/stderr": [(2, 0.125)],
    }
    assert (findings.missing, findings.rejected) == (2, 2)


def test_bad_cells_beside_the_values_of_a_long_table_are_counted() -> None:
    rows, findings = normalize(
        {"step": [1, 2, 3], "tag": ["a"] * 3, "value": [1.0, 2.0, 3.0], "std": ["1", "x", "3"]},
        tag_column="tag",
    )

    assert curves(rows)["a/std"] == [(1, 1.0), (3, 3.0)]
    assert findings.rejected == 1


def test_a_time_that_is_none_is_told_and_is_that_of_the_row_before() -> None:
    rows, findings = normalize(
        {"step": [1, 2, 3], "time": ["1700000010", "xx", "1700000012"], "a": [1.0, 2.0, 3.0]},
        {"step": [4], "time": ["yy"], "a": [4.0]},
    )

    times = np.concatenate([part.wall_times for part in rows]).tolist()
    assert times == [1700000010, 1700000010, 1700000012, 1700000012]
    (problem,) = findings.problems
    assert (problem.origin.row, problem.cells) == (3, 0)
    assert "got 'xx', wanted a time" in problem.problem


def test_a_metric_is_not_proposed_as_step() -> None:
    with pytest.raises(SourceError) as caught:
        normalize({"epoch": [1.5, 2.5], "loss": [1, 2]})

    assert "'loss'" not in caught.value.hint
