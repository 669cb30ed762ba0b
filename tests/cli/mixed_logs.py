"""Good and bad logs side by side; for the tests of this folder."""

from __future__ import annotations

from pathlib import Path


def write_inputs() -> None:
    """Put a good log, a damaged, a broken one and a note into the working directory."""
    Path("logs").mkdir()
    Path("logs/good.csv").write_text("step,loss\n0,1.0\n1,0.5\n")
    Path("logs/bad.csv").write_text("step,loss\n0,1.0\n1,oops\n2,0.5\n")
    Path("logs/broken.csv").write_text("step,loss\n0.5,1.0\n0.7,0.5\n")
    Path("logs/notes.txt").write_text("Nothing to see here.\nMove along, please.\nThank you!\n")
