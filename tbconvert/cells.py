"""What became of the cells of a run: counts, and the problems that were met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from tbconvert.model import Origin, Problem


@dataclass(slots=True, eq=False)
class Findings:
    """What became of the metric cells of a run that did not become points, and why.

    Points, ``missing``, ``rejected`` and ``superseded`` together account for every metric
    cell. Of a line that could not be taken apart all cells are ``rejected``, its step too, and
    what is behind the place where a compressed file breaks off counts as one. ``non_finite``
    of the points are NaN or infinite. Counts are exact; of the problems the first ``KEPT`` are
    kept as they are, the others by column. ``wanted`` are the names that ``--include`` and
    ``--exclude`` let through, ``unwanted`` all others.
    """

    KEPT: ClassVar[int] = 100

    missing: int = 0
    rejected: int = 0
    superseded: int = 0
    non_finite: int = 0
    problems: list[Problem] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    _more: dict[tuple[str, str | None], list[int]] = field(default_factory=dict)

    def note(self, problem: Problem) -> None:
        """Take down a problem, and count the cells that were left out because of it."""
        self.rejected += problem.cells
        if len(self.problems) < self.KEPT:
            self.problems.append(problem)
        else:
            more = self._more.setdefault((problem.origin.uri, problem.origin.column), [0, 0])
            more[0] += 1
            more[1] += problem.cells

    def all_problems(self) -> list[Problem]:
        """Return the problems that were kept, and a line for each column that has more."""
        return self.problems + [
            Problem(Origin(uri, column=column), f"{count} more of such problems", cells=cells)
            for (uri, column), (count, cells) in self._more.items()
        ]
