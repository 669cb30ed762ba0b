"""Logs, runs and event files in the working folder, for the tests of this room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oracle import read_back
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tbconvert import ingest
from tbconvert.report import RunReport

FIRST = "time,step,loss\n1700000000.25,0,1.0\n1700000060,1,0.5\n"
LATER = "time,step,loss\n1700000060,1,0.5\n1700000120,2,0.25\n"
EVENT_FILE = "events.out.tfevents.1700000000.tbconvert"


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def convert(name: str = "a.csv", logdir: str = "runs", **options: Any) -> RunReport:
    (run,) = ingest(name, logdir=logdir, **options).runs
    return run


def event_files(folder: str = "runs/a") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir() if "tfevents" in path.name)


def contents(folder: str = "runs") -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def foreign_event_file(folder: str) -> Path:
    """Let TensorBoard's own writer put an event file into a folder."""
    writer = EventFileWriter(folder)
    event = Event(wall_time=1.6e9, step=7)
    event.summary.value.add(tag="theirs", simple_value=3.0)
    writer.add_event(event)
    writer.close()
    (path,) = (Path(folder) / name for name in event_files(folder))
    return path


def losses(run: str = "a", logdir: str = "runs") -> dict[int, float]:
    series = read_back(logdir)[run]["loss"]
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
