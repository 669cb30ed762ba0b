"""Processes of this machine: how many there are, what each gets, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_for

from tbconvert.engines import start
from tbconvert.engines.crew import Crew, WorkerDiedError


@pytest.fixture
def crews(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many processes each crew has that was made; none is started."""
    made: list[int] = []

    class Counted(Crew):
        def __init__(self, count: int) -> None:
            super().__init__(count)
            made.append(count)

        def prepare(self) -> None:
            pass

    monkeypatch.setattr("tbconvert.engines.crew.Crew", Counted)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    return made


def test_few_files_and_jobs_start_nobody(crews: list[int]) -> None:
    with start("processes", None) as engine:
        assert engine.lookers(900) is None
        assert engine.crowd(5).executor is None

    assert crews == []


def test_many_files_are_looked_into_by_those_who_do_the_jobs(crews: list[int]) -> None:
    with start("processes", None) as engine:
        lookers = engine.lookers(5000)
        assert lookers is not None
        assert engine.crowd(5000).executor is lookers

    assert crews == [4]


def test_those_who_were_asked_for_look_into_files(crews: list[int]) -> None:
    with start("processes", 2) as engine:
        assert engine.lookers(60) is engine.crowd(60).executor is not None

    assert crews == [2]


def test_one_process_is_this_one(crews: list[int]) -> None:
    with start("processes", 1) as engine:
        assert engine.lookers(100_000) is None
        assert engine.crowd(100_000).executor is None

    assert crews == []


@pytest.mark.parametrize(("jobs", "together"), [(2, 1), (31, 1), (32, 2), (160, 10), (99_999, 16)])
def test_small_jobs_go_together_if_each_process_gets_many(
    crews: list[int], jobs: int, together: int
) -> None:
    with start("processes", 2) as engine:
        assert engine.crowd(jobs).together == together


def test_processes_end_by_themselves_when_they_are_not_wanted_any_more() -> None:
    crew = Crew(2)
    children = set[int]()
    while len(children) < 2:
        children |= {future.result(60) for future in [crew.submit(os.getpid) for _ in range(4)]}

    crew.stop()

    assert [process.exitcode for process in crew._processes] == [0, 0]
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_processes_have_the_surroundings_of_the_moment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in ("1", "2"):
        monkeypatch.setenv("TBCONVERT_OF_THE_MOMENT", number)
        (tmp_path / number).mkdir()
        monkeypatch.chdir(tmp_path / number)
        crew = Crew(1)
        try:
            assert crew.submit(os.getenv, "TBCONVERT_OF_THE_MOMENT").result(60) == number
            assert crew.submit(os.getcwd).result(60) == str(tmp_path / number)
        finally:
            crew.stop()


def test_processes_cannot_be_interrupted_from_their_first_breath_on() -> None:
    crew = Crew(1)
    try:
        # what a process has without doing anything is what those that started it had
        blocked = crew.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result(60)
    finally:
        crew.stop()

    assert signal.SIGINT in blocked
    assert signal.SIGTERM not in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_nothing_starts_once_a_crew_is_stopped() -> None:
    crew = Crew(1)
    crew.stop()

    with pytest.raises(WorkerDiedError, match="ended before it began"):
        crew._start("spawn")
    assert crew._processes == []


def test_a_folder_of_temporary_files_may_have_a_long_name(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)  # the names of sockets end at 108 bytes
    long.mkdir()
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("step,loss\n0,1\n")
    arguments = ["ingest", "a.csv", "b.csv", "--logdir", "runs", "--jobs", "2", "--json"]

    done = subprocess.run(
        [sys.executable, "-m", "tbconvert", *arguments],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(long)},
        capture_output=True,
        check=False,
    )

    assert [run["status"] for run in json.loads(done.stdout)["runs"]] == ["written", "written"]
    assert done.returncode == 0


def test_processes_have_imported_already_what_jobs_need() -> None:
    crew = Crew(1)
    try:
        seen = crew.submit(eval, "sorted(__import__('sys').modules)").result(60)
    finally:
        crew.stop()

    assert "tbconvert.dispatch" in seen
    assert "pandas" not in seen


def _said_by(script: str, warned_of: str = "default") -> list[str]:
    """Return what a program says that has no threads, as the command line."""
    code = "import os, signal, threading\nfrom tbconvert.engines.crew import Crew\n" + script
    done = subprocess.run(
        [sys.executable, "-W", warned_of, "-c", code],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.returncode in (0, -signal.SIGKILL), done.stderr) == (True, "")
    return done.stdout.split()


def _is_at_work(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"  # that it ended nobody may have asked


def test_processes_that_are_prepared_first_of_all_are_copies() -> None:
    parents = _said_by(
        """
crew = Crew(2)
crew.prepare()
blocked = crew.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
print(*{crew.submit(os.getppid).result() for _ in range(8)}, os.getpid())
print(signal.SIGINT in blocked, signal.SIGTERM in blocked)
print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
crew.stop()
print(*(process.exitcode for process in crew._processes))
"""
    )
    assert parents[0] == parents[1]
    assert parents[2:] == ["True", "False", "set()", "0", "0"]


def test_copies_that_get_nothing_to_do_end_at_once() -> None:
    said = _said_by(
        """
for _ in range(10):
    crew = Crew(6)
    crew.prepare()
    crew.stop()
    print(*{process.exitcode for process in crew._processes})
"""
    )
    assert said == ["0"] * 10


def test_processes_that_are_told_again_and_again_to_end_say_nothing() -> None:
    said = _said_by(
        """
crew = Crew(4)
crew.prepare()
for _ in range(8):
    crew.submit(abs, 1).result()
is_over = threading.Event()
def tell():
    while not is_over.is_set():
        for process in crew._processes:
            try:
                os.kill(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
teller = threading.Thread(target=tell)
teller.start()
crew.stop()
is_over.set()
teller.join()
print(*(process.exitcode for process in crew._processes))
"""
    )
    assert said == ["0"] * 4


def test_copies_look_for_garbage_but_not_in_what_they_were_copied_with() -> None:
    said = _said_by(
        """
import gc
gc.disable()
crew = Crew(1)
crew.prepare()
print(crew.submit(gc.isenabled).result(), crew.submit(gc.get_freeze_count).result() > 10_000)
crew.stop()
"""
    )
    assert said == ["True", "True"]


def test_where_threads_are_at_work_none_is_a_copy() -> None:
    parents = _said_by(
        """
done = threading.Event()
threading.Thread(target=done.wait).start()
crew = Crew(1)
crew.prepare()
print(crew.submit(os.getppid).result(), os.getpid())
done.set()
crew.stop()
""",
        "ignore",  # the server knows no better
    )
    assert parents[0] != parents[1]


def test_a_copy_that_is_killed_takes_its_own_job_along_and_is_replaced() -> None:
    said = _said_by(
        """
crew = Crew(1)
crew.prepare()
print(crew.submit(os.kill, crew.submit(os.getpid).result(), signal.SIGKILL).exception())
print(crew.submit(abs, -7).result())
crew.stop()
""",
        "ignore",
    )
    assert said == ["ended", "by", "SIGKILL", "7"]


def test_copies_end_when_the_first_process_is_killed() -> None:
    pids = _said_by(
        """
crew = Crew(3)
crew.prepare()
print(*(process.pid for process in crew._processes), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    assert len(pids) == 3
    wait_for(lambda: not any(map(_is_at_work, pids)))
