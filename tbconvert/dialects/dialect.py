"""The vocabulary a dialect is written in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one logger calls things. All names are casefolded; the first that is there wins.

    A name means a whole column name, or its last part after a "/". Those in
    ``weak_steps`` say little by themselves: they must also be whole names, and rise from
    row to row; ``indexes`` are those of them that a data frame writes, and that are no metric
    beside a step. ``clocks`` count seconds from the start of the run. ``runs`` name what tells
    several runs in one table apart, ``tags`` and ``values`` the two columns of a long table.
    ``stock_names`` are file names that say nothing of the run, ``stock_folders`` folders,
    ``stock_series`` words in the names of snapshots; ``settings_names`` are files that hold
    what a training was started with, in a single line.
    """

    name: str
    about: str
    steps: tuple[str, ...] = ()
    weak_steps: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    wall_times: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    stock_names: frozenset[str] = frozenset()
    stock_folders: frozenset[str] = frozenset()
    stock_series: frozenset[str] = frozenset()
    settings_names: frozenset[str] = frozenset()
