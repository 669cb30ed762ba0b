"""What came of a command, run by run: all that a pipeline is told is made of this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tbconvert.report import RequirementReport


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say: ``said`` at a line of the file ``uri``, ``text`` where no place is shown.

    ``uri`` is "" where it is about no file.
    """

    said: str
    text: str
    uri: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason for a status other than 0: ``why`` is its kind, or the option that asked.

    ``run`` is the place of its run among all of the outcome, None where it is of none.
    """

    why: str
    note: Note
    run: int | None = None

    @property
    def is_asked(self) -> bool:
        """Whether it is one only because an option asked."""
        return self.why.startswith("--")


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """One run: ``name`` is what people call it, ``uri`` a file that stands for it, "" if none does.

    ``is_there`` tells that it has event files to be read, ``is_error`` that it is not what was
    asked for, ``skipped`` why there was nothing to do. ``cells`` stand beside it in a table,
    ``warnings`` are to be seen by everybody, ``details`` by who looks at the run.
    """

    run: str
    name: str
    uri: str = ""
    is_there: bool = True
    is_error: bool = False
    skipped: str = ""
    cells: tuple[str, ...] = ()
    warnings: tuple[Note, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of a command; it leaves with 0 if and only if there are no ``faults``.

    ``summary`` is it in one line, ``columns`` are the heads of the cells of its runs.
    """

    command: str
    summary: str
    runs: tuple[RunOutcome, ...]
    faults: tuple[Fault, ...] = ()
    requirements: tuple[RequirementReport, ...] = ()
    seconds: float = 0.0
    columns: tuple[str, ...] = ()


def unmet(
    requirements: Sequence[RequirementReport], runs: Sequence[RunOutcome] = ()
) -> Iterator[Fault]:
    """Yield the requirements that do not hold."""
    places = {run.run: place for place, run in enumerate(runs)}
    for one in requirements:
        if not one.ok:
            place = places.get(one.run) if one.run is not None else None
            uri = runs[place].uri if place is not None else ""
            yield Fault(f"--require {one.require!r}", Note(one.problem, one.problem, uri), place)


def held(requirements: Sequence[RequirementReport]) -> str:
    """Say how many requirements hold."""
    count = sum(one.ok for one in requirements)
    return f"requirements that hold: {count:,} of {len(requirements):,}"
