"""What stands beside the values of a long table."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from normalize.pushed import Cells, cell, curves, normalize


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
        {
            "step": [1, 1],
            "epoch": [0, 1],
            "seed": [7, 7],
            "iteration": [None, None],
            "tag": ["a", "b"],
            "value": [1.0, 2.0],
        },
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
