"""Who may publish while somebody else does, told by the locks of the operating system."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from places import convert, event_files, write
from waiting import PATIENCE

from tbconvert import ingest
from tbconvert.write.hidden import LocalLogdir


def may_be_locked(folder: str, how: int) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


@pytest.fixture
def logdir() -> LocalLogdir:
    for run in ("a", "b"):
        Path("runs", run).mkdir(parents=True)
    return LocalLogdir("runs")


def test_one_run_keeps_nobody_from_others(logdir: LocalLogdir) -> None:
    with logdir.alone("a"):
        assert not may_be_locked("runs/a", fcntl.LOCK_SH)
        assert may_be_locked("runs", fcntl.LOCK_SH)  # or else the next would wait for ever
        with logdir.alone("b"):
            assert not may_be_locked("runs/b", fcntl.LOCK_SH)
    assert may_be_locked("runs/a", fcntl.LOCK_EX)


def test_all_runs_wait_for_each(logdir: LocalLogdir) -> None:
    with logdir.alone("a"):
        assert not may_be_locked("runs", fcntl.LOCK_EX)
    assert may_be_locked("runs", fcntl.LOCK_EX)


def test_each_run_waits_for_all(logdir: LocalLogdir) -> None:
    with logdir.alone(None):
        assert not may_be_locked("runs", fcntl.LOCK_SH)
    assert may_be_locked("runs", fcntl.LOCK_EX)


@pytest.mark.parametrize("run", [".", "new", "loop"])
def test_what_is_the_logdir_or_has_no_folder_holds_all(logdir: LocalLogdir, run: str) -> None:
    Path("runs/loop").symlink_to(".")
    with logdir.alone(run):
        assert not may_be_locked("runs", fcntl.LOCK_SH)
    assert may_be_locked("runs", fcntl.LOCK_EX)


def test_two_logdirs_that_are_runs_of_each_other_do_not_wait_for_ever() -> None:
    Path("d/exp").mkdir(parents=True)
    Path("d/exp/up").symlink_to("..")

    def publish(logdir: str, run: str) -> None:
        for _ in range(2000):
            with LocalLogdir(logdir).alone(run):
                pass

    threads = [
        Thread(target=publish, args=pair, daemon=True) for pair in (("d", "exp"), ("d/exp", "up"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def test_a_log_that_makes_other_runs_no_more_waits_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def flock(file: int, how: int, real: Callable[[int, int], None] = fcntl.flock) -> None:
        if os.path.samestat(os.fstat(file), Path("runs").stat()):
            asked.append(how)
        real(file, how)

    write("a.csv", "run,step,loss\na,0,1\nb,0,2\n")
    ingest("a.csv", logdir="runs")
    assert event_files("runs/a/b")
    monkeypatch.setattr(fcntl, "flock", flock)
    write("a.csv", "step,loss\n0,1\n1,1\n")
    convert()

    assert [how for how in asked if how != fcntl.LOCK_UN] == [fcntl.LOCK_SH, fcntl.LOCK_EX]
    assert event_files("runs/a")
    assert not Path("runs/a/b").exists()
