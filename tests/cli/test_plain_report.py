"""What the command reports to people, how much of it, and in which colours."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mixed_logs import write_inputs

from tbconvert.cli.show import Shown
from tbconvert.report import Kind, Report, RunReport, Status


@pytest.mark.usefixtures("folder")
def test_plain_report(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "my runs")

    lines = done.out.splitlines()
    assert lines[0].split() == ["run", "status", "points", "tags", "step", "from"]
    assert lines[1].split() == ["a", "written", "4", "2", "step", "a.csv"]
    assert "\n1 run written, 4 points, " in done.out
    assert "cells that are no points: 1 missing, 1 rejected" in lines
    assert lines[-1].strip() == "tensorboard --logdir 'my runs'"
    assert done.err == (
        "a.csv:3: column 'loss': got 'oops', wanted a number; the cell was left out\n"
    )


@pytest.mark.usefixtures("folder")
def test_one_point_is_no_points(tbconvert: Callable[..., Any]) -> None:
    Path("one.csv").write_text("step,loss\n0,1.0\n")

    done = tbconvert("ingest", "one.csv", "--logdir", "runs")

    assert "\n1 run written, 1 point, " in done.out


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
    ids=str,
)
def test_colours_are_for_terminals_that_show_them(
    folder: Path, environment: dict[str, str], is_coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tbconvert", "ingest", "a.csv", "--logdir", "runs"]
    variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}

    subprocess.run(
        command,
        cwd=folder,
        env=variables | environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)

    assert b"got 'oops', wanted a number" in said
    assert (b"\x1b[" in said) == is_coloured


@pytest.mark.usefixtures("folder")
def test_long_curves_come_with_what_shows_them_whole(tbconvert: Callable[..., Any]) -> None:
    rows = "".join(f"{step},0.5\n" for step in range(1001))
    Path("long.csv").write_text("step,loss\n" + rows)

    done = tbconvert("ingest", "long.csv", "--logdir", "runs")

    assert "tensorboard --logdir runs --samples_per_plugin scalars=1001" in done.out


@pytest.mark.usefixtures("folder")
def test_quiet_says_errors_only(tbconvert: Callable[..., Any]) -> None:
    good = tbconvert("ingest", "a.csv", "--logdir", "runs", "--quiet")
    failed = tbconvert("ingest", "b.csv", "--logdir", "runs", "-q")

    assert good == type(good)(0, "", "")
    assert failed == type(good)(1, "", "b.csv: no such file or directory\n")

    Path("logs").mkdir(exist_ok=True)
    nothing = tbconvert("ingest", "logs", "--logdir", "runs", "-q")
    assert nothing.err == "nothing to convert: no training log was found\n"
    assert (nothing.status, nothing.out) == (1, "")


@pytest.mark.usefixtures("folder")
def test_a_wanted_pattern_that_matches_nothing_is_told(tbconvert: Callable[..., Any]) -> None:
    wanted = ("--include", "loss", "--include", "acuracy")

    said = tbconvert("ingest", "a.csv", "--logdir", "runs", *wanted)

    assert said.status == 0
    assert "a.csv: --include 'acuracy' matches no tag" in said.err


@pytest.mark.usefixtures("folder")
def test_names_cannot_command_a_terminal(tbconvert: Callable[..., Any]) -> None:
    name = "a\x1b[31m\x07.csv"
    Path(name).write_text("step,lo\x1bss\n0,oops\n1,0.5\n2,0.5\n")

    said = tbconvert("ingest", name, "--logdir", "runs")

    assert "a\\x1b[31m\\x07.csv:2:" in said.err
    assert not {"\x1b", "\x07"} & {*said.err, *said.out}


@pytest.mark.usefixtures("folder")
def test_verbose_says_every_problem_and_every_skipped_file(
    tbconvert: Callable[..., Any],
) -> None:
    write_inputs()
    rows = "".join(f"{step},0.5\n{step + 1},oops\n" for step in range(0, 30, 2))
    Path("logs/many.csv").write_text("step,loss\n" + rows)

    brief = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run").err
    verbose = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run", "-v").err

    assert brief.count("logs/many.csv:") == 10
    assert "run 'many': 5 more problems; --verbose or --json shows them" in brief
    assert "1 file skipped; --verbose says why" in brief
    assert verbose.count("logs/many.csv:") == 15
    assert "logs/notes.txt: skipped: not a training log" in verbose


# ------------------------------------------------------------------------- how it is summed up


def shown(capsys: pytest.CaptureFixture[str], report: Report, **how: bool) -> tuple[str, str]:
    """Return what is said of a report, on standard output and on standard error."""
    capsys.readouterr()
    Shown(quiet=how.pop("quiet", False), verbose=False).report(report, dry_run=False, **how)
    said = capsys.readouterr()
    return said.out, said.err


@pytest.mark.parametrize(
    ("statuses", "points", "said"),
    [
        (["written", "written"], 7, "2 runs written, 14 points, 1.50 s"),
        (["unchanged"] * 2, 7, "2 runs unchanged, 14 points, 1.50 s"),
        (["failed"], 0, "1 run failed, 1.50 s"),
        (["empty", "empty"], 0, "2 runs empty, 1.50 s"),
        (
            ["failed", "unchanged", "written", "unchanged"],
            1,
            "1 written, 2 unchanged, 1 failed of 4 runs, 4 points, 1.50 s",
        ),
        (["written"] * 1200 + ["empty"], 0, "1,200 written, 1 empty of 1,201 runs, 1.50 s"),
    ],
)
def test_runs_are_counted_by_status(
    capsys: pytest.CaptureFixture[str], statuses: list[Status], points: int, said: str
) -> None:
    runs = [
        RunReport(f"r{place}", status, scalars=Kind(1, points))
        for place, status in enumerate(statuses)
    ]

    out, _ = shown(capsys, Report("runs", tuple(runs), seconds=1.5))

    assert said in out.splitlines()


def test_a_dry_run_would_write(capsys: pytest.CaptureFixture[str]) -> None:
    runs = (RunReport("a", "written", scalars=Kind(1, 2)), RunReport("b", "failed"))

    Shown(quiet=False, verbose=False).report(Report("runs", runs), dry_run=True)

    assert "\n1 would be written, 1 failed of 2 runs, 2 points, " in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_read_is_no_run_of_an_odd_name(tbconvert: Callable[..., Any]) -> None:
    Path("frac.csv").write_text("epoch,loss\n0.5,1\n")

    done = tbconvert("ingest", "x/**/*.csv", "b.csv", "frac.csv", "--logdir", "runs")

    rows = [line.split() for line in done.out.splitlines()]
    assert ["failed", "x/**/*.csv"] in rows
    assert ["failed", "b.csv"] in rows
    assert "x/__/_.csv" not in done.out
    assert ["frac", "failed", "0", "0"] in rows
    assert "\n3 runs failed, " in done.out


@pytest.mark.usefixtures("folder")
def test_nothing_is_not_summed_up(tbconvert: Callable[..., Any]) -> None:
    Path("logs").mkdir()

    done = tbconvert("ingest", "logs", "--logdir", "runs")

    assert (done.status, done.out) == (1, "")
    assert done.err == "nothing to convert: no training log was found\n"


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("rejected", "last"),
    [(0, ""), (1, "--strict: 1 cell was rejected"), (2, "--strict: 2 cells were rejected")],
)
def test_strict_says_why_it_failed(
    capsys: pytest.CaptureFixture[str], rejected: int, last: str, quiet: bool
) -> None:
    report = Report("runs", (RunReport("a", "written", rejected=rejected),))

    _, strict = shown(capsys, report, strict=True, quiet=quiet)
    _, lax = shown(capsys, report, quiet=quiet)

    assert (strict.splitlines() or [""])[-1] == last
    assert lax == ""
