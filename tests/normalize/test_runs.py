"""One table, several runs."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest
from oracle import read_back

from tbconvert.api import ingest
from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable, Run, Source
from tbconvert.normalize.runs import RolesInDoubt, RunSplitter, Study
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


def test_several_run_columns_give_each_combination_its_rows() -> None:
    split = splitter()
    found = runs(
        split,
        table(
            {
                "epoch": [0, 1, 0, 1, 0, 1],
                "model": ["a", "a", "a", "a", "b", "b"],
                "seed": [1, 1, 2, 2, 1, 1],
                "loss": [0.5] * 6,
            }
        ),
    )

    assert found == [
        ("log/model=a,seed=1", [0, 1]),
        ("log/model=a,seed=2", [0, 1]),
        ("log/model=b,seed=1", [0, 1]),
    ]
    assert [(p.problem, p.hint) for p in split.remarks()] == [
        ("columns 'seed' and 'model' tell the runs apart", "--run-column none overrules")
    ]


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


def test_names_of_runs_that_are_not_the_cells_are_told() -> None:
    split = splitter(run_column="who")
    cells = ["../x", "a", "A", None]
    runs(split, table({"step": [1] * 4, "who": cells, "loss": [1.0] * 4}))

    assert [str(remark) for remark in split.remarks()] == [
        "log.csv: column 'who': '../x' became run 'log/x'",
        "log.csv: column 'who': 'A' became run 'log/A-2'",
        "log.csv: column 'who': the rows without a value became run 'log/none'",
    ]


def test_a_column_of_many_values_is_asked_back() -> None:
    many = list(range(1001))

    with pytest.raises(SourceError, match="--run-column none"):
        runs(splitter(run_column="id"), table({"id": many, "loss": [0.5] * len(many)}))


def test_a_column_that_comes_to_change_is_looked_at_in_all_rows() -> None:
    for first, then, step in (
        ({"step": [0, 0]}, {"step": [0, 1]}, "step"),
        ({"seed": [0, 0]}, {"seed": [0, 1]}, None),
    ):
        tables = [
            table({**first, "loss": LOSS}),
            table({**first, "loss": LOSS}, 4),
            table({**then, "loss": LOSS}, 6),
        ]
        with pytest.raises(RolesInDoubt):
            runs(splitter(), *tables)

        study = Study()
        source = Source("log.csv", Run("log"), "csv", "generic")
        for one in tables:
            study.take(source, one, Options())
        study.is_done = True
        split = RunSplitter(source, Options(), study)
        found = runs(split, *tables)

        assert split.layout is not None
        assert split.layout.step.column == step
        assert len({run for run, _ in found}) == (1 if step else 2)


def test_what_needs_no_study_is_not_looked_at_any_further() -> None:
    source = Source("log.csv", Run("log"), "csv", "generic")

    assert not Study().take(source, table({"step": [0, 1], "loss": LOSS}), Options())
    assert Study().take(source, table({"step": [0, 1], "seed": [0, 0], "loss": LOSS}), Options())


def test_a_header_again_restarts_a_run_of_counters_that_start_over() -> None:
    epochs = {"epoch": [0, 0, 1, 1], "batch": [0, 1, 0, 1], "loss": [1.0, 2.0, 3.0, 4.0]}

    found = runs(splitter(), table(epochs), table(epochs, 7, segment=1))

    assert [run for run, _ in found] == ["log", "log-2"]


def test_a_run_without_times_has_that_of_the_file(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("run,step,time,b\nx,1,1700000000,1\nx,2,1700000010,1\ny,1,,2\ny,2,,2\n")
    os.utime(log, (1.6e9, 1.6e9))

    report = ingest(log, logdir=tmp_path / "out")

    (said,) = [p.problem for run in report.runs for p in run.problems if "no time" in p.problem]
    assert said == "no time in this row; it and others like it took that of the file"
    assert list(read_back(tmp_path / "out")["a/y"]["b"].wall_times) == [1.6e9] * 2


CELL = "0.5".ljust(250, "0")
"""So long that twenty thousand rows are more than a block."""
MANY = 20_000


@pytest.mark.parametrize("seeds", [(0, 1), (1, 0, 2)])
def test_seeds_stacked_over_many_blocks_are_runs(seeds: tuple[int, ...], tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    rows = (f"{seed},{step},{CELL}\n" for seed in seeds for step in range(MANY))
    log.write_text("seed,step,a\n" + "".join(rows))

    report = ingest(log, logdir=tmp_path / "out")

    assert {run.run for run in report.runs} == {f"a/{seed}" for seed in seeds}
    assert [run.superseded for run in report.runs] == [0] * len(seeds)
    back = read_back(tmp_path / "out")
    assert {run: list(series["a"].steps) for run, series in back.items()} == {
        f"a/{seed}": list(range(MANY)) for seed in seeds
    }


def test_combinations_stacked_over_many_blocks_are_runs(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    pairs = [("x", 0), ("x", 1), ("y", 0)]
    rows = (f"{model},{seed},{step},{CELL}\n" for model, seed in pairs for step in range(MANY))
    log.write_text("model,seed,step,a\n" + "".join(rows))

    report = ingest(log, logdir=tmp_path / "out")

    assert [run.superseded for run in report.runs] == [0] * 3
    back = read_back(tmp_path / "out")
    assert {run: list(series["a"].steps) for run, series in back.items()} == {
        f"a/model={model},seed={seed}": list(range(MANY)) for model, seed in pairs
    }


def test_a_step_that_is_0_all_over_the_first_block_is_a_step_if_it_counts_later(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.csv"
    zeros = f"0,{CELL}\n" * MANY
    log.write_text("step,a\n" + zeros + "".join(f"{step},1\n" for step in range(1, 50)))

    (report,) = ingest(log, logdir=tmp_path / "out").runs

    assert not any("in every row" in problem.problem for problem in report.problems)
    assert report.superseded == MANY - 1
    assert list(read_back(tmp_path / "out")["a"]["a"].steps) == list(range(50))
