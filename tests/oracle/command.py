"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE = 120.0


def ingest(*arguments: Path | str, logdir: Path, status: int = 0, **environment: str) -> Any:
    """Run ``tbconvert ingest … --json``, and return the report.

    Fails with all that was said unless the exit status is ``status``, standard output is
    exactly one JSON object, and that object names the same status.
    """
    command = [sys.executable, "-m", "tbconvert", "ingest", *map(str, arguments)]
    done = subprocess.run(
        [*command, "--logdir", str(logdir), "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | environment,
    )
    said = f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == status, said
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"standard output is not one JSON document: {said}") from None
    assert report["exit_status"] == status, said
    return report
