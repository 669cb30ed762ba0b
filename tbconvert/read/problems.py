"""The problems of a block, counted to the last and kept to a bound."""

from __future__ import annotations

from dataclasses import dataclass, field

from tbconvert.model import Origin, Problem
from tbconvert.read.blocks import Block

_KEPT = 100


@dataclass(slots=True, eq=False)
class Problems:
    """What is wrong in a block: the first problems in full, all others as one."""

    origin: Origin
    _kept: list[Problem] = field(default_factory=list)
    _more: int = 0
    _cells: int = 0

    def note(
        self, row: int, problem: str, cells: int = 0, column: str | None = None, hint: str = ""
    ) -> None:
        """Take down what is wrong in a line, and how many cells it costs."""
        if len(self._kept) < _KEPT:
            origin = Origin(self.origin.uri, self.origin.part, row, column)
            self._kept.append(Problem(origin, problem, hint, cells))
        else:
            self._more += 1
            self._cells += cells

    def take(self) -> tuple[Problem, ...]:
        """Return them, and begin anew."""
        found = tuple(self._kept)
        if self._more:
            last = found[-1].origin
            text = f"{self._more} more problems in the lines after it"
            found += (Problem(Origin(last.uri, last.part, last.row), text, cells=self._cells),)
        self._kept, self._more, self._cells = [], 0, 0
        return found


def cut_off(damage: str) -> str:
    """Return what to say of a file that ends before all of it could be read."""
    return f"{damage}; what is lost counts as one cell"


def whole_utf8(block: Block, text: bytes, problems: Problems) -> bytes:
    """Return the text of a block in which every byte is UTF-8; note where one was not."""
    try:
        text.decode()
    except UnicodeDecodeError as err:
        row = block.first_line + text.count(b"\n", 0, err.start)
        problem = "not in the encoding of the file from here on: such bytes are read as '\ufffd'"
        problems.note(row, problem, hint="--encoding names another")
        return text.decode("utf-8", "replace").encode()
    return text
