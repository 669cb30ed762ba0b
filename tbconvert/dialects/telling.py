"""What people are told of dialects: by what their files are known, and why one was taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tbconvert.dialects.dialect import Dialect, Mark, Peek

_MOST = 4
"""Names that are said of a list."""

_DIGITS = re.compile(r"(\[0-9\])+")
"""What stands for a number in globs."""


def known_by(dialect: Dialect) -> list[str]:
    """Return by what the files of a dialect are known, a line for each mark."""
    said = [mark_text(mark) for mark in dialect.marks]
    if dialect.marker:
        marker = dialect.marker.decode("utf-8", "replace").strip()
        said.append(f"console logs with {marker!r}")
    return said


def files_text(dialect: Dialect) -> str:
    """Say in a line how the files of a dialect are called; "" if that says nothing of them."""
    files = dict.fromkeys(name for mark in dialect.marks for name in mark.files)
    is_by_content = bool(dialect.marker) or any(not mark.files for mark in dialect.marks)
    return _listed((*files, *["by content"] * is_by_content), _MOST, ", ")


def mark_text(mark: Mark, most: int | None = None) -> str:
    """Say what a file looks like: "metrics.csv with column 'loss'".

    Of a list at most so many; and where some are left out, all that it must not have.
    """
    if mark.files:
        what = _listed(mark.files, most, " or ")
    else:
        what = f"{_listed(mark.formats, most, ' or ')} files".lstrip()
    parts = [*_contents(mark, most)]
    if mark.beside:
        parts.append(f"{_listed(mark.beside, most, ' and ')} beside it")
    return what + (f" with {', and '.join(parts)}" if parts else "")


def _contents(mark: Mark, most: int | None) -> Iterator[str]:
    for what, globs in (("column", mark.columns), ("key", mark.keys), ("line", mark.comments)):
        if globs:
            yield f"{what}{'s' * (len(globs) > 1)} {_listed(map(repr, globs), most, ', ')}"
    if mark.line:
        yield f"a first line like '{mark.line}'"
    if mark.but and most is None:
        yield f"no column {_listed(map(repr, mark.but), _MOST, ' or ')}"


def _listed(names: Iterable[str], most: int | None, between: str) -> str:
    every = [_DIGITS.sub("N", name) for name in names]
    shown = every[:most]
    return between.join(shown) + (", …" if len(every) > len(shown) else "")


def why_taken(dialect: Dialect, peek: Peek, *, is_given: bool) -> str:
    """Say why a file was taken for one of a dialect."""
    if is_given:
        return "as --dialect says"
    if not dialect.marks:
        return "since no other dialect claims it"
    fitting = _fitting(dialect, peek)
    if fitting:
        return f"by {mark_text(max(fitting, key=lambda mark: mark.weight), _MOST)}"
    return "by how it begins"


def also_fit(taken: Dialect, peek: Peek, dialects: Sequence[Dialect]) -> list[str]:
    """Return the names of the other dialects whose marks fit a file as well."""
    return [one.name for one in dialects if one.name != taken.name and _fitting(one, peek)]


def _fitting(dialect: Dialect, peek: Peek) -> list[Mark]:
    return [m for m in dialect.marks if m.fits_name(peek.path) and not m.lacks(peek)]
