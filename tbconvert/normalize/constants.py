"""Columns that say one thing in every row: what a training was started with, and no curve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from tbconvert.model import Setting
from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.frame import Frame
from tbconvert.settings import is_same

_MOST_HELD = 1 << 20
"""Rows of a column that may come to be points after all; some 25 bytes each."""

_FEW = 1000

Cells = tuple[pa.Array, Frame]
"""Cells of a column, and what they share with the others of their rows."""


class ChangedLate(Exception):  # noqa: N818 -- not an error: it asks for another pass
    """A column that said one thing in very many rows says another one."""


@dataclass(slots=True, eq=False)
class _Held:
    """What a column said in all rows so far, and where."""

    value: Setting
    kind: pa.DataType
    is_setting: bool
    cells: int = 0
    places: list[tuple[Frame, Mask]] = field(default_factory=list)
    rows: int = 0


class Constants:
    """Holds back the columns of one source that say one thing, until they say another.

    ``varied`` are names of columns that are known not to be constant, by an earlier pass.
    """

    def __init__(self, varied: set[str]) -> None:
        self._varied = varied
        self._changed: set[str] = set()
        self._held: dict[str, _Held] = {}

    def take(self, name: str, cells: pa.Array, frame: Frame, *, is_setting: bool) -> list[Cells]:
        """Return what is to become points by now, in the order of the rows.

        Raises
        ------
        ChangedLate
            Not all that was held back is known any more; now it is known not to be constant.
        """
        if arrays.is_list(cells.type):
            cells = _as_texts(cells)
        if name in self._changed or name in self._varied:
            return [(cells, frame)]
        values = _values(cells)
        if not values:
            return [(cells, frame)]
        held = self._held.setdefault(name, _Held(values[0], cells.type, is_setting))
        if all(is_same(value, held.value) for value in values):
            self._hold(held, cells, frame)
            return []
        self._changed.add(name)
        del self._held[name]
        if held.rows > _MOST_HELD:
            self._varied.add(name)
            raise ChangedLate
        return [*_released(held), (cells, frame)]

    def _hold(self, held: _Held, cells: pa.Array, frame: Frame) -> None:
        held.cells += len(cells) - cells.null_count
        held.rows += len(cells)
        if held.rows > _MOST_HELD:
            held.places.clear()
        else:
            held.places.append((frame.kept(), arrays.present(cells)))

    def finish(self) -> tuple[dict[str, Setting], list[tuple[str, Cells]]]:
        """Return what was constant, and the columns of which a single cell says too little."""
        held, self._held = self._held, {}
        single = {name for name, one in held.items() if one.cells < 2 and not one.is_setting}
        settings = {name: one.value for name, one in held.items() if name not in single}
        return settings, [
            (name, cells) for name in sorted(single) for cells in _released(held[name])
        ]


def _released(held: _Held) -> Iterator[Cells]:
    for frame, there in held.places:
        rows = len(frame.steps)
        mask = np.ones(rows, np.bool_) if there is None else there
        yield pa.array([held.value if here else None for here in mask], held.kind), frame


def _values(cells: pa.Array) -> list[Setting]:
    """Return what the cells of a column say, at least the first two of it if they differ."""
    if len(cells) > _FEW:  # slow to import, and then fast
        cells = cells.unique()
    values: list[Setting] = []
    for cell in cells.to_pylist():
        if cell is not None and not any(is_same(cell, value) for value in values):
            values.append(cell)
            if len(values) > 1:
                break
    return values


def _as_texts(lists: pa.Array) -> pa.Array:
    texts = [None if cell is None else json.dumps(cell) for cell in lists.to_pylist()]
    return pa.array(texts, pa.string())
