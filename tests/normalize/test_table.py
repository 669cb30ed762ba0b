"""Rows of a run → rows of tags; each cell is a value, or is counted."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tbconvert.dialects import by_name
from tbconvert.errors import SourceError
from tbconvert.model import Findings, Origin, RawTable
from tbconvert.normalize.columns import choose_layout
from tbconvert.normalize.rows import Rows
from tbconvert.normalize.table import Normalizer
from tbconvert.normalize.tags import TagNames
from tbconvert.options import Options

Cells = dict[str, list[object]]
HERE = Origin("log.csv")


def normalize(*tables: Cells, **options: object) -> tuple[list[Rows], Findings]:
    """Push tables, each with its own types, through one normalizer."""
    chosen = Options(**options)  # type: ignore[arg-type]
    findings, found = Findings(), []
    normalizer = Normalizer(chosen, findings, TagNames(chosen, findings))
    normalizer.begin(1.6e9)
    layout, line = None, 2
    for cells in tables:
        batch = pa.RecordBatch.from_pydict(cells)
        raw = RawTable(HERE, batch, range(line, line + batch.num_rows))
        line += batch.num_rows
        layout = layout or choose_layout(batch, HERE, chosen, by_name("generic"))
        found += list(normalizer.push(raw, layout))
    found += normalizer.finish()[1]
    return found, findings


def curves(rows: list[Rows]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for part in rows:
        for place, tag in enumerate(part.tags):
            pairs = zip(part.steps.tolist(), part.values[:, place].tolist(), strict=True)
            found.setdefault(tag, []).extend(pairs)
    return found


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

    found = {part.tags[0]: part.values[:, 0].tolist() for part in rows}
    assert found == {"note": ["good"], "grads": [[1.0, 2.0], [3.0, 4.0]]}


def test_a_row_without_a_step_is_left_out_and_counted() -> None:
    rows, findings = normalize({"step": [1, None, 3], "a": [1.0, 2.0, 3.0], "b": [1.0, None, 3.0]})

    assert curves(rows)["a"] == [(1, 1.0), (3, 3.0)]
    assert (findings.missing, findings.rejected) == (1, 1)
    assert findings.problems[0].origin.row == 3


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
    assert len(findings.problems) == 1


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


cell = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.integers(-(2**24), 2**24),
    st.sampled_from(["0.5", "nan", "-inf", "50%", "oops", "tensor(0.5)"]),
)


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


def test_texts_and_lists_beside_the_values_of_a_long_table_are_tags_below_theirs() -> None:
    rows, findings = normalize(
        {
            "step": [1, 1, 2],
            "tag": ["loss", "acc", "acc"],
            "value": [1.0, 2.0, 3.0],
            "note": ["same", "same", "same"],
            "grads": [[1.0], None, [2.0, 3.0]],
        },
        {
            "step": [None, 3, 3],
            "tag": ["loss", None, "loss"],
            "value": [4.0, 5.0, 6.0],
            "note": ["lost", "lost", None],
            "grads": [None, [4.0], None],
        },
    )

    found: dict[str, list[tuple[int, object]]] = curves(rows)  # type: ignore[assignment]
    assert found == {
        "loss": [(1, 1.0), (3, 6.0)],
        "acc": [(1, 2.0), (2, 3.0)],
        "loss/note": [(1, "same")],
        "acc/note": [(1, "same"), (2, "same")],
        "loss/grads": [(1, [1.0])],
        "acc/grads": [(2, [2.0, 3.0])],
    }
    assert (findings.missing, findings.rejected) == (4, 5)
    told = [(p.origin.row, p.origin.column, p.cells) for p in findings.problems if p.cells]
    assert told == [(5, "step", 2), (6, "tag", 3)]


def test_texts_that_cannot_be_shown_whole_are_told_by_row_and_column() -> None:
    long = "word " * 100_000  # a server should render no more than 64 Ki characters
    uri = "data:image/png;base64," + "iVBORw0KGgo" * 20
    rows, findings = normalize(
        {"step": [1, 2], "a": ["fine", "fine too"], "b": ["x", long], "c": [uri, "y"]},
        {"step": [3, 4], "a": ["fine", None], "b": [None, long], "c": [uri, uri]},
    )

    assert findings.rejected == 0
    told = {p.origin.column: (p.origin.row, p.problem) for p in findings.problems}
    assert told.keys() == {"b", "c"}
    left = re.fullmatch(
        r"([\d,]+) of 500,000 characters were left out; and likewise 1 times more", told["b"][1]
    )
    assert left
    assert told["b"][0] == 3
    assert told["c"] == (2, "data of a URI was left out; and likewise 2 times more")
    found = {tag: [text for _, text in pairs] for tag, pairs in curves(rows).items()}
    cut = str(found["b"][1]).partition("\n")[0]
    assert len(cut) == 500_000 - int(left[1].replace(",", ""))
    assert found["c"][0] == f"image/png data URI, {len(uri)} characters"


def test_a_text_of_a_long_table_that_cannot_be_shown_is_told_by_its_column() -> None:
    noise = np.random.default_rng(0).bytes(300).decode("latin-1")
    _, findings = normalize(
        {
            "step": [1, 1, 2, 2],
            "tag": ["a", "b", "a", "b"],
            "value": [1.0, 2.0, 3.0, 4.0],
            "note": ["x", noise, noise, "y"],
        }
    )

    (problem,) = findings.problems
    assert (problem.origin.column, problem.cells) == ("note", 0)
    assert problem.problem == "binary data was left out; and likewise 1 times more"


def test_rows_of_a_long_table_without_the_column_of_tags_are_counted() -> None:
    rows, findings = normalize(
        {"step": [1, 1], "tag": ["a", "b"], "value": [1.0, 2.0]},
        {"step": [2, 3], "value": [3.0, None]},
    )

    assert curves(rows) == {"a": [(1, 1.0)], "b": [(1, 2.0)]}
    assert (findings.missing, findings.rejected) == (1, 1)
    (problem,) = findings.problems
    assert str(problem) == "log.csv:4: column 'tag': no tag; the row was left out"


def test_columns_of_a_long_table_named_like_roles_are_told_with_how_many_cells() -> None:
    rows, findings = normalize(
        {"step": [1, 1], "epoch": [0, 1], "seed": [7, 7], "tag": ["a", "b"], "value": [1.0, 2.0]},
        {"step": [2], "epoch": [None], "seed": [7], "tag": ["a"], "value": [3.0]},
    )

    assert curves(rows) == {"a": [(1, 1.0), (2, 3.0)], "b": [(1, 2.0)]}
    said = {p.origin.column: (p.problem, p.cells) for p in findings.problems}
    like = "is named like a step, a time or a run, and is no value of a long table"
    assert said == {
        "epoch": (f"{like}: 2 cells were left out", 0),
        "seed": (f"{like}: 3 cells were left out", 0),
    }


def test_a_tag_called_like_a_column_beside_the_values_keeps_its_name() -> None:
    rows, findings = normalize(
        {
            "step": [1, 1],
            "tag": ["note", "acc"],
            "value": [1.0, 2.0],
            "note": ["one", "two"],
        },
    )

    assert curves(rows).keys() == {"note", "acc", "note/note", "acc/note"}
    assert findings.problems == []


beside = st.one_of(st.none(), st.sampled_from(["x", "y", "0.5"]))


@settings(deadline=None)  # the first to need it imports pyarrow.compute
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.integers(0, 9)),
                st.one_of(st.none(), st.sampled_from(["a", "b"])),
                cell,
                beside,
            ),
            max_size=8,
        ),
        max_size=4,
    )
)
def test_every_cell_of_a_long_table_is_a_point_or_is_counted(
    tables: list[list[tuple[object, ...]]],
) -> None:
    # the first rows tell that one column is numbers, and that the other one is not constant
    made: list[Cells] = [
        {"step": [0, 0], "tag": ["a", "b"], "value": [0.25, 0.5], "note": ["x", "y"]}
    ]
    for table in tables:
        columns: Cells = {"step": [row[0] for row in table], "tag": [row[1] for row in table]}
        for place, name in ((2, "value"), (3, "note")):
            cells = [row[place] for row in table]
            kind = str if any(isinstance(one, str) for one in cells) else float
            columns[name] = [None if one is None else kind(one) for one in cells]  # type: ignore[arg-type]
        made.append(columns)

    chosen: dict[str, object] = {"tag_column": "tag", "value_column": "value", "step": "step"}
    rows, findings = normalize(*(table for table in made if table["step"]), **chosen)

    points = sum(part.values.size for part in rows)
    cells_there = sum(2 * len(table["step"]) for table in made)
    assert points + findings.missing + findings.rejected == cells_there


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
