"""An archive of many experiments of many loggers: the cases under ``fixtures/``, varied."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures"
_NOT_INPUT = shutil.ignore_patterns("expected.json", "ORIGIN")
_LARGEST = 1 << 18

EXPERIMENTS = int(os.environ.get("TBCONVERT_ARCHIVE", "190"))
"""``make archive`` takes 10,000 of them."""
_LINES = (".csv", ".tsv", ".jsonl", ".txt")


def make_archive(folder: Path, experiments: int) -> None:
    """Make so many experiments, each a case in a folder of its own, some of them cut short.

    The files of an experiment are a day older than those of the next one.
    """
    cases = [path.parent for path in sorted(FIXTURES.glob("*/*/expected.json"))]
    sizes = {
        case: sum(path.stat().st_size for path in case.rglob("*") if path.is_file())
        for case in cases
        if not json.loads((case / "expected.json").read_text()).get("options")
    }
    cases = [case for case, size in sizes.items() if size < _LARGEST]
    for number in range(experiments):
        case, turn = cases[number % len(cases)], number // len(cases)
        copy = folder / f"year-{number % 7}" / f"{case.parent.name}-{case.name}-{turn}"
        shutil.copytree(case, copy, ignore=_NOT_INPUT)
        for path in sorted(copy.rglob("*")):
            if turn and path.suffix in _LINES:
                lines = path.read_bytes().splitlines(keepends=True)
                path.write_bytes(b"".join(lines[: max(len(lines) - turn % 5, 2)]))
            os.utime(path, (1_600_000_000 + 86_400 * number,) * 2)


def event_files(logdir: Path) -> dict[str, bytes]:
    """Return every file below a logdir that TensorBoard reads, and what is hidden."""
    found = sorted(path for path in logdir.rglob("*") if path.is_file())
    return {
        str(path.relative_to(logdir)): path.read_bytes()
        for path in found
        if path.name != "tbconvert.json"
    }
