"""The scalars of a run in a few numbers, read back from its event files."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import read_back
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tbconvert.figures import Figures, read_figures

Points = list[tuple[int, float]]

POINTS = st.lists(
    st.tuples(st.integers(-5, 5), st.floats(width=32, allow_nan=True, allow_infinity=True)),
    max_size=30,
)


def figures_of(points: Points, cuts: list[int]) -> Figures:
    figures = Figures()
    steps = np.array([step for step, _ in points], np.int64)
    values = np.array([value for _, value in points], np.float32)
    for some, others in zip(np.split(steps, cuts), np.split(values, cuts), strict=True):
        figures.add(some, others)
    return figures


def same(got: float, wanted: float) -> bool:
    return got == wanted or (math.isnan(got) and math.isnan(wanted))


@given(POINTS, st.lists(st.integers(0, 30), max_size=4))
def test_figures_are_those_of_the_points(points: Points, cuts: list[int]) -> None:
    figures = figures_of(points, sorted(cuts))

    finite = [value for _, value in points if math.isfinite(value)]
    assert (figures.points, figures.finite) == (len(points), len(finite))
    assert same(figures.min, min(finite, default=math.nan))
    assert same(figures.max, max(finite, default=math.nan))
    mean = math.fsum(value / len(finite) for value in finite) if finite else math.nan
    room = 1e-12 * max(map(abs, finite), default=0.0)
    assert math.isclose(figures.mean, mean, abs_tol=room) or same(figures.mean, mean)
    if points:
        place = max(range(len(points)), key=lambda number: (points[number][0], number))
        assert figures.last_step == points[place][0]
        assert same(figures.last, points[place][1])
        place = min(range(len(points)), key=lambda number: (points[number][0], number))
        assert figures.first_step == points[place][0]
        assert same(figures.first, points[place][1])


def test_a_long_curve_takes_no_more_memory() -> None:
    figures = Figures()
    for begin in range(0, 1_000_000, 50_000):
        steps = np.arange(begin, begin + 50_000)
        figures.add(steps, np.float32(steps))

    assert (figures.last, figures.max, figures.mean) == (999_999.0, 999_999.0, 499_999.5)
    assert len(figures.curve.low) == len(figures.curve.high) <= 64


def test_they_are_those_that_tensorboard_reads(tbconvert: Callable[..., Any], folder: Path) -> None:
    tbconvert("ingest", "good.csv", "bad.csv", "--logdir", "runs")

    served = read_back("runs")
    assert served.keys() == {"good", "bad"}
    for run, tags in served.items():
        found = read_figures("runs", run)
        assert found.damage == ()
        assert found.tags.keys() == tags.keys()
        for tag, series in tags.items():
            assert found.tags[tag].points == len(series)
            assert found.tags[tag].last == series.values[-1]
            assert found.tags[tag].last_step == series.steps[-1]


def write_by_tensorboard(folder: Path, suffix: str, points: Points) -> Path:
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    for step, value in points:
        event = Event(step=step, wall_time=1.0)
        event.summary.value.add(tag="loss", simple_value=value)
        writer.add_event(event)
    writer.close()
    (path,) = folder.glob(f"*{suffix}")
    return path


def test_all_event_files_of_a_run_count(tmp_path: Path) -> None:
    write_by_tensorboard(tmp_path / "r", ".a", [(5, 1.0), (9, 3.0)])
    write_by_tensorboard(tmp_path / "r", ".b", [(1, 0.5), (2, 8.0)])

    loss = read_figures(str(tmp_path), "r").tags["loss"]

    assert (loss.points, loss.first, loss.last, loss.max) == (4, 0.5, 3.0, 8.0)
    assert (loss.first_step, loss.last_step, loss.mean) == (1, 9, 3.125)


def test_damage_is_told(tmp_path: Path) -> None:
    path = write_by_tensorboard(tmp_path / "r", ".a", [(1, 0.5), (2, 8.0)])
    path.write_bytes(path.read_bytes()[:-3])

    found = read_figures(str(tmp_path), "r")

    assert found.tags["loss"].points == 1
    (said,) = found.damage
    assert said.startswith(f"{path}: record 2, ")
    assert said.endswith(" bytes into the file, is cut off")


def test_a_run_without_an_event_file(tmp_path: Path) -> None:
    (said,) = read_figures(str(tmp_path), "r").damage

    assert said.endswith("r: no event file is there")


@pytest.mark.usefixtures("folder")
def test_a_file_that_nobody_may_read(tbconvert: Callable[..., Any]) -> None:
    tbconvert("ingest", "good.csv", "--logdir", "runs")
    (path,) = Path("runs/good").glob("*tfevents*")
    path.unlink()
    path.symlink_to("nowhere")

    assert len(read_figures("runs", "good").damage) == 1
