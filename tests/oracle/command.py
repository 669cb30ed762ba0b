"""The command line, run as a user runs it, but for the time in which Python starts."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds until an ingest that does not end is a failure."""

_FORKED = Path(__file__).with_name("forked.py")


@dataclass(frozen=True, slots=True)
class Done:
    """How an ingest ended; ``status`` is negative where a signal ended it."""

    status: int
    out: str
    err: str


class Forked:
    """Ingests in processes that are forked when all is imported: see ``forked.py``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # its folder is none to import from
            [sys.executable, "-P", _FORKED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt of the tests is not for it
        )

    def ingest(self, *arguments: str, **how: Any) -> Done:
        """Run one here and now: in this folder, with these variables."""
        (done,) = self.ingest_at_once([list(arguments)], **how)
        return done

    def ingest_at_once(self, ingests: list[list[str]], **how: Any) -> list[Done]:
        """Run several at the same time; ``how`` is what ``forked.obey`` takes besides."""
        here = {"folder": str(Path.cwd()), "environment": dict(os.environ), "patience": PATIENCE}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ingests": ingests} | here | how) + "\n")
        self._process.stdin.flush()
        return [Done(**done) for done in json.loads(self._process.stdout.readline())]

    def close(self) -> None:
        self._process.communicate(timeout=PATIENCE)


@functools.cache
def forked() -> Forked:
    """Return the one that all tests share; it ends with them."""
    one = Forked()
    atexit.register(one.close)
    return one


def ingest(*arguments: Path | str, logdir: Path, status: int = 0, **environment: str) -> Any:
    """Run ``tbconvert ingest … --json``, and return the report.

    Fails with all that was said unless the exit status is ``status``, standard output is
    exactly one JSON object, and that object names the same status.
    """
    command = [*map(str, arguments), "--logdir", str(logdir), "--json"]
    done = forked().ingest(*command, environment=os.environ | environment)
    said = f"{' '.join(command)}: exit status {done.status}\n{done.out}\n{done.err}"
    assert done.status == status, said
    try:
        report = json.loads(done.out)
    except ValueError:
        raise AssertionError(f"standard output is not one JSON document: {said}") from None
    assert report["exit_status"] == status, said
    return report
