"""The columns of a table, looked up by the names that loggers use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from tbconvert.errors import SourceError
from tbconvert.model import Origin
from tbconvert.normalize import arrays

NONE = "none"
"""What a user says to have no such column, although one would be inferred."""

_SIGNS = re.compile(r"^#\s*|[\s_]*(?:#|:|\b(?:no|nr)\.|\.|\(s(?:ec(?:ond)?s?)?\))$")
"""A number sign, the dot of what is shortened, and the unit of a clock."""

_BETWEEN_WORDS = re.compile(r"(?<=[^\W_])[\s_.-]+(?=[^\W_])")


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """A column and how it was found; ``column`` is None where there is none."""

    column: str | None
    how: str
    remark: str = ""
    why: str = ""
    """What spoke for it beside its name."""


class Columns:
    """The first rows of a table, looked up by the names that loggers use."""

    def __init__(self, batch: pa.RecordBatch, origin: Origin) -> None:
        self.names: list[str] = list(batch.schema.names)
        self._cells = dict(zip(self.names, batch.columns, strict=True))
        self._origin = origin
        self._whole = {name.strip().casefold(): name for name in reversed(self.names)}
        self._last = {name.rpartition("/")[2]: name for name in reversed(self._whole)}
        self._run_together = {_run_together(name): name for name in reversed(self._whole)}
        self._last_together = {_run_together(name): name for name in reversed(self._last)}

    def __getitem__(self, name: str) -> pa.Array:
        return self._cells[name]

    def known(self, candidates: Iterable[str], *, whole: bool = False) -> Iterable[str]:
        """Yield the columns of these names, then those whose last part is one of them.

        ``Total steps`` and ``total-steps`` are ``total_steps``, where there is no such column.
        """
        candidates = tuple(candidates)
        for name in candidates:
            found = name if name in self._whole else self._run_together.get(_run_together(name))
            if found is not None:
                yield self._whole[found]
        if not whole:
            for name in candidates:
                last = name if name in self._last else self._last_together.get(_run_together(name))
                column = None if last is None else self._last[last]
                if column is not None and column != last:
                    yield self._whole[column]

    def some_differ(self, but: str) -> bool:
        """Tell whether another column of numbers has several of them."""
        return any(
            arrays.is_number(self[name].type) and arrays.varies(self[name])
            for name in self.names
            if name != but
        )

    def find(self, name: str | None) -> str | None:
        """Return the column of this name, in any case; None if there is none."""
        if name is None or name in self.names:
            return name
        return self._whole.get(name.strip().casefold())

    def given(self, option: str, name: str) -> str:
        """Return a column that the user named, in any case.

        Raises
        ------
        SourceError
            There is none; the message has the nearest name.
        """
        found = self.find(name)
        if found is None:
            raise SourceError(self._origin, f"{option}: no column {name!r}", self._nearest(name))
        return found

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name.casefold(), self._whole, n=1, cutoff=0.5)
        if near:
            return f"did you mean {self._whole[near[0]]!r}?"
        shown = ", ".join(map(repr, self.names[:10])) + (", …" if len(self.names) > 10 else "")
        return f"the columns are {shown}"

    def wrong(self, option: str, name: str, wanted: str) -> SourceError:
        """Return the error for a column that cannot be what the user named it for."""
        got = f"column {name!r}: got {self.first(name)!r}"
        return SourceError(self._origin, f"{option}: {got}, wanted {wanted}")

    def first(self, name: str) -> object:
        """Return the first cell of a column that is there."""
        return next((cell.as_py() for cell in self[name] if cell.is_valid), None)


@lru_cache(1024)  # every log is asked for the same names
def _run_together(name: str) -> str:
    """Return a name without what stands between its words, or signs at its end."""
    return _BETWEEN_WORDS.sub("", _SIGNS.sub("", name))
