"""Small tables of bare numbers: the same batch as Arrow's reader makes, or none."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tbconvert.read import plain
from tbconvert.read.plain import plain_batch
from tbconvert.read.records import MISSING

Table = tuple[bytes, tuple[str, ...], dict[str, pa.DataType], str]
"""A text, its columns, the types that some are known to have, and what delimits cells."""


def by_arrow(
    text: bytes, names: tuple[str, ...], types: dict[str, pa.DataType], delimiter: str
) -> pa.Table:
    table = pyarrow.csv.read_csv(
        pa.BufferReader(text),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            null_values=MISSING, strings_can_be_null=True, column_types=types
        ),
    )
    return table.combine_chunks()


def same(text: bytes, names: tuple[str, ...], types: dict[str, pa.DataType], end: str) -> bool:
    """Check that the batch is as Arrow's; return whether there is one."""
    batch = plain_batch(text, names, types, end)
    if batch is not None:
        table = by_arrow(text, names, types, end)
        assert batch.schema == table.schema
        assert pa.Table.from_batches([batch]).equals(table), (batch.to_pydict(), table.to_pydict())
    return batch is not None


NUMBERS = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.integers(0, 30).map(lambda digits: "0" * digits + "7"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-10, 10).map("{:.4f}".format),
    st.floats(-1e9, 1e9).map("{:E}".format),
)
ODD = st.one_of(
    st.text("0123456789+-.eE", max_size=8),
    st.sampled_from(["1e400", "1e-400", "2020-01-02", "20200102", "9" * 400]),
    st.sampled_from(["nan", "1 ", '"1"', "1_0", "0x1"]),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    width, height = draw(st.integers(1, 5)), draw(st.integers(1, 8))
    end, line_end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n"]))
    sparse = st.one_of(NUMBERS, st.just(""))
    kinds = [
        draw(st.sampled_from([NUMBERS, sparse, st.integers(0, 9).map(str)])) for _ in range(width)
    ]
    rows = [[draw(kind) for kind in kinds] for _ in range(height)]
    for _ in range(draw(st.integers(0, 2))):
        rows[draw(st.integers(0, height - 1))][draw(st.integers(0, width - 1))] = draw(ODD)
    names = tuple(f"c{place}" for place in range(width))
    known = draw(st.sets(st.sampled_from(names)))
    text = line_end.join(end.join(row) for row in rows) + draw(st.sampled_from([line_end, ""]))
    return text.encode(), names, dict.fromkeys(known, pa.float64()), end


@given(tables())
@example((b"1,2\n3\n", ("a", "b"), {}, ","))
@example((b"1,2\n3,4,5\n", ("a", "b"), {}, ","))
@example((b"1,2,3\n4\n", ("a", "b"), {}, ","))
@example((b"1\n\n2\n", ("a",), {}, ","))
@example((b",\n,\n", ("a", "b"), {"a": pa.float64()}, ","))
@example((b"1.2.3\n", ("a", "b", "c"), {}, "."))
@example((b"1e2e3\n", ("a", "b", "c"), {}, "e"))
@example((b"1,2\r3,4\r", ("a", "b"), {}, ","))
def test_the_batch_is_that_of_arrows_reader(table: Table) -> None:
    try:
        by_arrow(*table)
    except pa.ArrowInvalid:
        assert plain_batch(*table) is None
    else:
        same(*table)


@pytest.mark.parametrize(
    "text",
    [
        "1,0.5\n2,0.25\n",
        "1,0.5\r\n2,0.25\r\n",
        "1,0.5\n2,0.25",
        "1,\n2,0.25\n",
        "1,\n2,\n",
        ",1e-3\n2,1E+05\n",
        "-0,-0.0\n9007199254740991,123456789012345678901.5\n",
    ],
)
def test_tables_of_bare_numbers_are_taken(text: str) -> None:
    assert same(text.encode(), ("step", "loss"), {}, ",")
    assert same(text.encode(), ("step", "loss"), {"loss": pa.float64()}, ",")


@pytest.mark.parametrize(
    "text",
    [
        "1,nan\n",
        '1,"0.5"\n',
        "1, 0.5\n",
        "1,0.5\n2\n",
        "1,2020-01-02\n",
        "1,-\n",
        "9007199254740993,1\n",
        "1,0.5\r2,0.25\r",
    ],
)
def test_all_else_is_left_to_arrows_reader(text: str) -> None:
    assert plain_batch(text.encode(), ("step", "loss"), {}, ",") is None


def test_large_tables_are_left_to_arrows_reader() -> None:
    assert plain_batch(b"1,2\n" * (plain.SMALL // 4), ("a", "b"), {}, ",") is not None
    assert plain_batch(b"1,2\n" * (plain.SMALL // 4 + 1), ("a", "b"), {}, ",") is None


def test_what_casts_is_there_without_all_of_arrows_functions() -> None:
    program = """
        import sys
        from tbconvert.arrow import own_process
        from tbconvert.read.plain import plain_batch
        own_process()
        assert plain_batch(b"1,2", ("a", "b"), {}, ",") is not None
        assert "pyarrow.compute" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
