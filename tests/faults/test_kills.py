"""Ingests that are interrupted, ended or killed, at any moment."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from faults.underway import Started, contents, growing, is_alive
from oracle import Forked, read_back
from waiting import wait_for

from tbconvert import ingest

OLD = "time,step,loss\n1700000000,0,1.0\n1700000060,1,0.5\n"
NEW = "time,step,loss\n1700000000,0,8.0\n1700000060,1,4.0\n1700000120,2,2.0\n"
NEW_AND_LATER = NEW.replace("17000000", "17000099")

Start = Callable[..., Started]


def losses(run: str = "a") -> list[float]:
    """Return the curve of a run as three readers show it; nothing where there is none."""
    served = read_back("runs") if Path("runs").exists() else {}
    return served[run]["loss"].values.tolist() if run in served else []


def event_files(run: str = "a") -> list[str]:
    return [path.name for path in Path("runs", run).iterdir() if "tfevents" in path.name]


# ------------------------------------------------------------------------- interrupted, ended


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["plain", "json"])
def test_an_interrupt_leaves_what_stood_before(
    start: Start, big: Path, number: signal.Signals, more: list[str]
) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir="runs")
    before = contents("runs")
    Path("a.csv").unlink()
    Path("a.csv").symlink_to(big)

    started = start("a.csv", "--logdir", "runs", *more)
    wait_for(lambda: growing("runs/a"))
    started.process.send_signal(number)
    status, out, err = started.end()

    assert status == 130
    assert "Traceback" not in err
    assert contents("runs") == before
    if more:
        report = json.loads(out)
        assert report["exit_status"] == 130
        assert report["totals"]["written"] == 0


def test_an_interrupt_reports_what_was_done(start: Start, big: Path) -> None:
    Path("a.csv").write_text(OLD)

    started = start("a.csv", big, "--logdir", "runs", "--json")
    wait_for(lambda: growing("runs/big"))
    started.process.send_signal(signal.SIGINT)
    status, out, _ = started.end()

    assert status == 130
    assert [run["run"] for run in json.loads(out)["runs"]] == ["a"]
    assert read_back("runs").keys() == {"a"}
    assert not Path("runs/big").exists()


@pytest.mark.parametrize("how", ["terminal", "parent"])
def test_an_interrupt_ends_every_process(start: Start, big: Path, how: str) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).symlink_to(big)

    started = start("a.csv", "b.csv", "--logdir", "runs", "--jobs", "2")
    wait_for(lambda: growing("runs/a") and growing("runs/b"))
    children = started.children()
    if how == "terminal":
        os.killpg(started.process.pid, signal.SIGINT)
    else:
        started.process.send_signal(signal.SIGTERM)
    status, _, err = started.end()

    assert status == 130
    assert "Traceback" not in err
    assert len(children) >= 2
    wait_for(lambda: not any(map(is_alive, children)))
    assert contents("runs") == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("named", [False, True], ids=["standard input", "named pipe"])
def test_an_interrupt_leaves_no_copy_of_a_pipe(
    start: Start, folder: Path, number: signal.Signals, named: bool
) -> None:
    spool = folder / "spool"
    spool.mkdir()
    os.mkfifo("pipe.csv")
    source = "pipe.csv" if named else "-"

    started = start(
        *(source, "--logdir", "runs"),
        stdin=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(spool)},
    )
    with ExitStack() as stack:
        pipe = stack.enter_context(Path("pipe.csv").open("w")) if named else started.process.stdin
        assert pipe is not None
        pipe.write(OLD)
        pipe.flush()
        wait_for(lambda: list(spool.glob("tbconvert-spool-*")) and started.is_waiting())
        started.process.send_signal(number)
        status, _, err = started.end()

    assert status == 130
    assert "Traceback" not in err
    assert list(spool.iterdir()) == []
    assert not Path("runs").exists()


def test_a_slow_pipe_is_waited_for(start: Start) -> None:
    os.mkfifo("pipe.csv")

    started = start("pipe.csv", "--logdir", "runs", "--json")
    with Path("pipe.csv").open("w") as pipe:
        for line in NEW.splitlines(keepends=True):
            pipe.write(line)
            pipe.flush()
    status, out, _ = started.end()

    assert status == 0
    assert json.loads(out)["runs"][0]["sources"][0]["uri"] == "pipe.csv"
    assert losses("pipe") == [8.0, 4.0, 2.0]


# --------------------------------------------------------------------------------- kill -9


def test_a_kill_leaves_what_stood_before_and_the_next_ingest_clears_up(
    start: Start, big: Path
) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir="runs")
    before = contents("runs")
    Path("a.csv").unlink()
    Path("a.csv").symlink_to(big)

    started = start("a.csv", "--logdir", "runs")
    left = wait_for(lambda: growing("runs/a"))
    started.process.kill()
    started.end()

    assert losses() == [1.0, 0.5]
    assert "tfevents" not in left.name
    assert contents("runs").keys() - before.keys() == {f"a/{left.name}"}

    Path("a.csv").unlink()
    Path("a.csv").write_text(NEW)
    assert ingest("a.csv", logdir="runs").runs[0].status == "written"
    assert contents("runs").keys() == before.keys()
    assert losses() == [8.0, 4.0, 2.0]


def test_a_kill_of_the_first_ingest_leaves_nothing_to_see(start: Start, big: Path) -> None:
    started = start(big, "--logdir", "runs")
    wait_for(lambda: growing("runs/big"))
    started.process.kill()
    started.end()

    assert {run: len(tags) for run, tags in read_back("runs").items()} == {}


CHANGES = {
    "first ingest": (None, OLD, NEW),
    "same name": (OLD, OLD, NEW),
    "another name": (OLD, OLD, NEW_AND_LATER),
}


@pytest.mark.parametrize(("stood", "old", "new"), CHANGES.values(), ids=CHANGES)
def test_a_kill_before_anything_done_to_a_file_shows_old_or_new(
    forked: Forked, stood: str | None, old: str, new: str
) -> None:
    Path("a.csv").write_text(old)
    Path("runs").mkdir()
    if stood is not None:
        ingest("a.csv", logdir="runs")
    shutil.copytree("runs", "before")
    Path("a.csv").write_text(new)
    seen = []

    at = 0
    while True:
        at += 1
        shutil.rmtree("runs")
        shutil.copytree("before", "runs")
        killed = forked.ingest("a.csv", "--logdir", "runs", kill_at=at)
        if killed.status == 0:
            break
        assert killed.status == -signal.SIGKILL, killed
        seen.append(losses())
        assert seen[-1] in ([] if stood is None else [1.0, 0.5], [8.0, 4.0, 2.0]), at

        again = forked.ingest("a.csv", "--logdir", "runs")

        assert (again.status, at) == (0, at), again
        assert losses() == [8.0, 4.0, 2.0]
        assert len(event_files()) == 1
        assert contents("runs").keys() == {f"a/{event_files()[0]}", "a/tbconvert.json"}

    assert len(seen) > 8
    assert seen[0] != seen[-1], "no kill came late enough to be seen"


def test_a_kill_at_any_moment_shows_old_or_new(forked: Forked) -> None:
    texts = [OLD, NEW, NEW_AND_LATER]
    moments, ends = random.Random(9), []
    wanted = [1.0, 0.5]
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir="runs")

    for turn in range(1, 25):
        Path("a.csv").write_text(texts[turn % 3])
        coming = [1.0, 0.5] if turn % 3 == 0 else [8.0, 4.0, 2.0]

        moment = 0.02 * moments.random()
        ends.append(forked.ingest("a.csv", "--logdir", "runs", kill_after=moment).status)
        shown = losses()
        assert shown in (wanted, coming)
        wanted = shown

    assert {*ends} <= {0, -signal.SIGKILL}
    assert -signal.SIGKILL in ends, "no kill came in time"
    assert forked.ingest("a.csv", "--logdir", "runs").status == 0
    assert losses() == coming
    assert len(event_files()) == 1


# ------------------------------------------------------------------------- workers that die


def worker_at(started: Started, path: Path) -> int | None:
    """Return the process that has a file open."""
    for pid in started.children():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            if handle.exists() and handle.samefile(path):
                return pid
    return None


def test_a_worker_that_is_killed_takes_no_other_run_along(start: Start, big: Path) -> None:
    names = [f"run{number}" for number in range(6)]
    for name in names:
        Path(f"{name}.csv").write_text(OLD)

    started = start(
        *(big, *(f"{name}.csv" for name in names)),
        *("--logdir", "runs", "--jobs", "2", "--json"),
    )
    path = wait_for(lambda: growing("runs/big"))
    worker = wait_for(lambda: worker_at(started, path))
    os.kill(worker, signal.SIGKILL)
    status, out, _ = started.end()

    assert status == 1
    report: dict[str, Any] = json.loads(out)
    failed, *others = report["runs"]
    assert (failed["run"], failed["status"]) == ("big", "failed")
    assert failed["problems"][0]["problem"] == "the worker that had it was lost: ended by SIGKILL"
    assert [(run["run"], run["status"]) for run in others] == [(name, "written") for name in names]
    assert read_back("runs").keys() == set(names)
