"""Sources that change, grow, vanish or break while they are converted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.underway import Started, contents
from oracle import read_back

from tbconvert import Options, convert, ingest, plan_runs
from tbconvert.report import RunReport

pytestmark = pytest.mark.usefixtures("folder")

LOG = "step,loss\n0,1.0\n1,0.5\n"


def converted(*names: str, progress: Callable[[int], None] | None = None) -> list[RunReport]:
    """Plan, let something happen, convert."""
    jobs = plan_runs(names, "runs", Options(exclude=("note",))).jobs
    return [report for _, reports in convert(jobs, progress=progress) for report in reports]


def test_a_source_that_vanishes_after_the_plan() -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(LOG)
    jobs = plan_runs(["a.csv", "b.csv"], "runs").jobs
    Path("a.csv").unlink()

    gone, there = (reports[0] for _, reports in convert(jobs))

    assert (gone.run, gone.status) == ("a", "failed")
    assert gone.problems[0].problem == "no such file or directory"
    assert (there.run, there.status) == ("b", "written")
    assert read_back("runs").keys() == {"b"}


def test_a_source_that_becomes_a_folder_after_the_plan() -> None:
    Path("a.csv").write_text(LOG)
    jobs = plan_runs(["a.csv"], "runs").jobs
    Path("a.csv").unlink()
    Path("a.csv").mkdir()

    ((_, (report,)),) = convert(jobs)

    assert report.status == "failed"
    assert report.problems[0].problem == "cannot be read: is a directory"


def test_a_source_that_grows_while_it_is_read() -> None:
    rows = 4_000
    Path("a.csv").write_bytes(b"note,loss,acc\n" + b"%b,0.5,0.5\n" % (b"x" * 5000) * rows)
    appended = []

    def grow(_: int) -> None:
        if not appended:
            with Path("a.csv").open("ab") as log:
                log.write(b"x,2.0,3.0\nx,4.0")
            appended.append(True)

    (report,) = converted("a.csv", progress=grow)

    loss = read_back("runs")["a"]["loss"].values
    assert appended
    assert report.status == "written"
    assert report.scalars.points == 2 * len(loss)
    # all or none of what came meanwhile, and never half a row
    assert loss[rows:].tolist() in ([], [2.0])
    assert len(loss) in (rows, rows + 1)

    with Path("a.csv").open("ab") as log:
        log.write(b",5.0\n")
    (again,) = converted("a.csv")
    served = read_back("runs")["a"]
    assert again.status == "written"
    assert served["loss"].values[rows:].tolist() == [2.0, 4.0]
    assert served["acc"].values[rows:].tolist() == [3.0, 5.0]


def test_a_source_that_breaks_far_in_leaves_what_stood_before() -> None:
    Path("a.csv").write_text(LOG)
    ingest("a.csv", logdir="runs")
    before = contents("runs")
    good = "".join(f"{step},0.5\n" for step in range(1_000_000))
    Path("a.csv").write_text("step,loss\n" + good + "1000000.5,0.5\n")

    (report,) = converted("a.csv")

    assert report.status == "failed"
    assert report.problems[0].row == 1_000_002
    assert contents("runs") == before


def test_a_logdir_that_vanishes_meanwhile() -> None:
    Path("a.csv").write_bytes(b"note,loss\n" + b"%b,0.5\n" % (b"x" * 2000) * 10_000)
    seen = []

    def vanish(count: int) -> None:
        seen.append(count)
        shutil.rmtree("runs", ignore_errors=True)

    (report,) = converted("a.csv", progress=vanish)

    assert seen
    assert report.status == "failed"
    assert report.problems[0].problem == "cannot be written: no such file or directory"
    assert not contents("runs")


def test_one_broken_source_of_a_hundred_ends_no_other(start: Callable[..., Started]) -> None:
    Path("logs").mkdir()
    for number in range(100):
        step = "0.5" if number == 42 else "0"
        Path(f"logs/run{number:02}.csv").write_text(f"step,loss\n{step},{number}\n")

    status, out, err = start("logs", "--logdir", "runs", "--jobs", "2", "--json").end()

    report = json.loads(out)
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("logs/run42.csv:2: column 'step': got 0.5, wanted a whole number")
    assert [run["run"] for run in report["runs"]] == [f"run{number:02}" for number in range(100)]
    assert [run["run"] for run in report["runs"] if run["status"] != "written"] == ["run42"]
    assert report["totals"]["failed"] == 1
    served = read_back("runs")
    assert len(served) == 99
    assert served["run41"]["loss"].values.tolist() == [41.0]
    assert not Path("runs/run42").exists()
