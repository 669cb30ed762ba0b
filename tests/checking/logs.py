"""Small logs in the folder of a test, converted and checked in this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import tbconvert
from tbconvert.checking import RunVerdict, Verdict, Wanted, check

TIME = 1_700_000_000


def write(name: str, text: str, time: float = TIME) -> Path:
    """Write a log; return its path."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))
    return path


def table(rows: int = 10, *columns: str) -> str:
    """Return a CSV of so many rows, whose cells say where they stand."""
    names = columns or ("loss", "acc")
    lines = [
        f"{row}," + ",".join(f"{row}.{place}" for place in range(len(names))) for row in range(rows)
    ]
    return "\n".join(["step," + ",".join(names), *lines]) + "\n"


def convert(*sources: str, **options: Any) -> None:
    """Ingest into ``runs``, without a failure."""
    report = tbconvert.ingest(*(sources or ("logs",)), logdir="runs", **options)
    assert report.exit_status() == 0, report


def checked(*runs: str, against_sources: bool = True, **how: Any) -> Verdict:
    """Check ``runs``."""
    return check("runs", Wanted(runs), against_sources=against_sources, **how)


def verdict_of(run: str, verdict: Verdict) -> RunVerdict:
    """Return what came of a run."""
    (one,) = (one for one in verdict.runs if one.run == run)
    return one


def statuses(verdict: Verdict) -> dict[str, str]:
    """Return the status of each run."""
    return {one.run: one.status for one in verdict.runs}


def codes(verdict: RunVerdict) -> set[str]:
    """Return the codes of what was found of a run."""
    return {finding.code for finding in verdict.findings}


def event_file(run: str) -> Path:
    """Return the only event file of a run."""
    (path,) = Path("runs", run).glob("*tfevents*")
    return path
