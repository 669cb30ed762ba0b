"""Long regular curves take next to no memory, irregular ones little more than their steps."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tbconvert.decode.parts import Mark, Scalars
from tbconvert.model import Tag
from tbconvert.serving import Examination

MEGABYTE = 1 << 20


def part(tag: str, order: np.ndarray, steps: np.ndarray) -> Scalars:  # type: ignore[type-arg]
    times, values = np.full(len(steps), 1e9), np.zeros(len(steps), np.float32)
    return Scalars(Tag(tag), order, steps, times, values, False, "")


def peak_of(stride: int, has_version: bool = True) -> tuple[int, list[int]]:
    """Return the most memory that a million points of each of two tags take, in parts of 10,000.

    ``stride`` is that of steps which are even; 0 for steps at random.
    """
    dice = np.random.default_rng(0)
    tracemalloc.start()
    examination = Examination()
    examination.begin_file("events.out.tfevents.1")
    if has_version:
        examination.see(Mark(0, 0, 1e9, "file_version", b"brain.Event:2"))
    for begin in range(0, 1_000_000, 10_000):
        numbers = np.arange(begin, begin + 10_000)
        for i, tag in enumerate("ab"):
            steps = numbers * stride if stride else np.sort(dice.integers(0, 9999, 10_000)) + begin
            examination.see(part(tag, 2 * numbers + i + 1, steps))
    served = examination.served()
    examination.findings()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, [len(each.data_server or ()) for each in served.values()]


@pytest.mark.parametrize("stride", [1, 10, -1])
def test_even_steps(stride: int) -> None:
    peak, counts = peak_of(stride)

    assert counts == [1_000_000 if stride > 0 else 1] * 2
    assert peak < 2 * MEGABYTE


def test_even_steps_without_a_version() -> None:
    # what a step that goes back drops depends on all tags, so that they are laid side by side
    peak, counts = peak_of(1, has_version=False)

    assert counts == [1_000_000] * 2
    assert peak < 8 * MEGABYTE


def test_steps_at_random() -> None:
    peak, counts = peak_of(0)

    assert all(0 < count < 1_000_000 for count in counts)
    # two million steps of eight bytes, of which each reader keeps those that it shows
    assert peak < 48 * MEGABYTE
