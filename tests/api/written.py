"""Runs that a Python program writes, at a time that is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tbconvert import RunWriter

NOW = 1_700_000_000.5


def writer(logdir: Path, run: str = "run", **how: Any) -> RunWriter:
    return RunWriter(logdir, run, clock=lambda: NOW, **how)
