"""Ledgers and reports whose JSON has anything in the place of anything else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Command
from harm import harmed

LEDGER = Path("runs/a/tbconvert.json")
NO_REPORT = "Error: REPORT: got '1.json', wanted what 'tbconvert ingest --json' printed\n"
HARMS = pytest.mark.parametrize("harm", [None, "x", [], math.inf], ids=repr)


@HARMS
def test_a_ledger_ends_no_ingest(folder: Path, tbconvert: Command, harm: Any) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")
    sound = json.loads(LEDGER.read_text())

    for text, path in harmed(sound, harm):
        LEDGER.write_text(text)
        plain = tbconvert("ingest", "a.csv", "--logdir", "runs", "--dry-run", "-v")
        mended = tbconvert("ingest", "a.csv", "--logdir", "runs", "--if-exists", "add", "--json")

        assert plain.status in (0, 1), path
        assert "fault" not in plain.err, path
        assert mended.answer["runs"][0]["status"] in ("written", "unchanged"), path


@HARMS
def test_what_is_no_report_is_said_to_be_none(folder: Path, tbconvert: Command, harm: Any) -> None:
    Path("1.json").write_text(
        tbconvert("ingest", "a.csv", "--logdir", "runs", "--shard", "1/1", "--json").out
    )
    sound = json.loads(Path("1.json").read_text())

    for text, path in harmed(sound, harm):
        Path("1.json").write_text(text)
        for how in ((), ("--json",)):
            merged = tbconvert("report", "merge", "1.json", *how)

            assert merged.status in (0, 1, 2), path
            assert merged.status < 2 or merged.err.endswith(NO_REPORT) or "error" in path, path
