"""Tables of several runs below one another: which columns tell them apart, by the steps in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize import arrays
from tbconvert.normalize.steps import Steps

MOST_RUNS = 1000
"""From the columns of one table; more are rather the values of something else."""

Codes = NDArray[np.intp]
Label = tuple[object, ...]


class Stack:
    """Tells which columns part the rows so that the steps of each part rise.

    Looked at are the ``columns`` one by one, and the first two, three and so on together; a
    step is one of ``steps``. The rows of a long table rise for each ``tag`` by itself.
    """

    def __init__(self, columns: Iterable[str], steps: Iterable[str], tag: str = "") -> None:
        single = [(name,) for name in columns]
        ways = dict.fromkeys((*single, *accumulate(single)))
        self._parts = {(way, step): _Parts(len(way)) for way in ways for step in steps}
        self._tag = tag

    def add(self, cells: Mapping[str, pa.Array], found: Mapping[str, Steps]) -> None:
        """Take the rows of a block into account: their cells, and their steps."""
        usable = {name for name, array in cells.items() if can_part(array)}
        for (way, step), parts in self._parts.items():
            parts.rise &= usable.issuperset(way)
            if parts.rise and step in found:
                told = [name for name in (*way, self._tag) if name in cells]
                codes, labels = combined([cells[name] for name in told])
                there, at = found[step].present, found[step].values
                if there is not None:
                    codes, at = codes[there], at[there]
                parts.add(codes, labels, at)

    def parted(self, varied: Sequence[str], step: str) -> tuple[str, ...]:
        """Return the fewest of the columns that vary by which the steps rise; () if there are none.

        On average a part has two rows or more: by parts of one, any steps would rise.
        """
        for (way, of), parts in self._parts.items():
            chosen = tuple(name for name in way if name in varied)
            if of == step and chosen and parts.rise and 2 * len(parts.lasts) <= parts.rows:
                return chosen
        return ()


@dataclass(slots=True, eq=False)
class _Parts:
    """The last step of each part of the rows, and whether those of all have risen so far.

    The first ``width`` cells of a label tell the run.
    """

    width: int
    rise: bool = True
    rows: int = 0
    lasts: dict[Label, int] = field(default_factory=dict)

    def add(self, codes: Codes, labels: list[Label], steps: NDArray[np.int64]) -> None:
        order = np.argsort(codes, kind="stable")
        codes, steps = codes[order], steps[order]
        stays = codes[1:] == codes[:-1]
        self.rise = bool((steps[1:] > steps[:-1])[stays].all())
        begins = np.flatnonzero(np.append(True, ~stays))[: len(codes)]
        ends = np.append(begins[1:], len(codes))[: len(begins)] - 1
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            label = tuple(map(str, labels[codes[begin]]))
            self.rise &= label not in self.lasts or bool(steps[begin] > self.lasts[label])
            self.lasts[label] = int(steps[end])
        self.rows += len(steps)
        if len(self.lasts) > MOST_RUNS:
            self.rise &= len({label[: self.width] for label in self.lasts}) <= MOST_RUNS


def can_part(array: pa.Array) -> bool:
    """Tell whether a column of this type could tell runs apart."""
    return arrays.is_text(array.type) or bool(pa.types.is_integer(array.type))


def combined(columns: Sequence[pa.Array]) -> tuple[Codes, list[Label]]:
    """Return which combination of cells each row has, (n,), and what the combinations are."""
    codes: Codes = np.zeros(len(columns[0]), np.intp)
    labels: list[Label] = [()]
    for cells in columns:
        words = cells.dictionary_encode()
        values = [*words.dictionary.to_pylist(), None]
        own = words.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
        met, codes = np.unique(codes * len(values) + own, return_inverse=True)
        labels = [
            (*labels[code // len(values)], values[code % len(values)]) for code in met.tolist()
        ]
    return codes, labels
