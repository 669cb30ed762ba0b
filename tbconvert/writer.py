"""Scalars, distributions, pictures, texts and more from a Python program straight into a run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tbconvert.errors import TargetError, UsageError
from tbconvert.model import HistogramPoint, ImagePoint, ScalarBlock, Tag, TensorPoint
from tbconvert.normalize.tags import safe_tag
from tbconvert.output import RunOutput
from tbconvert.publication import publish
from tbconvert.read.settings import settings_by_name
from tbconvert.report import Kind
from tbconvert.run_names import safe_run
from tbconvert.summaries.graph import GraphError, graph_point
from tbconvert.summaries.histogram import distribution
from tbconvert.summaries.hparams import end_point, start_point
from tbconvert.summaries.image import image_point, to_pixels
from tbconvert.summaries.text import SETTINGS_TAG, settings_text, text_point
from tbconvert.write import Claim, Entry, open_sink

Float = TypeVar("Float", np.float32, np.float64)

_IF_EXISTS = ("error", "add", "replace")


class RunWriter:
    """Writes one run: hidden while it grows, visible and whole when it is closed.

    Tags are written as readers can show them: trimmed, "_" for control characters, no empty
    parts between "/", at most 512 characters.

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
        self._kinds: dict[Tag, str] = {}
        self._event_file: str | None = None
        self._has_graph = False
        self._began: float | None = None
        self._is_open = True
        self._claim()
        self._output = RunOutput(self._sink, self._run)

    def _claim(self) -> Claim:
        claim = self._sink.standing(self._run, (), {}).claim()
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
        self._check_open()
        names = tuple(safe_tag(tag) for tag in ([tags] if isinstance(tags, str) else tags))
        at = _steps(steps)
        if not at.size:
            return
        points = _numbers("values", values, np.float32)
        given = self._clock() if wall_times is None else wall_times
        times = _numbers("wall_times", given, np.float64)
        self._check(names, at, points, times)
        when = np.ascontiguousarray(np.broadcast_to(times, at.shape)).reshape(-1)
        block = ScalarBlock(names, at.reshape(-1), when, points.reshape(at.size, len(names)))
        self._output.put(block)
        self._last.update(dict.fromkeys(names, int(block.steps[-1])))
        self._kinds.update(dict.fromkeys(names, "scalar"))

    def add_histogram(
        self, tag: str, values: ArrayLike, step: int, wall_time: float | None = None
    ) -> None:
        """Add the distribution of some numbers to a tag.

        Parameters
        ----------
        tag
            Its name.
        values
            Numbers of any shape and dtype; what is not finite is left out.
        step
            A whole number, larger than the one before.
        wall_time
            Seconds since the epoch; now if not given.

        Raises
        ------
        UsageError
            There is no finite number in it, or the step is not larger than the one before.
        """
        name, at, time = self._single("histogram", tag, step, wall_time)
        array = np.asarray(values)
        if array.dtype.kind not in "biufc":
            raise UsageError(f"values: got {array.dtype}, wanted numbers")
        found = distribution(array)
        if not found.finite:
            raise UsageError(f"values: got {found.size} numbers, of which none is finite")
        self._put("histogram", found.point(name, at, time))

    def add_image(
        self, tag: str, image: ArrayLike, step: int, wall_time: float | None = None
    ) -> None:
        """Add a picture to a tag.

        Parameters
        ----------
        tag
            Its name.
        image
            (height, width) or (height, width, channels) of 1, 3 or 4 channels. uint8 is shown as
            it is; other numbers are scaled so that the largest is 255, or, where some are
            negative, so that zero is 128 (TensorFlow's rule).
        step
            A whole number, larger than the one before.
        wall_time
            Seconds since the epoch; now if not given.

        Raises
        ------
        UsageError
            It is no picture, or the step is not larger than the one before.
        """
        name, at, time = self._single("image", tag, step, wall_time)
        array = np.asarray(image)
        if array.ndim == 2:
            array = array[:, :, np.newaxis]
        is_picture = array.ndim == 3 and array.shape[2] in (1, 3, 4) and array.size > 0
        if not is_picture or array.dtype.kind not in "biuf":
            said = f"got shape {np.shape(image)} of {array.dtype}"
            raise UsageError(f"image: {said}, wanted (height, width, 1, 3 or 4) of numbers")
        self._put("image", image_point(name, at, time, to_pixels(array)))

    def add_text(self, tag: str, text: str, step: int, wall_time: float | None = None) -> None:
        """Add a text to a tag; TensorBoard draws it as Markdown.

        Parameters
        ----------
        tag
            Its name.
        text
            More than 65,536 characters are cut, data such as a picture in a URI gives way to
            what it is; both can be seen.
        step
            A whole number, larger than the one before.
        wall_time
            Seconds since the epoch; now if not given.

        Raises
        ------
        UsageError
            The step is not larger than the one before.
        """
        name, at, time = self._single("text", tag, step, wall_time)
        if not isinstance(text, str):
            raise UsageError(f"text: got {type(text).__name__}, wanted a str")
        self._put("text", text_point(name, at, time, text))

    def add_hparams(self, settings: Mapping[str, Any], wall_time: float | None = None) -> list[str]:
        """Add what the training was started with, such as ``vars(args)``.

        The run becomes a row of the HParams dashboard, with the last points of its scalars, and
        gets a table in the Text dashboard, under the tag ``hparams``. To close the writer is to
        say that the training has ended with success. Returned is what HParams shows otherwise.

        Parameters
        ----------
        settings
            Truths, numbers and texts by name. Mappings within are made flat by "/", lists
            become texts of JSON, None is left out, and anything else becomes ``str`` of it.
        wall_time
            When it was started, in seconds since the epoch; now if not given.

        Raises
        ------
        UsageError
            There are none, or there are some already: TensorBoard reads the first only.
        """
        if self._began is not None:
            raise UsageError("settings: there are some already, and the first are shown")
        if not isinstance(settings, Mapping):
            raise UsageError(f"settings: got {type(settings).__name__}, wanted a mapping")
        flat, _ = settings_by_name(settings)
        if not flat:
            raise UsageError("settings: got none")
        tag, at, time = self._single("text", SETTINGS_TAG, 0, wall_time)
        point, remarks = start_point(flat, time)
        self._output.put(point)
        self._put("text", text_point(tag, at, time, settings_text(flat)))
        self._began = time
        return remarks

    def add_graph(self, graph_def: bytes) -> None:
        """Add the graph of the model, a serialised GraphDef; TensorBoard shows one a run.

        Raises
        ------
        UsageError
            It is no GraphDef, or there is a graph already.
        """
        self._check_open()
        if self._has_graph:
            raise UsageError("graph_def: there is a graph already, and one is shown")
        try:
            point = graph_point("graph_def", graph_def, self._clock())
        except GraphError as err:
            raise UsageError(f"graph_def: {err}") from err
        self._output.put(point)
        self._has_graph = True

    def _check_open(self) -> None:
        if not self._is_open:
            raise UsageError(f"run {self._run!r} is closed: nothing can be added to it")

    def _check_kind(self, kind: str, names: Iterable[Tag]) -> None:
        # readers drop the second kind of a tag
        for name in names:
            if self._kinds.get(name, kind) != kind:
                raise UsageError(f"tag {name!r}: got a {kind}, and it is of {self._kinds[name]}s")

    def _single(
        self, kind: str, tag: str, step: int, wall_time: float | None
    ) -> tuple[Tag, int, float]:
        """Return the checked tag, step and time of a single point."""
        self._check_open()
        name, at = safe_tag(tag), int(_steps(step))
        self._check_kind(kind, [name])
        if self._last.get(name, at - 1) >= at:
            raise UsageError(f"step {at}: must be larger than the one before")
        time = self._clock() if wall_time is None else float(wall_time)
        if not np.isfinite(time):
            raise UsageError(f"wall_time: got {time}, wanted a finite number")
        return name, at, time

    def _put(self, kind: str, point: HistogramPoint | ImagePoint | TensorPoint) -> None:
        self._output.put(point)
        self._last[point.tag] = point.step
        self._kinds[point.tag] = kind

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
        self._check_kind("scalar", names)
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
                if self._began is not None:
                    self._output.put(end_point(self._began, self._clock()))
                self._output.settle()
                with self._sink.alone(self._run):
                    self._publish()
            finally:
                self.discard()
        return self._event_file

    def _publish(self) -> None:
        claim = self._claim()
        name, size = self._output.named(claim)
        if name is not None:
            entry = Entry((), {}, {self._run: (name, size)}, {}, digests=self._output.digests())
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
