"""Why a column has the role it has, and what overrules that: for people who look at a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tbconvert.dialects import GENERIC, Dialect
from tbconvert.model import Setting, Tag
from tbconvert.normalize import Layout
from tbconvert.options import Options


class Role(NamedTuple):
    """What a column is taken for, and why."""

    name: str
    why: str


class Roles:
    """The roles of the columns under one header, by all that decided on them."""

    def __init__(self, layout: Layout, dialect: Dialect, options: Options) -> None:
        self._layout = layout
        self._dialect = dialect
        self._options = options

    def role(
        self, column: str, tags: Mapping[str, Tag], constant: Setting | None, *, is_filled: bool
    ) -> Role:
        """Return the role of a column, ``tags`` being what it became, by kinds of summaries.

        ``constant`` is what it says in all rows, where it does; ``is_filled`` if there is a
        cell in it.
        """
        return self._of_rows(column) or self._of_cells(column, tags, constant, is_filled)

    def has_role(self, column: str) -> bool:
        """Tell whether a column says of rows where they belong, or is known to be of no use."""
        return self._of_rows(column) is not None

    def _of_rows(self, column: str) -> Role | None:
        """Return the role of a column that says of rows where they belong."""
        layout, options = self._layout, self._options
        if column == layout.step.column:
            return Role("step", self.step_why())
        if column == layout.wall_time.column:
            also = ", and a curve too" if layout.is_metric(column) else ""
            return Role("wall time", self.wall_time_why() + also)
        if column in layout.runs:
            if options.run_column:
                return Role("run", "--run-column")
            own = column == self._dialect.run
            return Role("run", self._of_dialect() if own else self._named(column, "runs", "a run"))
        if column == layout.tag:
            why = "--tag-column" if options.tag_column else self._named(column, "tags", "a tag")
            return Role("tag", why)
        if column == layout.value:
            named = self._named(column, "values", "a value")
            return Role("value", "--value-column" if options.value_column else named)
        if column in layout.useless:
            return Role("left out", self._useless_why(column))
        return None

    def _of_cells(
        self, column: str, tags: Mapping[str, Tag], constant: Setting | None, is_filled: bool
    ) -> Role:
        if constant is not None:
            one = "one value in all rows"
            if self._options.constants == "drop":
                return Role("left out", f"{one}, --constants drop")
            return Role("setting", one)
        for kind, tag in tags.items():
            name = tag if tag != column else ""
            role = {"text": "text", "histogram": "histogram"}.get(kind, "metric")
            what = {"text": "texts", "histogram": "lists of numbers"}.get(kind, "numbers")
            return Role(role, f"{what}, as {name}" if name else what)
        if not is_filled:
            return Role("left out", "no cell in it")
        if self._options.include or self._options.exclude:
            return Role("left out", "--include and --exclude")
        return Role("left out", "nothing that can be shown")

    def step_why(self) -> str:
        """Say how the step was found."""
        pick = self._layout.step
        if pick.column is None:
            named = "no column that counts is named like a step"
            return "--step none" if self._options.step else named
        if pick.how == "given":
            return "--step"
        strong = _is_named(pick.column, self._dialect.steps)
        return (
            self._named(pick.column, "steps", "a step") + pick.why
            if strong
            else "named like an index, and rises in every row"
        )

    def wall_time_why(self) -> str:
        """Say how the times were found."""
        pick, unit = self._layout.wall_time, self._layout.unit
        if pick.column is None:
            return "--wall-time none" if self._options.wall_time else "no column has times"
        in_unit = "seconds since the start" if unit is None else unit
        if pick.how == "given":
            return f"--wall-time, {in_unit}"
        kind = ("clocks", "a clock") if unit is None else ("wall_times", "a time")
        return f"{self._named(pick.column, *kind)}, {in_unit}"

    def _useless_why(self, column: str) -> str:
        if self._layout.tag is not None:
            return "no value of a long table"
        whole = column.strip().casefold()
        if whole in self._dialect.unshown:
            return self._of_dialect()
        if whole in self._dialect.indexes:
            return "numbers the rows"
        return "named like a step, one value in all rows"

    def _named(self, column: str, names: str, what: str) -> str:
        own = _is_named(column, getattr(self._dialect, names))
        is_general = _is_named(column, getattr(GENERIC, names))
        return self._of_dialect() if own and not is_general else f"named like {what}"

    def _of_dialect(self) -> str:
        return f"dialect {self._dialect.name}"


def _is_named(column: str, names: tuple[str, ...]) -> bool:
    whole = column.strip().casefold()
    return whole in names or whole.rpartition("/")[2] in names
