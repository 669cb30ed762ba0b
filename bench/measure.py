"""One run of one program: how long, how much memory, and whether it did the right work.

This module, and what imports it, is of the standard library only: a child begins its life
with the memory high-water mark of its parent.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# one of its own, so that two measurements at once do not step on each other; in /dev/shm, say,
# where to make a file takes no disk's time
_LOGDIRS = Path(os.environ.get("BENCH_LOGDIRS", ROOT / "bench" / "data")).resolve()
LOGDIR = _LOGDIRS / f"tbconvert-{os.getpid()}"

# An installed program is compiled already; main() sees to it, and nobody may forbid it.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
# nothing is to be known of an earlier run
CACHE = LOGDIR.with_name(f"{LOGDIR.name}-cache")
ENVIRONMENT["XDG_CACHE_HOME"] = str(CACHE)
ASIDE = LOGDIR.with_name(f"{LOGDIR.name}-aside")
"""What is not removed before all is measured.

Where thousands of files were removed, ext4 takes twenty times as long for minutes to make new
ones: it passes over what was deleted lately, inode by inode.
"""
ENVIRONMENT["TMPDIR"] = str(ASIDE)
_MANY = 100
_IS_SAID = "BENCH_LOGDIRS" in os.environ  # then memory, say, of which there is not so much


@dataclass(frozen=True, slots=True)
class Result:
    """``megabytes`` is the largest resident set of the process or of one of its children."""

    seconds: float
    megabytes: float
    output: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A command, the figure wanted of it, and what its JSON output must say."""

    command: tuple[str, ...]
    figure: Callable[[Result], float]
    check: Callable[[dict[str, Any]], object] | None = field(default=None)

    def run(self) -> float:
        """Run it once, after putting away what an earlier run has written.

        Not before others run, who write nothing: memory that is free for a while goes back to
        the host of a virtual machine, and whoever then writes first pays for getting it again.
        """
        if str(LOGDIR) in self.command:
            _put_away(LOGDIR)
        result = run(self.command)
        if self.check is not None and not self.check(json.loads(result.output)):
            raise SystemExit(f"did not do the right work: {self.command}\n{result.output[:2000]}")
        return self.figure(result)


def _put_away(folder: Path) -> None:
    """Remove a folder, or leave it aside where it has many files."""
    if not _IS_SAID and len([*islice(folder.rglob("*"), _MANY)]) == _MANY:
        folder.rename(tempfile.mkdtemp(dir=ASIDE))
    shutil.rmtree(folder, ignore_errors=True)


def clear() -> None:
    """Remove all that was made."""
    for made in (LOGDIR, CACHE, ASIDE):
        shutil.rmtree(made, ignore_errors=True)


def run(command: tuple[str, ...]) -> Result:
    """Run a command to its end; one that fails ends the whole measurement."""
    shutil.rmtree(CACHE, ignore_errors=True)
    ASIDE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=ENVIRONMENT
        )
        assert child.stdout is not None
        with child.stdout:
            output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            said = errors.read().decode()
            raise SystemExit(f"failed ({child.returncode}): {' '.join(command)}\n{said}")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return Result(seconds, usage.ru_maxrss / unit, output.decode())


def seconds(result: Result) -> float:
    """Return the time of the whole process."""
    return result.seconds


def megabytes(result: Result) -> float:
    """Return the memory it took."""
    return result.megabytes


def own_rate(result: Result) -> float:
    """Return the points a second that the program itself measured."""
    said = json.loads(result.output)
    return float(said["points"] / said["seconds"])


def whole_rate(result: Result) -> float:
    """Return the points a second over the whole process of an ingest."""
    return float(json.loads(result.output)["totals"]["points"] / result.seconds)


def run_rate(result: Result) -> float:
    """Return the runs a second over the whole process of an ingest."""
    return float(json.loads(result.output)["totals"]["written"] / result.seconds)
