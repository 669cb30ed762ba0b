"""What the tests of faults hold in their hands: ingests under way, and what stands on the disk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from waiting import PATIENCE

"""Seconds until something that does not happen is a failure."""


class Started:
    """An ingest under way, in its own session."""

    def __init__(self, *arguments: Path | str, **how: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tbconvert", "ingest", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **how,
        )

    def children(self) -> list[int]:
        """Return the processes that it or they have started and that live."""
        return list(_below(self.process.pid))

    def is_waiting(self) -> bool:
        """Tell whether it sleeps until something comes."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "S"

    def end(self) -> tuple[int, str, str]:
        """Wait for it; return its status and what it said."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def _below(pid: int) -> Iterator[int]:
    for children in Path("/proc").glob(f"{pid}/task/*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from _below(child)


def growing(folder: Path | str) -> Path | None:
    """Return a hidden file in a folder into which something was written."""
    for path in Path(folder).glob(".tbconvert-*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size:
                return path
    return None


def contents(folder: Path | str) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
