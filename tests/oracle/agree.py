"""Three readers, one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle import data_server, python_loader
from oracle.series import Logdir, Series


def read_back(logdir: Path | str) -> Logdir:
    """Read a logdir with all readers, and return what every one of them shows.

    They differ where a file is not as it should be: steps that repeat or go back, a tag of
    two kinds, a torn record, an empty file. Then this fails and says how.
    """
    served = data_server.read(logdir)
    _same(served, python_loader.read(logdir), "the Python loader")
    scalars = {
        run: {tag: series for tag, series in tags.items() if series.plugin == "scalars"}
        for run, tags in served.items()
    }
    _same(scalars, python_loader.read_accumulator(logdir), "EventAccumulator")
    return served


def _same(served: Logdir, other: Logdir, name: str) -> None:
    _same_names(served, other, f"runs: the data server and {name} differ")
    for run, tags in served.items():
        _same_names(tags, other[run], f"run {run!r}: the data server and {name} differ in tags")
        for tag, series in tags.items():
            if problem := _difference(series, other[run][tag]):
                raise AssertionError(
                    f"run {run!r}, tag {tag!r}: {problem}\n"
                    f"data server: {series}\n{name}: {other[run][tag]}"
                )


def _same_names(served: dict[str, Any], other: dict[str, Any], what: str) -> None:
    if served.keys() != other.keys():
        only, missing = sorted(served.keys() - other), sorted(other.keys() - served)
        raise AssertionError(f"{what}: only the first has {only}, only the second {missing}")


def _difference(served: Series, other: Series) -> str:
    if served.plugin != other.plugin:
        return f"{served.plugin} for one, {other.plugin} for the other"
    if not np.array_equal(served.steps, other.steps):
        return "the steps differ"
    if not np.array_equal(served.wall_times, other.wall_times):
        return "the wall times differ"
    if served.plugin == "scalars":
        return (
            ""
            if np.array_equal(served.values, other.values, equal_nan=True)
            else "the values differ"
        )
    for step, mine, theirs in zip(served.steps, served.values, other.values, strict=True):
        if not _same_value(served.plugin, mine, theirs):
            return f"the values differ at step {step}"
    return ""


def _same_value(plugin: str, mine: Any, theirs: Any) -> bool:
    if plugin == "histograms":
        # the Python loader keeps float32 and cuts off empty buckets at both ends
        mine, theirs = _trimmed(mine), _trimmed(theirs)
        least = 1e-7 * np.abs(mine[:, :2]).max(initial=0)  # the edge after 0 becomes 0
        return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=1e-6, atol=least)
    return bool(np.array_equal(mine, theirs))


def _trimmed(buckets: NDArray[np.float64]) -> NDArray[np.float64]:
    filled = np.flatnonzero(buckets[:, 2])
    if not len(filled):
        return buckets[:0]
    kept = buckets[filled[0] : filled[-1] + 1].copy()
    kept[0, 0], kept[-1, 1] = buckets[0, 0], buckets[-1, 1]
    return kept
