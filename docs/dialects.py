"""Write ``docs/dialects.md``: the page of all dialects, from the table of them.

``make docs-dialects`` runs it; a test says when the page is stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tbconvert.dialects import DIALECTS, GENERIC, Dialect
from tbconvert.dialects.telling import known_by

PAGE = Path(__file__).resolve().with_suffix(".md")

_BAR = "\\|"

_HEAD = """# Dialects

<!-- Written by docs/dialects.py: change the table of dialects, then `make docs-dialects`. -->

What each logger calls things. A log is taken for one of a dialect by the name of its file and by
what is in it; of several dialects the one is taken that says most. `tbconvert inspect LOG` says
which one it was, and why; `--dialect NAME` overrules. A dialect knows all that `generic` knows,
and its own names before that: the table has only these. Steps and times are given by the names
of columns, a clock counts seconds from the start of the run; where a cell is empty, they are found
as in any log, or made by the dialect from what its log says otherwise.

With every dialect, texts that are the same in all rows and the settings in files beside a log
(`config.yaml`, `args.json`, `hparams.json`, Hydra's `.hydra/config.yaml`, …) become
hyperparameters, and `--hparam KEY=VALUE` adds more; the table has what becomes hyperparameters
besides. [A dialect of your own](own-dialect.md) is a few lines of configuration.

| dialect | files | step | time | hyperparameters |
|---|---|---|---|---|
"""

_SAMPLES = """
## A command for each

"""


def page() -> str:
    """Return the page, as it should be."""
    rows = [_row(dialect) for dialect in _sorted(DIALECTS)]
    samples = [
        f"    {dialect.sample}  # {dialect.name}\n"
        for dialect in _sorted(DIALECTS)
        if dialect.sample
    ]
    return _HEAD + "".join(rows) + _SAMPLES + "".join(samples)


def _sorted(dialects: Iterable[Dialect]) -> list[Dialect]:
    """Return dialects by name, the generic one last."""
    return sorted(dialects, key=lambda one: (one.name == GENERIC.name, one.name.casefold()))


def _row(dialect: Dialect) -> str:
    if dialect is GENERIC:
        files = ["any log that no other dialect claims"]
        steps, times, clocks = dialect.steps, dialect.wall_times, dialect.clocks
        settings = [f"columns {_code(dialect.settings)}"]
    else:
        files = [_cell(line) for line in known_by(dialect)]
        steps, settings = _own(dialect, "steps"), _own_settings(dialect)
        times, clocks = _times(dialect)
    of_time = [_code(times)] if times else []
    of_time += [f"clock {_code(clocks)}"] if clocks else []
    name = f"**{dialect.name}**<br>{_cell(dialect.about)}"
    cells = (name, "<br>".join(files), _code(steps), "<br>".join(of_time), "<br>".join(settings))
    return f"| {' | '.join(cells)} |\n"


def _own(dialect: Dialect, names: str) -> tuple[str, ...]:
    """Return the names that a dialect has in front of the generic ones, or is known by."""
    every, general = getattr(dialect, names), set(getattr(GENERIC, names))
    known = {name.casefold() for mark in dialect.marks for name in mark.columns}
    return tuple(dict.fromkeys(n for n in every if n not in general or n in known))


def _times(dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of wall times and of clocks, each once.

    What generic takes for either, by its numbers, stands among the times; a clock that only the
    dialect knows is none of those.
    """
    times, clocks = _own(dialect, "wall_times"), _own(dialect, "clocks")
    clocks = tuple(n for n in clocks if n not in times or n not in GENERIC.clocks)
    return tuple(n for n in times if n not in clocks), clocks


def _own_settings(dialect: Dialect) -> list[str]:
    columns = _own(dialect, "settings")
    files = sorted(dialect.settings_names - GENERIC.settings_names)
    said = [f"columns {_code(columns)}"] if columns else []
    return said + ([f"files {_code(files)}"] if files else [])


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name.replace('|', _BAR)}`" for name in names)


def _cell(text: str) -> str:
    """Return a text as it stands in a cell, none of its signs a command."""
    plain = text.replace("\n", " ")
    return "".join(f"\\{sign}" if sign in "\\*<[]|" else sign for sign in plain)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
