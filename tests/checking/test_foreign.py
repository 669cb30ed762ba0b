"""Logdirs that other programs wrote: what TensorBoard will not show of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from logs import checked, codes, convert, event_file, statuses, table, verdict_of, write
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from tbconvert.checking import check, reading
from tbconvert.checking.logdir import folders
from tbconvert.decode.parts import Part
from tbconvert.errors import UsageError


def write_events(
    run: str, steps: list[int], name: str = "events.out.tfevents.1700000000.x"
) -> Path:
    """Write a run as torch does."""
    path = Path("runs", run, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        events = [Event(wall_time=1.7e9, file_version="brain.Event:2")]
        for step in steps:
            value = Summary.Value(tag="loss", simple_value=step / 2)
            summary = Summary(value=[value])
            events.append(Event(wall_time=1.7e9 + step, step=step, summary=summary))
        for event in events:
            writer.write(event.SerializeToString())
    return path


def test_a_sound_run_of_another_program_is_right() -> None:
    write_events("torch", [1, 2, 3])

    verdict = checked()

    assert verdict.exit_status == 0
    one = verdict_of("torch", verdict)
    assert (one.status, one.tags, one.points) == ("foreign", 1, 3)


def test_points_that_are_not_shown_are_a_loss() -> None:
    write_events("torch", [5, 4, 3, 2])

    verdict = checked()

    assert verdict.exit_status == 1
    assert "steps-erased" in codes(verdict_of("torch", verdict))


def test_one_that_is_cut_off_is_unreadable() -> None:
    path = write_events("torch", [1, 2, 3])
    path.write_bytes(path.read_bytes()[:-1])

    verdict = checked()

    assert verdict.exit_status == 1
    assert statuses(verdict) == {"torch": "unreadable"}


def test_one_that_grows_is_read_as_far_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_events("torch", [1, 2, 3])
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    real = reading.read_events

    def growing(stream: object, size: int | None) -> Iterator[Part]:
        yield from real(stream, size)  # type: ignore[arg-type]
        path.write_bytes(whole)

    monkeypatch.setattr(reading, "read_events", growing)

    one = verdict_of("torch", checked())

    assert (one.status, one.points) == ("foreign", 2)
    assert "growing" in codes(one)


def test_one_beside_ours_is_told_and_is_no_fault() -> None:
    write("logs/a.csv", table())
    convert()
    write_events("a", [100, 101])

    verdict = checked()

    assert verdict.exit_status == 0
    one = verdict_of("a", verdict)
    assert one.status == "same"
    assert "foreign" in codes(one)


def test_one_that_may_not_be_read_is_unreadable() -> None:
    write_events("torch", [1])
    event_file("torch").unlink()
    Path("runs/torch/events.out.tfevents.1700000000.x").symlink_to("/dev/null/nothing")

    verdict = checked()

    assert verdict.exit_status == 1
    assert statuses(verdict) == {"torch": "unreadable"}


def test_the_logdir_may_be_a_run_and_runs_stand_at_any_depth() -> None:
    for run in (".", "deep/er", "b"):
        write_events(run, [1, 2])

    assert statuses(checked()) == dict.fromkeys((".", "b", "deep/er"), "foreign")
    assert [folder.run for folder in folders("runs", [])] == [".", "b", "deep/er"]
    assert [folder.run for folder in folders("runs/", [])] == [".", "b", "deep/er"]


def test_an_empty_logdir_proves_nothing() -> None:
    Path("runs").mkdir()

    assert checked().exit_status == 1


def test_what_is_no_logdir_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"LOGDIR: got 'runs', where there is nothing"):
        checked()
    path = write_events("torch", [1])
    with pytest.raises(UsageError, match=r"which is a file; wanted the folder"):
        check(str(path))
    with pytest.raises(UsageError, match=r"RUN: got 'touch', .*did you mean 'torch'\?"):
        checked("touch")
