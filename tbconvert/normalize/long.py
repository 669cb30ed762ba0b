"""The rows of a long table: each is of the tag that a column of it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize.columns import Layout
from tbconvert.normalize.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class LongFrame(Frame):
    """What the cells of a row of a long table share: the name of its tag as well.

    ``codes`` int32 (n,) tell which of the ``names`` it is, -1 where there is none; they stand
    in the column ``tag``. The column ``value`` holds what is called so; that of another column is
    called ``name/column``.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    tag: str
    value: str

    @classmethod
    def of(cls, frame: Frame, tags: pa.Array | None, layout: Layout) -> LongFrame:
        """Return a frame with the names that a column of tags gives its rows; none without it."""
        known: dict[str, int] = {}
        codes = [
            -1 if cell is None else known.setdefault(str(cell), len(known))
            for cell in (frame.steps.size * [None] if tags is None else tags.to_pylist())
        ]
        of_rows = {field.name: getattr(frame, field.name) for field in fields(frame)}
        return cls(
            **of_rows,
            names=tuple(known),
            codes=np.array(codes, np.int32),
            tag=str(layout.tag),
            value=str(layout.value),
        )

    def called(self, name: str, column: str) -> str:
        """Return what the cells of a column are called in the rows of a name."""
        return name if column == self.value else f"{name}/{column}"

    def parts(self) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Yield each name with its rows, in their order."""
        places = np.argsort(self.codes, kind="stable")
        ends = np.cumsum(np.bincount(self.codes + 1, minlength=len(self.names) + 1))
        yield from zip(self.names, np.split(places, ends[:-1])[1:], strict=True)

    def take(self, rows: NDArray[np.intp]) -> Frame:
        """Return what the cells of some of the rows share."""
        return Frame(
            self.origin,
            self.steps[rows],
            self.wall_times[rows],
            self.lines[rows],
            None if self.stepped is None else self.stepped[rows],
        )
