"""Sources that somebody takes away, cuts or writes anew in the middle of being read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.underway import contents
from oracle import read_back

from tbconvert import Options, convert, ingest, plan_runs
from tbconvert.report import RunReport

pytestmark = pytest.mark.usefixtures("folder")

ROWS = 4000
LINE = b"%07d,%.4f," + b"x" * 12_000 + b"\n"
"""So long that half of few rows are still to be read when the first ones are done."""
OPTIONS = Options(exclude=("note",))


def text(value: float, rows: int = ROWS) -> bytes:
    """Return a log of one value, of rows that are all as long."""
    return b"step,loss,note\n" + b"".join(LINE % (step, value) for step in range(rows))


def converted(happens: Callable[[], None]) -> RunReport:
    """Convert the log, and let something happen to it as soon as some of it is read."""
    done = []

    def progress(_: int) -> None:
        if not done:
            happens()
            done.append(True)

    ((_, (report,)),) = convert(plan_runs(["a.csv"], "runs", OPTIONS).jobs, progress=progress)
    assert done
    return report


def losses() -> list[float]:
    """Return the curve, whose steps have to be those of its rows."""
    loss = read_back("runs")["a"]["loss"]
    assert loss.steps.tolist() == list(range(len(loss)))
    return [float(value) for value in loss.values]


def assert_the_next_ingest_makes_it_of(value: float) -> None:
    (again,) = ingest("a.csv", logdir="runs", exclude=OPTIONS.exclude).runs
    assert again.status == "written", "what was read in part is taken for the whole"
    assert losses() == [value] * ROWS
    assert len(contents("runs")) == 2


def test_a_log_that_is_removed_while_it_is_read() -> None:
    Path("a.csv").write_bytes(text(0.5))

    report = converted(Path("a.csv").unlink)

    # whoever has it open can read it to its end
    assert (report.status, report.scalars.points) == ("written", ROWS)
    assert losses() == [0.5] * ROWS


def test_a_log_that_another_takes_the_place_of_while_it_is_read() -> None:
    Path("a.csv").write_bytes(text(0.5))
    Path("new.csv").write_bytes(text(0.25))

    report = converted(lambda: os.replace("new.csv", "a.csv"))  # noqa: PTH105

    assert (report.status, report.scalars.points) == ("written", ROWS)
    assert losses() == [0.5] * ROWS, "of one of the two, and not of both"
    assert_the_next_ingest_makes_it_of(0.25)


@pytest.mark.parametrize("left", [0, 15, 40_000_123], ids=["all", "all rows", "in a row"])
def test_a_log_that_is_cut_while_it_is_read(left: int) -> None:
    Path("a.csv").write_bytes(text(0.5))

    report = converted(lambda: os.truncate("a.csv", left))

    if report.status == "written":
        assert 0 < report.scalars.points < ROWS
        assert losses() == [0.5] * report.scalars.points, "half a row is none"
    else:
        assert report.status == "failed"
        assert report.problems
        assert not Path("runs").exists()
    Path("a.csv").write_bytes(text(0.25))
    assert_the_next_ingest_makes_it_of(0.25)


def test_a_log_that_is_written_anew_in_its_place_while_it_is_read() -> None:
    Path("a.csv").write_bytes(text(0.5))

    report = converted(lambda: Path("a.csv").write_bytes(text(0.25)) and None)

    if report.status == "written":
        assert {*losses()} <= {0.5, 0.25}
    else:
        assert report.problems
    assert_the_next_ingest_makes_it_of(0.25)


def test_a_log_of_many_that_is_removed_before_its_turn() -> None:
    for number in range(30):
        Path(f"logs/run{number:02}").mkdir(parents=True)
        Path(f"logs/run{number:02}/metrics.csv").write_bytes(text(0.5, 10))
    reports = []

    for job, (report,) in convert(plan_runs(["logs"], "runs", OPTIONS).jobs):
        reports.append(report)
        if job.run == "run04":
            Path("logs/run12/metrics.csv").unlink()
            Path("logs/run13/metrics.csv").unlink()
            Path("logs/run13").rmdir()

    assert [report.run for report in reports if report.status != "written"] == ["run12", "run13"]
    for report in reports[12:14]:
        assert report.status == "failed"
        assert report.problems[0].problem == "no such file or directory"
    assert len(read_back("runs")) == 28
