"""Files → run names: short, safe, and no two the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from string import Formatter

from tbconvert.dialects import Dialect
from tbconvert.errors import UsageError, did_you_mean
from tbconvert.model import Run
from tbconvert.packed import Packed
from tbconvert.run_names import safe_run

_TABLES = {".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".log", ".out", ".md"}
_ARRAYS = {".npz", ".npy", ".safetensors"}
_GRAPHS = {".pb", ".pbtxt", ".onnx"}
_COLUMNS = {".parquet", ".arrow", ".feather", ".ipc"}
_SUFFIXES = _TABLES | _COLUMNS | _ARRAYS | _GRAPHS
_SUFFIXES |= {".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".gz", ".bz2", ".xz", ".zst"}


@dataclass(frozen=True, slots=True)
class Place(Packed):
    """Where a file was found: its folders from the root on, its name, and how it was found.

    ``below`` of its folders lie below the one that the user named; None where the user
    named the file itself. ``is_stock`` tells that the name says nothing of the run,
    ``is_telling`` that it does, although it is a stock name.
    """

    folders: tuple[str, ...]
    name: str
    below: int | None = None
    home: int | None = None
    is_stock: bool = False
    is_telling: bool = False

    def stem(self) -> str:
        """Return the name without its suffixes: ``a.csv.gz`` is ``a``, and ``a.0.1`` stays."""
        name = self.name
        while (dot := name.rfind(".")) > 0 and name[dot:].casefold() in _SUFFIXES:
            name = name[:dot]
        return name


def home_of(place: Place, dialect: Dialect) -> tuple[str, ...]:
    """Return the folder of the run of a file: above those that say nothing."""
    if place.home is not None:
        return place.folders[: place.home]
    folders = place.folders
    while len(folders) > 1 and dialect.is_stock_folder(folders[-1]):
        folders = folders[:-1]
    return folders


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """What a run is called; ``wanted`` is what it would be, were it alone."""

    run: Run
    wanted: Run


def name_runs(
    places: Sequence[Place],
    dialects: Sequence[Dialect],
    run: str | None = None,
    template: str | None = None,
) -> list[Name]:
    """Name the run of each file.

    A file's run is its stem, below the folders in which a walk found it; where the stem is
    a stock name of its dialect, its folder. Names that would be one are told apart by the
    folders in which their files differ, then by number; so are those that differ only in
    case, since some file systems do not see it. A ``run`` that the user gave is the name of
    a single file, and the folder of several; a ``template`` makes names of ``FIELDS``, in which
    ``run`` is the name that a run would have without it.
    """
    if run is not None and len(places) == 1:
        given = Run(".") if run == "." else safe_run(run)
        return [Name(given, given)]
    paths = [_Path.of(place, dialect) for place, dialect in zip(places, dialects, strict=True)]
    above = f"{run}/" if run not in (None, ".") else ""
    safe = cache(safe_run)  # most names stay what they are, and are asked for again
    wanted = [safe(above + path.text()) for path in paths]
    _tell_apart(paths)
    found = [above + path.text() for path in paths]
    if template is not None:
        wanted = [
            safe(template.format(**_fields(place, dialect), run=name))
            for place, dialect, name in zip(places, dialects, found, strict=True)
        ]
        found = list(wanted)
    return list(map(Name, _numbered(list(map(safe, found))), wanted))


FIELDS = ("run", "stem", "name", "parent", "grandparent", "folder", "dialect")
"""What a template may name."""


def check_template(template: str) -> None:
    """Check that a template can name runs.

    Raises
    ------
    UsageError
        It is none, or names something else.
    """
    got = f"--run-name: got {template!r}"
    try:
        parts = list(Formatter().parse(template))
    except ValueError as err:
        raise UsageError(
            f"{got}, wanted names in braces, as {{parent}}: {err}", "run_name"
        ) from err
    names = [name for _, name, _, _ in parts if name is not None]
    for name in names:
        if name not in FIELDS:
            hint = did_you_mean(name, FIELDS, f"; wanted {', '.join(FIELDS)}")
            raise UsageError(f"{got}, in which {name!r} is nothing of a run{hint}", "run_name")
    if any(form or conversion for _, _, form, conversion in parts):
        raise UsageError(f"{got}, wanted plain names in braces", "run_name")
    if not names:
        raise UsageError(f"{got}, the same for all runs; --run names a single one", "run_name")


def _fields(place: Place, dialect: Dialect) -> dict[str, str]:
    above = ("", "", *place.folders)
    return {
        "stem": place.stem(),
        "name": place.name,
        "parent": above[-1],
        "grandparent": above[-2],
        "folder": "/".join(place.folders[len(place.folders) - (place.below or 0) :]),
        "dialect": dialect.name,
    }


@dataclass(slots=True, eq=False)
class _Path:
    """What a name is taken from: the last ``used`` folders, and the stem if it says anything."""

    folders: tuple[str, ...]
    stem: str
    used: int

    @classmethod
    def of(cls, place: Place, dialect: Dialect) -> _Path:
        stem = place.stem()
        folders, below = list(place.folders), place.below or 0
        is_stock = place.is_stock or (dialect.is_stock_name(stem) and not place.is_telling)
        if not is_stock or not folders:
            return cls(tuple(folders), stem or "run", below)
        while len(folders) > 1 and dialect.is_stock_folder(folders[-1]):
            folders.pop()
            below -= 1
        return cls(tuple(folders), "", max(below, 1))

    def text(self) -> str:
        folders = self.folders[len(self.folders) - self.used :]
        return "/".join((*folders, self.stem) if self.stem else folders)


def _tell_apart(paths: list[_Path]) -> None:
    clashing = True
    while clashing:
        groups: dict[str, list[_Path]] = {}
        for path in paths:
            groups.setdefault(path.text().casefold(), []).append(path)
        clashing = False
        for group in groups.values():
            levels = zip(*(path.folders for path in group), strict=False)
            shared = len(list(takewhile(lambda level: len({*level}) == 1, levels)))
            for path in group if len(group) > 1 else ():
                if path.used < len(path.folders) - shared:
                    path.used += 1
                    clashing = True


def _numbered(wanted: Sequence[Run]) -> list[Run]:
    taken: set[str] = set()
    reserved = {name.casefold() for name in wanted}
    runs = []
    for name in wanted:
        run, number = name, 1
        while run.casefold() in taken or (number > 1 and run.casefold() in reserved):
            number += 1
            run = Run(f"{name}-{number}")
        taken.add(run.casefold())
        runs.append(run)
    return runs
