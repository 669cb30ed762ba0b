"""Inputs → files: names, folders, globs and "-" (standard input), each file once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tbconvert import storage
from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Origin
from tbconvert.naming import Place
from tbconvert.options import Options
from tbconvert.packed import Packed
from tbconvert.walking import Walk


@dataclass(frozen=True, slots=True, eq=False)
class Found(Packed):
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
        return storage.exists(self._beside(path))

    def text_beside(self, path: str, most: int = 4 << 20) -> str:
        """Return what stands in a file that is not large, by its path from this one's folder."""
        if not self.has(path):
            return ""
        return storage.small_text(self._beside(path), most)

    def text(self, path: Sequence[str]) -> str:
        """Return what stands in a small file, by its path from the root; "" if there is none."""
        anchor, _, _ = storage.split(self.uri)
        return storage.small_text(storage.joined(anchor, path))

    def _beside(self, path: str) -> str:
        anchor, folders, _ = storage.split(self.uri)
        return storage.joined(anchor, (*folders, path))


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search comes across besides files to be converted.

    ``failed`` cannot be found or looked into, ``skipped`` is passed over, ``folders`` are
    those that were walked, in full. ``is_claimed`` tells of the name of a hidden file whether
    it is that of a log.
    """

    failed: list[SourceError] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    is_claimed: Callable[[str], bool] = lambda name: False


def find(inputs: Iterable[str], options: Options, search: Search) -> Iterator[Found]:
    """Yield each file once; ``search`` gets what is none.

    Raises
    ------
    UsageError
        An input is no name.
    """
    seen: set[str | Place] = set()
    for file in _all(inputs, options, search):
        key = _key(file)
        if key not in seen:
            seen.add(key)
            yield file


def _key(file: Found) -> str | Place:
    """Return what is the same for a file wherever and however it is met."""
    if file.uri == storage.STDIN or storage.is_uri(file.uri):
        return file.uri
    if not file.place.folders:  # of a stream, which has no place of its own
        return storage.absolute(file.uri)
    return Place(file.place.folders, file.place.name)


def _all(inputs: Iterable[str], options: Options, search: Search) -> Iterator[Found]:
    for name in inputs:
        if not name:
            raise UsageError("got '' as a source, wanted a file, a folder, a pattern or '-'")
        try:
            yield from _of_input(name, options, search)
        except SourceError as err:  # a store does not tell
            search.failed.append(err)


def _of_input(name: str, options: Options, search: Search) -> Iterator[Found]:
    if name == storage.STDIN:
        yield Found(name, Place((), "stdin"))
    elif storage.is_folder(name):
        yield from _walk(name, options, search)
    elif storage.is_pattern(name):
        yield from _match(name, options, search)
    elif storage.is_stream(name) and storage.absolute(name).startswith("/dev/"):
        # no name of its own: <(…) of a shell makes /dev/fd/63
        yield Found(name, Place((), "stdin"))
    else:
        yield Found(name, _place(name))


def _match(pattern: str, options: Options, search: Search) -> Iterator[Found]:
    matches = storage.match(pattern)
    if not matches:
        search.failed.append(SourceError(Origin(pattern), "no file matches this pattern"))
    for match in matches:
        if storage.is_folder(match):
            yield from _walk(match, options, search)
        else:
            yield Found(match, replace(_place(match), below=0))


def _walk(folder: str, options: Options, search: Search) -> Iterator[Found]:
    depth = len(_place(folder).folders) + 1
    guide = Walk(folder, options, search.skipped, search.is_claimed)
    search.folders.append(storage.absolute(folder))
    known: dict[str, tuple[str, ...]] = {}  # many files have one folder, in time and in memory
    for path in storage.walk(folder, guide, search.failed.append):
        above, _, name = path.rpartition("/")
        folders = known.get(above)
        if folders is None:
            folders = known[above] = _place(path).folders
        yield Found(path, Place(folders, name, len(folders) - depth))


def _place(name: str) -> Place:
    _, folders, last = storage.split(name)
    return Place(folders, last)
