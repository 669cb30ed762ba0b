"""One table, several runs."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable, Run, Source
from tbconvert.normalize.runs import RunSplitter
from tbconvert.options import Options


def table(columns: dict[str, list[object]], first: int = 2, segment: int = 0) -> RawTable:
    batch = pa.RecordBatch.from_pydict(columns)
    return RawTable(Origin("log.csv"), batch, range(first, first + batch.num_rows), segment)


def splitter(run: str = "log", **options: object) -> RunSplitter:
    return RunSplitter(Source("log.csv", Run(run), "csv", "generic"), Options(**options))  # type: ignore[arg-type]


def runs(split: RunSplitter, *tables: RawTable) -> list[tuple[str, list[object]]]:
    return [
        (part.run, part.table.batch.column(0).to_pylist())
        for one in tables
        for part in split.split(one)
    ]


LOSS = [0.5, 0.4]


def test_a_header_again_whose_steps_go_on_is_the_same_run() -> None:
    split = splitter()

    found = runs(
        split,
        table({"step": [1, 2], "loss": LOSS}),
        table({"step": [2, 3], "loss": LOSS}, 5, segment=1),
        table({"step": [2, 3], "loss": LOSS}, 8, segment=2),
    )

    assert [run for run, _ in found] == ["log", "log", "log"]
    assert split.remarks() == []


def test_a_header_again_whose_steps_start_over_is_another_run() -> None:
    split = splitter()

    found = runs(
        split,
        table({"step": [1, 2], "loss": LOSS}),
        table({"step": [1, 2], "loss": LOSS}, 5, segment=1),
        table({"step": [3, 4], "loss": LOSS}, 7, segment=1),
        table({"step": [0, 1], "loss": LOSS}, 10, segment=2),
    )

    assert [run for run, _ in found] == ["log", "log-2", "log-2", "log-3"]
    assert [(p.origin.row, "'log-2'" in p.problem) for p in split.remarks()] == [
        (5, True),
        (10, False),
    ]


def test_without_a_step_a_header_again_starts_nothing() -> None:
    found = runs(
        splitter(), table({"a": LOSS, "b": LOSS}), table({"a": LOSS, "b": LOSS}, 5, segment=1)
    )

    assert [run for run, _ in found] == ["log", "log"]


def test_a_run_column_gives_each_of_its_values_its_rows() -> None:
    found = runs(
        splitter(run_column="who"),
        table({"step": [1, 1, 2, 2], "who": ["b", "a", "b", None], "loss": [1.0, 2.0, 3.0, 4.0]}),
    )

    assert found == [("log/b", [1, 2]), ("log/a", [1]), ("log/none", [2])]


def test_names_from_data_stay_inside_of_the_logdir_and_apart() -> None:
    cells = ["../../x", "/etc/x", "CON", "a", "A", "..", "x\ny", "C:\\z"]
    found = runs(
        splitter(".", run_column="who"),
        table({"step": [1] * len(cells), "who": cells, "loss": [1.0] * len(cells)}),
    )

    assert [run for run, _ in found] == [
        "x",
        "etc/x",
        "CON_",
        "a",
        "A-2",
        "run",
        "x_y",
        "C_/z",
    ]


def test_a_column_of_many_values_is_asked_back() -> None:
    many = list(range(1001))

    with pytest.raises(SourceError, match="--run-column none"):
        runs(splitter(run_column="id"), table({"id": many, "loss": [0.5] * len(many)}))
