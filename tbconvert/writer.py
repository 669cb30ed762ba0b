"""Columns of scalars from a Python program straight into a run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tbconvert.errors import TargetError, UsageError
from tbconvert.model import ScalarBlock, Tag, safe_run
from tbconvert.normalize.tags import safe_tag
from tbconvert.output import RunOutput
from tbconvert.publication import publish
from tbconvert.report import Kind
from tbconvert.write import Claim, Entry, open_sink

Float = TypeVar("Float", np.float32, np.float64)

_IF_EXISTS = ("error", "add", "replace")


class RunWriter:
    """Writes one run: hidden while it grows, visible and whole when it is closed.

    Parameters
    ----------
    logdir
        Where TensorBoard looks for runs.
    run
        The name of this one.
    identifier
        The end of the event file's name.
    if_exists
        ``"error"`` refuses a run that has event files, ``"add"`` writes beside them,
        ``"replace"`` puts this one in the place of those that tbconvert wrote.
    clock
        Tells the time, in seconds since the epoch, of points that come without one.

    Raises
    ------
    TargetError
        The run exists, or cannot be written.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        run: str = "run",
        *,
        identifier: str = "tbconvert",
        if_exists: str = "error",
        clock: Callable[[], float] = time.time,
    ) -> None:
        if if_exists not in _IF_EXISTS:
            raise UsageError(f"if_exists: got {if_exists!r}, wanted one of {', '.join(_IF_EXISTS)}")
        self._sink = open_sink("directory", os.fspath(logdir), identifier, if_exists)
        self._run = safe_run(run)
        self._if_exists = if_exists
        self._clock = clock
        self._last: dict[Tag, int] = {}
        self._event_file: str | None = None
        self._is_open = True
        self._claim()
        self._output = RunOutput(self._sink, self._run)

    def _claim(self) -> Claim:
        claim = self._sink.claim(self._run, (), {})
        if claim.replaces and self._if_exists == "error":
            place = self._sink.path(self._run, claim.replaces[0])
            raise TargetError(place, "exists already", "if_exists says what to do with it")
        if self._if_exists != "add":
            return claim
        former = (claim.former,) if claim.former else ()
        taken, keeps = claim.taken + claim.replaces, claim.keeps + former
        return replace(claim, replaces=(), taken=taken, keeps=keeps)

    def add_scalars(
        self,
        tags: str | Sequence[str],
        steps: ArrayLike,
        values: ArrayLike,
        wall_times: ArrayLike | None = None,
    ) -> None:
        """Add ``n`` points to each of ``m`` curves.

        Parameters
        ----------
        tags
            One name, or ``m`` of them.
        steps
            Whole numbers (n,), each larger than the one before, also than in earlier calls.
        values
            Numbers (n,) for one tag, (n, m) for several; written as float32. NaN is a value.
        wall_times
            Seconds since the epoch (n,), or one for all; now if not given.

        Raises
        ------
        UsageError
            The shapes do not fit, or a step is not larger than the one before.
        """
        if not self._is_open:
            raise UsageError(f"run {self._run!r} is closed: nothing can be added to it")
        names = tuple(safe_tag(tag) for tag in ([tags] if isinstance(tags, str) else tags))
        at = _steps(steps)
        if not at.size:
            return
        points = _numbers("values", values, np.float32)
        given = self._clock() if wall_times is None else wall_times
        times = _numbers("wall_times", given, np.float64)
        self._check(names, at, points, times)
        block = ScalarBlock(
            names,
            at.reshape(-1),
            np.ascontiguousarray(np.broadcast_to(times, at.shape)).reshape(-1),
            points.reshape(at.size, len(names)),
        )
        self._output.put(block)
        self._last.update(dict.fromkeys(names, int(block.steps[-1])))

    def _check(
        self,
        names: tuple[Tag, ...],
        steps: NDArray[np.int64],
        values: NDArray[np.float32],
        wall_times: NDArray[np.float64],
    ) -> None:
        if not names or len(set(names)) != len(names):
            raise UsageError(f"tags: got {', '.join(map(repr, names))}, wanted each once")
        shapes = [(*steps.shape, len(names)), *([steps.shape] if len(names) == 1 else [])]
        if values.shape not in shapes:
            raise UsageError(f"values: got shape {values.shape}, wanted {shapes[-1]}")
        if wall_times.shape not in ((), steps.shape):
            raise UsageError(f"wall_times: got shape {wall_times.shape}, wanted {steps.shape}")
        if not np.isfinite(wall_times).all():
            raise UsageError("wall_times: got one that is not finite")
        # TensorBoard erases the later points of a tag when its steps go back
        last = max((self._last[name] for name in names if name in self._last), default=None)
        rising = np.atleast_1d(steps)
        if not (rising[1:] > rising[:-1]).all() or (last is not None and rising[0] <= last):
            raise UsageError("steps: each must be larger than the one before")

    def counts(self) -> dict[str, Kind]:
        """Return how many tags and points of each kind were written by now."""
        return self._output.kinds()

    def close(self) -> str | None:
        """Make the run visible; return its event file, None where nothing was added.

        Raises
        ------
        TargetError
            It cannot be written, or somebody else has written it meanwhile.
        """
        if self._is_open:
            try:
                self._output.settle()
                with self._sink.alone():
                    self._publish()
            finally:
                self.discard()
        return self._event_file

    def _publish(self) -> None:
        claim = self._claim()
        name, size = self._output.named(claim)
        if name is not None:
            entry = Entry((), {}, {str(self._run): (name, size)}, {})
            publish(self._sink, {self._run: self._output}, {self._run: claim}, [(claim, entry)])
            self._event_file = self._sink.path(self._run, name)

    def discard(self) -> None:
        """Leave what stood before; nothing is left to be done where the run is visible."""
        self._is_open = False
        self._output.discard()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def _steps(given: ArrayLike) -> NDArray[np.int64]:
    steps = np.asarray(given)
    if steps.ndim > 1:
        raise UsageError(f"steps: got shape {steps.shape}, wanted one for each row")
    if not steps.size:
        return steps.astype(np.int64)
    if not np.issubdtype(steps.dtype, np.integer):
        raise UsageError(f"steps: got {steps.dtype}, wanted whole numbers")
    if int(steps.max()) > np.iinfo(np.int64).max:
        raise UsageError(f"steps: got {steps.max()}, wanted 64 bits with a sign")
    return steps.astype(np.int64)


def _numbers(name: str, given: ArrayLike, kind: type[Float]) -> NDArray[Float]:
    try:
        with np.errstate(over="ignore"):
            return np.asarray(given, kind)
    except (TypeError, ValueError) as err:
        raise UsageError(f"{name}: {err}") from err
