"""One file → a source: its format by what is in it, its dialect by that and by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tbconvert.dialects import GENERIC, Dialect, Peek, by_name, detect, known, own
from tbconvert.errors import SourceError
from tbconvert.finding import Found
from tbconvert.model import Origin, RawTable, Run, Source
from tbconvert.naming import home_of
from tbconvert.options import Options
from tbconvert.read import (
    Sample,
    holds,
    open_source,
    read_source,
    sniff_sample,
    sniff_settings,
    take_sample,
)

UNASKED = "without --dialect it is found out"
"""What to do where a file is not of the dialect that is asked for."""

_MOST_BYTES = 1 << 26
_PROSE = re.compile(r"(?i).*\.(md|markdown|rst)")
_LOG_NAME = re.compile(
    r"(?i)loss|reward|return|score|metric|curve|progress|perplex|epoch|fitness|accura"
    r"|(?<![a-z])(logs?|acc|err|errors?|costs?|hist|history|stats?|results?|ppl|valid|eval)(?![a-z])"
)
_FOR_SETTINGS = re.compile(r"(?i).*\.(json|ya?ml)(\.(gz|bz2|xz|zst|zstd))?")


def recognise(file: Found, options: Options, location: str = "") -> Source:
    """Look at a file, and tell what it is; ``location`` is where its bytes are, if elsewhere.

    Raises
    ------
    SourceError
        It is nothing that can be converted, or nothing to be converted unless it is named.
    """
    options = options.of_source(file.path)
    forced = None if options.dialect is None else by_name(options.dialect)
    try:
        sample = take_sample(location or file.uri, options)
        asked = _asked(file, sample.head, forced, options)
        name, found = _sniffed(file, replace(sample, options=asked), options)
    except SourceError as err:
        where = replace(err.origin, uri=file.uri)
        raise SourceError(where, err.problem, err.hint) from err
    columns, comments, keys = (
        tuple(found.get(what) or ()) for what in ("columns", "comments", "keys")
    )
    peek = Peek(file.path, name, columns, comments, keys, file.has)
    lacking = "" if forced is None else forced.lacks(peek)
    dialect, others = detect(peek) if forced is None or lacking else (forced, ())
    if not dialect.marks:
        dialect = _of_settings(file, [forced] if forced is not None else own()) or dialect
    if forced is not None and lacking:
        said = f"--dialect {forced.name}: {lacking}"
        if not _completes(name, found, dialect, file.place.stem()):
            raise SourceError(Origin(file.uri), said, UNASKED)
        found["completes"] = said  # a log of that dialect, if one is beside it
    notes = tuple(note for note in found.get("notes", ()) if not _is_known(note, dialect))
    if others:
        also = ", ".join(others)
        notes += (f"taken for a log of {dialect.name}, and could be of {also}; --dialect says so",)
    if dialect.pattern and not options.pattern:
        found["is_asked"] = False  # that a console says more than its curves is known
    if dialect.texts:
        beside = {path: file.text_beside(path) for path in dialect.texts}
        found["texts"] = {path: text for path, text in beside.items() if text}
    found = {**found, **dialect.read, **_at_home(file, dialect), "notes": notes}
    if dialect.is_last_name(file.place.name):
        found["is_last"] = True
    source = Source(file.uri, Run(""), name, dialect.name, found, location)
    return _as_settings(file, source, dialect) or _claimed(file, source, dialect, forced)


def _is_known(note: str, dialect: Dialect) -> bool:
    """Tell whether a dialect knows what was inferred by the first lines: nobody need check it."""
    if not dialect.marks:
        return False
    names = ("header: none", "header: 1 names for", "records: ") if dialect.names_columns else ()
    shape = ("records: ",) if "shape" in dialect.read else ()
    return note.startswith(("delimiter: ", "decimal: ", *names, *shape))


def _sniffed(file: Found, sample: Sample, options: Options) -> tuple[str, dict[str, Any]]:
    """Return the format of a file, and its read options; settings may have any shape.

    ``options`` are the user's own: what is wrong is told by them where a dialect tried more.
    """
    try:
        return sniff_sample(sample)
    except SourceError:
        if sample.options.pattern and not options.pattern and sample.options.format is None:
            return _sniffed(file, replace(sample, options=options), options)
        is_object = sample.head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
        if is_object and _is_settings_name(file):
            return "json", sniff_settings(sample)
        raise


def _is_settings_name(file: Found) -> bool:
    """Tell whether a file is called as settings are, if it lies where a dialect has them."""
    stem = file.place.stem()
    if GENERIC.is_settings_name(stem) or _of_settings(file, own()):
        return True
    return any(dialect.is_settings_name(stem) and _is_placed(file, dialect) for dialect in known())


def _is_placed(file: Found, dialect: Dialect) -> bool:
    """Tell whether a file has the name that a mark wants, and lies where it wants it."""
    return any(
        mark.files and mark.fits_name(file.path) and all(map(file.has, mark.beside))
        for mark in dialect.marks
    )


def _asked(file: Found, head: bytes, forced: Dialect | None, options: Options) -> Options:
    """Return the options to look at a file with: some dialects know it by its name or a marker."""
    if options.format is not None or options.pattern:
        return options
    dialects = known() if forced is None else [forced]
    for dialect in dialects:
        if dialect.marker and dialect.marker in head:
            return replace(options, format="text", pattern=dialect.pattern)
    for dialect in dialects:  # a name such as log.txt says less than what is in the file
        if dialect.asks and _is_placed(file, dialect):
            return replace(options, **dialect.asks)
    return options


def _of_settings(file: Found, dialects: Sequence[Dialect]) -> Dialect | None:
    """Return which of some dialects a file holds settings of, by its name, that no mark tells."""
    stem = file.place.stem()
    if GENERIC.is_settings_name(stem) or _FOR_SETTINGS.fullmatch(file.place.name) is None:
        return None
    return next((dialect for dialect in dialects if dialect.is_settings_name(stem)), None)


def _completes(format: str, found: Mapping[str, Any], dialect: Dialect, stem: str) -> bool:
    """Tell whether a file completes a log of whatever dialect: settings, arrays, or a graph."""
    if holds(Source("", Run(""), format, dialect.name, found)) == "table":
        return format in ("json", "jsonl") and dialect.is_settings_name(stem)
    return True


def _at_home(file: Found, dialect: Dialect) -> dict[str, Any]:
    """Return what a dialect knows of a file by the folder of its run."""
    if not (dialect.homes or dialect.named):
        return {}
    folders, name = file.place.folders, file.place.name
    at = _home(file, dialect)
    home = home_of(file.place, dialect) if at is None else folders[:at]
    found: dict[str, Any] = {"below": "/".join((*folders[len(home) + 1 :], name))}
    if at is not None:
        found["home"] = at
    if dialect.named is not None:
        try:
            found["run_named"] = tuple(dialect.named(lambda path: file.text((*home, path))))
        except SourceError as err:
            raise SourceError(Origin(file.uri), err.problem, err.hint) from err
    return found


def _home(file: Found, dialect: Dialect) -> int | None:
    """Return how many folders lead to the run, if a folder of its dialect's ``homes`` is in it."""
    folders = file.place.folders
    for mark in dialect.marks:
        for at in mark.begins(folders, file.place.name):
            is_home = at > 0 and folders[at].casefold() in dialect.homes
            if is_home and all(map(file.has, mark.beside)):
                return at
    return None


def _as_settings(file: Found, source: Source, dialect: Dialect) -> Source | None:
    """Return a single object as settings, if its name says so."""
    if holds(source) != "table" or not dialect.is_settings_name(file.place.stem()):
        return None
    if not _is_single(source):
        return None
    found = {"max_document": _MOST_BYTES, **source.read_options, "holds": "settings"}
    return replace(source, format="json", read_options=found)


def _claimed(file: Found, source: Source, dialect: Dialect, forced: Dialect | None) -> Source:
    """Return a source that is to be converted: by its dialect, its name, or since it was asked for.

    Raises
    ------
    SourceError
        It is beside a log, but tells nothing of it; or it is a document like any other.
    """
    stem = file.place.stem()
    if file.is_named or (dialect.marks and forced is None) or dialect.is_settings_name(stem):
        return source
    if _PROSE.fullmatch(file.place.name):
        said = "a text about something, by its name; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    is_yaml = holds(source) == "settings"
    is_single = is_yaml or source.read_options.get("shape") == "single"
    if dialect.is_about_name(stem) and (is_single or _is_single(source)):
        said = "tells of a training, or of something else, and nothing to be shown"
        raise SourceError(Origin(file.uri), f"{said}; converted where it is named")
    if is_yaml:
        said = "YAML, and no settings by its name; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    if is_single and not dialect.is_stock_name(stem):
        said = "a JSON object, and no log by its name; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    if not source.read_options.get("is_even", True) and not dialect.is_stock_name(stem):
        said = "lists of many lengths, and no log by its name; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    doubt = source.read_options.get("doubt")
    if doubt and not (dialect.is_stock_name(stem) or _LOG_NAME.search(stem)):
        said = f"{doubt}, and no log by its name; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    return source


def _is_single(source: Source) -> bool:
    """Tell whether a file holds one object, rather than a log."""
    if source.format == "json":
        return source.read_options.get("shape") != "records"
    if source.format != "jsonl":
        return False
    rows = 0
    with open_source(source) as stream:
        for raw in read_source(source, stream):
            rows += raw.batch.num_rows if isinstance(raw, RawTable) else 0
            if rows > 1:
                return False
    return True
