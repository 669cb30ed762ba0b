"""What of a tree is looked at, and why the rest is passed over.

Patterns are those of gitignore(5), in any case: the last one that matches decides, "!" takes
back, a "/" at the end means folders, any other "/" ties it to the folder of its file, ``**`` is
any folders.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from tbconvert.errors import SourceError
from tbconvert.globs import are_whole
from tbconvert.model import Origin
from tbconvert.options import Options
from tbconvert.storage import Names, joined, small_text, split

IGNORE_FILE = ".tbconvertignore"
"""What a folder may have, for itself and all below it."""

_MOST = 1 << 24
"""Bytes of such a file: nobody writes as many by hand."""

_TELLING = (".hydra",)
"""Hidden folders that tell what a training was started with."""


class Walk:
    """Guides a walk, and tells ``skipped`` what it passed over: hidden things, and unwanted ones.

    Of a folder that is passed over nothing is told but itself. ``is_claimed`` tells of the name
    of a hidden file whether it is that of a log.
    """

    def __init__(
        self,
        folder: str,
        options: Options,
        skipped: list[SourceError],
        is_claimed: Callable[[str], bool],
    ) -> None:
        self._folder = folder
        self._is_claimed = is_claimed
        self._skipped = skipped
        self._wanted = Patterns().within((), options.include_files, "--include-files")
        self._excluded = Patterns().within((), options.exclude_files, "--exclude-files")
        self._unwanted: dict[Names, Patterns] = {(): Patterns()}

    def enter(self, folder: str, path: Names, names: Collection[str]) -> None:
        """Read what a folder says of itself and all below it."""
        if IGNORE_FILE in names:
            anchor, folders, last = split(folder)
            file = joined(anchor, (*folders, last, IGNORE_FILE))
            lines = small_text(file, _MOST).removeprefix("\ufeff").split("\n")
            self._unwanted[path] = self._in(path).within(
                path, lines, "/".join((*path, IGNORE_FILE))
            )

    def passes_over(self, path: Names, *, is_folder: bool) -> bool:
        """Tell whether a file or folder is passed over, and take note of it."""
        why = self._why(path, is_folder=is_folder)
        if why:
            where = "/".join((self._folder.rstrip("/"), *path)) + ("/" if is_folder else "")
            self._skipped.append(SourceError(Origin(where), why))
        return bool(why)

    def _why(self, path: Names, *, is_folder: bool) -> str:
        if path[-1] == IGNORE_FILE:
            return "says which files are not wanted"
        if path[-1].startswith("."):
            is_known = path[-1] in _TELLING if is_folder else self._is_claimed(path[-1])
            if not is_known:
                return "hidden; converted where it is named"
        # the command line comes last, and so decides
        patterns = (*self._in(path[:-1]).patterns, *self._excluded.patterns)
        if found := Patterns(patterns).matching(path, is_folder=is_folder):
            return f"unwanted: {found}"
        if is_folder or not self._wanted.patterns:
            return ""
        levels = range(1, len(path) + 1)
        is_wanted = any(
            self._wanted.matching(path[:level], is_folder=level < len(path)) for level in levels
        )
        return "" if is_wanted else "no --include-files is for it"

    def _in(self, path: Names) -> Patterns:
        """Return what folders say of what is in one: those of the nearest that has its own."""
        nearest = next(
            level for level in range(len(path), -1, -1) if path[:level] in self._unwanted
        )
        return self._unwanted[path[:nearest]]


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """One line; ``origin`` says where it stands, ``base`` the folder that it is tied to."""

    glob: str
    origin: str
    base: tuple[str, ...]
    takes_back: bool
    is_of_folders: bool
    is_tied: bool

    def matches(self, path: Sequence[str], *, is_folder: bool) -> bool:
        if self.is_of_folders and not is_folder:
            return False
        below = path[len(self.base) :]
        return are_whole((self.glob,), "/".join(below) if self.is_tied else below[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Those that hold in a folder: its own come after those of the folders above."""

    patterns: tuple[_Pattern, ...] = ()

    def within(self, base: Sequence[str], lines: Iterable[str], origin: str) -> Patterns:
        """Return what holds below a folder, whose patterns are some ``lines``.

        ``base`` are the names of the folders that lead there from where the walk began;
        ``origin`` is what people are told that the patterns come from.
        """
        found = (
            _parsed(line, f"{origin}:{number}", tuple(base)) for number, line in enumerate(lines, 1)
        )
        return Patterns((*self.patterns, *(pattern for pattern in found if pattern is not None)))

    def matching(self, path: Sequence[str], *, is_folder: bool) -> str:
        """Return where the pattern stands that a file or folder matches; "" if there is none.

        ``path`` are the names that lead there from where the walk began. Nobody is asked of
        what is below a folder that matches.
        """
        for pattern in reversed(self.patterns):
            if pattern.matches(path, is_folder=is_folder):
                return "" if pattern.takes_back else pattern.origin
        return ""


def _parsed(line: str, origin: str, base: tuple[str, ...]) -> _Pattern | None:
    glob = line.strip()
    if not glob or glob.startswith("#"):
        return None
    takes_back = glob.startswith("!")
    glob = glob.removeprefix("!").removeprefix("\\")
    is_of_folders = glob.endswith("/")
    glob = glob.rstrip("/")
    is_tied = "/" in glob
    glob = glob.removeprefix("/")
    return _Pattern(glob, origin, base, takes_back, is_of_folders, is_tied) if glob else None
