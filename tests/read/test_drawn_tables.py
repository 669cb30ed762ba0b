"""Tables that were drawn for people: rulers, frames and colours are none of their cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from found import Found
from oracle import ingest, read_back

Read = Callable[..., Found]

ROWS = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}, {"epoch": 3, "loss": 0.125}]

GRID = """\
+---------+--------+
|   epoch |   loss |
+=========+========+
|       1 | 0.5    |
+---------+--------+
|       2 | 0.25   |
+---------+--------+
|       3 | 0.125  |
+---------+--------+
"""
PSQL = """\
+---------+--------+
|   epoch |   loss |
|---------+--------|
|       1 |  0.5   |
|       2 |  0.25  |
|       3 |  0.125 |
+---------+--------+
"""
MARKDOWN = "| epoch | loss |\n|:------|-----:|\n| 1 | 0.5 |\n| 2 | 0.25 |\n| 3 | 0.125 |\n"
BARE_MARKDOWN = "epoch | loss\n---|---\n1 | 0.5\n2 | 0.25\n3 | 0.125\n"
TITLED = "Training of a small net\n\n" + MARKDOWN
SIMPLE = "  epoch    loss\n-------  ------\n      1   0.5\n      2   0.25\n      3   0.125\n"
COLOURED = (
    "  epoch    loss\n-------  ------\n      1   \x1b[36m0.5\x1b[0m\n"
    "      2   \x1b[36m0.25\x1b[0m\n      3   0.125\n"
)
BETWEEN_EPOCHS = "epoch,loss\n1,0.5\n--------\n2,0.25\n========\r\n3,0.125\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (GRID, [4, 6, 8]),
        (PSQL, [4, 5, 6]),
        (MARKDOWN, [3, 4, 5]),
        (MARKDOWN.replace("\n", "\r\n"), [3, 4, 5]),
        (MARKDOWN.removesuffix("\n"), [3, 4, 5]),
        (BARE_MARKDOWN, [3, 4, 5]),
        (TITLED, [5, 6, 7]),
        (SIMPLE, [3, 4, 5]),
        (COLOURED, [3, 4, 5]),
        (BETWEEN_EPOCHS, [2, 4, 6]),
    ],
)
def test_what_is_drawn_around_cells_is_none_of_them(
    read: Read, text: str, lines: list[int]
) -> None:
    found = read(text)

    assert found.format == "csv"
    assert found.columns == ["epoch", "loss"]
    assert found.rows == ROWS
    assert found.lines == lines
    assert [problem for problem in found.problems if problem.cells] == []


@pytest.mark.parametrize("block_bytes", [1, 40, 1 << 20])
def test_blocks_are_cut_anywhere(read: Read, block_bytes: int) -> None:
    assert read(GRID, block_bytes=block_bytes).rows == ROWS


def test_a_damaged_row_in_a_frame_is_told_by_its_line(tmp_path: Path) -> None:
    log = tmp_path / "a" / "results.txt"
    log.parent.mkdir()
    log.write_text(GRID.replace("0.25   ", "oops   "))

    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]

    told = [(problem["row"], problem["column"]) for problem in run["problems"] if problem["row"]]
    assert (told, run["missing"], run["rejected"]) == ([(6, "loss")], 0, 1)
    assert read_back(tmp_path / "runs")["a"]["loss"].steps.tolist() == [1, 3]


def test_an_empty_cell_beside_the_frame_is_one(read: Read) -> None:
    found = read("| epoch | loss |\n|---|---|\n| 1 | |\n| 2 | 0.25 |\n| | 0.5 |\n")

    assert found.columns == ["epoch", "loss"]
    assert found.rows == [{"epoch": 1}, {"epoch": 2, "loss": 0.25}, {"loss": 0.5}]


def test_no_frame_where_a_row_has_none(read: Read) -> None:
    found = read("|epoch|loss\n|1|0.5\n|2|0.25\n", delimiter="|")

    assert found.columns == ["column_1", "epoch", "loss"]
    assert found.rows == [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]


def test_a_ruler_in_a_text_of_several_lines_is_kept(read: Read) -> None:
    found = read('epoch,loss,note\n1,0.5,"one\n-----\ntwo"\n-----\n2,0.25,three\n')

    notes = ["one\n-----\ntwo", "three"]
    assert [row["note"] for row in found.rows] == notes
    assert found.lines == [2, 6]


def test_cells_that_are_missing_are_no_ruler(read: Read) -> None:
    found = read("loss\n0.5\n---\n0.25\n-\n--\n0.125\n")

    assert found.rows == [{"loss": 0.5}, {}, {"loss": 0.25}, {}, {}, {"loss": 0.125}]
