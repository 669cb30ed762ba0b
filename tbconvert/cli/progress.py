"""How far the work is, on standard error: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from tbconvert.cli.telling import amount_of, is_terminal
from tbconvert.flow import Progress
from tbconvert.pipeline import source_size
from tbconvert.plan import Plan

_WORTH_IT = 20_000_000
"""Bytes from which on a conversion lasts long enough to be watched."""

_MANY = 200
"""Runs from which on a check lasts long enough to be watched."""

_EVERY = 30.0
"""Seconds between two lines of a log."""


Result = TypeVar("Result")


@contextmanager
def showing_progress(plan: Plan, *, hidden: bool) -> Iterator[Progress | None]:
    """Say on standard error how far it is; yield what is told of bytes, None where all is silent.

    An ingest of few bytes has no bar; one that is done soon, no line.
    """
    if hidden:
        yield None
        return
    total = sum(source_size(source) for job in plan.jobs for source in job.sources)
    if not is_terminal(sys.stderr):
        yield Lines(total, time.monotonic)
    elif total < _WORTH_IT:
        yield None
    else:
        rate = Rate(total, time.monotonic)
        how: dict[str, Any] = {"length": total, "file": sys.stderr, "label": "converting"}
        how["item_show_func"] = lambda _: rate.text()
        with click.progressbar(**how) as bar:

            def advance(size: int) -> None:
                rate.add(size)
                bar.update(size)

            yield advance


def watched(results: Iterable[Result], count: int, *, label: str, hidden: bool) -> Iterator[Result]:
    """Yield so many results as they come, and show on a terminal how many have come."""
    if hidden or count < _MANY or not is_terminal(sys.stderr):
        yield from results
        return
    with click.progressbar(results, count, label, show_pos=True, file=sys.stderr) as bar:
        yield from bar


class Rate:
    """How many of so many bytes are done, and how fast by some clock of seconds."""

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self.total, self.done = total, 0
        self._clock, self._began = clock, clock()

    def add(self, size: int) -> None:
        """Note that more bytes are done."""
        self.done += size

    def text(self) -> str:
        """Return the rate, as "12.3 MB/s"."""
        return f"{amount_of(self.done / max(self.seconds(), 1e-9))}/s"

    def seconds(self) -> float:
        """Return how long it has taken until now."""
        return self._clock() - self._began

    def left(self) -> str:
        """Return how long the rest will take at that rate, "" while nobody can say."""
        if not self.done:
            return ""
        seconds = self.seconds() * max(self.total - self.done, 0) / self.done
        minutes, hours = seconds / 60, seconds / 3600
        if minutes < 2:
            return f"{seconds:.0f} s left"
        return f"{minutes:.0f} min left" if minutes < 120 else f"{hours:.1f} h left"


class Lines:
    """Is told of bytes, and says a line of them from time to time."""

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self._rate = Rate(total, clock)
        self._next = _EVERY

    def __call__(self, size: int) -> None:
        """Take note of more bytes."""
        self._rate.add(size)
        if self._rate.seconds() >= self._next:
            self._next = self._rate.seconds() + _EVERY
            rate, share = self._rate, self._rate.done / max(self._rate.total, 1)
            amounts = f"{amount_of(rate.done)} of {amount_of(rate.total)}"
            click.echo(
                f"converting: {share:.0%}, {amounts}, {rate.text()}, {rate.left()}", err=True
            )
