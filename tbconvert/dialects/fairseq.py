"""fairseq's console log: a time, a logger, and what it has to tell as JSON or in pairs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects.cells import double, from_json
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import column, of_tables, select, with_columns
from tbconvert.model import Origin, Problem, Raw, RawTable, Source

_STEP = "num_updates"
_TIME, _LOGGER, _MESSAGE = "wall_time", "fairseq_logger", "fairseq_message"
_LOGGERS = rf"(?P<{_LOGGER}>train_inner|train|valid\w*|test\w*|fairseq[\w.]*progress_bar)"
_SAID = rf"(?P<{_MESSAGE}>\{{.*|epoch \d.*)"
_CLOCK = r"(?P<wall_time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"
_EPOCH = re.compile(r"epoch (\d+)")
_SUBSET = re.compile(r"epoch \d+ \| (\w+) on '")
_PAIR = re.compile(r"(?:^|[\s|,])([A-Za-z_][\w.]*)[= ]([-+.\deE]+|nan|-?inf)(?=\s*(?:[,|]|$))")


def _adapt(source: Source) -> Adapter:
    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        if (messages := column(raw, _MESSAGE)) is not None:
            yield from _of_loggers(raw, messages)
        else:
            yield raw

    return adapt


def _of_loggers(table: RawTable, messages: pa.Array) -> Iterator[RawTable]:
    """Yield what each logger tells, under its name: "train_wall" of two of them is two things."""
    loggers = column(table, _LOGGER)
    if loggers is None:
        yield table
        return
    problems = [*table.problems]
    entries: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for place, (logger, message) in enumerate(
        zip(loggers.to_pylist(), messages.to_pylist(), strict=True)
    ):
        entry = _entry(message or "")
        if entry:
            logger = _unnamed(message) if logger.endswith("progress_bar") else logger
            entries.setdefault(logger, []).append((place, entry))
        else:
            where = Origin(table.origin.uri, row=int(table.line_numbers()[place]))
            said = f"got {message!r:.80}, wanted an object or pairs; it was left out"
            problems.append(Problem(where, said, cells=max((message or "").count(":"), 1)))
    times = select(table, lambda name: name == _TIME)
    for logger, of_logger in entries.items():
        places = np.array([place for place, _ in of_logger])
        yield replace(_columns(times, places, logger, [e for _, e in of_logger]), problems=())
    if problems:
        yield RawTable(table.origin, _NOTHING, range(0), table.segment, tuple(problems))


def _unnamed(message: str) -> str:
    """Return which logger it would be by now that tells something; before 0.10 all were one."""
    if message.startswith("{"):
        return "train"
    subset = _SUBSET.match(message)
    return subset[1] if subset else "train" if " | " in message else "train_inner"


_NOTHING = pa.RecordBatch.from_arrays([], names=[])


def _columns(times: RawTable, places: Any, logger: str, entries: list[dict[str, Any]]) -> RawTable:
    lines = times.line_numbers()[places]
    table = RawTable(times.origin, times.batch.take(pa.array(places)), lines, times.segment)
    names = dict.fromkeys(name for entry in entries for name in entry)
    cells = {name: _cells([entry.get(name) for entry in entries]) for name in names}
    return with_columns(
        table,
        {
            _STEP if name.endswith(_STEP) else f"{logger}/{name}": array
            for name, array in cells.items()
        },
    )


def _cells(values: list[Any]) -> pa.Array:
    """Return values, which fairseq has as texts, as numbers; as texts if some are none."""
    try:
        return pa.array([None if v is None else double(v) for v in values], pa.float64())
    except (TypeError, ValueError):
        return pa.array([v if v is None or isinstance(v, str) else json.dumps(v) for v in values])


def _entry(message: str) -> dict[str, Any]:
    """Return what a message tells: JSON by ``--log-format json``, else pairs."""
    if message.startswith("{"):
        try:
            value = from_json(message)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
    epoch = _EPOCH.match(message)
    pairs = dict(_PAIR.findall(message))
    return {**({"epoch": epoch[1]} if epoch else {}), **pairs} if pairs else {}


FAIRSEQ = on_generic(
    "fairseq",
    "console logs of fairseq-train, by --log-format json or simple",
    Mark(formats=("text",), columns=(_LOGGER, _MESSAGE)),
    sample="fairseq-train … | tee train.log; tbconvert ingest train.log --logdir runs",
    marker=b"fairseq_cli.train",
    pattern=(
        rf"{_CLOCK} \| INFO \| {_LOGGERS} \| {_SAID}",
        # by way of Hydra
        rf"\[{_CLOCK}[,.]?\d*\]\[{_LOGGERS}\]\[INFO\] - {_SAID}",
    ),
    steps=(_STEP,),
    wall_times=(_TIME,),
    stock_names={"train", "hydra_train"},
    adapt=_adapt,
)
