"""What holds for every table: it survives, with its lines, however it is written and cut."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from found import Found, read_file
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tbconvert.model import Origin
from tbconvert.read.alike import read_alike
from tbconvert.read.batches import Columns, parse_records
from tbconvert.read.blocks import Block
from tbconvert.read.layout import Layout
from tbconvert.read.objects import ObjectReader, read_objects
from tbconvert.read.problems import Problems
from tbconvert.read.tolerant import mend

Cell = float | int | str | None

names = st.text(st.sampled_from('abcXYZ_019/.-()" ,;|\té'), min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and name[0].isalpha() and name.lower() not in ("na", "nan")
)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, width=64)
cells = numbers | st.none()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    header = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    kinds = [draw(st.sampled_from([st.integers(0, 99), cells, st.floats()])) for _ in header[1:]]
    row = st.tuples(st.integers(0, 10**6), *kinds)
    return header, [list(r) for r in draw(st.lists(row, min_size=1, max_size=30))]


def written(header: Sequence[str], rows: Sequence[Sequence[Any]], **dialect: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, **dialect)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def read_text(text: str | bytes, name: str = "log.csv", **how: Any) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path, **how)


def same(read: Any, meant: Any) -> bool:
    if meant is None or read is None:
        return read is meant
    if isinstance(meant, float) and math.isnan(meant):
        return math.isnan(float(read))
    return float(read) == float(meant)


@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    lineterminator=st.sampled_from(["\n", "\r\n", "\r"]),
    block_bytes=st.sampled_from([7, 50, 333, 1 << 20]),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_table_survives(
    table: tuple[list[str], list[list[Any]]],
    delimiter: str,
    quoting: Any,
    lineterminator: str,
    block_bytes: int,
) -> None:
    header, rows = table
    text = written(
        header, rows, delimiter=delimiter, quoting=quoting, lineterminator=lineterminator
    )
    found = read_text(text, block_bytes=block_bytes, header=True, delimiter=delimiter)
    assert found.options["delimiter"] == delimiter
    assert found.options["columns"] == tuple(header)
    assert found.lines == list(range(2, len(rows) + 2))
    assert not found.problems
    for read, meant in zip(found.rows, rows, strict=True):
        for name, cell in zip(header, meant, strict=True):
            assert same(read.get(name), cell), (name, cell, read)


@given(table=tables(), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_slow_path_finds_the_same_in_a_table_without_damage(
    table: tuple[list[str], list[list[Any]]], quoting: Any
) -> None:
    header, rows = table
    text = written(header, rows, lineterminator="\n", quoting=quoting).encode()
    block = Block(text[text.index(b"\n") + 1 :], 2, last=True)
    columns = Columns(tuple(header), frozenset())
    layout = Layout(",", ".", 1, 1, tuple(header))
    fast, _ = parse_records(block.data, columns, layout)
    for doubt in (False, True):
        problems = Problems(Origin("log.csv"))
        (section,) = mend(block, columns.names, layout, problems, doubt)
        slow, _ = parse_records(section.text, columns, layout)
        assert slow.schema == fast.schema
        assert repr(slow.to_pylist()) == repr(fast.to_pylist())
        assert section.lines.tolist() == list(range(2, len(rows) + 2))
        assert not section.headers
        assert not section.problems


@given(table=tables(), broken=st.sets(st.integers(0, 29), max_size=3), blank=st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_damage_costs_nothing_but_its_own_row(
    table: tuple[list[str], list[list[Any]]], broken: set[int], blank: bool
) -> None:
    header, rows = table
    lines = written(header, rows, lineterminator="\n").splitlines()
    lines += ["0" + ",1.5" * (len(header) - 1)] * 60  # what a table of this width looks like
    for row in broken:
        if row < len(rows):
            lines[row + 1] = lines[row + 1].split(",")[0]
    if blank:
        lines.insert(1, "")
    found = read_text("\n".join(lines) + "\n", header=True, delimiter=",")
    assert found.lines == list(range(2 + blank, len(lines) + 1))
    for at, (read, meant) in enumerate(zip(found.rows, rows, strict=False)):
        wanted = [meant[0]] + [None] * (len(header) - 1) if at in broken else meant
        for name, cell in zip(header, wanted, strict=True):
            assert same(read.get(name), cell), (name, cell, read)
    assert len(found.problems) == len([row for row in broken if row < len(rows)])


texts = st.text(st.sampled_from('ab",\n\r x'), max_size=12)


@given(
    rows=st.lists(st.tuples(st.integers(0, 9), texts, st.floats(0, 1)), min_size=1, max_size=12),
    block_bytes=st.integers(1, 200),
    lineterminator=st.sampled_from(["\n", "\r\n"]),
)
@example(rows=[(0, "\n", 0.0), (0, '"\n', 1.0)], block_bytes=18, lineterminator="\r\n")
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_where_blocks_are_cut_does_not_matter(
    rows: list[tuple[int, str, float]], block_bytes: int, lineterminator: str
) -> None:
    header = ["step", "note", "loss"]
    text = written(header, rows, lineterminator=lineterminator, quoting=csv.QUOTE_NONNUMERIC)
    found = read_text(text, block_bytes=block_bytes)
    assert not found.problems
    plain = [re.sub(r"\r*\n|\r", "\n", note) for _, note, _ in rows]
    notes = [re.sub(r"\r*\n|\r", "\n", row.get("note", "")) for row in found.rows]
    assert [note.strip() for note in notes] == [note.strip() for note in plain]
    assert [(row["step"], row["loss"]) for row in found.rows] == [(s, v) for s, _, v in rows]
    heights = [note.count("\n") + 1 for note in plain]
    assert found.lines == [2 + sum(heights[:at]) for at in range(len(rows))]


@given(data=st.binary(max_size=300), block_bytes=st.integers(1, 100))
def test_no_bytes_at_all_bring_a_table_down(data: bytes, block_bytes: int) -> None:
    text = b"step,loss,acc\n0,0.5,0.1\n1,0.25,0.2\n" * 2 + data
    how = {"format": "csv", "delimiter": ",", "encoding": "utf-8", "header": True}
    found = read_text(text, block_bytes=block_bytes, **how)
    assert found.rows[:2]
    assert found.lines == sorted(found.lines)


kinds_of_line = """\
1,2,3|1,2|1,2,3,4|1,"2|"|step,loss,acc|step,acc,lr,x\n1,2,3,4|| |\0\0|\0001,2,3|u,v,w\
|"1","2","3"|1,"2"3,4|,,|# a comment|12:30,1,2| 1 , nan ,NA|é,ü,\ufffd|1, "2, 3", 4|1,2,3\r"""
lines_of_anything = st.lists(st.sampled_from(kinds_of_line.split("|")), max_size=20)


@given(lines=lines_of_anything, block_bytes=st.integers(1, 200))
def test_damaged_tables_are_the_same_however_they_are_cut(
    lines: list[str], block_bytes: int
) -> None:
    good = ["step,loss,acc", *["0,0.5,0.1"] * 30]
    text = "\n".join([*good, *lines, "7,8,9", ""])
    how = {"format": "csv", "header": True, "delimiter": ","}
    whole, cut = read_text(text, **how), read_text(text, block_bytes=block_bytes, **how)

    def plain(found: Found) -> list[dict[str, str]]:
        return [{k: _as_number(v) for k, v in row.items()} for row in found.rows]

    assert plain(cut) == plain(whole)
    assert cut.lines == whole.lines
    assert cut.segments == whole.segments
    assert cut.lost == whole.lost


def _as_number(cell: Any) -> Any:
    try:
        return repr(float(cell))
    except (TypeError, ValueError):
        return str(cell)


plain_cells = {
    "whole": st.integers(-(2**63), 2**63 - 1) | st.none(),
    "number": st.floats() | st.integers(-9, 9) | st.none(),
    "truth": st.booleans(),
    "text": st.text(st.sampled_from("aé,:{}[ ]n1."), max_size=6),
}
keys = st.lists(st.sampled_from(["a", "b/c", "é", "", "x y", "longer name"]), unique=True)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_lines_that_are_alike_are_read_as_any_others(data: st.DataObject) -> None:
    names = data.draw(keys)
    kinds = [data.draw(st.sampled_from(sorted(plain_cells))) for _ in names]
    is_nested = data.draw(st.booleans())
    separators = data.draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :  ")]))
    lines = []
    for _ in range(data.draw(st.integers(1, 8))):
        cells: dict[str, Any] = {
            name: data.draw(plain_cells[kind]) for name, kind in zip(names, kinds, strict=True)
        }
        row = {"step": 0, "of": {"it": {"all": cells}, "none": {}}} if is_nested else cells
        lines.append(json.dumps(row, ensure_ascii=False, separators=separators))
    block = Block(("\n".join(lines) + "\n").encode(), 1)
    found = read_alike(block.data)
    wanted, _ = read_objects(block, Problems(Origin("log.jsonl")))
    if found is None:
        assert not names
    else:
        assert found.schema == wanted.schema
        assert repr(found.to_pylist()) == repr(wanted.to_pylist())
        found.validate(full=True)


@given(
    line=st.sampled_from(['{"a": 1, "b": "x"}', '{"a": {"b": 1.5}, "c": true}']),
    position=st.integers(0, 30),
    other=st.sampled_from(['"', "{", "}", "[", ",", ":", "\\", "\n", "x", "1", " ", "", "\0"]),
)
def test_lines_that_are_not_quite_alike_are_left_to_others(
    line: str, position: int, other: str
) -> None:
    odd = line[:position] + other + line[position + 1 :]
    found = read_alike(f"{line}\n{odd}\n{line}\n".encode())
    if found is not None:
        wanted = [cells for text in (line, odd, line) for cells in ObjectReader().objects(text)]
        assert found.to_pylist() == wanted


json_cells = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from("abcd"), json_cells, min_size=1, max_size=4),
        min_size=1,
        max_size=10,
    ),
    block_bytes=st.integers(1, 300),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_json_lines_survive_wherever_they_are_cut(
    rows: list[dict[str, Any]], block_bytes: int
) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    found = read_text(text, "log.jsonl", block_bytes=block_bytes, format="jsonl")
    seen = dict(zip(found.lines, found.rows, strict=True))
    told = {(row, column) for row, column, cells, _ in found.remarks if cells == 1}
    for line, row in enumerate(rows, 1):
        read = seen.get(line, {})
        for name, cell in row.items():
            if (line, name) in told:  # what is no array among arrays
                assert name not in read
            elif isinstance(cell, str):
                assert str(read[name]) == cell, (name, cell, read)
            elif isinstance(cell, int | float):
                spelled = {"true": 1, "false": 0}.get(read[name], read[name])
                assert same(spelled, cell), (name, cell, read)
            elif cell is None:
                assert name not in read
