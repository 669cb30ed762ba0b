"""What is said of event files that cannot be read back whole: each kind of damage once."""

from __future__ import annotations

from pathlib import Path

import pytest
from decode.event_files import framed, scalar

from tbconvert.figures import read_figures

GOOD = framed(scalar("loss", 1, 0.5))
NO_EVENT = b"\x0f"  # a wire type that there is not
CASES = {
    "a wrong checksum": (framed(b"")[:-1] + b"\xff", "is not what its checksum says"),
    "no event": (framed(NO_EVENT), "is no event"),
    "no event under a wrong checksum": (
        framed(NO_EVENT)[:-1] + b"\xff",
        "is not what its checksum says",
    ),
    "none to prost": (
        framed(scalar("loss", 2, 0.5) + b"\x11" + bytes(8)),
        "is an event to protobuf in Python, but none to prost in Rust",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_record_is_told_once(name: str, tmp_path: Path) -> None:
    record, said = CASES[name]
    path = tmp_path / "r" / "events.out.tfevents.1"
    path.parent.mkdir()
    path.write_bytes(GOOD + record + GOOD)

    found = read_figures(str(tmp_path), "r")

    assert found.damage == (f"{path}: record 1, {len(GOOD)} bytes into the file, {said}",)
    assert found.tags["loss"].points >= 2


@pytest.mark.parametrize(("count", "more"), [(2, ", as is 1 more"), (3000, ", as are 2,999 more")])
def test_of_many_alike_the_first_is_told(count: int, more: str, tmp_path: Path) -> None:
    path = tmp_path / "r" / "events.out.tfevents.1"
    path.parent.mkdir()
    path.write_bytes(GOOD + framed(NO_EVENT) * count + GOOD[:-1])

    first, torn = read_figures(str(tmp_path), "r").damage

    assert first == f"{path}: record 1, {len(GOOD)} bytes into the file, is no event{more}"
    at = len(GOOD) + count * len(framed(NO_EVENT))
    assert torn == f"{path}: record {count + 1}, {at:,} bytes into the file, is cut off"
