"""The scalars of a run as its event files have them: read back, each tag in a few numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tbconvert.curves import Curve
from tbconvert.decode import read_events
from tbconvert.decode.parts import NO_EVENT, Damage, Scalars, Wrong
from tbconvert.errors import SourceError, TargetError
from tbconvert.storage import open_input, stat
from tbconvert.write.logdir import open_logdir

_DETAIL = 64
"""Pairs of the outline of a curve: more than a line of text can show."""

_WRONG: dict[Wrong, str] = {
    "torn": "is cut off",
    "length": "has a length that is not what its checksum says",
    "checksum": "is not what its checksum says",
}


@dataclass(slots=True)
class Figures:
    """The points of one tag: ``first`` and ``last`` by their steps, the others of finite ones.

    Of points at one step the last one in the file is the last. ``mean`` and what ``curve``
    has of their outline are NaN where no point is finite.
    """

    points: int = 0
    finite: int = 0
    first_step: int = 0
    first: float = math.nan
    last_step: int = 0
    last: float = math.nan
    total: float = 0.0
    curve: Curve = field(default_factory=lambda: Curve(_DETAIL))

    @property
    def min(self) -> float:
        """The lowest finite value."""
        return self.curve.lowest

    @property
    def max(self) -> float:
        """The highest finite value."""
        return self.curve.highest

    @property
    def mean(self) -> float:
        """The mean of the finite values."""
        return self.total / self.finite if self.finite else math.nan

    def add(self, steps: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        """Take more points in; both (n,)."""
        if not len(values):
            return
        lowest = int(np.argmin(steps))
        highest = len(steps) - 1 - int(np.argmax(steps[::-1]))
        if not self.points or steps[lowest] < self.first_step:
            self.first_step, self.first = int(steps[lowest]), float(values[lowest])
        if not self.points or steps[highest] >= self.last_step:
            self.last_step, self.last = int(steps[highest]), float(values[highest])
        finite = values[np.isfinite(values)]
        self.total += float(np.sum(finite, dtype=np.float64))
        self.finite += len(finite)
        self.points += len(values)
        self.curve.add(steps, values)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The scalars of one run by tag, and what kept some of them from being read."""

    tags: dict[str, Figures]
    damage: tuple[str, ...]


def read_figures(logdir: str, run: str) -> RunFigures:
    """Return what the event files of a run hold, all of them together."""
    tags: dict[str, Figures] = {}
    damage: list[str] = []
    folder = open_logdir(logdir)
    try:
        names = [name for name in folder.names(run) if "tfevents" in name]
        if not names:
            damage.append(f"{folder.path(run, '')}: no event file is there")
        for name in names:
            _read_file(folder.path(run, name), tags, damage)
    except (SourceError, TargetError) as err:
        damage.append(str(err))
    return RunFigures(tags, tuple(damage))


def _read_file(path: str, tags: dict[str, Figures], damage: list[str]) -> None:
    wrong: dict[str, list[Damage]] = {}
    last = -1
    size = stat(path).size
    with open_input(path) as stream:
        for part in read_events(stream, size):
            if isinstance(part, Scalars):
                tags.setdefault(part.tag, Figures()).add(part.steps, part.values)
            elif isinstance(part, Damage) and part.order != last:  # of a record what is first
                last = part.order
                wrong.setdefault(_what(part), []).append(part)
    damage += (f"{path}: {_said(what, alike)}" for what, alike in wrong.items())


def _what(damage: Damage) -> str:
    return _WRONG.get(damage.wrong) or f"is {NO_EVENT[damage.parsed_by]}"


def _said(what: str, alike: list[Damage]) -> str:
    first, more = alike[0], len(alike) - 1
    others = f", as {'is' if more == 1 else 'are'} {more:,} more" if more else ""
    return f"record {first.order}, {first.offset:,} bytes into the file, {what}{others}"
