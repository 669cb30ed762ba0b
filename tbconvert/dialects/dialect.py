"""The vocabulary a dialect is written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tbconvert.globs import are_at_end, are_whole, is_like
from tbconvert.model import Raw, Setting, Source

_PACKED = re.compile(r"\.(gz|bz2|xz|zst|zstd)$", re.IGNORECASE)

Adapter = Callable[[Raw], Iterator[Raw]]
"""Makes of what a source holds, one piece after the other, what it really means.

One that holds something back has a method ``finish``, which yields the rest at the end.
"""

ReadText = Callable[[str], str]
"""Reads a small file, by its path from the folder of the run; "" if there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Peek:
    """What is known of a file before it is read: enough to tell who wrote it.

    ``path`` is "/"-separated. ``columns`` are the names that the first lines show, "/" between
    those of nested objects; ``comments`` the lines before a table; ``keys`` those of the
    outermost object of a document. ``has`` tells whether there is a file, by its path from
    the folder of this one: ``../meta.yaml``. ``line`` is the first one of a text.
    """

    path: str
    format: str
    columns: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    has: Callable[[str], bool] = lambda path: False
    line: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """What a file of a dialect looks like: everything that is said must hold.

    ``files`` are globs for the end of its path, in any case: ``metrics.csv``,
    ``version_*/metrics.csv``. ``formats`` are those it may have. Each glob of ``columns`` must
    match a column, each of ``keys`` a key of a document, each of ``comments`` a line before
    the table. None of ``but`` may match a column. Each of ``beside`` must be there, by its
    path from the folder of the file: ``../meta.yaml``. The whole first line must match ``line``, a
    regular expression. In a glob for files ``**`` stands for any folders.
    """

    files: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    line: str = ""

    def fits_name(self, path: str) -> bool:
        """Tell whether a file has the name."""
        return not self.files or are_at_end(self.files, _unpacked(path))

    def begins(self, folders: Sequence[str], name: str) -> Iterator[int]:
        """Yield at which of its folders the path of a file fits; the last one first."""
        for glob in self.files:
            for at in range(len(folders) - 1, -1, -1):
                if are_whole((glob,), _unpacked("/".join((*folders[at:], name)))):
                    yield at

    def lacks(self, peek: Peek) -> str:
        """Return what the content lacks to be of the dialect, or beside it; "" if nothing."""
        return self.lacks_inside(peek) or self.lacks_around(peek)

    def lacks_around(self, peek: Peek) -> str:
        """Return which file should lie beside, or how the first line should be; "" if all is so."""
        if self.line and re.fullmatch(self.line, peek.line) is None:
            return f"the first line is not like '{self.line}'"
        missing = next((path for path in self.beside if not peek.has(path)), None)
        return "" if missing is None else f"no file {missing!r} beside it"

    def lacks_inside(self, peek: Peek) -> str:
        """Return what format, columns and keys lack to be of the dialect; "" if nothing."""
        if self.formats and peek.format not in self.formats:
            return f"got format {peek.format!r}, wanted {' or '.join(self.formats)}"
        for what, globs, names in (
            ("column", self.columns, peek.columns),
            ("key", self.keys, peek.keys),
            ("line before the table", self.comments, peek.comments),
        ):
            for glob in globs:
                if not any(_is_like(name, glob) for name in names):
                    return f"no {what} {glob!r}"
        for glob in self.but:
            for name in peek.columns:
                if _is_like(name, glob):
                    return f"column {name!r} is none of it"
        return ""

    @property
    def weight(self) -> int:
        """How much it takes to fit: the more, the more specific it is."""
        named = max((len(glob.replace("*", "")) for glob in self.files), default=0)
        contents = (self.columns, self.keys, self.comments, self.beside)
        return named + 10 * (sum(map(len, contents)) + bool(self.line))


def _is_like(name: str, glob: str) -> bool:
    return is_like((glob,), name.strip())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dialect:
    """What one logger calls things.

    A file is of the dialect if it fits one of the ``marks``. All names are casefolded, and the
    first that is there wins. The name of a column means the whole one, or its last part
    behind a "/". What a dialect says stands in four groups: what it is, what its columns mean,
    which of its files make a run, and how they are read.
    """

    # ------------------------------------------------------------------------- what it is
    name: str
    about: str
    marks: tuple[Mark, ...] = ()
    sample: str = ""
    """A command that converts what the logger leaves, for the page of all dialects."""

    # ------------------------------------------------------------- what its columns mean
    steps: tuple[str, ...] = ()
    weak_steps: tuple[str, ...] = ()
    """Say little by themselves: they must also be whole names, and rise from row to row."""
    indexes: tuple[str, ...] = ()
    """Weak steps that a data frame writes, and that are no metric beside a step."""
    wall_times: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    """Count seconds from the start of the run."""
    runs: tuple[str, ...] = ()
    """Tell several runs in one table apart, if they have more than one value."""
    run: str = ""
    """The column that tells the runs apart, whatever it holds."""
    tags: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    """The two columns of a long table."""
    settings: tuple[str, ...] = ()
    """Globs for columns that say what the training was started with."""
    told: Callable[[Mapping[str, Setting]], Mapping[str, Setting]] | None = None
    """Returns what such settings are called."""
    unshown: tuple[str, ...] = ()
    """Whole names of columns that are no metrics, such as a clock that an adapter adds."""

    # ---------------------------------------------- which of its files make a run, and its name
    stock_names: frozenset[str] = frozenset()
    """Globs for names of files that say nothing of the run: it is called like its folder."""
    yields: bool = False
    """Stock names do say something beside another table of the folder."""
    stock_folders: frozenset[str] = frozenset()
    """Globs for folders that say nothing of the run."""
    stock_series: frozenset[str] = frozenset()
    """Words in the names of snapshots that say nothing."""
    settings_names: frozenset[str] = frozenset()
    """Globs for files that hold what a training was started with."""
    about_names: frozenset[str] = frozenset()
    """Globs for files that tell of a training where, when, by whom: they are left aside."""
    homes: frozenset[str] = frozenset()
    """Folders above which the run is, however deep below them a file lies.

    It is the one from which on the path is that of a mark. A reader finds the path from there
    as ``below``.
    """
    joins: bool = False
    """All tables of one folder make one run: by the marks that they fit, then by number.

    A reader finds as ``nth`` how many of them stand before.
    """
    family: str = ""
    """The dialect whose runs the tables join, if it is another one."""
    called: Callable[[str], str] | None = None
    """Returns what the run is called by the name of a file without suffixes, "" if by its folder.

    Then ``joins`` means those that are called the same.
    """
    named: Callable[[ReadText], Sequence[str]] | None = None
    """Returns the names that the last folders of the run should have.

    Raises ``SourceError`` for a run that is not to be shown.
    """
    names_runs: bool = False
    """The tables say what runs are called: alone, these stand in the logdir itself."""
    copies: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    """Returns, of the paths of all files, those without a curve that another one has not.

    Each comes with that other one.
    """
    lasts: tuple[str, ...] = ()
    """Globs for files that hold what was logged last once more: only what is new counts."""

    # ------------------------------------------------------------------- how they are read
    asks: Mapping[str, Any] = field(default_factory=dict)
    """Options to look at files with that have the name, and the neighbours, of a mark.

    For those whose content does not say what they are.
    """
    marker: bytes = b""
    """At the beginning of a console log of its."""
    pattern: tuple[str, ...] = ()
    """What the lines of such a log are read by, see ``--pattern``."""
    read: Mapping[str, Any] = field(default_factory=dict)
    """What the reader is to be told."""
    texts: tuple[str, ...] = ()
    """Files beside a log, by their path from its folder, that its adapter needs.

    It finds what stands in those that are there as ``texts``.
    """
    adapt: Callable[[Source], Adapter] | None = None
    """Makes an ``Adapter`` for a source whose columns are not what they say."""
    names_columns: bool = False
    """The adapter gives columns the names that the log does not."""

    def rank(self, path: str) -> int:
        """Return which of the marks the name of a file fits first; their number if none."""
        fitting = (at for at, mark in enumerate(self.marks) if mark.fits_name(path))
        return next(fitting, len(self.marks))

    def lacks(self, peek: Peek) -> str:
        """Return what a file lacks to be of the dialect, whatever its name; "" if nothing."""
        said = [mark.lacks(peek) for mark in self.marks]
        return said[0] if said and all(said) else ""

    def claims_hidden(self, name: str) -> bool:
        """Tell whether a mark has the name of a hidden file, and says that it is hidden."""
        globs = [glob for mark in self.marks for glob in mark.files if glob.startswith(".")]
        return is_like(globs, _unpacked(name))

    def is_settings_name(self, stem: str) -> bool:
        """Tell whether a file of this name holds what a training was started with."""
        return is_like(self.settings_names, stem)

    def is_about_name(self, stem: str) -> bool:
        """Tell whether a file of this name tells of a training, and nothing to be shown."""
        return is_like(self.about_names, stem)

    def is_last_name(self, name: str) -> bool:
        """Tell whether a file of this name has what was logged last once more."""
        return is_like(self.lasts, name)

    def is_stock_name(self, stem: str) -> bool:
        """Tell whether the name of a file says nothing of the run."""
        return is_like(self.stock_names, stem)

    def is_stock_folder(self, name: str) -> bool:
        """Tell whether the name of a folder says nothing of the run."""
        return is_like(self.stock_folders, name)

    def is_setting(self, column: str) -> bool:
        """Tell whether a column says what the training was started with."""
        return is_like(self.settings, column.strip())


def beside(*names: str) -> Callable[[Sequence[str]], Mapping[str, str]]:
    """Return what finds copies: of files in one folder the first of these names has all.

    Names are globs, the most telling one first.
    """

    def copies(paths: Sequence[str]) -> Mapping[str, str]:
        folders: dict[str, list[tuple[int, str]]] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            rank = _rank(name, names)
            if rank is not None:
                folders.setdefault(folder, []).append((rank, path))
        found: dict[str, str] = {}
        for ranked in folders.values():
            first, original = min(ranked)
            found |= {path: original for rank, path in ranked if rank != first}
        return found

    return copies


def _rank(name: str, globs: Iterable[str]) -> int | None:
    for rank, glob in enumerate(globs):
        if is_like((glob,), _unpacked(name)):
            return rank
    return None


@lru_cache(16)  # all marks look at the same one
def _unpacked(path: str) -> str:
    """Return the path that a file has when it is not compressed."""
    return _PACKED.sub("", path)
