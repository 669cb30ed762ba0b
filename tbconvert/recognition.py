"""One file → a source: its format by what is in it, its dialect by that and by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tbconvert.dialects import GENERIC, Dialect, Peek, by_name, detect, known, own
from tbconvert.errors import SourceError
from tbconvert.finding import Found
from tbconvert.model import Origin, RawTable, Run, Source
from tbconvert.naming import home_of
from tbconvert.options import Options
from tbconvert.read import (
    Note,
    Sample,
    formats,
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
_LONGEST_LINE = 200
_JSON = {"json", "jsonl"}
_PROSE = re.compile(r"(?i).*\.(md|markdown|rst)")
_LOG_NAME = re.compile(
    r"(?i)loss|reward|return|score|metric|curve|progress|perplex|epoch|fitness|accura"
    r"|(?<![a-z])(logs?|acc|err|errors?|costs?|hist|history|stats?|results?|ppl|valid|eval)(?![a-z])"
)
_METRIC_NAME = re.compile(
    r"(?i)loss|reward|return|score|metric|perplex|accura|error|precision|recall|fitness|entropy"
    r"|train|valid|test|eval|learning|grad|norm|reg|mean|std|time|speed|per_sec|episode"
    r"|(?<![a-z])(acc|err|cost|ppl|lr|auc|mse|mae|rmse|iou|map|bleu|f1|kl|fps|val|r2|psnr|ssim|elbo"
    r"|[a-z]?ap\d*|top\d)(?![a-z])"
)
_ROWS, _FEW_ROWS = 1000, 3
_FOR_SETTINGS = re.compile(r"(?i).*\.(json|ya?ml)(\.(gz|bz2|xz|zst|zstd))?")


def is_claimed(name: str) -> bool:
    """Tell whether a file that is hidden by its name is one that a dialect has under that name."""
    return any(dialect.claims_hidden(name) for dialect in known())


def recognise(file: Found, options: Options, location: str = "") -> Source:
    """Look at a file, and tell what it is; ``location`` is where its bytes are, if elsewhere.

    Raises
    ------
    SourceError
        It is nothing that can be converted, or nothing to be converted unless it is named.
    """
    options = options.of_source(file.path)
    if options.format is not None and not file.is_named:
        settings = _settings_all_the_same(file, options, location)
        if settings is not None:
            return settings
    return _recognised(file, options, location)


def _recognised(file: Found, options: Options, location: str) -> Source:
    """Look at a file with the options that hold for it."""
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
    peek = Peek(file.path, name, columns, comments, keys, file.has, _first_line(sample.head))
    lacking = "" if forced is None else forced.lacks(peek)
    dialect, others = detect(peek) if forced is None or lacking else (forced, ())
    if not dialect.marks:
        dialect = _of_settings(file, [forced] if forced is not None else own()) or dialect
    if forced is not None and lacking:
        said = f"--dialect {forced.name}: {lacking}"
        if not _completes(name, found, dialect, file.place.stem()):
            raise SourceError(Origin(file.uri), said, UNASKED)
        found["completes"] = said  # a log of that dialect, if one is beside it
    notes = tuple(str(note) for note in found.get("notes", ()) if not _is_known(note, dialect))
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
    if any(mark.line for mark in dialect.marks):
        found["line"] = peek.line
    if name == "yaml" and _is_yaml_log(found, dialect, file.place.stem()):
        found["holds"] = "table"
    source = Source(file.uri, Run(""), name, dialect.name, found, location)
    settings = _as_settings(file, source, dialect)
    return settings or _claimed(file, source, dialect, forced, options)


def _settings_all_the_same(file: Found, options: Options, location: str) -> Source | None:
    """Return settings that a walk met: the format that is asked for is that of the logs in there.

    None for what is of that format, or of none that is known.

    Raises
    ------
    SourceError
        It is something else.
    """
    by_itself = replace(options, format=None)
    forced = None if options.dialect is None else by_name(options.dialect)
    try:
        sample = take_sample(location or file.uri, by_itself)
        asked = _asked(file, sample.head, forced, by_itself)
        name, _ = _sniffed(file, replace(sample, options=asked), by_itself)
    except SourceError:
        return None
    if options.format == name or {options.format, name} <= _JSON:
        return None
    source = _recognised(file, by_itself, location)
    if holds(source) != "settings":
        about = next(one.about for one in formats() if one.name == name)
        said = f"{about}, and --format {options.format} is wanted; converted so where it is named"
        raise SourceError(Origin(file.uri), said)
    return source


def _is_known(note: str, dialect: Dialect) -> bool:
    """Tell whether a dialect knows what was inferred by the first lines: nobody need check it."""
    if not dialect.marks:
        return False
    names = ("names", "records") if dialect.names_columns else ()
    shape = ("records",) if "shape" in dialect.read else ()
    return isinstance(note, Note) and note.about in ("delimiter", "decimal", *names, *shape)


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
    peek = Peek(file.path, "", has=file.has)
    return any(dialect.is_settings_name(stem) and _is_placed(peek, dialect) for dialect in known())


def _is_placed(peek: Peek, dialect: Dialect) -> bool:
    """Tell whether a file has the name that a mark wants, lies where it wants it, and begins so."""
    return any(
        (mark.files or mark.line) and mark.fits_name(peek.path) and not mark.lacks_around(peek)
        for mark in dialect.marks
    )


def _first_line(head: bytes) -> str:
    return head.partition(b"\n")[0][:_LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")


def _asked(file: Found, head: bytes, forced: Dialect | None, options: Options) -> Options:
    """Return the options to look at a file with: some dialects know it by its name or a marker."""
    if options.format is not None or options.pattern:
        return options
    dialects = known() if forced is None else [forced]
    for dialect in dialects:
        if dialect.marker and dialect.marker in head:
            return replace(options, format="text", pattern=dialect.pattern)
    peek = Peek(file.path, "", has=file.has, line=_first_line(head))
    for dialect in dialects:  # a name such as log.txt says less than what is in the file
        if dialect.asks and _is_placed(peek, dialect):
            return replace(options, **dialect.asks)
    return options


def _of_settings(file: Found, dialects: Sequence[Dialect]) -> Dialect | None:
    """Return which of some dialects a file holds settings of, by its name, that no mark tells."""
    stem = file.place.stem()
    if GENERIC.is_settings_name(stem) or _FOR_SETTINGS.fullmatch(file.place.name) is None:
        return None
    return next((dialect for dialect in dialects if dialect.is_settings_name(stem)), None)


def _is_yaml_log(found: Mapping[str, Any], dialect: Dialect, stem: str) -> bool:
    """Tell whether YAML is a log, such as ``metrics.yaml``: by its name, if its shape is one's."""
    is_called_so = dialect.is_stock_name(stem) and not dialect.is_settings_name(stem)
    return is_called_so and "shape" in found


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


def _claimed(
    file: Found, source: Source, dialect: Dialect, forced: Dialect | None, options: Options
) -> Source:
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
    is_known = dialect.is_stock_name(stem) or _LOG_NAME.search(stem)
    remark = "" if is_known or options.step else _may_be_data(source, dialect, options)
    if not remark:
        return source
    notes = (*source.read_options.get("notes", ()), remark)
    return replace(source, read_options={**source.read_options, "notes": notes})


def _may_be_data(source: Source, dialect: Dialect, options: Options) -> str:
    """Say why a table may be data rather than a log, by its first rows; "" if nothing tells.

    Raises
    ------
    SourceError
        There is no row in it, so that its names may as well be a line of some text.
    """
    if holds(source) != "table" or _has_role(source.read_options.get("columns", ()), dialect):
        return ""
    try:
        tables = (raw for raw in _tables(source) if raw.batch.num_rows or raw.problems)
        batch = next((raw.batch for raw in tables), None)
    except SourceError:
        return ""  # it is told when it is converted
    if batch is None and not options.format:
        said = "names without a row, none of them a step or a time, and no log by its name"
        raise SourceError(Origin(source.uri), f"{said}; converted where it is named")
    names = [] if batch is None else batch.schema.names
    if batch is None or _has_role(names, dialect):
        return ""
    texts = (name for name in names if _are_ids(batch.column(names.index(name))))
    if name := next(texts, ""):
        why = f"column {name!r} has another text in each row"
    elif not any(_METRIC_NAME.search(name) for name in names):
        why = "none is named like a metric"
    else:
        return ""
    said = f"may be data rather than a log: no column is named like a step or a time, and {why}"
    return f"{said}; --exclude-files leaves it out"


def _has_role(names: Iterable[str], dialect: Dialect) -> bool:
    """Tell whether some column is named like a step or a time."""
    roles = {*dialect.steps, *dialect.wall_times, *dialect.clocks, *dialect.weak_steps}
    return any(name.strip().casefold().rpartition("/")[2] in roles for name in names)


def _are_ids(cells: Any) -> bool:
    """Tell whether each of several rows has a text of its own; times are none."""
    if str(cells.type) not in ("string", "large_string"):
        return False
    texts = cells.slice(0, _ROWS).to_pylist()
    return len(texts) >= _FEW_ROWS and None not in texts and len({*texts}) == len(texts)


def _tables(source: Source) -> Iterator[RawTable]:
    with open_source(source) as stream:
        for raw in read_source(source, stream):
            if isinstance(raw, RawTable):
                yield raw


def _is_single(source: Source) -> bool:
    """Tell whether a file holds one object, rather than a log."""
    if source.format == "json":
        return source.read_options.get("shape") != "records"
    if source.format != "jsonl":
        return False
    rows = 0
    for table in _tables(source):
        rows += table.batch.num_rows
        if rows > 1:
            return False
    return True
