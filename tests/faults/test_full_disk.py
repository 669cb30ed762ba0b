"""A disk that is full in the middle of an archive."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.archive import event_files
from oracle import Forked

from tbconvert import ingest

PAGE = os.sysconf("SC_PAGE_SIZE")
NO_ROOM = "cannot be written: no space left on device"


@pytest.fixture(scope="module")
def logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of so many logs, and beside it what comes of them, in ``whole``."""
    place = tmp_path_factory.mktemp("logs")
    (place / "logs").mkdir()
    for number in range(request.param):
        rows = f"time,step,loss\n1700000000,0,{number}.5\n1700000060,1,-{number}.5\n"
        (place / "logs" / f"run{number:03}.csv").write_text(rows)
    ingest(place / "logs", logdir=place / "whole")
    return place / "logs"


@pytest.fixture
def small(folder: Path) -> Iterator[Callable[[int], None]]:
    """Return a function that gives "runs", a disk of its own, room for so many pages."""
    Path("runs").mkdir()

    def mount(pages: int) -> None:
        options = ("remount," if os.path.ismount("runs") else "") + f"size={pages * PAGE}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", "runs"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

    yield mount
    subprocess.run(["umount", "runs"], capture_output=True)


def told(report: dict[str, Any]) -> dict[str, str]:
    """Return the status of each run; those that failed have to say why, and what to do."""
    for run in report["runs"]:
        if run["status"] == "failed":
            (problem,) = run["problems"]
            assert problem["problem"] == NO_ROOM
            assert problem["hint"] == "make room and run the same command again"
            assert problem["uri"].startswith(f"runs/{run['run']}")
    return {run["run"]: run["status"] for run in report["runs"]}


def standing() -> list[str]:
    """Return the runs in the logdir, each of which has to have its event file and its ledger."""
    runs = sorted(path.name for path in Path("runs").iterdir())
    for run in runs:
        events, ledger = sorted(path.name for path in Path("runs", run).iterdir())
        assert (events.split(".")[2], ledger) == ("tfevents", "tbconvert.json")
    return runs


def assert_the_rest_is_made(forked: Forked, logs: Path, stood: list[str]) -> None:
    again = forked.ingest(str(logs), "--logdir", "runs", "--jobs", "1", "--json")

    assert again.status == 0, again.err
    statuses = told(json.loads(again.out))
    assert statuses == {run: "unchanged" if run in stood else "written" for run in statuses}
    assert event_files(Path("runs")) == event_files(logs.parent / "whole")


@pytest.mark.parametrize("logs", [1000], indirect=True)
def test_a_disk_that_is_full_in_the_middle(
    small: Callable[[int], None], forked: Forked, logs: Path
) -> None:
    small(2 * 499 + 1)  # an event file and a ledger are a page each

    done = forked.ingest(str(logs), "--logdir", "runs", "--jobs", "2", "--json")

    assert done.status == 1
    statuses = told(json.loads(done.out))
    stood = [run for run, status in statuses.items() if status == "written"]
    assert len(statuses) == 1000
    assert len(stood) in (498, 499)  # two may take the last pages from each other
    assert {*statuses.values()} == {"written", "failed"}
    assert standing() == stood
    assert event_files(Path("runs")).items() < event_files(logs.parent / "whole").items()

    small(4 * 1000)
    assert_the_rest_is_made(forked, logs, stood)


@pytest.mark.parametrize("logs", [200], indirect=True)
@pytest.mark.parametrize("more", [1, 2], ids=["event file", "ledger"])
def test_no_room_for_a_file_in_the_middle(
    folder: Path, forked: Forked, logs: Path, more: int
) -> None:
    command = (str(logs), "--logdir", "runs", "--jobs", "1", "--json")

    done = forked.ingest(*command, full_at=2 * 99 + more)

    assert done.status == 1
    statuses = told(json.loads(done.out))
    runs = sorted(statuses)
    assert [statuses[run] for run in runs] == ["written"] * 99 + ["failed"] * 101
    assert standing() == runs[:99]
    assert_the_rest_is_made(forked, logs, runs[:99])
