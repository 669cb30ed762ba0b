"""Columns of scalars from a Python program straight into a run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tbconvert.errors import TargetError, UsageError
from tbconvert.model import ScalarBlock, Tag, safe_run
from tbconvert.normalize.tags import safe_tag
from tbconvert.output import RunOutput
from tbconvert.report import Kind
from tbconvert.write import open_sink


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
        sink = open_sink("directory", os.fspath(logdir), identifier, if_exists)
        name = safe_run(run)
        claim = sink.claim(name, (), {})
        if claim.replaces and if_exists == "error":
            place = sink.path(name, claim.replaces[0])
            raise TargetError(place, "exists already", "if_exists says what to do with it")
        if if_exists == "add":
            claim = replace(claim, replaces=(), taken=claim.taken + claim.replaces)
        self._output = RunOutput(sink, claim)
        self._sink, self._run = sink, name
        self._clock = clock
        self._last: dict[Tag, int] = {}

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
        names = tuple(safe_tag(tag) for tag in ([tags] if isinstance(tags, str) else tags))
        at = np.atleast_1d(np.asarray(steps))
        if not np.issubdtype(at.dtype, np.integer):
            raise UsageError(f"steps: got {at.dtype}, wanted whole numbers")
        if not len(at):
            return
        with np.errstate(over="ignore"):
            points = np.asarray(values, np.float32).reshape(len(at), -1)
        given = self._clock() if wall_times is None else wall_times
        times = np.broadcast_to(np.asarray(given, np.float64), at.shape)
        self._check(names, at, points.shape[1])
        try:
            block = ScalarBlock(names, at.astype(np.int64), np.ascontiguousarray(times), points)
        except ValueError as err:
            raise UsageError(str(err)) from err
        self._output.put(block)
        self._last.update(dict.fromkeys(names, int(at[-1])))

    def _check(self, names: tuple[Tag, ...], steps: NDArray[Any], columns: int) -> None:
        if len(names) != columns or len(set(names)) != columns:
            raise UsageError(
                f"got {len(set(names))} different tags for {columns} columns of values"
            )
        # TensorBoard erases the later points of a tag when its steps go back
        first = min((self._last[name] + 1 for name in names if name in self._last), default=None)
        if not (steps[1:] > steps[:-1]).all() or (first is not None and steps[0] < first):
            raise UsageError("steps: each must be larger than the one before")

    def counts(self) -> dict[str, Kind]:
        """Return how many tags and points of each kind were written by now."""
        return self._output.kinds()

    def close(self) -> str | None:
        """Make the run visible; return its event file, None where nothing was added."""
        name, _ = self._output.publish()
        return None if name is None else self._sink.path(self._run, name)

    def discard(self) -> None:
        """Leave what stood before."""
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
