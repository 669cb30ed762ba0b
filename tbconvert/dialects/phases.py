"""Rows of a training and of its validation in one log, which a column such as ``type`` tells apart.

Where both measure a loss at one step, the name of what measured it stands in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.reshape import (
    Once,
    is_there,
    of_tables,
    records,
    rows,
    with_columns,
    without,
)
from tbconvert.globs import is_like
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable

_TELLING = ("type", "event", "kind", "stage", "record", "record_type", "log_type")
_PHASE = r"(?:train|training|val|valid|validation|eval|evaluation|test|testing|dev)"
_NAMES_PHASE = re.compile(rf"(?i){_PHASE}(?:[_ -].*)?")
_OF_PHASE = re.compile(rf"(?i){_PHASE}[_./ -].*")
_BEGIN = re.compile(
    r"(?i)(?:config(?:uration)?|args|arguments|h?params|hyper_?parameters|settings|setup|meta"
    r"|metadata|header|init|run|run_info|(?:run|training|train|experiment)_?(?:start|begin|config))"
)


@of_tables
def in_phases(
    roles: Sequence[str], steps: Sequence[str], once: Once, raw: RawTable
) -> Iterator[Raw]:
    """Yield a table whose metrics have the phase of their row in front; then what it began with.

    Columns that are like one of ``roles`` keep their names. Rows that are of the begin, and
    have none of the ``steps``, are settings.
    """
    names = raw.batch.schema.names
    telling = [name for name in names if name.strip().casefold() in _TELLING]
    for name in telling[:1]:
        if pa.types.is_string(raw.batch.column(names.index(name)).type):
            begun, raw = _begun(raw, name, steps)
            yield from begun
            raw = _renamed(raw, name, roles, once)
    yield raw


def _begun(
    table: RawTable, telling: str, steps: Sequence[str]
) -> tuple[list[RawSettings], RawTable]:
    """Return what the rows of the begin hold, and the others."""
    phases, of_row = _phases(table, telling)
    is_begin = np.array([bool(_BEGIN.fullmatch(phase)) for phase in phases] + [False])[of_row]
    for name in table.batch.schema.names:
        if is_like(steps, name.strip()):
            is_begin &= ~is_there(table, name)
    if not is_begin.any():
        return [], table
    found = []
    for row in records(rows(table, is_begin), lambda name: name != telling):
        values = {name: plain_setting(cell) for name, cell in row.items() if cell is not None}
        if values:
            found.append(RawSettings(table.origin, values))
    before = {name for name in table.batch.schema.names if is_there(table, name).any()}
    table = rows(table, ~is_begin)
    return found, without(table, [name for name in before if not is_there(table, name).any()])


def _renamed(table: RawTable, telling: str, roles: Sequence[str], once: Once) -> RawTable:
    import pyarrow.compute as pc  # few logs need it

    phases, of_row = _phases(table, telling)
    found = {at: phase for at, phase in enumerate(phases) if _NAMES_PHASE.fullmatch(phase)}
    if not found:
        return table
    names = table.batch.schema.names
    columns = {}
    for name, cells in zip(names, table.batch.columns, strict=True):
        is_told = name == telling or is_like(roles, name.strip()) or _OF_PHASE.fullmatch(name)
        if is_told or cells.null_count == len(cells):
            continue
        told = {at: f"{phase}/{name}" for at, phase in found.items()}
        told = {at: other for at, other in told.items() if other not in names}
        columns[name] = pc.if_else(pa.array(~np.isin(of_row, [*told])), cells, None)
        columns |= {
            other: pc.if_else(pa.array(of_row == at), cells, None) for at, other in told.items()
        }
    empty = [name for name, cells in columns.items() if cells.null_count == len(cells)]
    said = f"column {telling!r} tells the phase of each row, which stands in front of its metrics"
    remark = Problem(Origin(table.origin.uri), said, "--rename gives other names")
    return once.say(without(with_columns(table, columns), empty), remark)


def _phases(table: RawTable, telling: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return what a column says, and which of it each row has: the last, and none, for no cell."""
    cells = table.batch.column(table.batch.schema.names.index(telling)).dictionary_encode()
    codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return [str(phase).strip() for phase in cells.dictionary.to_pylist()], codes.astype(np.int64)
