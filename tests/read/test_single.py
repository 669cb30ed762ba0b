"""One JSON object as one row, whose lists stay lists: what json has, to the type of each number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.model import Origin, RawTable
from tbconvert.read.shapes import read_shape

HERE = Origin("log.json")

ints = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False)
numbers = st.lists(ints | st.none()) | st.lists(floats | st.none())
cells = numbers | st.lists(st.lists(ints)) | st.lists(st.lists(floats)) | st.text() | floats


def row_of(value: Any) -> RawTable:
    (table,) = read_shape("lists", value, HERE)
    assert isinstance(table, RawTable)
    return table


@given(st.dictionaries(st.text(min_size=1), cells, min_size=1))
def test_cells_are_as_json_has_them(value: dict[str, Any]) -> None:
    (row,) = row_of(value).batch.to_pylist()

    assert json.dumps(row) == json.dumps(value)


@pytest.mark.parametrize(
    "cell",
    [[1, 2.5], [True], ["a"], [[1], 2], [[1], None], [2**70], [[[1]]], [{"a": 1}], [[1], [0.5]]],
    ids=str,
)
def test_lists_of_anything_else_are_their_text(cell: list[Any]) -> None:
    (row,) = row_of({"step": 7, "cell": cell}).batch.to_pylist()

    assert row == {"step": 7, "cell": json.dumps(cell)}


def test_two_names_that_meet_are_told() -> None:
    table = row_of({"a": {"b": 1}, "a/b": [2]})

    assert table.batch.to_pylist() == [{"a/b": 1, "a/b.1": [2]}]
    assert [problem.origin.column for problem in table.problems] == ["a/b"]


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="not of the shape 'lists'"):
        row_of([1, 2])
