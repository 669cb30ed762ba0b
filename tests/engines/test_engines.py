"""Whoever does the work: the bytes are the same."""

from __future__ import annotations

import json
import sys
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from engines.cluster_of_two import files

from tbconvert import ingest
from tbconvert.cli import run
from tbconvert.dispatch import convert_runs
from tbconvert.engines import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_writes_the_same(
    folder: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest("logs", logdir="alone")

    status = run(["ingest", "logs", "--logdir", "r", "--engine", engine, "--jobs", "2", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [made["run"] for made in report["runs"]] == [f"run{n:02}" for n in range(60)]
    assert {made["status"] for made in report["runs"]} == {"written"}
    assert files(folder / "r") == files(folder / "alone")
    assert len(files(folder / "r")) == 60


def test_a_scheduler_wants_dask(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["ingest", "logs", "--logdir", "r", "--scheduler", "tcp://nowhere:1"])

    assert status == 2
    assert "--scheduler: got 'tcp://nowhere:1', wanted --engine dask" in capsys.readouterr().err
    assert not Path("r").exists()


def test_without_dask_it_is_said_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    status = run(["ingest", "logs", "--logdir", "r", "--engine", "dask"])

    assert status == 2
    assert "pip install 'tbconvert[dask]'" in capsys.readouterr().err


# ------------------------------------------------------------------- what an executor is given


class Watched(Executor):
    """Does all at once, and remembers the names of the runs of each task."""

    def __init__(self, fails_on: str = "") -> None:
        self.tasks: list[list[str]] = []
        self._fails_on = fails_on

    def submit(self, task: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert task is convert_runs
        (jobs,) = args
        self.tasks.append([str(job.run) for job in jobs])
        future: Future[Any] = Future()
        if self._fails_on in self.tasks[-1]:
            future.set_exception(OSError("killed"))
        else:
            future.set_result(task(jobs))
        return future


def plan_and_convert(executor: Executor, together: int = 1) -> Any:
    from tbconvert.api import run_plan
    from tbconvert.plan import plan_runs

    return run_plan(plan_runs(["logs"], "r"), "r", executor, together=together)


def test_the_largest_come_first(folder: Path) -> None:
    executor = Watched()

    plan_and_convert(executor)

    sizes = [Path(f"logs/{name}.csv").stat().st_size for (name,) in executor.tasks]
    assert len(sizes) == 60
    assert sizes == sorted(sizes, reverse=True)


def test_small_runs_go_together(folder: Path) -> None:
    executor = Watched()

    report = plan_and_convert(executor, together=10)

    assert report.standing == 60
    sizes = [*map(len, executor.tasks)]
    assert sum(sizes) == 60
    assert max(sizes) == 10
    assert sizes[-1] == 1  # while somebody does it, there is hardly anything left to wait for
    for task in executor.tasks:
        assert sum(Path(f"logs/{name}.csv").stat().st_size for name in task) <= 8 << 20


def test_only_the_run_to_blame_is_lost(folder: Path) -> None:
    executor = Watched(fails_on="run30")

    report = plan_and_convert(executor, together=25)

    assert [made.run for made in report.runs if made.status == "failed"] == ["run30"]
    assert report.standing == 59
    (problem,) = report.runs[30].problems
    assert problem.problem == "the worker that had it was lost: killed"


def test_an_executor_that_takes_nothing_more_is_told(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1)
    executor.shutdown()

    report = plan_and_convert(executor)

    assert report.failed == 60
    assert "cannot schedule new futures after shutdown" in report.runs[0].problems[0].problem
