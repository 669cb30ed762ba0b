"""Inputs → files: names, folders, globs and "-" (standard input), each file once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from tbconvert import storage
from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Origin
from tbconvert.naming import Place


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and where it was found."""

    uri: str
    place: Place

    @property
    def is_named(self) -> bool:
        """Whether the user named the file itself."""
        return self.place.below is None

    @property
    def path(self) -> str:
        """The whole path, "/"-separated."""
        return "/".join((*self.place.folders, self.place.name))

    def has(self, path: str) -> bool:
        """Tell whether there is a file, by its path from the folder of this one."""
        if self.uri == storage.STDIN:
            return False
        return storage.exists(str(PurePath(storage.absolute(self.uri)).parent / path))

    def text_beside(self, path: str, most: int = 4 << 20) -> str:
        """Return what stands in a file that is not large, by its path from this one's folder."""
        if not self.has(path):
            return ""
        name = PurePath(storage.absolute(self.uri)).parent / path
        return storage.small_text(str(name), most)

    def text(self, path: Sequence[str]) -> str:
        """Return what stands in a small file, by its path from the root; "" if there is none."""
        root = PurePath(storage.absolute(self.uri)).anchor
        return storage.small_text(str(PurePath(root, *path)))


def find(inputs: Iterable[str], failed: list[SourceError]) -> Iterator[Found]:
    """Yield each file once; ``failed`` gets what cannot be found, or looked into.

    Raises
    ------
    UsageError
        An input is no name.
    """
    seen: set[str] = set()
    for file in _all(inputs, failed):
        key = file.uri if file.uri == storage.STDIN else storage.absolute(file.uri)
        if key not in seen:
            seen.add(key)
            yield file


def _all(inputs: Iterable[str], failed: list[SourceError]) -> Iterator[Found]:
    for name in inputs:
        if not name:
            raise UsageError("got '' as a source, wanted a file, a folder, a pattern or '-'")
        if name == storage.STDIN:
            yield Found(name, Place((), "stdin"))
        elif storage.is_folder(name):
            yield from _walk(name, failed)
        elif storage.is_pattern(name):
            yield from _match(name, failed)
        elif storage.is_stream(name) and storage.absolute(name).startswith("/dev/"):
            # no name of its own: <(…) of a shell makes /dev/fd/63
            yield Found(name, Place((), "stdin"))
        else:
            yield Found(name, _place(name))


def _match(pattern: str, failed: list[SourceError]) -> Iterator[Found]:
    matches = storage.match(pattern)
    if not matches:
        failed.append(SourceError(Origin(pattern), "no file matches this pattern"))
    for match in matches:
        if storage.is_folder(match):
            yield from _walk(match, failed)
        else:
            yield Found(match, replace(_place(match), below=0))


def _walk(folder: str, failed: list[SourceError]) -> Iterator[Found]:
    depth = len(_place(folder).folders) + 1
    for path in storage.walk(folder, failed.append):
        place = _place(path)
        yield Found(path, replace(place, below=len(place.folders) - depth))


def _place(name: str) -> Place:
    path = PurePath(storage.absolute(name))
    folders = tuple(part for part in path.parts[:-1] if part != path.anchor)
    return Place(folders, path.name)
