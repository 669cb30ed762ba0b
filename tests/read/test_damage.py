"""Damaged tables: every good cell is kept, every bad one is told by row and column."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from found import Found

Read = Callable[..., Found]

GOOD = "step,loss,acc\n0,0.5,0.1\n1,0.25,0.2\n"


def test_short_rows_keep_what_they_have(read: Read) -> None:
    found = read(GOOD + "2,0.125\n3\n4,0.1,0.4\n")
    assert found.rows[2:] == [
        {"step": 2, "loss": 0.125},
        {"step": 3},
        {"step": 4, "loss": 0.1, "acc": 0.4},
    ]
    assert found.lines == [2, 3, 4, 5, 6]
    assert found.remarks == [
        (4, None, 0, "got 2 cells, wanted 3; the last cell is missing"),
        (5, None, 0, "got 1 cell, wanted 3; the last 2 are missing"),
    ]
    assert found.types == {"step": "int64", "loss": "double", "acc": "double"}


def test_long_rows_lose_what_has_no_name(read: Read) -> None:
    found = read(GOOD + "2,0.125,0.3,7,,8\n3,0.1,0.4,\n")
    assert found.rows[2:] == [
        {"step": 2, "loss": 0.125, "acc": 0.3},
        {"step": 3, "loss": 0.1, "acc": 0.4},
    ]
    assert found.remarks == [(4, None, 2, "got 6 cells, wanted 3; the others were left out")]


def test_a_stray_quote_costs_its_cell_and_no_more(read: Read) -> None:
    found = read(GOOD + '2,"0.125,0.3\n3,0.1,0.4\n4,0.05,"0.5\n5,0.01,0.6\n')
    assert found.rows[2:] == [
        {"step": 2, "acc": 0.3},
        {"step": 3, "loss": 0.1, "acc": 0.4},
        {"step": 4, "loss": 0.05},
        {"step": 5, "loss": 0.01, "acc": 0.6},
    ]
    assert [(row, column, cells) for row, column, cells, _ in found.remarks] == [
        (4, "loss", 1),
        (6, "acc", 1),
    ]


def test_a_cell_of_several_lines_is_read_whole(read: Read) -> None:
    text = 'step,note,loss\n0,"one\ntwo, ""three""\n",0.5\n1,four,0.25\n2,"five\r\nsix",0.1\n'
    found = read(text)
    assert found.rows == [
        {"step": 0, "note": 'one\ntwo, "three"', "loss": 0.5},
        {"step": 1, "note": "four", "loss": 0.25},
        {"step": 2, "note": "five\r\nsix", "loss": 0.1},
    ]
    assert found.lines == [2, 5, 6]
    assert not found.problems


def test_quotes_within_cells_are_no_quotes(read: Read) -> None:
    found = read('step,size,loss\n0,5" wide,0.5\n1,6" wide,0.25\n2,3"" x,0.1\n3\n')
    assert [row.get("size") for row in found.rows] == ['5" wide', '6" wide', '3"" x', None]


def test_delimiters_within_quotes(read: Read) -> None:
    found = read('step,list,loss\n0,"[1, 2]",0.5\n1,"[]",0.25\n2,"[3, 4]"\n3,"[5, 6]",0.1\n')
    assert [row["list"] for row in found.rows] == ["[1, 2]", "[]", "[3, 4]", "[5, 6]"]
    assert [cells for _, _, cells, _ in found.remarks] == [0]


def test_the_header_again_is_a_new_segment(read: Read) -> None:
    found = read(GOOD + "step,loss,acc\n0,0.4,0.3\n step, loss, acc\n\n0,0.3,0.4\n")
    assert found.segments == [0, 0, 1, 2]
    assert found.lines == [2, 3, 5, 8]
    assert found.types == {"step": "int64", "loss": "double", "acc": "double"}
    assert not found.problems


def test_files_put_together_keep_their_marks(read: Read) -> None:
    found = read((GOOD + "\ufeff" + GOOD).encode("utf-8-sig"))
    assert found.segments == [0, 0, 1, 1]
    assert found.columns == ["step", "loss", "acc"]


def test_another_header_changes_the_columns(read: Read) -> None:
    found = read(GOOD + "step,loss,lr,acc\n2,0.1,1e-3,0.4\n3,0.05,1e-4,0.5\n")
    assert found.segments == [0, 0, 1, 1]
    assert found.rows[2:] == [
        {"step": 2, "loss": 0.1, "lr": 1e-3, "acc": 0.4},
        {"step": 3, "loss": 0.05, "lr": 1e-4, "acc": 0.5},
    ]
    assert found.remarks == [(4, None, 0, "another header: 'lr' from here on")]


def test_another_header_of_the_same_width(read: Read) -> None:
    found = read(GOOD + "step,loss,f1\n2,0.1,0.4\n")
    said = "another header: 'f1' from here on and no 'acc' any more"
    assert found.remarks == [(4, None, 0, said)]
    assert found.rows[2] == {"step": 2, "loss": 0.1, "f1": 0.4}
    assert found.segments == [0, 0, 1]


@pytest.mark.parametrize("block_bytes", [16, 40, 64, 100, 1000])
def test_another_header_holds_for_all_blocks_after_it(read: Read, block_bytes: int) -> None:
    rows = "".join(f"{i},0.5,0.1\n" for i in range(50))
    wide = "".join(f"{i},0.5,0.1,0.01\n" for i in range(50, 100))
    text = f"step,loss,acc\n{rows}step,loss,acc,lr\n{wide}step,loss,acc,lr\n{wide}"
    found = read(text, block_bytes=block_bytes)
    assert [row["step"] for row in found.rows] == [*range(100), *range(50, 100)]
    assert all(row["lr"] == 0.01 for row in found.rows[50:])
    assert found.segments == [0] * 50 + [1] * 50 + [2] * 50
    assert found.lines == [*range(2, 52), *range(53, 103), *range(104, 154)]
    assert found.remarks == [(52, None, 0, "another header: 'lr' from here on")]


def test_a_row_of_text_is_no_header(read: Read) -> None:
    found = read(GOOD + "x,y,z\n2,0.1,0.4\n")
    assert found.rows[2] == {"step": "x", "loss": "y", "acc": "z"}
    assert set(found.segments) == {0}


def test_a_table_of_texts_is_no_header(read: Read) -> None:
    found = read("name,phase,id\n" + "a,train,007\nb,val,008\n" * 3 + "loss,0.5\n", header=True)
    assert len(found.rows) == 7
    assert set(found.segments) == {0}


@pytest.mark.parametrize(
    ("tail", "kept", "lost"),
    [
        ("2,0.1,0.3", True, 0),
        ("2,0.1", False, 2),
        ("2,0.1,", True, 0),
        ("2,,", True, 0),
        ("2,", False, 1),
        ('2,0.1,"0.', False, 3),
        ('2,"0.1', False, 2),
        ("2,0.1,\ufffd".encode()[:-1], False, 3),
    ],
)
def test_a_last_line_without_its_end(read: Read, tail: str | bytes, kept: bool, lost: int) -> None:
    tail = tail.encode() if isinstance(tail, str) else tail
    found = read(GOOD.encode() + tail)
    assert len(found.rows) == 2 + kept
    assert found.lost == lost
    assert [row for row, *_ in found.remarks] == [4]


LOST = "; what is lost counts as one cell"


def test_a_file_that_is_known_to_be_cut_loses_its_last_line(read: Read) -> None:
    packed = zlib.compressobj(wbits=31)
    cut = packed.compress((GOOD + "2,0.125,0.3").encode()) + packed.flush(zlib.Z_SYNC_FLUSH)
    found = read(cut)
    assert found.rows == read(GOOD).rows
    assert found.remarks == [
        (4, None, 1, f"the gzip stream ends too early; {len(GOOD) + 11} bytes could be read{LOST}"),
        (4, None, 3, "the last line is cut off: got '2,0.125,0.3'; it was left out"),
    ]


def test_an_unclosed_quote_at_the_end(read: Read) -> None:
    found = read('step,note,loss\n0,a,0.5\n1,"b\nc, d\n')
    assert found.rows == [
        {"step": "0", "note": "a", "loss": 0.5},
        {"step": "1"},
        {"step": "c", "note": "d"},
    ]
    assert {row for row, *_ in found.remarks} == {3, 4}


def test_nul_bytes_after_a_crash(read: Read) -> None:
    found = read(GOOD + "\0" * 4096 + "2,0.1,0.3\n" + "\0" * 50 + "\n3,0.1,0.3\n" + "\0" * 100)
    assert [row["step"] for row in found.rows] == [0, 1, 2, 3]
    assert found.lines == [2, 3, 4, 6]
    assert [problem for *_, problem in found.remarks] == [
        "4096 NUL bytes were left out",
        "50 NUL bytes were left out",
        "100 NUL bytes were left out",
    ]


def test_a_nul_byte_within_a_cell_stays_there_for_all_to_see(read: Read) -> None:
    assert read(GOOD + "2,0.\0001,0.3\n").rows[2] == {"step": 2, "loss": "0.\x001", "acc": 0.3}


def test_bytes_that_are_not_utf8_spoil_their_cell_only(read: Read) -> None:
    found = read("step,löss,acc\n0,0.5,ü\n".encode() + b"1,0.2\xff5,x\n2,0.125,y\n")
    assert [row["löss"] for row in found.rows] == ["0.5", "0.2\ufffd5", "0.125"]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [(3, 0)]


def test_comments_between_rows_are_passed_over(read: Read) -> None:
    found = read("# step loss\n0 0.5\n# again, from here\n1 0.25\n# step loss\n2 0.1\n")
    assert [row["step"] for row in found.rows] == [0, 1, 2]
    assert found.segments == [0, 0, 1]


def test_a_million_problems_are_counted_and_few_are_kept(read: Read) -> None:
    found = read("a,b\n" + "1,2\n" * 100 + "1,2,3\n" * 10_000 + "5,6\n" * 20_000)
    assert len(found.problems) == 101
    assert found.lost == 10_000
    assert len(found.rows) == 30_100


def test_a_short_row_apart_by_blanks_may_miss_any_cell(read: Read) -> None:
    found = read("# step loss acc\n0  0.5   1\n1      0.25\n 2 0.1 1\n")
    assert found.rows == [{"step": 0, "loss": 0.5, "acc": 1}, {"step": 2, "loss": 0.1, "acc": 1}]
    assert found.lines == [2, 4]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [(3, 2)]


def test_a_damaged_block_is_read_as_a_whole_one(read: Read) -> None:
    rows = [f"{i},{i / 7!r},{i / 3!r}" for i in range(20_000)]
    whole = read("step,a,b\n" + "\n".join(rows) + "\n")
    rows[5_000] += ",,"
    rows[15_000] = '15000,"' + rows[15_000][6:]
    damaged = read("step,a,b\n" + "\n".join(rows) + "\n")
    assert damaged.types == whole.types
    assert damaged.rows[:15_000] == whole.rows[:15_000]
    assert damaged.rows[15_001:] == whole.rows[15_001:]
    assert damaged.lines == whole.lines
