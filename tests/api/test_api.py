"""What Python programs import: ``ingest``, ``plan_runs``, ``convert`` and what they hand back."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from oracle import read_back

import tbconvert
from tbconvert import Options, SourceError, TargetError, UsageError, convert, ingest, plan_runs
from tbconvert.model import Origin


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of eight logs, of which one is broken; the working directory is above."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(8):
        step = "0.5" if number == 3 else "0"
        (folder / f"run{number}.csv").write_text(f"step,loss\n{step},{number}\n1,{number}\n")
    return folder


@pytest.mark.parametrize("name", tbconvert.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(tbconvert, name) is not None
    assert name in dir(tbconvert)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'spam'"):
        _ = tbconvert.spam


def test_the_package_itself_imports_nothing_slow() -> None:
    code = "import sys, tbconvert; print({'numpy', 'pyarrow', 'click'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_ingest_reports_every_run_in_the_order_of_the_plan(logs: Path) -> None:
    report = ingest(logs, logdir="runs")

    assert [run.run for run in report.runs] == [f"run{number}" for number in range(8)]
    assert [run.status for run in report.runs].index("failed") == 3
    assert (report.failed, report.rejected, report.exit_status()) == (1, 0, 1)
    assert read_back("runs").keys() == {f"run{number}" for number in range(8) if number != 3}


@pytest.mark.parametrize(
    "make",
    [
        lambda: ThreadPoolExecutor(4),
        lambda: ProcessPoolExecutor(2, get_context("spawn")),
    ],
    ids=["threads", "processes"],
)
def test_any_executor_gives_the_same(logs: Path, make: Callable[[], Executor]) -> None:
    alone = ingest(logs, logdir="alone")

    with make() as executor:
        shared = ingest(logs, logdir="shared", executor=executor)

    assert [run.run for run in shared.runs] == [run.run for run in alone.runs]
    assert [run.status for run in shared.runs] == [run.status for run in alone.runs]
    for mine, theirs in zip(alone.runs, shared.runs, strict=True):
        if mine.event_file and theirs.event_file:
            assert Path(theirs.event_file).read_bytes() == Path(mine.event_file).read_bytes()


def test_threads_leave_the_mask_of_the_process_alone(logs: Path) -> None:
    before = os.umask(0o027)
    try:
        with ThreadPoolExecutor(8) as executor:
            for number in range(10):
                ingest(logs, logdir=f"runs{number}", executor=executor)
        after = os.umask(0o027)
    finally:
        os.umask(before)

    assert after == 0o027


class Broken(Executor):
    """An executor that has lost its workers."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("no such host"))
        return future


def test_a_worker_that_dies_is_a_failed_run(logs: Path) -> None:
    report = ingest(logs / "run0.csv", logdir="runs", executor=Broken())

    (run,) = report.runs
    assert (run.run, run.status) == ("run0", "failed")
    assert run.problems[0].problem == "the worker that had it was lost: no such host"


def test_options_are_those_of_the_command_line(logs: Path) -> None:
    ingest(logs / "run0.csv", logdir="runs", tag_prefix="x/", run="r")

    assert read_back("runs")["r"].keys() == {"x/loss"}


@pytest.mark.parametrize(
    "options",
    [
        {"on_duplicate": "frist"},
        {"if_exists": "maybe"},
        {"step_scale": 0},
        {"step_scale": "x"},
        {"include": "loss"},
        {"rename": "a=b"},
        {"image": "w=off"},
        {"format": "xml"},
        {"dialect": "klingon"},
        {"run": "../x"},
        {"identifier": "a/b"},
    ],
    ids=str,
)
def test_wrong_options_raise_and_nothing_is_done(logs: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="got"):
        ingest(logs, logdir="runs", **options)

    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("mistyped", "said"),
    [
        ("stp", "got 'stp', which is no option; did you mean 'step'?"),
        ("on_duplicates", "did you mean 'on_duplicate'?"),
        ("dryrun", "did you mean 'dry_run'?"),
        ("zzz", "got 'zzz', which is no option; wanted one of include_files"),
    ],
)
def test_an_option_that_is_none_raises_and_the_nearest_is_proposed(
    logs: Path, mistyped: str, said: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        ingest(logs, logdir="runs", **{mistyped: "last"})

    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "collect",
    [list, tuple, iter, lambda names: [Path(name) for name in names]],
    ids=["list", "tuple", "iterator", "paths"],
)
@pytest.mark.usefixtures("logs")
def test_sources_may_come_as_a_list(collect: Callable[[list[str]], Any]) -> None:
    ingest(collect(["logs/run0.csv", "logs/run1.csv"]), "logs/run2.csv", logdir="runs")

    assert read_back("runs").keys() == {"run0", "run1", "run2"}


@pytest.mark.parametrize("source", [3, None, b"a.csv", [["a.csv"]], [None]], ids=repr)
def test_what_is_no_name_of_a_source_raises(logs: Path, source: Any) -> None:
    with pytest.raises(UsageError, match=r"sources: got .*, wanted a path as text"):
        ingest(logs, source, logdir="runs")

    assert not Path("runs").exists()


def test_what_is_no_name_of_a_logdir_raises(logs: Path) -> None:
    logdir: Any = None
    with pytest.raises(UsageError, match="logdir: got None, wanted a path as text"):
        ingest(logs, logdir=logdir)


def test_a_dry_run_writes_nothing(logs: Path) -> None:
    tried = ingest(logs, logdir="runs", dry_run=True)

    assert not Path("runs").exists()
    assert tried.runs == ingest(logs, logdir="runs").runs


def test_plan_and_convert_are_the_two_halves(logs: Path) -> None:
    plan = plan_runs([str(logs)], "runs", Options(tag_prefix="x/"))
    jobs = pickle.loads(pickle.dumps(plan.jobs))

    done = {job.run: reports for job, reports in convert(jobs)}

    assert len(done) == 8
    assert [report.points for report in done["run0"]] == [2]
    assert read_back("runs")["run0"].keys() == {"x/loss"}


def test_convert_tells_how_many_bytes_were_read(logs: Path) -> None:
    seen: list[int] = []
    plan = plan_runs([str(logs / "run0.csv")], "runs")

    list(convert(plan.jobs, progress=seen.append))

    assert sum(seen) == (logs / "run0.csv").stat().st_size


def test_bytes_are_told_to_the_last_though_they_are_read_ahead(tmp_path: Path) -> None:
    log = tmp_path / "big.csv"
    log.write_bytes(b"loss\n" + b"0.%b\n" % (b"123456789" * 40) * 120_000)
    seen: list[int] = []

    def slow(count: int) -> None:
        seen.append(count)
        time.sleep(0.05)

    list(convert(plan_runs([str(log)], "runs", sink="discard").jobs, progress=slow))

    assert len(seen) > 2
    assert sum(seen) == log.stat().st_size


def test_the_same_job_may_be_done_twice(logs: Path) -> None:
    plan = plan_runs([str(logs / "run0.csv")], "runs")

    ((_, first),) = convert(plan.jobs)
    ((_, again),) = convert(plan.jobs)

    assert (first[0].status, again[0].status) == ("written", "unchanged")
    assert read_back("runs")["run0"]["loss"].steps.tolist() == [0, 1]


@pytest.mark.parametrize(
    "error",
    [
        UsageError("wrong"),
        SourceError(Origin("a.csv", row=3, column="loss"), "got 'x'", "look at it"),
        TargetError("runs/a", "cannot be written", "make room"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_the_borders_of_processes(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert str(copy) == str(error)
