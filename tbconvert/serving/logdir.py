"""What is the matter with a whole logdir, by the names of its event files alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tbconvert.serving.finding import Finding, Severity
from tbconvert.serving.names import MARK

_SPARE = 7
"""Files that the data server has open beside event files."""


def logdir_findings(files: Iterable[str], descriptors: int | None = None) -> Iterator[Finding]:
    """Yield what is the matter with the names and the number of event files.

    ``files`` are their paths below the logdir, with "/", and what is no UTF-8 in them as
    ``os.fsdecode`` has it. ``descriptors`` is how many files a process may have open.
    """
    folders: dict[PurePosixPath, set[str]] = defaultdict(set)
    for file in files:
        path = PurePosixPath(file)
        folders[path.parent].add(path.name)
    yield from _of_number(sum(map(len, folders.values())), descriptors)
    yield from _taken_for_files(folders.keys())
    for folder, names in sorted(folders.items()):
        yield from _of_folder(folder, names)


def _of_number(count: int, descriptors: int | None) -> Iterator[Finding]:
    most = count if descriptors is None else max(descriptors - _SPARE, 0)
    if count > most:
        said = (
            f"{count} event files, and no process may have more than {descriptors} files open: "
            f"TensorBoard reads {most} of them at most, and none where there are many more"
        )
        cure = f"run ulimit -n {count + 100} before tensorboard"
        yield Finding("many-files", "loss", "", None, said, cure)


def _taken_for_files(folders: Iterable[PurePosixPath]) -> Iterator[Finding]:
    runs = set(folders)
    for folder in sorted({folder for run in runs for folder in (run, *run.parents)}):
        if MARK in folder.name and (folder in runs or folder.parent in runs):
            said = (
                f"the folder has {MARK} in its name: the Python reader takes it for a file, "
                "fails, and then shows nothing; TensorBoard itself does not mind"
            )
            yield Finding("tfevents-folder", "loss", str(folder), None, said, "rename it")


def _of_folder(folder: PurePosixPath, names: set[str]) -> Iterator[Finding]:
    def found(code: str, severity: Severity, path: PurePosixPath, said: str, cure: str) -> Finding:
        return Finding(code, severity, _shown(str(path)), None, said, cure)

    if any(part.startswith(".") for part in folder.parts):
        said = "a hidden folder: TensorBoard shows it as a run"
        yield found("hidden", "hint", folder, said, "move it out of the logdir")
    if not _is_utf8(str(folder)):
        said = "no UTF-8: TensorBoard shows another name, its Python reader shows no run at all"
        yield found("name-encoding", "loss", folder, said, "rename the folder")
    for name in sorted(names):
        path = folder / name
        if not _is_utf8(name):
            said = "no UTF-8: TensorBoard reads it, its Python reader shows no run at all"
            yield found("name-encoding", "loss", path, said, "rename it")
        if not name.startswith("."):
            continue
        if original := _original(name, names):
            said = (
                f"a hidden copy of {_shown(original)}, half written perhaps: both are read, "
                "TensorBoard keeps the points of the later one, its Python reader those of both"
            )
            yield found("hidden-copy", "loss", path, said, "remove it")
        else:
            said = "a hidden file: TensorBoard reads it all the same"
            yield found("hidden", "hint", path, said, "move it out of the logdir")


def _original(name: str, names: set[str]) -> str | None:
    """Return the file that a hidden one was to become: rsync adds a dot and an end of its own."""
    bare = name.lstrip(".")
    beginnings = (bare[:end] for end in range(1, len(bare) + 1))
    return next((other for other in beginnings if other != name and other in names), None)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
