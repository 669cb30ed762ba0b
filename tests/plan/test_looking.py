"""Whoever looks into the files, the plan is the same."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from tbconvert import Options, UsageError, plan_runs
from tbconvert.errors import SourceError
from tbconvert.looking import look_all
from tbconvert.model import Origin
from tbconvert.plan import Plan

LOGS = 40


class Elsewhere(Executor):
    """Does all at once, and lets nothing pass that another process would not get."""

    def __init__(self) -> None:
        self.tasks = 0

    def submit(self, task: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert task is look_all
        self.tasks += 1
        future: Future[Any] = Future()
        try:
            found = task(*pickle.loads(pickle.dumps(args)))
            future.set_result(pickle.loads(pickle.dumps(found)))
        except Exception as err:
            future.set_exception(pickle.loads(pickle.dumps(err)))
        return future


class Lost(Executor):
    """Loses each task."""

    def submit(self, task: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(OSError("killed"))
        return future


class Starting(Executor):
    """Has not begun yet, and never will."""

    def submit(self, task: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()


class Broken(Executor):
    """Takes one task, and then nothing more."""

    def __init__(self) -> None:
        self.first: list[Future[Any]] = []

    def submit(self, task: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.first:
            raise RuntimeError("cannot schedule new futures")
        self.first.append(Future())
        return self.first[0]


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a tree of forty logs, settings beside some, and much that is no log."""
    monkeypatch.chdir(tmp_path)
    for number in range(LOGS):
        folder = Path(f"tree/run-{number}")
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch,step,train_loss\n0,1,0.5\n0,2,0.25\n")
        if number % 3 == 0:
            (folder / "hparams.yaml").write_text(f"lr: {number}\nlayers: [1, 2]\n")
        if number % 4 == 0:
            (folder / "notes.txt").write_text("Nothing here.\nMove along, please.\nThank you!\n")
    Path("tree/run-5/table.csv.tmp").write_text("step,loss\n0,1\n")
    Path("tree/run-6/tbconvert.json").write_text("{}")
    Path("tree/run-7/broken").symlink_to("nowhere")
    Path("named.txt").write_text("A word.\nAnother one, and no log.\n")
    return tmp_path


def plan(executor: Executor | None = None, **options: Any) -> Plan:
    wanted = ["tree", "named.txt", "missing.csv"]
    return plan_runs(wanted, "runs", Options(**options), lookers=lambda files: executor)


def told(errors: list[SourceError]) -> list[tuple[Origin, str, str]]:
    return [(error.origin, error.problem, error.hint) for error in errors]


@pytest.mark.parametrize("make", [Elsewhere, Lost, Starting, Broken])
def test_whoever_looks_the_plan_is_the_same(make: Callable[[], Executor]) -> None:
    alone = plan()

    shared = plan(make())

    assert len(alone.jobs) == LOGS
    assert shared.jobs == alone.jobs
    assert told(shared.failed) == told(alone.failed)
    assert [error.origin.uri for error in shared.failed] == ["named.txt", "missing.csv"]
    assert told(shared.skipped) == told(alone.skipped)
    assert len(shared.skipped) == LOGS // 4 + 3


def test_many_files_are_handed_over_some_at_once() -> None:
    executor = Elsewhere()

    plan(executor)

    assert 2 <= executor.tasks <= LOGS // 10


def test_few_files_are_not_handed_over() -> None:
    asked: list[int] = []

    def lookers(files: int) -> None:
        asked.append(files)

    plan_runs(["tree/run-0", "tree/run-1"], "runs", lookers=lookers)

    assert asked == []


@pytest.mark.parametrize("executor", [None, Elsewhere()])
def test_what_the_system_keeps_back_has_failed(
    executor: Executor | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tbconvert import recognition

    def unreadable(name: str, *_: Any) -> Any:
        raise SourceError(Origin(name), "permission denied") from PermissionError(13, "denied")

    monkeypatch.setattr(recognition, "take_sample", unreadable)

    made = plan(executor)

    assert len(made.failed) == LOGS + 14 + LOGS // 4 + 1 + 2


@pytest.mark.parametrize("executor", [None, Elsewhere()])
def test_wrong_usage_is_said_by_whoever_sees_it(executor: Executor | None) -> None:
    with pytest.raises(UsageError, match="--delimiter: got 'ab', wanted one character"):
        plan(executor, delimiter="ab")


def test_a_stream_is_copied_by_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    spooled = Path("copy").resolve()
    spooled.write_text("step,loss\n0,1.0\n1,0.5\n")
    monkeypatch.setattr("tbconvert.storage.spool", lambda uri: str(spooled))

    made = plan_runs(["tree", "-"], "runs", lookers=lambda files: Elsewhere())

    assert made.spooled == [str(spooled)]
    assert made.jobs[-1].sources[0].location == str(spooled)
    assert len(made.jobs) == LOGS + 1
