"""A header that comes again, and again."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from oracle import read_back

from tbconvert.api import ingest
from tbconvert.model import Origin, Problem, RawSettings, RawTable, Run, Source
from tbconvert.normalize import joined, segments
from tbconvert.options import Options

LOG = Origin("log.csv")
X = float("nan")


def table(segment: int, line: int, **columns: list[object]) -> RawTable:
    batch = pa.RecordBatch.from_pydict(columns)
    return RawTable(LOG, batch, range(line, line + batch.num_rows), segment)


def join(*raws: RawTable | RawSettings, **options: object) -> list[tuple[int, list[int]]]:
    """Return the segment and the lines of each table that comes out."""
    source = Source("log.csv", Run("log"), "csv", "generic")
    found = joined(iter(raws), source, Options(**options))  # type: ignore[arg-type]
    return [
        (raw.segment, raw.line_numbers().tolist()) for raw in found if isinstance(raw, RawTable)
    ]


@pytest.mark.parametrize(
    ("again", "out"),
    [
        ({"step": [3, 4], "loss": [0.5, 0.5]}, [(1, [2, 3, 5, 6])]),
        ({"step": [2, 3], "loss": [0.5, 0.5]}, [(0, [2, 3]), (1, [5, 6])]),
        ({"step": [0, 1], "loss": [0.5, 0.5]}, [(0, [2, 3]), (1, [5, 6])]),
        ({"step": [None, 9], "loss": [0.5, 0.5]}, [(0, [2, 3]), (1, [5, 6])]),
        ({"step": [3.0, 4.0], "loss": [0.5, 0.5]}, [(0, [2, 3]), (1, [5, 6])]),
        ({"step": [3, 4], "rate": [0.5, 0.5]}, [(0, [2, 3]), (1, [5, 6])]),
    ],
    ids=["on", "the last once more", "anew", "without a step", "other types", "other columns"],
)
def test_rows_are_joined_where_the_same_header_goes_on(
    again: dict[str, list[object]], out: list[tuple[int, list[int]]]
) -> None:
    assert join(table(0, 2, step=[1, 2], loss=[0.5, 0.5]), table(1, 5, **again)) == out


def test_all_that_could_be_steps_go_on() -> None:
    first = table(0, 2, step=[10, 20], epoch=[1, 1])

    assert len(join(first, table(1, 5, step=[30], epoch=[2]))) == 1
    assert len(join(first, table(1, 5, step=[30], epoch=[1]))) == 2
    assert len(join(first, table(1, 5, step=[5], epoch=[2]))) == 2
    assert len(join(table(0, 2, loss=[1]), table(1, 5, loss=[1]))) == 1
    assert len(join(table(0, 2, loss=[1]), table(1, 5, loss=[1]), step="loss")) == 2
    assert len(join(table(0, 2, step=[1.0]), table(1, 5, step=[X]))) == 2


def test_what_goes_on_from_a_lower_step_than_the_first_begins_a_run() -> None:
    # 6 goes on from 5, but the log began with 10: that is another run
    assert join(table(0, 2, step=[10, 5]), table(1, 5, step=[6])) == [(0, [2, 3]), (1, [5])]


def test_more_rows_of_a_segment_stay_behind_its_first_ones() -> None:
    tables = [
        table(0, 2, step=[1]),
        table(1, 4, step=[2]),
        table(1, 5, step=[3]),
        table(2, 7, step=[4]),
        table(3, 9, step=[5]),
    ]

    assert join(*tables) == [(1, [2, 4]), (1, [5]), (3, [7, 9])]


def test_nothing_is_held_behind_what_comes_after_it() -> None:
    first, second = table(0, 2, step=[1]), table(1, 4, step=[2])

    assert join(first, RawSettings(LOG, {"lr": 1}), second) == [(0, [2]), (1, [4])]
    assert join(first, table(1, 4, step=[]), table(1, 5, step=[2])) == [(0, [2]), (1, []), (1, [5])]


def test_tables_that_are_large_enough_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_ENOUGH", 3)
    handed: list[int] = []

    def raws():  # type: ignore[no-untyped-def]
        for at in range(7):
            handed.append(at)
            yield table(at, 10 * at, step=[2 * at, 2 * at + 1])

    source = Source("log.csv", Run("log"), "csv", "generic")
    found = joined(raws(), source, Options())

    assert [(next(found).segment, len(handed)) for _ in range(4)] == [
        (1, 2),
        (3, 4),
        (5, 6),
        (6, 7),
    ]


def test_problems_stay() -> None:
    odd = Problem(LOG, "odd")
    tables = [
        RawTable(LOG, pa.RecordBatch.from_pydict({"step": [at]}), range(1), at, (odd,) * at)
        for at in range(3)
    ]

    (one,) = joined(tables, Source("log.csv", Run("log"), "csv", "generic"), Options())

    assert isinstance(one, RawTable)
    assert one.problems == (odd,) * 3


def test_a_log_that_was_resumed_often_is_one_of_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dice = random.Random(1)
    rows = [f"{step},{dice.random():.4f},{dice.choice('ab')}\n" for step in range(3000)]
    header = "epoch,loss,note\n"
    Path("plain.csv").write_text(header + "".join(rows))
    Path("often.csv").write_text(
        "".join(header + "".join(rows[at : at + 3]) for at in range(0, 3000, 3))
    )

    reports = [ingest(f"{name}.csv", logdir="runs").runs[0] for name in ("plain", "often")]

    served = read_back(Path("runs"))
    assert reports[0].points == reports[1].points == 6000
    values = [round(float(value), 4) for value in served["often"]["loss"].values]
    assert values == [float(row.split(",")[1]) for row in rows]
    assert list(served["often"]["loss"].steps) == list(range(3000))
    assert list(served["often"]["note"].values) == list(served["plain"]["note"].values)
