"""What can go wrong, said once: where, got, wanted, what to do.

An exception crosses process borders, so each hands its own arguments to ``Exception``:
otherwise it would not unpickle in the parent.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for the command line, which must not wait for Arrow to say --help
    from tbconvert.model import Origin


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the end of a message: which known name is nearest, or what is said if none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else otherwise


class TbconvertError(Exception):
    """Anything that a user can mend; its text is a whole message."""


class UsageError(TbconvertError):
    """The command, not the data, is wrong: nothing was done (exit status 2).

    Parameters
    ----------
    said
        What was got and what was wanted.
    option
        The field of ``Options`` that is wrong, or "" if it is none of them alone.
    """

    def __init__(self, said: str, option: str = "") -> None:
        super().__init__(said, option)
        self.said = said
        self.option = option

    def __str__(self) -> str:
        return self.said


class SourceError(TbconvertError):
    """A source that cannot be converted any further.

    Parameters
    ----------
    origin
        Where it stood.
    problem
        What was got and what was wanted.
    hint
        What to do.
    """

    def __init__(self, origin: Origin, problem: str, hint: str = "") -> None:
        super().__init__(origin, problem, hint)
        self.origin = origin
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.origin}: {self.problem}" + (f"; {self.hint}" if self.hint else "")


class TargetError(TbconvertError):
    """The logdir, or a run in it, cannot be written.

    Parameters
    ----------
    place
        The file or directory.
    problem
        What was got and what was wanted.
    hint
        What to do.
    """

    def __init__(self, place: str, problem: str, hint: str = "") -> None:
        super().__init__(place, problem, hint)
        self.place = place
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f"; {self.hint}" if self.hint else "")
