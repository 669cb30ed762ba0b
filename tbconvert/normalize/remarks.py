"""What is said once of a run, and said anew as more of the run is known."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from tbconvert.cells import Findings
from tbconvert.model import Origin, Problem


class Remarks:
    """The remarks on one run, each under a key; the findings hold the latest of each."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._said: dict[Hashable, Problem] = {}
        self._firsts: dict[Hashable, tuple[Problem, int]] = {}

    def say_once(self, key: Hashable, where: Origin, said: str, hint: str = "") -> None:
        """Say something, unless something was said under this key."""
        if key not in self._said:
            self.say(key, where, said, hint)

    def say(self, key: Hashable, where: Origin, said: str, hint: str = "") -> None:
        """Say something, in the place of what was said under this key."""
        former, remark = self._said.get(key), Problem(where, said, hint)
        self._said[key] = remark
        if former is None:
            self._findings.note(remark)
        else:
            self._put(former, [remark])

    def say_of_first(self, key: Hashable, where: Origin, said: str, times: int = 1) -> None:
        """Say something where it is met first under this key, and how often it was met again."""
        first, before = self._firsts.get(key, (Problem(where, said), 0))
        self._firsts[key] = first, before + times
        again = before + times - 1
        more = f"; and likewise {again:,} times more" if again else ""
        self.say(key, first.origin, first.problem + more)

    def withdraw(self, key: Hashable) -> None:
        """Leave unsaid what was said under this key, if anything was."""
        former = self._said.pop(key, None)
        if former is not None:
            self._put(former, [])

    def _put(self, former: Problem, latter: list[Problem]) -> None:
        problems = self._findings.problems
        if former in problems:  # of the problems that came late only the number is known
            place = problems.index(former)
            problems[place : place + 1] = latter


def shortened(cell: Any) -> str:
    """Return how a cell is shown in a message."""
    shown = repr(cell)
    return shown if len(shown) <= 60 else shown[:57] + "…" + shown[-1]
