"""An archive whose conversion is killed again and again, and ends as if it never had been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from faults.archive import EXPERIMENTS, event_files, make_archive
from faults.underway import Started
from waiting import PATIENCE, wait_for

LONG = PATIENCE * (1 + EXPERIMENTS / 50)
HOW = ("--jobs", "2", "--json", "--quiet")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    """Return an archive, a logdir that was made from it at one go, and the totals of that."""
    folder = tmp_path_factory.mktemp("archive")
    make_archive(folder / "archive", EXPERIMENTS)
    done = subprocess.run(
        [sys.executable, "-m", "tbconvert", "ingest", "archive", "--logdir", "alone", *HOW],
        cwd=folder,
        capture_output=True,
        timeout=LONG,
        check=False,
    )
    return folder / "archive", folder / "alone", json.loads(done.stdout)["totals"]


def made() -> int:
    """Return how many runs stand in the logdir."""
    return sum("tfevents" in name for _, _, names in os.walk("killed") for name in names)


def stand(enough: int) -> bool:
    return made() >= enough


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_an_archive_that_is_killed_three_times(
    archive: tuple[Path, Path, Any], start: Callable[..., Started], engine: str
) -> None:
    source, alone, wanted = archive
    runs = wanted["written"]
    assert runs > EXPERIMENTS / 2

    turn = random.Random(engine)
    standing = 0
    for _ in range(3):
        ingest = start(source, "--logdir", "killed", *HOW, "--engine", engine)
        enough = standing + turn.randint(1, runs // 4)
        wait_for(partial(stand, enough), LONG, pause=0.03)
        os.killpg(ingest.process.pid, signal.SIGKILL)
        ingest.process.communicate()
        assert ingest.process.returncode == -signal.SIGKILL
        standing = made()
        assert standing < runs
    last = start(source, "--logdir", "killed", *HOW, "--engine", engine)
    totals = json.loads(last.process.communicate(timeout=LONG)[0])["totals"]

    assert totals["failed"] == wanted["failed"]
    assert 0 < totals["unchanged"] <= standing
    assert event_files(Path("killed")) == event_files(alone)
