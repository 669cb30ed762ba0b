"""Tables kept by columns: Parquet and Arrow's IPC, as the libraries that write them do."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import read_back

from tbconvert import ingest
from tbconvert.errors import SourceError
from tbconvert.model import RawTable, Run, Source
from tbconvert.options import Options
from tbconvert.read import open_source, read_source, sniff_source
from tbconvert.streams import InputFile

Write = Callable[[pa.Table, Path], None]


def stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


WRITERS: dict[str, tuple[str, Write]] = {
    "parquet": ("parquet", lambda table, path: pa.parquet.write_table(table, path)),
    "parquet, zstd": (
        "parquet",
        lambda table, path: pa.parquet.write_table(table, path, compression="zstd"),
    ),
    "parquet, small row groups": (
        "parquet",
        lambda table, path: pa.parquet.write_table(table, path, row_group_size=2),
    ),
    "feather": ("arrow", lambda table, path: pa.feather.write_feather(table, path)),
    "stream": ("arrow", stream),
}


def tables(path: Path, **options: Any) -> list[RawTable]:
    name, how = sniff_source(str(path), Options(**options))
    source = Source(str(path), Run("r"), name, "generic", how)
    with open_source(source) as file:
        return [raw for raw in read_source(source, file) if isinstance(raw, RawTable)]


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [
        {name: cell for name, cell in row.items() if cell is not None}
        for table in tables(path, **options)
        for row in table.batch.to_pylist()
    ]


@pytest.mark.parametrize(("form", "write"), WRITERS.values(), ids=WRITERS)
def test_a_table_is_read_as_it_was_written(form: str, write: Write, tmp_path: Path) -> None:
    cells = {"step": [0, 1, 2], "loss": [0.5, math.nan, None], "note": ["a", None, "c"]}
    write(pa.table(cells), tmp_path / "log")

    assert sniff_source(str(tmp_path / "log"), Options())[0] == form
    found = rows(tmp_path / "log")
    assert repr(found) == repr(
        [
            {"step": 0, "loss": 0.5, "note": "a"},
            {"step": 1, "loss": math.nan},
            {"step": 2, "note": "c"},
        ]
    )
    assert [int(line) for table in tables(tmp_path / "log") for line in table.lines] == [1, 2, 3]


ODD: dict[str, tuple[pa.Array, list[object]]] = {
    "categories": (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
    "decimals": (pa.array([Decimal("1.50"), None, Decimal("-2")]), [1.5, None, -2.0]),
    "half": (pa.array(np.array([0.5, 1.5, -2], np.float16)), [0.5, 1.5, -2.0]),
    "durations": (pa.array([1500, None, -1], pa.duration("ms")), [1.5, None, -0.001]),
    "times of day": (pa.array([dt.time(1, 2, 3)] * 3), ["01:02:03.000000"] * 3),
    "bytes that are text": (pa.array([b"x", None, b"\xc3\xa9"]), ["x", None, "é"]),
    "large text": (pa.array(["x", None, "y"], pa.large_string()), ["x", None, "y"]),
    "maps": (
        pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        ['[["k", 1]]', None, "[]"],
    ),
    "dates with nanoseconds": (
        pa.array([1_700_000_000_123_456_789] * 3, pa.timestamp("ns", "UTC")),
        [dt.datetime(2023, 11, 14, 22, 13, 20, 123456, dt.UTC)] * 3,
    ),
    "nothing": (pa.nulls(3), [None] * 3),
}


@pytest.mark.parametrize(("array", "wanted"), ODD.values(), ids=ODD)
def test_a_column_of_any_type(array: pa.Array, wanted: list[object], tmp_path: Path) -> None:
    table = pa.table({"step": [0, 1, 2], "odd": array})
    for write in (
        lambda path: pa.feather.write_feather(table, path),
        lambda path: stream(table, path),
    ):
        write(tmp_path / "log")
        found = [row.get("odd") for row in rows(tmp_path / "log")]
        assert found == wanted


def test_nested_columns_are_flat(tmp_path: Path) -> None:
    table = pa.table(
        {
            "eval": [{"loss": 0.5, "by": {"x": 1}}, None, {"loss": None, "by": None}],
            "grad": pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2)),
            "long": pa.array([list(range(20)), None, []], pa.large_list(pa.int64())),
        }
    )
    pa.feather.write_feather(table, tmp_path / "log")

    assert rows(tmp_path / "log") == [
        {"eval/loss": 0.5, "eval/by/x": 1, "grad/0": 1.0, "grad/1": 2.0, "long": [*range(20)]},
        {},
        {"grad/0": 3.0, "grad/1": 4.0},
    ]


def test_bytes_that_are_no_text_are_counted(tmp_path: Path) -> None:
    table = pa.table({"step": [0, 1], "image": [b"\x89PNG\xff", None], "loss": [0.5, 0.25]})
    pa.parquet.write_table(table, tmp_path / "log.parquet")

    (run,) = ingest(tmp_path / "log.parquet", logdir=tmp_path / "runs").runs

    assert (run.scalars.points, run.rejected, run.missing) == (2, 1, 0)
    (problem,) = run.problems
    assert problem.column == "image"
    assert problem.problem == "got binary, wanted numbers or texts; none of its 1 cells was kept"


def test_columns_of_one_name(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    stream(table, tmp_path / "log")

    (found,) = tables(tmp_path / "log")

    assert found.batch.to_pylist() == [{"a": 1, "a.1": 2}]
    assert [problem.origin.column for problem in found.problems] == ["a"]


@settings(max_examples=40)
@given(data=st.data())
def test_the_same_points_as_from_a_csv(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    count = data.draw(st.integers(1, 50))
    cell = st.none() | st.floats(width=32)
    table = pa.table(
        {
            "step": np.cumsum(
                data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
            ),
            "loss": pa.array(
                data.draw(st.lists(cell, min_size=count, max_size=count)), pa.float64()
            ),
        }
    )
    folder = tmp_path_factory.mktemp("same")
    pa.parquet.write_table(table, folder / "columns.parquet", row_group_size=7)
    lines = [
        f"{row['step']},{'' if row['loss'] is None else repr(row['loss'])}\n"
        for row in table.to_pylist()
    ]
    (folder / "lines.csv").write_text("step,loss\n" + "".join(lines))

    report = ingest(folder, logdir=folder / "runs")

    by_column, by_line = report.runs
    assert (by_column.points, by_column.missing) == (by_line.points, by_line.missing)
    if by_line.points:
        served = read_back(folder / "runs")
        one, other = served["columns"]["loss"], served["lines"]["loss"]
        np.testing.assert_array_equal(one.steps, other.steps)
        np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("write", [pair[1] for pair in WRITERS.values()], ids=WRITERS)
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_what_is_cut_off_is_refused(write: Write, kept: float, tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(pa.table({"step": range(100_000), "loss": np.arange(100_000) / 7}), path)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])

    with pytest.raises(SourceError) as err:
        tables(path)

    assert err.value.problem.startswith("not a whole ")
    assert "still being written?" in err.value.hint


def test_what_is_said_of_others(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"loss": [1.0]}), tmp_path / "plain")
    for name, data, said, options in (
        ("packed", gzip.compress((tmp_path / "plain").read_bytes()), "within gzip", {}),
        ("sealed", b"PARE" + bytes(50), "an encrypted Parquet file", {}),
        ("old", b"FEA1" + bytes(50), "Feather version 1, wanted version 2", {}),
        ("text", b"step,loss\n0,1\n", "wanted b'PAR1'", {"format": "parquet"}),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SourceError, match=said):
            sniff_source(str(tmp_path / name), Options(**options))


def test_no_rows_at_all(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"loss": pa.array([], pa.float64())}), tmp_path / "log")

    assert sum(table.batch.num_rows for table in tables(tmp_path / "log")) == 0
    (run,) = ingest(tmp_path / "log", logdir=tmp_path / "runs").runs
    assert run.status == "empty"


def test_a_table_of_many_columns_comes_in_few_rows_at_a_time(tmp_path: Path) -> None:
    wide = pa.table({f"c{n}": np.arange(9_000) for n in range(1_000)})
    pa.parquet.write_table(wide, tmp_path / "log")

    found = tables(tmp_path / "log")

    assert sum(table.batch.num_rows for table in found) == 9_000
    assert max(table.batch.num_rows * table.batch.num_columns for table in found) <= 1 << 22


class Recorded(io.BytesIO):
    """Bytes that remember how many were asked for at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def test_a_column_of_a_row_group_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    count = 1_000_000
    table = pa.table({"step": np.arange(count), "loss": np.random.default_rng(0).random(count)})
    pa.parquet.write_table(table, tmp_path / "log", row_group_size=count)
    raw = Recorded((tmp_path / "log").read_bytes())
    source = Source("log", Run("r"), "parquet", "generic", {})

    found = sum(
        raw_table.batch.num_rows
        for raw_table in read_source(source, InputFile("log", raw))
        if isinstance(raw_table, RawTable)
    )

    assert found == count
    assert raw.most < 2 << 20 < (tmp_path / "log").stat().st_size
