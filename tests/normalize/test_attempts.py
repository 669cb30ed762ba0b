"""Attempts below one another in one file, with no header between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import ingest, read_back

from tbconvert.model import Origin, RawTable, Run, Source
from tbconvert.normalize.order import MOST_ATTEMPTS
from tbconvert.normalize.runs import RunSplitter, Study
from tbconvert.options import Options

lengths = st.lists(st.integers(2, 6), min_size=1, max_size=5)
cuts = st.lists(st.integers(1, 9), min_size=1, max_size=20)


def log(tmp_path: Path, steps: Sequence[object]) -> Path:
    path = tmp_path / "mine.csv"
    lines = "".join(f"{step},{line}\n" for line, step in enumerate(steps))
    path.write_text(f"epoch,loss\n{lines}")
    return path


def converted(path: Path, *options: str) -> dict[str, list[int]]:
    ingest(path, *options, logdir=path.parent / "runs")
    return {
        run: tags["loss"].steps.tolist() for run, tags in read_back(path.parent / "runs").items()
    }


@given(lengths, cuts)
def test_attempts_are_the_same_wherever_blocks_are_cut(lengths: list[int], cuts: list[int]) -> None:
    attempts = [list(range(1, length + 1)) for length in lengths]
    steps = [step for attempt in attempts for step in attempt]
    places = sorted({0, len(steps), *(at for at in accumulate(cuts) if at < len(steps))})
    study = Study()
    study.parts_attempts = True
    split = RunSplitter(Source("mine.csv", Run("mine"), "csv", "generic"), Options(), study)

    found: dict[str, list[tuple[int, int]]] = {}
    for begin, end in pairwise(places):
        batch = pa.RecordBatch.from_pydict({"epoch": steps[begin:end]})
        for part in split.split(RawTable(Origin("mine.csv"), batch, range(begin, end))):
            of_part = part.table.batch.column(0).to_pylist()
            rows = zip(map(int, part.table.line_numbers()), of_part, strict=True)
            found.setdefault(part.run, []).extend(rows)

    begins = [0, *accumulate(lengths)]
    assert [*found.values()] == [
        [(begin + row, step) for row, step in enumerate(attempt)]
        for begin, attempt in zip(begins, attempts, strict=False)
    ]
    assert [problem.origin.row for problem in split.remarks()] == begins[1:-1]


def test_rows_without_a_step_stay_where_they_stand(tmp_path: Path) -> None:
    log(tmp_path, [1, 2, 3])
    path = tmp_path / "mine.csv"
    path.write_text("epoch,loss,val\n1,5,\n2,4,\n1,9,\n2,8,\n3,7,\n1,3,0.5\n2,2,0.25\n")

    assert converted(path) == {"mine": [1, 2], "mine-2": [1, 2, 3], "mine-3": [1, 2]}
    shown = read_back(tmp_path / "runs")
    assert {run: tags["val"].values.tolist() for run, tags in shown.items() if "val" in tags} == {
        "mine-3": [0.5, 0.25]
    }


def test_few_rows_before_a_restart_are_superseded_as_ever(tmp_path: Path) -> None:
    assert converted(log(tmp_path, [0, 1, 0, 1, 2, 3, 4, 5])) == {"mine": [0, 1, 2, 3, 4, 5]}


def test_what_goes_back_to_somewhere_else_is_sorted(tmp_path: Path) -> None:
    assert converted(log(tmp_path, [0, 4, 8, 2, 6, 0, 1])) == {"mine": [0, 1, 2, 4, 6, 8]}


@pytest.mark.parametrize(
    ("option", "runs"),
    [
        (("--on-backward", "sort"), {"mine": [0, 1, 2]}),
        (("--on-backward", "restart"), {"mine": [0, 1]}),
        (("--step", "none"), {"mine": [0, 1, 2, 3, 4, 5, 6]}),
    ],
)
def test_options_overrule(
    option: tuple[str, ...], runs: dict[str, list[int]], tmp_path: Path
) -> None:
    assert converted(log(tmp_path, [0, 1, 2, 0, 1, 0, 1]), *option) == runs


def test_more_than_can_be_attempts_are_sorted(tmp_path: Path) -> None:
    assert converted(log(tmp_path, [0, 1] * (MOST_ATTEMPTS + 1))) == {"mine": [0, 1]}


def test_a_run_column_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = [(seed, epoch) for seed in (1, 2) for _ in range(2) for epoch in range(3)]
    path.write_text(
        "seed,epoch,loss\n" + "".join(f"{seed},{epoch},{epoch}\n" for seed, epoch in rows)
    )

    assert set(converted(path)) == {"mine/1", "mine/2"}
