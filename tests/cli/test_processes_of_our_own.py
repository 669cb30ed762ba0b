"""A command starts without looking for garbage, and looks for it once it is at work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import gc, sys
from tbconvert.__main__ import main
def at_end(status):
    print("at the end", gc.isenabled(), gc.get_freeze_count() > 10_000)
import tbconvert.cli
tbconvert.cli.leave = at_end
main()
"""


@pytest.mark.parametrize(
    ("command", "is_work"),
    [
        (["ingest", "a.csv", "--logdir", "runs"], True),
        (["ingest", "a.csv", "b.csv", "--logdir", "runs", "--jobs", "2"], True),
        (["inspect", "a.csv"], True),
        (["check", "empty"], True),
        (["--version"], False),
    ],
)
def test_garbage_is_looked_for_where_there_is_work(
    command: list[str], is_work: bool, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "empty").mkdir()

    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *command],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )

    assert said.stdout.splitlines()[-1] == f"at the end {is_work} {is_work}"
