"""Dry runs: the same report, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mixed_logs import write_inputs


@pytest.mark.usefixtures("folder")
def test_a_dry_run_reports_the_same_and_writes_nothing(tbconvert: Callable[..., Any]) -> None:
    write_inputs()

    tried = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run", "--json").answer
    assert not Path("runs").exists()
    done = tbconvert("ingest", "logs", "--logdir", "runs", "--json").answer

    assert (tried["runs"], tried["skipped"]) == (done["runs"], done["skipped"])
    assert tried["totals"] | {"seconds": 0} == done["totals"] | {"seconds": 0}


@pytest.mark.usefixtures("folder")
def test_a_dry_run_leaves_a_logdir_as_it_is(tbconvert: Callable[..., Any]) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")
    before = {path: path.read_bytes() for path in Path("runs/a").iterdir()}
    with Path("a.csv").open("a") as log:
        log.write("3,0.125,0.4\n")

    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--dry-run")

    assert "\n1 run would be written, 6 points, " in done.out
    assert {path: path.read_bytes() for path in Path("runs/a").iterdir()} == before
