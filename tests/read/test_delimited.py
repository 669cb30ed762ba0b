"""Tables as people and loggers write them."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found import Found, read_file
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.errors import UsageError

Read = Callable[..., Found]


def test_a_plain_table(read: Read) -> None:
    found = read("step,loss\n0,0.5\n1,0.25\n")
    assert found.format == "csv"
    assert found.rows == [{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25}]
    assert found.types == {"step": "int64", "loss": "double"}
    assert found.tables[0].lines == range(2, 4)
    assert not found.problems
    assert not found.options["notes"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read: Read, delimiter: str) -> None:
    text = "step,train loss,lr\n0,0.5,1e-3\n1,0.25,1e-4\n".replace(",", delimiter)
    found = read(text)
    assert found.options["delimiter"] == delimiter
    assert found.columns == ["step", "train loss", "lr"]
    assert found.rows[1] == {"step": 1, "train loss": 0.25, "lr": 1e-4}


def test_blanks_by_any_number(read: Read) -> None:
    found = read("# step  loss\n  0   0.5  \n 10 \t 0.25\n")
    assert found.columns == ["step", "loss"]
    assert found.rows == [{"step": 0, "loss": 0.5}, {"step": 10, "loss": 0.25}]
    assert found.lines == [2, 3]


def test_blanks_without_a_header(read: Read) -> None:
    found = read("0 0.5\n1 0.25\n", name="fitness_history.csv")
    assert found.columns == ["column_1", "column_2"]
    assert found.lines == [1, 2]
    assert any("header: none" in note for note in found.options["notes"])


def test_names_in_a_comment_over_columns_apart_by_blanks(read: Read) -> None:
    found = read(
        "# step, loss_train, loss_test\n0.0e+00 2.8e-01 2.5e-01\n1.0e+03 1.2e-01 1.3e-01\n"
    )
    assert found.columns == ["step", "loss_train", "loss_test"]
    assert found.rows[1] == {"step": 1000.0, "loss_train": 0.12, "loss_test": 0.13}


def test_fewer_names_than_columns_in_a_comment_name_the_first_only(read: Read) -> None:
    found = read("# step, loss_train, loss_test\n0 1 2 3 4\n1 1 2 3 4\n", name="loss.dat")
    assert found.columns == ["step", "column_2", "column_3", "column_4", "column_5"]
    assert "header: 1 names for 5 columns" in found.options["notes"]


def test_decimal_comma(read: Read) -> None:
    found = read("epoch;loss\n0;0,5\n1;1,25e-1\n")
    assert found.options["decimal"] == ","
    assert found.rows == [{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.125}]


def test_decimal_commas_beside_an_odd_cell(read: Read) -> None:
    found = read("epoch;loss;lr\n0;0,512; NA\n1;oops;0,25\n2;1,5e-3;0,1\n")
    assert [row["loss"] for row in found.rows] == ["0.512", "oops", "1.5e-3"]
    assert [row.get("lr") for row in found.rows] == [None, 0.25, 0.1]


def test_names_decide_on_the_delimiter_where_numbers_have_commas(read: Read) -> None:
    found = read("step;loss\n0;1.234,5\n1;2.345,6\n")
    assert found.options["delimiter"] == ";"
    assert found.options["decimal"] == ","
    assert found.columns == ["step", "loss"]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_points_between_thousands_are_none_before_decimals(read: Read, delimiter: str) -> None:
    text = 'step;loss;lr\n0;"1.234,5";"0,125"\n1;"12,5";"0,250"\n2;"2.345";"1e-3"\n'
    found = read(text.replace(";", delimiter))
    assert [row["loss"] for row in found.rows] == ["1.234,5", "12.5", "2.345,"]
    assert [row["lr"] for row in found.rows] == [0.125, 0.25, 1e-3]


def test_names_that_end_in_a_delimiter_do_not_decide(read: Read) -> None:
    for text in ("step, loss,\n0, 0.5\n1, 0.25\n", ", step, loss\n0, 0, 0.5\n1, 1, 0.25\n"):
        assert read(text).options["delimiter"] == ","


def test_blanks_in_a_title_do_not_decide(read: Read) -> None:
    assert read("time (s)\n2802, 0.5\n662, 0.25\n").options["delimiter"] == ","
    assert read("A title, of it\nlr\tx\n1\t0.4\n2\t0.2\n").options["delimiter"] == "\t"


def test_quoted_cells_that_look_like_several_apart_by_blanks(read: Read) -> None:
    rows = '"Jan 02, 2024, 03:04:05",1.5\n"Jan 02, 2024, 03:05:05",2.5\n'
    found = read("Date,loss\n" + rows)
    assert found.rows[1] == {"Date": "Jan 02, 2024, 03:05:05", "loss": 2.5}
    assert read(rows).rows[1] == {"column_1": "Jan 02, 2024, 03:05:05", "column_2": 2.5}


def test_semicolons_with_decimal_points(read: Read) -> None:
    assert read("epoch;loss\n0;0.5\n1;0.25\n").rows[1] == {"epoch": 1, "loss": 0.25}


def test_padded_names_and_cells(read: Read) -> None:
    found = read("   epoch,   train/loss,  phase\n   0,     0.5,   a \n   1,        ,  NA\n")
    assert found.columns == ["epoch", "train/loss", "phase"]
    assert found.rows == [{"epoch": 0, "train/loss": 0.5, "phase": "a"}, {"epoch": 1}]


def test_padded_quotes(read: Read) -> None:
    found = read('"step", "loss", "name"\n0, "0.5", "a, b"\n1, "0.25", "c"\n')
    assert found.columns == ["step", "loss", "name"]
    assert found.rows == [
        {"step": 0, "loss": 0.5, "name": "a, b"},
        {"step": 1, "loss": 0.25, "name": "c"},
    ]


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", "0.5", "a b", " c", "7"]), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL]),
)
def test_tabs_beside_quotes_are_delimiters(rows: list[list[str]], quoting: Any) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=quoting).writerows([[1, 2.5, *row] for row in rows])
    text = "step\tloss\ta\tb\tc\n" + out.getvalue().replace('""', "")
    meant = [row[2:] for row in csv.reader(io.StringIO(text), delimiter="\t")][1:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.tsv")
        path.write_text(text)
        found = read_file(path)
    assert not found.problems
    for row, cells in zip(found.rows, meant, strict=True):
        assert [_spelled(row.get(name)) for name in "abc"] == [_spelled(cell) for cell in cells]


def _spelled(cell: Any) -> str:
    try:
        return repr(float(cell))
    except (TypeError, ValueError):
        return str(cell or "").strip()


def test_a_blank_before_a_quote_is_none_where_tabs_delimit(read: Read) -> None:
    found = read('step\tloss\tval\tacc\n0\t1.5\t\t "0.1"\n1\t1.4\t\t"0.2"\n')
    assert found.rows == [
        {"step": 0, "loss": 1.5, "acc": 0.1},
        {"step": 1, "loss": 1.4, "acc": 0.2},
    ]


def test_padded_truths(read: Read) -> None:
    found = read("step, done, even\n0, True, NA\n1, False, true\n")
    assert found.types == {"step": "int64", "done": "bool", "even": "bool"}
    assert found.rows == [{"step": 0, "done": True}, {"step": 1, "done": False, "even": True}]


def test_quotes_between_blanks(read: Read) -> None:
    for rows in ("0 0.5\n1 0.25\n", '"0"  "0.5"\n"1" "0.25" \n'):
        found = read('"step" "train  loss"\n' + rows)
        assert found.rows == [{"step": 0, "train loss": 0.5}, {"step": 1, "train loss": 0.25}]
        assert not found.problems


def test_names_of_rows_between_blanks(read: Read) -> None:
    found = read('"step" "loss" "note"\n"1" 0 0.5 "a b"\n"2" 1 0.25 "c"\n')
    assert found.rows == [
        {"column_1": 1, "step": 0, "loss": 0.5, "note": "a b"},
        {"column_1": 2, "step": 1, "loss": 0.25, "note": "c"},
    ]


def test_delimiters_at_the_end_of_quoted_lines_are_no_names_of_rows(read: Read) -> None:
    found = read('"step","loss",\n"0","0.5",7,\n"1","0.25",8,\n')
    assert found.rows[0] == {"step": 0, "loss": 0.5, "column_3": 7}


def test_a_preamble_is_passed_over_and_kept(read: Read) -> None:
    comment = '#{"t_start": 1614619328.33, "env_id": "A"}'
    found = read(f"{comment}\nr,l,t\r\n-5.0,500,4.6\r\n1.0,2,5.1\r\n")
    assert found.columns == ["r", "l", "t"]
    assert found.options["comments"] == (comment,)
    assert found.lines == [3, 4]


def test_a_title_above_the_header_is_passed_over(read: Read) -> None:
    found = read("Training of my network\nby me\n\nepoch,loss\n0,0.5\n1,0.25\n")
    assert found.columns == ["epoch", "loss"]
    assert found.lines == [5, 6]


def test_the_separator_said_in_the_first_line(read: Read) -> None:
    assert read("sep=;\nepoch;loss\n0;1,5\n1;2,5\n").rows[0] == {"epoch": 0, "loss": 1.5}


def test_no_header(read: Read) -> None:
    found = read("1,100,0.5\n2,200,0.25\n")
    assert found.columns == ["column_1", "column_2", "column_3"]
    assert found.lines == [1, 2]


def test_a_header_of_numbers_over_numbers_has_one_name(read: Read) -> None:
    assert read("step,0.1,0.01\n0,1.5,2.5\n1,1.25,2.25\n").columns == ["step", "0.1", "0.01"]


def test_the_header_is_as_the_options_say(read: Read) -> None:
    assert read("1,2\n3,4\n", header=True).rows == [{"1": 3, "2": 4}]
    assert read("a,b\n1,2\n", header=False).lines == [1, 2]


def test_header_only(read: Read) -> None:
    for text in ("epoch,loss,val_loss\n", "epoch,loss,val_loss"):
        found = read(text)
        assert [table.batch.num_rows for table in found.tables] == [0]
        assert found.types == {"epoch": "null", "loss": "null", "val_loss": "null"}
        assert not found.problems


def test_names_that_stand_twice(read: Read) -> None:
    found = read("step,loss,loss,loss.1\n0,1,2,3\n")
    assert found.columns == ["step", "loss", "loss.2", "loss.1"]
    assert [(row, column, cells) for row, column, cells, _ in found.remarks] == [(1, "loss", 0)]


def test_columns_without_a_name_are_numbered(read: Read) -> None:
    assert read(",loss\n0,0.5\n1,0.25\n").columns == ["column_1", "loss"]


def test_more_columns_than_names_are_kept(read: Read) -> None:
    found = read("step,loss\n0,0.5,7\n1,0.25,8\n")
    assert found.rows[1] == {"step": 1, "loss": 0.25, "column_3": 8}
    assert "header: 2 names for 3 columns" in found.options["notes"]


def test_a_delimiter_at_the_end_of_lines(read: Read) -> None:
    assert read("step,loss,\n0,0.5\n1,0.25\n").columns == ["step", "loss"]
    for text in ("step,loss,\n0,0.5,\n1,0.25,\n", "step,loss\n0,0.5,\n1,0.25,\n"):
        found = read(text)
        assert found.rows == [{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25}]
        assert found.types["column_3"] == "null"


def test_names_of_rows_as_r_writes_them(read: Read) -> None:
    found = read('"loss","acc"\n"1",0.5,0.1\n"2",0.25,0.2\n')
    assert found.rows[1] == {"column_1": 2, "loss": 0.25, "acc": 0.2}


def test_a_header_over_nothing_but_gaps(read: Read) -> None:
    assert read("epoch,loss\n,NA\n,\n").types == {"epoch": "null", "loss": "null"}


def test_one_column(read: Read) -> None:
    assert read("loss\n0.5\n\n0.25\n").rows == [{"loss": 0.5}, {"loss": 0.25}]
    assert read("0.5\n0.25\n").columns == ["column_1"]


def test_one_column_with_gaps(read: Read) -> None:
    found = read("loss\n0.5\nNA\n0.25\nNA\nNA\n")
    assert [row.get("loss") for row in found.rows] == [0.5, None, 0.25, None, None]


def test_missing_is_not_nan(read: Read) -> None:
    cells = ["", "NA", "null", "None", "n/a", "#N/A", "#na#", '""', "-", "nan", "NaN", "-nan"]
    found = read("step,loss\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    losses = [row.get("loss") for row in found.rows]
    assert losses[:9] == [None] * 9
    assert all(math.isnan(loss) for loss in losses[9:])


def test_infinities_and_what_is_out_of_range(read: Read) -> None:
    cells = ["inf", "-inf", "Infinity", "-Infinity", "+inf", "1e400", "-1e400", "1e-400", "-0.0"]
    found = read("step,loss\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    inf = math.inf
    assert [row["loss"] for row in found.rows] == [inf, -inf, inf, -inf, inf, inf, -inf, 0.0, 0.0]


@pytest.mark.parametrize("other", ["9223372036854775808", "5.0", "nan"])
def test_whole_numbers_that_no_double_holds_stay_as_they_are(read: Read, other: str) -> None:
    large = [str(2**53 + 1), str(2**53 + 3), "-1"]
    cells = [*large, other]
    found = read("step,loss\n" + "".join(f"{cell},0.5\n" for cell in cells))

    assert [str(row["step"]) for row in found.rows] == cells
    assert {row["loss"] for row in found.rows} == {0.5}


def test_large_numbers_with_decimals_are_doubles(read: Read) -> None:
    assert read("step,loss\n0,1e30\n1,0.5\n").types["loss"] == "double"


def test_whole_numbers_that_no_int64_holds(read: Read) -> None:
    found = read(f"step,big\n0,{2**63 - 1}\n1,{2**63}\n")
    assert [row["big"] for row in found.rows] == [str(2**63 - 1), str(2**63)]
    assert read(f"step,big\n0,{2**63 - 1}\n").rows == [{"step": 0, "big": 2**63 - 1}]


def test_a_blank_column(read: Read) -> None:
    found = read("step,loss,val_loss\n0,0.5,\n1,0.25,\n")
    assert found.types["val_loss"] == "null"


def test_spellings_that_a_number_would_lose_stay_text(read: Read) -> None:
    found = read("step,id,took\n0,007,05:30\n1,008,06:10\n")
    assert found.rows[0] == {"step": 0, "id": "007", "took": "05:30"}


def test_times_that_come_late_stay_text(read: Read) -> None:
    rows = "".join(f"{i},\n" for i in range(200))
    found = read(f"step,took\n{rows}200,05:30\n201,05:31\n", block_bytes=500)
    assert [row["took"] for row in found.rows[-2:]] == ["05:30", "05:31"]


def test_texts_times_and_truths(read: Read) -> None:
    found = read("step,when,ok,note\n0,2021-04-05 12:00:00,True,hi\n1,2021-04-05 12:00:01,False,\n")
    assert found.types == {
        "step": "int64",
        "when": "timestamp[s]",
        "ok": "bool",
        "note": "string",
    }


def test_odd_cells_are_left_to_the_next_room(read: Read) -> None:
    found = read("step,loss\n0,0.5\n1,0.5.1\n2,tensor(0.5)\n3,50%\n")
    assert [row["loss"] for row in found.rows] == ["0.5", "0.5.1", "tensor(0.5)", "50%"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends(read: Read, end: str) -> None:
    found = read(f"step,loss{end}0,0.5{end}1,0.25{end}")
    assert found.rows == [{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25}]
    assert found.lines == [2, 3]


def test_mixed_line_ends_and_blank_lines(read: Read) -> None:
    found = read("step,loss\n0,1\r\n1,2\r2,3\n\n3,4\r\n\r\n4,5\n")
    assert [row["step"] for row in found.rows] == [0, 1, 2, 3, 4]
    assert found.lines == [2, 3, 4, 6, 8]


def test_five_thousand_columns(read: Read) -> None:
    names = ["step", *(f"layer_{i}/weight/norm" for i in range(5_000))]
    text = ",".join(names) + "\n" + "".join(f"{i}" + ",0.5" * 5_000 + "\n" for i in range(3))
    found = read(text)
    assert found.columns == names
    assert found.rows[2]["layer_4999/weight/norm"] == 0.5


def test_a_cell_of_two_megabytes(read: Read) -> None:
    image = "x" * (2 << 20)
    found = read(f'step,image,loss\n0,"{image}",0.5\n1,"{image}",0.25\n')
    assert [row["loss"] for row in found.rows] == [0.5, 0.25]
    assert found.rows[0]["image"] == image


def test_what_makes_no_sense_as_a_delimiter_is_wrong_usage(read: Read) -> None:
    with pytest.raises(UsageError, match=r"^--delimiter: got '::'"):
        read("a,b\n1,2\n", delimiter="::")
