"""CatBoost: a table for each data set, one of times, and all of it once more as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, numbers, of_tables, with_columns
from tbconvert.model import Raw, RawSettings, RawTable, Source

_STEP, _CLOCK = "iter", "seconds passed"
_LEARN, _TEST, _TIMES = "learn_error.tsv", "test_error.tsv", "time_left.tsv"
_DOCUMENT = "catboost_training.json"


def _adapt(source: Source) -> Adapter:
    name = source.uri.replace("\\", "/").rpartition("/")[2].casefold()
    texts = source.read_options.get("texts", {})
    if source.format == "json":
        return _of_document(_metrics(texts.get(_DOCUMENT, "")))
    if name.startswith("time_left"):
        return _of_times(source) if texts.keys() & {_LEARN, _TEST} else _as_it_is
    part = "learn" if name.startswith("learn") else "test"
    return _of_errors(part, _seconds(texts.get(_TIMES, "")))


def _of_errors(part: str, seconds: dict[int, float]) -> Adapter:
    """Name metrics after their data set; the times stand in a table of their own."""
    called = Names({_STEP: _STEP})
    known = np.array(sorted(seconds), np.float64)
    passed = np.array([seconds[step] for step in sorted(seconds)], np.float64)

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        table = called.renamed(raw, lambda name: f"{part}/{name}")
        if seconds:
            steps = numbers(table, _STEP)
            places = np.searchsorted(known, steps).clip(max=len(known) - 1)
            is_unknown = known[places] != steps
            table = with_columns(table, {_CLOCK: pa.array(passed[places], mask=is_unknown)})
        yield table

    return adapt


def _of_times(source: Source) -> Adapter:
    """Leave the times out where they are those of the errors, whose clock they are."""
    left = LeftOut(source, "what has passed is the time of the errors beside it")

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield left.of(raw, raw.batch.schema.names)

    return left.after(adapt)


def _as_it_is(raw: Raw) -> Iterator[Raw]:
    yield raw


def _of_document(metrics: dict[str, str]) -> Adapter:
    """Name metrics as the document does, apart from their values."""
    called = Names()

    def adapt(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            yield called.renamed(raw, lambda name: metrics.get(name, name))
        elif isinstance(raw, RawSettings):
            # what is left are the names of the metrics, and lists of them that could be no settings
            values = {
                name.removeprefix("meta/"): value for name, value in raw.values.items() if value
            }
            yield RawSettings(raw.origin, values)
        else:
            yield raw

    return adapt


def _seconds(text: str) -> dict[int, float]:
    """Return the seconds that had passed, by iteration; the log has milliseconds."""
    header, *lines = text.splitlines() or [""]
    names = header.split("\t")
    if names[:2] != [_STEP, "Passed"]:
        return {}
    found: dict[int, float] = {}
    for line in lines:
        try:
            step, passed = line.split("\t")[:2]
            found[int(step)] = float(passed) / 1000
        except ValueError:  # cut off, or damaged: the row has the time of the one before
            continue
    return found


def _metrics(text: str) -> dict[str, str]:
    """Return the names of metrics by those of columns: ``learn/0`` is ``learn/RMSE``."""
    try:
        behind = text[text.index('"meta"') :].partition(":")[2]
        meta, _ = json.JSONDecoder().raw_decode(behind.lstrip())
        return {
            f"{data}/{place}": f"{data}/{metric['name']}"
            for part in ("learn", "test")
            for data in meta[f"{part}_sets"]
            for place, metric in enumerate(meta[f"{part}_metrics"])
        }
    except (ValueError, LookupError, TypeError):
        return {}


def _copies(paths: Sequence[str]) -> Mapping[str, str]:
    return {**beside(_LEARN, _DOCUMENT)(paths), **beside(_TEST, _DOCUMENT)(paths)}


CATBOOST = on_generic(
    "catboost",
    "catboost_info of CatBoost: learn_error.tsv, test_error.tsv, catboost_training.json",
    Mark((_LEARN, _TEST), columns=(_STEP,)),
    Mark((_TIMES,), columns=(_STEP, "passed", "remaining")),
    Mark((_DOCUMENT,), keys=("meta", "iterations")),
    sample="tbconvert ingest catboost_info --logdir runs",
    steps=(_STEP, "iteration"),
    clocks=(_CLOCK, "passed_time"),
    unshown=(_CLOCK, "passed_time", "remaining_time"),
    stock_names={"learn_error", "test_error", "time_left", "catboost_training"},
    texts=(_LEARN, _TEST, _TIMES, _DOCUMENT),
    joins=True,
    names_columns=True,
    adapt=_adapt,
    copies=_copies,
)
