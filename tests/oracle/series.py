"""What a reader of event files found, as plain numpy: the one shape all oracles return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.context import RequestContext
from tensorboard.data.provider import BlobSequenceDatum, DataProvider, ScalarDatum

EVERYTHING = 2**31 - 1
"""A sample size no test reaches. Not 0: TensorBoard 2.21 then answers with no points."""

PLUGINS = ("scalars", "histograms", "images", "text", "graphs", "hparams", "audio", "pr_curves")
"""Readers sample per plugin, so each one that is to be kept whole has to be named."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The points of one tag of one run, in the order in which the reader shows them.

    ``values`` has one entry for each step: float32 for ``scalars``; for every other plugin
    Python objects: ``text`` str (or an array of str), ``histograms`` a float64 array of
    rows (left, right, count), ``images`` a tuple of bytes (width, height, then the files),
    ``graphs`` a tuple with the serialised GraphDef.
    """

    plugin: str
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[Any]
    content: bytes = b""
    """The plugin's own part of the metadata: all that ``hparams`` consists of."""

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"Series({self.plugin}, steps={self.steps}, values={self.values})"


Logdir = dict[str, dict[str, Series]]
"""{run: {tag: Series}}; a run without data is there, and empty."""


def scalar_series(
    steps: Iterable[int], wall_times: Iterable[float], values: Iterable[float]
) -> Series:
    return Series(
        "scalars",
        np.fromiter(steps, np.int64),
        np.fromiter(wall_times, np.float64),
        np.fromiter(values, np.float32),
    )


def read_provider(provider: DataProvider) -> Logdir:
    """Drain one of TensorBoard's data providers: what its dashboards can show at most."""
    ctx = RequestContext()
    found: Logdir = {run.run_name: {} for run in provider.list_runs(ctx, experiment_id="")}
    for plugin in sorted(provider.list_plugins(ctx, experiment_id="") or ()):
        asked: dict[str, Any] = {"experiment_id": "", "plugin_name": plugin}
        readers = (
            (provider.list_scalars, provider.read_scalars),
            (provider.list_tensors, provider.read_tensors),
            (provider.list_blob_sequences, provider.read_blob_sequences),
        )
        for list_series, read_series in readers:
            listed = list_series(ctx, **asked)
            if not listed:
                continue
            read = read_series(ctx, **asked, downsample=EVERYTHING)
            for run, tags in listed.items():
                for tag, about in tags.items():
                    points = read.get(run, {}).get(tag, [])
                    if tag in found[run]:
                        raise AssertionError(f"run {run!r}: tag {tag!r} is of two kinds")
                    found[run][tag] = Series(
                        plugin,
                        np.array([point.step for point in points], np.int64),
                        np.array([point.wall_time for point in points], np.float64),
                        _values(plugin, [_value(provider, ctx, plugin, point) for point in points]),
                        about.plugin_content or b"",
                    )
    return found


def _values(plugin: str, values: list[Any]) -> NDArray[Any]:
    if plugin == "scalars":
        # the Python loader mixes what stands under one name, and then cannot serve it
        if foreign := [value for value in values if not isinstance(value, float)]:
            raise AssertionError(f"a tag of two kinds: a scalar, but also {foreign[0]!r}")
        return np.array(values, np.float32)
    # filled one by one: numpy would make one array out of histograms of equal length
    array = np.empty(len(values), object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _value(provider: DataProvider, ctx: RequestContext, plugin: str, datum: Any) -> Any:
    match datum:
        case ScalarDatum():
            return datum.value
        case BlobSequenceDatum():
            return tuple(provider.read_blob(ctx, blob_key=ref.blob_key) for ref in datum.values)
    array = datum.numpy
    if plugin == "histograms":
        return array.astype(np.float64)
    if array.dtype == object:
        text = np.vectorize(lambda item: item.decode(), otypes=[object])(array)
        return text.item() if text.ndim == 0 else text
    return array
