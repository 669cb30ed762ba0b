"""Every fixture, converted and checked beside itself: nothing differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from logs import checked, codes, convert, statuses

import tbconvert

FIXTURES = Path(__file__).parents[2] / "fixtures"
HALVES = (sorted(FIXTURES.glob("[a-m]*/")), sorted(FIXTURES.glob("[n-z]*/")))


@pytest.mark.parametrize("dialects", HALVES, ids=["a-m", "n-z"])
def test_fixtures_are_what_was_converted(dialects: list[Path]) -> None:
    ours = shutil.ignore_patterns("expected.json", "ORIGIN", "*.py", "*.md")
    for dialect in dialects:
        shutil.copytree(dialect, Path("logs", dialect.name), ignore=ours)
    report = tbconvert.ingest("logs", logdir="runs")
    written = {run.run for run in report.runs if run.status == "written"}
    failed = {run.run for run in report.runs if run.status == "failed"}
    assert len(written) > 80

    verdict = checked()

    found = statuses(verdict)
    assert {run for run, status in found.items() if status == "same"} == written
    assert set(found) - written <= failed
    assert [run.run for run in verdict.runs if codes(run) & {"no-digests", "no-inputs"}] == []


@pytest.mark.parametrize("case", ["llmc", "nanogpt"])
def test_so_are_those_with_options(case: str) -> None:
    folder = FIXTURES / "console" / case
    expected = json.loads((folder / "expected.json").read_text())
    patterns = [text for text in expected["options"] if text != "--pattern"]
    convert(str(folder / expected["input"]), pattern=patterns)

    verdict = checked()

    assert verdict.exit_status == 0
    assert set(statuses(verdict).values()) == {"same"}
