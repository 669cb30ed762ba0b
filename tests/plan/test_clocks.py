"""Logs whose times are seconds since they began: the last one tells when that was."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from oracle import read_back

from tbconvert import api, intake
from tbconvert.model import Raw
from tbconvert.read import blocks, delimited

ENDED = 1_700_000_000.0


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, each as often as it was."""
    read: list[str] = []
    plain = intake.read_source

    def counted(source: Any, stream: Any) -> Iterator[Raw]:
        read.append(source.uri)
        return plain(source, stream)

    monkeypatch.setattr(intake, "read_source", counted)
    return read


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file come in blocks of a few lines."""
    cut = blocks.cut_blocks

    def cut_small(chunks: Iterator[bytes], origin: Any, size: int, quotes: bool = False) -> Any:
        whole = b"".join(chunks)
        pieces = (whole[at : at + 40] for at in range(0, len(whole), 40))
        return cut(pieces, origin, 40, quotes)

    monkeypatch.setattr(delimited, "cut_blocks", cut_small)


@pytest.fixture(params=["held", "too large to be held"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    is_held = request.param == "held"
    if not is_held:
        monkeypatch.setattr(intake, "_MOST_AHEAD", 100)
    return is_held


def log(name: str, rows: list[str], header: str = "step,time_elapsed,loss") -> None:
    Path(name).write_text("\n".join([header, *rows, ""]))
    os.utime(name, (ENDED, ENDED))


def times(run: str, tag: str = "loss") -> list[float]:
    found = read_back(Path("runs"))[run][tag]
    return [round(time - ENDED, 3) for time in found.wall_times]


@pytest.mark.usefixtures("small_blocks")
def test_a_log_with_a_clock_is_read_once_if_it_can_be_held(held: bool, readings: list[str]) -> None:
    log("a.csv", [f"{step},{step / 2},0.25" for step in range(40)])

    report = api.ingest("a.csv", logdir="runs")

    assert report.runs[0].scalars.points == 80
    assert times("a") == [step / 2 - 19.5 for step in range(40)]
    assert readings == ["a.csv"] * (1 if held else 2)


@pytest.mark.usefixtures("small_blocks", "held")
def test_the_last_reading_may_stand_long_before_the_end() -> None:
    rows = [f"{step},{step if step < 6 else ''},1.5" for step in range(40)]
    log("a.csv", rows)

    api.ingest("a.csv", logdir="runs")

    # the other rows have the time of the last one that has any
    assert times("a") == [float(min(step, 5) - 5) for step in range(40)]


@pytest.mark.usefixtures("small_blocks")
def test_many_runs_of_a_log_ask_for_its_end_once(held: bool, readings: list[str]) -> None:
    rows = [f"{seed},{step},{3 * seed + step},1" for seed in range(12) for step in range(3)]
    log("a.csv", rows, "seed,step,time_elapsed,loss")

    api.ingest("a.csv", logdir="runs", run_column="seed")

    assert [times(f"a/{seed}")[0] for seed in range(12)] == [3.0 * seed - 35 for seed in range(12)]
    assert len(readings) == (1 if held else 2)


@pytest.mark.usefixtures("small_blocks", "held")
def test_damage_behind_the_beginning_is_told_once() -> None:
    rows = [f"{step},{step},{'x' if step == 30 else 2}" for step in range(40)]
    log("a.csv", rows)

    (run,) = api.ingest("a.csv", logdir="runs").runs

    assert (run.points, run.rejected) == (79, 1)
    assert len([one for one in run.problems if one.row == 32]) == 1
    assert times("a") == [float(step - 39) for step in range(40) if step != 30]


@pytest.mark.usefixtures("held")
def test_what_came_through_a_pipe_has_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "step,time_elapsed,loss\n" + "".join(f"{step},{step},1\n" for step in range(20))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    api.ingest("-", logdir="runs", run="piped")

    found = read_back(Path("runs"))["piped"]["loss"].wall_times
    assert [round(time - found[0], 3) for time in found] == [float(step) for step in range(20)]
