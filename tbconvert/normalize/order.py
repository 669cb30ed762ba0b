"""The order of a tag's steps, made right before anything is written.

TensorBoard erases every later point of a tag when a step comes that is not larger (its
Rust reader, ``reservoir.rs``). Most logs never go back: ``Streaming`` passes them on and
says so at once when one does. Then the run starts over: ``Survey`` looks at the steps
alone and finds where they go back, ``Replay`` leaves out what a later part supersedes.
Neither holds more than a few numbers for each place where steps go back. Where points must
be sorted or averaged, ``Gather`` holds them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tbconvert.cells import Findings
from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, Summary, Tag
from tbconvert.normalize.rows import Rows
from tbconvert.options import Options

_NEVER = np.iinfo(np.int64).max

MOST_ATTEMPTS = 100
"""In one log, without a word between them; more are rather episodes, or batches of epochs."""


class StepsGoBack(Exception):  # noqa: N818 -- not an error: it asks for another pass
    """A tag got a step that is not larger than its last one."""


class NotARestart(Exception):  # noqa: N818 -- not an error: it asks for another pass
    """More than half of the points would be superseded: the log is unordered."""

    def __init__(self, superseded: int, points: int) -> None:
        super().__init__(superseded, points)
        self.superseded, self.points = superseded, points


class Order(Protocol):
    """What stands between the rows of a run and its summaries."""

    def admit(self, rows: Rows, origin: Origin) -> Iterator[Summary]:
        """Take rows in the order of the file; yield what can be written by now."""

    def finish(self) -> Iterator[Summary]:
        """Yield what had to wait for the end."""


class Streaming:
    """Passes rows on while every step is larger than the one before."""

    def __init__(self) -> None:
        self._last: dict[Tag, int] = {}

    def admit(self, rows: Rows, origin: Origin) -> Iterator[Summary]:
        """Yield the rows' summaries.

        Raises
        ------
        StepsGoBack
            A step repeats or goes back.
        """
        first, last = int(rows.steps[0]), int(rows.steps[-1])
        if not (rows.steps[1:] > rows.steps[:-1]).all():
            raise StepsGoBack
        for tag in rows.tags:
            if self._last.get(tag, first - 1) >= first:
                raise StepsGoBack
            self._last[tag] = last
        yield from rows.summaries()

    def finish(self) -> Iterator[Summary]:
        """Yield nothing: all is written."""
        yield from ()


@dataclass(slots=True, eq=False)
class _Segments:
    """Where the steps of one tag go back: at its ``at``-th point comes the step ``steps``.

    They do so ``backs`` times, ``overs`` of these to where they began.
    """

    count: int = 0
    first: int = 0
    last: int = 0
    backs: int = 0
    overs: int = 0
    at: list[NDArray[np.int64]] = field(default_factory=list)
    steps: list[NDArray[np.int64]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """From its ``starts``-th point on, a tag keeps the steps below ``below``; both (k,)."""

    starts: NDArray[np.int64]
    below: NDArray[np.int64]

    def keep(self, steps: NDArray[np.int64], first: int) -> NDArray[np.bool_]:
        """Tell which of a tag's points, the ``first``-th and those after it, stay."""
        points = np.arange(first, first + len(steps))
        kept: NDArray[np.bool_] = steps < self.below[np.searchsorted(self.starts, points, "right")]
        return kept

    def come_again(self, steps: NDArray[np.int64], first: int) -> NDArray[np.bool_]:
        """Tell which of a tag's points, of those that do not stay, have their step once more."""
        after = first + len(steps)
        at = int(np.searchsorted(self.starts, after))
        is_cut = at < len(self.starts) and int(self.starts[at]) == after
        return np.append(steps[1:] == steps[:-1], is_cut and self.below[at] == steps[-1])


class Survey:
    """Finds where the steps of each tag go back; writes nothing."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tags: dict[Tag, _Segments] = {}

    def admit(self, rows: Rows, origin: Origin) -> Iterator[Summary]:
        """Take down the places where steps go back, or repeat.

        Raises
        ------
        SourceError
            They do, and the options say that this is an error.
        """
        keeps_first = self._options.on_duplicate == "first"
        for tag in rows.tags:
            found = self._tags.setdefault(tag, _Segments())
            last = found.last if found.count else None
            back, repeats = _goes_back(rows.steps, last), _repeats(rows.steps, last)
            self._refuse(tag, rows, back, repeats, origin)
            if last is None:
                found.first = int(rows.steps[0])
            found.backs += int(np.count_nonzero(back))
            found.overs += int(np.count_nonzero(back & (rows.steps == found.first)))
            places = np.flatnonzero(back if keeps_first else back | repeats)
            if len(places):
                found.at.append(places + found.count)
                found.steps.append(rows.steps[places])
            found.count += len(rows)
            found.last = int(rows.steps[-1])
        yield from ()

    def finish(self) -> Iterator[Summary]:
        """Yield nothing."""
        yield from ()

    def is_in_order(self) -> bool:
        """Tell whether the steps of every tag rise, or repeat where the first one stays."""
        return not any(found.at for found in self._tags.values())

    def starts_over(self) -> bool:
        """Tell whether steps go back to where those of their tag began, and nowhere else."""
        backs = max((found.backs for found in self._tags.values()), default=0)
        is_always = all(found.backs == found.overs for found in self._tags.values())
        return is_always and backs < MOST_ATTEMPTS

    def _refuse(
        self,
        tag: Tag,
        rows: Rows,
        back: NDArray[np.bool_],
        repeats: NDArray[np.bool_],
        origin: Origin,
    ) -> None:
        for policy, option, wrong, what in (
            (self._options.on_duplicate, "--on-duplicate", repeats, "repeats"),
            (self._options.on_backward, "--on-backward", back, "goes back"),
        ):
            if policy == "error" and wrong.any():
                place = int(np.argmax(wrong))
                where = Origin(origin.uri, origin.part, int(rows.lines[place]) or None, str(tag))
                raise SourceError(
                    where,
                    f"step {rows.steps[place]} {what}",
                    f"{option} says what else to do with such steps",
                )

    def cuts(self) -> dict[Tag, Cuts]:
        """Return what each tag keeps: a step stays if no later part begins at or below it."""
        found: dict[Tag, Cuts] = {}
        for tag, segments in self._tags.items():
            starts = np.concatenate(segments.at or [np.empty(0, np.int64)])
            steps = np.concatenate(segments.steps or [np.empty(0, np.int64)])
            below = np.minimum.accumulate(steps[::-1])[::-1]
            found[tag] = Cuts(starts, np.append(below, _NEVER))
        return found


@dataclass(slots=True, eq=False)
class _Superseded:
    """Points that others took the place of: how many, and where the first of them stood.

    ``alike`` are those that say nothing but what the others say.
    """

    count: int = 0
    alike: int = 0
    first: Origin = field(default_factory=lambda: Origin(""))

    def add(self, lost: NDArray[np.bool_], tag: Tag, rows: Rows, origin: Origin) -> None:
        """Count the points of a tag that ``lost`` marks."""
        if lost.any():
            if not self.count:
                row = int(rows.lines[int(np.argmax(lost))]) or None
                self.first = Origin(origin.uri, origin.part, row, str(tag))
            self.count += int(np.count_nonzero(lost))

    def add_alike(self, lost: NDArray[np.bool_]) -> None:
        """Count points of which nothing is lost."""
        self.alike += int(np.count_nonzero(lost))


_KEPT = {"last": "the last was kept", "first": "the first was kept", "mean": "theirs is the mean"}


class Replay:
    """Passes on what no later part of the log supersedes."""

    def __init__(self, options: Options, cuts: dict[Tag, Cuts], findings: Findings) -> None:
        self._kept = options.on_duplicate
        self._is_said = options.on_backward == "restart"
        self._cuts = cuts
        self._findings = findings
        self._count: dict[Tag, int] = {}
        self._last: dict[Tag, int] = {}
        self._points = 0
        self._restarted = _Superseded()
        self._repeated = _Superseded()

    def admit(self, rows: Rows, origin: Origin) -> Iterator[Summary]:
        """Yield the summaries of the rows that stay."""
        keeps: dict[bytes, list[int]] = {}
        for place, tag in enumerate(rows.tags):
            first = self._count.get(tag, 0)
            mask = self._cuts[tag].keep(rows.steps, first)
            if self._kept == "first":
                again = mask & _repeats(rows.steps, self._last.get(tag))
            else:
                again = ~mask & self._cuts[tag].come_again(rows.steps, first)
            self._restarted.add(~(mask | again), tag, rows, origin)
            alike = again & _alike(rows.values[:, place], next_one=self._kept != "first")
            self._repeated.add_alike(alike)
            self._repeated.add(again & ~alike, tag, rows, origin)
            mask &= ~again
            self._count[tag] = first + len(rows)
            self._last[tag] = int(rows.steps[-1])
            keeps.setdefault(mask.tobytes(), []).append(place)
        self._points += len(rows) * len(rows.tags)
        for key, places in keeps.items():
            mask = np.frombuffer(key, np.bool_)
            if mask.any():
                yield from rows.only(places).take(mask).summaries()

    def finish(self) -> Iterator[Summary]:
        """Yield nothing, but say what was left out.

        Raises
        ------
        NotARestart
            More than half of the points were left out, not because steps repeat, and the
            options do not say that this is a restart.
        """
        restarted = self._restarted.count
        if restarted * 2 > self._points and not self._is_said:
            raise NotARestart(restarted, self._points)
        _tell(self._findings, self._points, self._restarted, self._repeated, self._kept)
        yield from ()


def _tell(
    findings: Findings, points: int, restarted: _Superseded, repeated: _Superseded, kept: str
) -> None:
    """Count what was superseded, and say why."""
    findings.superseded += restarted.count + repeated.count + repeated.alike
    if restarted.count:
        said = f"restarts superseded {restarted.count} of {points} points, this one first"
        hint = "--on-backward sort has them in order instead"
        findings.note(Problem(restarted.first, said, hint))
    if repeated.count:
        said = f"{repeated.count} of {points} points have the step of another, this one first"
        hint = "--on-duplicate overrules"
        findings.note(Problem(repeated.first, f"{said}; {_KEPT[kept]}", hint))


def _repeats(steps: NDArray[np.int64], last: int | None) -> NDArray[np.bool_]:
    """Tell which steps are the one before them; ``last`` is the one before the first."""
    return np.concatenate(([last is not None and int(steps[0]) == last], steps[1:] == steps[:-1]))


def _alike(values: NDArray[Any], *, next_one: bool) -> NDArray[np.bool_]:
    """Tell which values are that of the next one, or else of the one before."""
    if values.dtype != np.float32:
        return np.zeros(len(values), np.bool_)
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    return np.append(same, False) if next_one else np.insert(same, 0, False)


def _goes_back(steps: NDArray[np.int64], last: int | None) -> NDArray[np.bool_]:
    """Tell which steps are smaller than the one before them."""
    # compared, not subtracted: the difference of two int64 may be none
    return np.concatenate(([last is not None and int(steps[0]) < last], steps[1:] < steps[:-1]))


class Gather:
    """Holds all rows of a run, sorts the steps of each tag, and makes one point of each step."""

    def __init__(self, options: Options, findings: Findings, *, sort: bool) -> None:
        self._on_duplicate = options.on_duplicate
        self._sort = sort
        self._findings = findings
        self._held: dict[Tag, list[Rows]] = {}
        self._origins: dict[Origin, None] = {}

    def admit(self, rows: Rows, origin: Origin) -> Iterator[Summary]:
        """Hold the rows."""
        self._origins[Origin(origin.uri, origin.part)] = None
        for place, tag in enumerate(rows.tags):
            self._held.setdefault(tag, []).append(rows.only([place]))
        yield from ()

    def finish(self) -> Iterator[Summary]:
        """Yield the points of one tag after the other, each step once."""
        origin, points = next(iter(self._origins), Origin("")), 0
        restarted, repeated = _Superseded(), _Superseded()
        for tag in list(self._held):
            rows = _joined(self._held.pop(tag))
            points += len(rows)
            if self._sort:
                rows = rows.take(np.argsort(rows.steps, kind="stable"))
            else:
                stays = _unrestarted(rows.steps)
                restarted.add(~stays, tag, rows, origin)
                rows = rows.take(stays)
            again = np.append(_repeats(rows.steps, None)[1:], False)
            alike = again & _alike(rows.values[:, 0], next_one=True)
            repeated.add_alike(alike)
            repeated.add(again & ~alike, tag, rows, origin)
            yield from self._one_a_step(rows).summaries()
        if len(self._origins) > 1:  # lines of several files
            restarted.first = repeated.first = Origin(origin.uri)
        _tell(self._findings, points, restarted, repeated, self._on_duplicate)

    def _one_a_step(self, rows: Rows) -> Rows:
        starts = np.flatnonzero(~_repeats(rows.steps, None))
        last = np.append(starts[1:], len(rows)) - 1
        if self._on_duplicate == "first":
            return rows.take(starts)
        means = rows.take(last)
        if self._on_duplicate == "mean" and rows.values.dtype == np.float32:
            with np.errstate(invalid="ignore"):  # the mean of inf and -inf is NaN
                sums = np.add.reduceat(rows.values.astype(np.float64), starts, axis=0)
            return means.with_values((sums / (last - starts + 1)[:, None]).astype(np.float32))
        return means


def _unrestarted(steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which steps no later and smaller one supersedes; those that repeat stay."""
    later = np.minimum.accumulate(steps[::-1])[::-1]
    return steps <= later


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    return Rows(
        parts[0].tags,
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.wall_times for part in parts]),
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.values for part in parts]),
    )
