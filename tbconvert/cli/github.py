"""What is wrong, in the workflow commands of GitHub Actions: annotations at file and line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Literal

from tbconvert.cli.outcome import Note, Outcome
from tbconvert.storage import STDIN, absolute, exists, is_uri

_MOST = 10
"""Annotations of one level that GitHub shows of a step; it drops the others."""

_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPED_IN_PROPERTIES = _ESCAPED | {":": "%3A", ",": "%2C"}

Level = Literal["error", "warning"]


def annotated(outcome: Outcome) -> Iterator[str]:
    """Yield a line for each reason to fail, and one for each other problem of a run."""
    wrong = [(f"tbconvert: {fault.why}", fault.note) for fault in outcome.faults]
    yield from commands("error", wrong)
    others = [(f"tbconvert: run {run.run}", note) for run in outcome.runs for note in run.warnings]
    yield from commands("warning", others)


def commands(level: Level, notes: Sequence[tuple[str, Note]]) -> Iterator[str]:
    """Yield workflow commands of titles and notes.

    There are no more than are shown: the last one says how many more.
    """
    shown = notes if len(notes) <= _MOST else notes[: _MOST - 1]
    yield from (_command(level, title, note) for title, note in shown)
    if more := len(notes) - len(shown):
        said = f"and {more:,} more, which --json and --verbose have"
        yield _command(level, "tbconvert", Note(said, said))


def in_repository(uri: str) -> str | None:
    """Return a file as GitHub names it, None where it is no file of the repository."""
    if uri == STDIN or is_uri(uri):
        return None
    if not exists(uri):
        uri = uri.rpartition("#")[0] or uri  # a part of it
    root = PurePath(os.environ.get("GITHUB_WORKSPACE") or absolute("."))
    path = PurePath(absolute(uri))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def _command(level: Level, title: str, note: Note) -> str:
    file = in_repository(note.uri) if note.uri else None
    line = "" if note.line is None else str(note.line)
    place = ":".join(part for part in (note.uri, line) if part)
    said = f"{place}: {note.said}" if place and file is None else note.said
    properties = {"file": file, "line": line if file else "", "title": title}
    about = ",".join(
        f"{name}={_escaped(value, _ESCAPED_IN_PROPERTIES)}"
        for name, value in properties.items()
        if value
    )
    return f"::{level} {about}::{_escaped(said, _ESCAPED)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
