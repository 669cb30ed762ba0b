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
    column,
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
# a number would make a curve of each epoch, and more words are a message
_NAMES_PHASE = re.compile(rf"(?i){_PHASE}(?:[_ -][a-z]+){{0,2}}")
_OF_PHASE = re.compile(rf"(?i){_PHASE}[_./ -].*")
_BEGIN = re.compile(
    r"(?i)(?:config(?:uration)?|args|arguments|h?params|hyper_?parameters|settings|setup|meta"
    r"|metadata|header|init|run|run_info|(?:run|training|train|experiment)_?(?:start|begin|config))"
)


class Phases:
    """Puts the phase of each row of one source in front of its metrics.

    Columns that are like one of ``roles`` keep their names. Rows of the begin that have none of
    the ``steps`` that the others have are what the training was started with. The column that
    the user says to tell the runs, ``run``, tells no phase.
    """

    def __init__(self, roles: Sequence[str], steps: Sequence[str], run: str = "") -> None:
        self._roles = roles
        self._steps = steps
        self._words = {*_TELLING} - {run.strip().casefold()}
        self._counted: set[str] = set()
        self._telling = ""
        self._once = Once()

    @of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield what a table began with as settings, then the table."""
        for name in self._told_by(raw):
            begun, raw = self._begun(raw, name)
            yield from begun
        for name in self._told_by(raw):
            if self._telling in ("", name):
                raw = self._renamed(raw, name)
        yield raw

    def _told_by(self, table: RawTable) -> list[str]:
        """Return the columns of texts that may tell the phase."""
        pairs = zip(table.batch.schema.names, table.batch.schema.types, strict=True)
        return [
            name
            for name, kind in pairs
            if name.strip().casefold() in self._words and pa.types.is_string(kind)
        ]

    def _begun(self, table: RawTable, telling: str) -> tuple[list[RawSettings], RawTable]:
        """Return what the rows of the begin hold, and the others."""
        phases, of_row = _phases(table, telling)
        is_begin = np.array([bool(_BEGIN.fullmatch(phase)) for phase in phases] + [False])[of_row]
        for name in table.batch.schema.names:
            if is_like(self._steps, name.strip()) and (is_there(table, name) & ~is_begin).any():
                self._counted.add(name)
        for name in self._counted:
            is_begin &= ~is_there(table, name)
        if not (self._counted and is_begin.any()):
            return [], table
        found = []
        for row in records(rows(table, is_begin), lambda name: name != telling):
            values = {name: plain_setting(cell) for name, cell in row.items() if cell is not None}
            if values:
                found.append(RawSettings(table.origin, values))
        before = {name for name in table.batch.schema.names if is_there(table, name).any()}
        table = rows(table, ~is_begin)
        return found, without(table, [name for name in before if not is_there(table, name).any()])

    def _renamed(self, table: RawTable, telling: str) -> RawTable:
        import pyarrow.compute as pc  # few logs need it

        phases, of_row = _phases(table, telling)
        found = {
            phase: np.isin(of_row, [at for at, other in enumerate(phases) if other == phase])
            for phase in dict.fromkeys(filter(_NAMES_PHASE.fullmatch, phases))
        }
        if not found:
            return table
        self._telling = telling
        names = table.batch.schema.names
        columns: dict[str, pa.Array] = {}
        is_told = np.zeros(table.batch.num_rows, np.bool_)
        for name, cells in zip(names, table.batch.columns, strict=True):
            is_role = name == telling or is_like(self._roles, name.strip())
            if is_role or _OF_PHASE.fullmatch(name) or cells.null_count == len(cells):
                continue
            told = {f"{phase}/{name}": of for phase, of in found.items()}
            told = {other: of for other, of in told.items() if other not in names}
            is_named = np.logical_or.reduce([np.zeros(len(cells), np.bool_), *told.values()])
            is_told |= is_named & is_there(table, name)
            for other, of in ((name, ~is_named), *told.items()):
                columns[other] = pc.if_else(pa.array(of), cells, None)
        if not is_told.any():
            return table
        # what the names tell now is no text of its own, of which one a step would be left
        columns[telling] = pc.if_else(pa.array(~is_told), column(table, telling), None)
        empty = [name for name, cells in columns.items() if cells.null_count == len(cells)]
        said = f"column {telling!r} tells the phase of each row, which stands in front of its"
        remark = Problem(
            Origin(table.origin.uri),
            f"{said} metrics",
            "--rename gives other names, --run-column runs",
        )
        return self._once.say(without(with_columns(table, columns), empty), remark)


def _phases(table: RawTable, telling: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return what a column says, and which of it each row has: the last, and none, for no cell."""
    cells = table.batch.column(table.batch.schema.names.index(telling)).dictionary_encode()
    codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return [str(phase).strip() for phase in cells.dictionary.to_pylist()], codes.astype(np.int64)
