"""An archive whose conversion is killed again and again, and ends as if it never had been."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from faults.archive import event_files, make_archive
from faults.underway import PATIENCE, Started, wait_for

EXPERIMENTS = int(os.environ.get("TBCONVERT_ARCHIVE", "190"))
"""``make archive`` takes 10,000 of them."""

LONG = PATIENCE * (1 + EXPERIMENTS / 50)


def made() -> int:
    """Return how many runs stand in the logdir."""
    return sum("tfevents" in name for _, _, names in os.walk("killed") for name in names)


def stand(enough: int) -> bool:
    return made() >= enough


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_an_archive_that_is_killed_three_times(
    folder: Path, start: Callable[..., Started], engine: str
) -> None:
    make_archive(folder / "archive", EXPERIMENTS)
    how = ("--jobs", "2", "--json", "--quiet")
    whole = start("archive", "--logdir", "alone", *how)
    wanted = json.loads(whole.process.communicate(timeout=LONG)[0])
    runs = wanted["totals"]["written"]
    assert runs > EXPERIMENTS / 2

    turn = random.Random(engine)
    standing = 0
    for _ in range(3):
        ingest = start("archive", "--logdir", "killed", *how, "--engine", engine)
        enough = standing + turn.randint(1, runs // 4)
        wait_for(partial(stand, enough), LONG)
        os.killpg(ingest.process.pid, signal.SIGKILL)
        ingest.process.communicate()
        assert ingest.process.returncode == -signal.SIGKILL
        standing = made()
        assert standing < runs
    last = start("archive", "--logdir", "killed", *how, "--engine", engine)
    report = json.loads(last.process.communicate(timeout=LONG)[0])

    assert report["totals"]["failed"] == wanted["totals"]["failed"]
    assert 0 < report["totals"]["unchanged"] <= standing
    assert event_files(Path("killed")) == event_files(Path("alone"))
