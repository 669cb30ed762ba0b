"""Runs, and logdirs, that are there and cannot be looked into."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.underway import contents
from oracle import Forked

from tbconvert import ingest

LOG = "time,step,loss\n1700000000,0,1.0\n1700000001,1,0.5\n"
SOMEBODY = 65534 if os.geteuid() == 0 else None


@pytest.fixture
def log(folder: Path) -> None:
    Path("a.csv").write_text(LOG)


@pytest.fixture
def closed(forked: Forked) -> Iterator[Path]:
    """Return the run of a log, in a folder of everybody, that nobody may look into."""
    place = Path(tempfile.mkdtemp(prefix="tbconvert-test-"))
    place.chmod(0o755)
    (place / "a.csv").write_text(LOG)
    ingest(str(place / "a.csv"), logdir=str(place / "runs"))
    run = place / "runs/a"
    run.chmod(0)
    yield run
    run.chmod(0o755)
    shutil.rmtree(place)


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--if-exists", "replace")])
def test_a_run_that_is_closed(closed: Path, forked: Forked, options: tuple[str, ...]) -> None:
    source, logdir = closed.parents[1] / "a.csv", closed.parent

    ended = forked.ingest(str(source), "--logdir", str(logdir), *options, user=SOMEBODY)

    assert ended.status == 1
    said = "cannot be read: permission denied; choose another --logdir, or make it readable"
    assert ended.err == f"{closed}: {said}\n"


@pytest.mark.parametrize("name", ["runs", "runs/a"])
def test_a_link_in_a_circle(log: None, name: str) -> None:
    link = Path(name)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(link.name)

    (run,) = ingest("a.csv", logdir="runs").runs

    assert run.status == "failed"
    (problem,) = run.problems
    assert problem.uri == "runs/a"
    assert problem.problem == "cannot be read: too many levels of symbolic links"
    assert problem.hint == "choose another --logdir"
    assert contents(".") == {"a.csv": LOG.encode()}
