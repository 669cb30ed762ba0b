"""One JSON document: its records as they stream by, or else all of it, if it is not large."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, Raw, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.begun import TOO_DEEP, Look, look_at, salvaged
from tbconvert.read.blocks import BLOCK_BYTES, Block
from tbconvert.read.compression import DamagedStreamError, plain_chunks
from tbconvert.read.elements import MOST_BESIDE, ElementBlock, Elements
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.histories import Records, names_in_logs, without_schema
from tbconvert.read.jsonlines import LineParser
from tbconvert.read.objects import DEEPEST, ObjectReader, count_cells, shown
from tbconvert.read.outline import WANTED, NoLogError, Outline, outline
from tbconvert.read.problems import cut_off
from tbconvert.read.sample import SAMPLE_BYTES, Note, Sample
from tbconvert.read.shapes import read_shape, settings_of
from tbconvert.read.structure import completed
from tbconvert.storage import open_input
from tbconvert.streams import InputStream

_SUFFIX = re.compile(r"(?i).*\.json(\.(gz|bz2|xz|zst|zstd))?")
_MOST = 256 << 20
_ARRAYS = re.compile(rb'"\s*:\s*\[\s*\{')
"""What more than one of in a document may be several arrays of records."""


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a JSON document, or None if it is something else.

    ``shape`` is how its log stands in it, ``path`` the keys that lead to records, ``columns``
    and ``keys`` are the names of its columns and at its top, as far as was looked.

    Raises
    ------
    SourceError
        It is a JSON document, and no log.
    """
    asked = options.format is not None
    try:
        found = _found(sample, asked)
    except NoLogError as err:
        hint = "" if asked else "--format json takes any array of objects, or of numbers"
        said = f"a JSON document, but no training log: got {err}, {WANTED}"
        raise SourceError(sample.origin, said, hint) from None
    if found is None:
        if asked:
            raise SourceError(sample.origin, "not a JSON document", "see --format")
        return None
    value, shape = found
    keys = tuple(value) if isinstance(value, dict) else ()
    return {
        "shape": shape.shape,
        "path": shape.path,
        "columns": shape.columns,
        "keys": keys,
        "is_even": shape.is_even,
        "others": tuple("/".join(other.path) for other in shape.others),
        "max_document": options.max_document << 20,
        "notes": _notes(shape),
    }


def sniff_settings(sample: Sample) -> dict[str, Any]:
    """Return how to read a JSON object as settings, whatever its shape."""
    return {
        "shape": "single",
        "holds": "settings",
        "max_document": sample.options.max_document << 20,
        "compression": sample.compression,
        "encoding": sample.text.encoding,
        "notes": (),
    }


def read(source: Source, stream: InputStream, block_bytes: int = BLOCK_BYTES) -> Iterator[Raw]:
    """Yield the tables of a document, then what else stands in it as settings.

    Raises
    ------
    SourceError
        The file cannot be read any further.
    """
    options = source.read_options
    chunks = plain_chunks(stream, options["compression"], block_bytes)
    texts = utf8_chunks(chunks, options["encoding"])
    origin = Origin(source.uri)
    if options.get("holds") == "settings":
        value, problems = _whole(texts, origin, options)
        if isinstance(value, dict) and (settings := settings_of(value, origin, every=True)):
            yield replace(settings, problems=settings.problems + problems)
    elif options["shape"] == "records":
        yield from _read_records(texts, origin, options, block_bytes)
    else:
        value, problems = _whole(texts, origin, options)
        try:
            for raw in read_shape(options["shape"], value, origin):
                if isinstance(raw, RawTable):
                    raw, problems = replace(raw, problems=problems + raw.problems), ()
                yield raw
        except ValueError as err:
            raise SourceError(origin, str(err), WANTED) from err


# --------------------------------------------------------------------------------- looking


def _found(sample: Sample, asked: bool) -> tuple[Any, Outline] | None:
    lines = [line for line in sample.text.lines if line.strip()]
    first = lines[0].strip()
    if not first.startswith((b"{", b"[")):
        return None
    is_only = len(lines) == 1 and sample.whole
    behind = _behind_object(first)
    is_own = is_only and not behind and _SUFFIX.fullmatch(sample.name)
    if behind is not None and not asked and not is_own:
        return None  # JSON lines
    head = b"\n".join(sample.text.lines)
    is_whole = sample.whole and len(head) <= SAMPLE_BYTES
    look = look_at(head[:SAMPLE_BYTES], is_whole=is_whole)
    if look is None:
        return None
    shape = _outline(look, asked)
    if not is_whole and look.state != "whole":
        is_within = _is_within(look.value, shape)
        head, is_all = _beginning(sample)
        if not is_within or len(_ARRAYS.findall(head)) > 1:
            is_whole = is_all
            look = look_at(head, is_whole=is_whole) or look
            shape = _outline(look, asked)
    if isinstance(shape, NoLogError):
        if look.state == "damaged" or look.rest or (look.state == "cut" and is_whole):
            return None
        raise shape
    is_records = shape.shape == "records"
    if look.state == "damaged" and not is_records:
        return None
    if look.state == "cut" and is_whole and shape.shape == "single":
        return None
    if look.rest and not is_records:
        if isinstance(look.value, dict) and look.rest.startswith("{"):
            said = "several JSON documents one after the other, wanted one, or one in each line"
            raise SourceError(sample.origin, said, "jq -c . makes lines of them")
        return None
    if shape.logs and (is_whole or look.state == "whole"):
        pairs = zip(shape.logs, names_in_logs(shape.logs), strict=True)
        columns = dict.fromkeys(other for _, names in pairs for other in names.values())
        left = tuple(found for found in shape.others if found not in shape.logs)
        shape = Outline("several", tuple(columns), (), left, shape.logs)
    return look.value, shape


def _behind_object(line: bytes) -> str | None:
    """Return what stands behind the object that a line begins with; None if there is none."""
    if len(line) > MOST_BESIDE:
        return None
    text = line.decode("utf-8", "replace")
    try:
        value, end = ObjectReader().decode(text, 0)
    except (ValueError, RecursionError):
        return None
    return text[end:].strip() if isinstance(value, dict) else None


def _outline(look: Look, asked: bool) -> Outline | NoLogError:
    value = look.value
    if look.state == "cut" and isinstance(value, list) and len(value) > 1:
        value = value[:-1]  # the last one is half there
    try:
        return outline(value)
    except NoLogError as err:
        if not asked:
            return err
    except RecursionError:
        return NoLogError(TOO_DEEP)
    try:
        return outline(value, asked=True)
    except NoLogError as err:
        return err
    except RecursionError:
        return NoLogError(TOO_DEEP)


def _is_within(value: Any, shape: Outline | NoLogError) -> bool:
    """Tell whether the records are what a document that goes on was in the midst of."""
    if isinstance(shape, NoLogError) or shape.shape != "records" or shape.length < 2:
        return False
    for key in shape.path:
        if not isinstance(value, dict) or next(reversed(value), None) != key:
            return False
        value = value[key]
    return True


def _beginning(sample: Sample) -> tuple[bytes, bool]:
    """Return more of a file than the sample, and whether it is all."""
    data, is_whole = bytearray(), True
    with open_input(sample.origin.uri) as stream:
        chunks = plain_chunks(stream, sample.compression, 1 << 20)
        try:
            for chunk in utf8_chunks(chunks, sample.text.encoding):
                data += chunk
                if len(data) > MOST_BESIDE:
                    is_whole = False
                    break
        except DamagedStreamError:
            pass
    return bytes(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n"), is_whole


def _notes(shape: Outline) -> tuple[str, ...]:
    if not shape.others:
        return ()
    others = ", ".join(_place(other) for other in shape.others[:5])
    more = len(shape.others) - 5
    others += f" and {more} more" if more > 0 else ""
    paths = [found.path for found in shape.logs] if shape.shape == "several" else [shape.path]
    those = ", ".join(repr("/".join(path)) for path in paths)
    return (Note(f"records: those at {those}; left out are those at {others}", "records"),)


def _place(records: Records) -> str:
    return f"{'/'.join(records.path)!r} ({len(records.items)})"


# --------------------------------------------------------------------------------- reading

_NOTHING = pa.RecordBatch.from_arrays([], names=[])


@dataclass(frozen=True, slots=True)
class _ElementParser:
    lines: LineParser

    def parse(self, block: Block, _: None) -> tuple[list[RawTable], None]:
        """Return the tables of a block, with the lines that the file has."""
        tables, _ = self.lines.parse(block, None)
        assert isinstance(block, ElementBlock)
        return [_placed(table, block) for table in tables], None


def _placed(table: RawTable, block: ElementBlock) -> RawTable:
    lines = block.places[table.line_numbers() - block.first_line]
    problems = tuple(
        replace(problem, origin=replace(problem.origin, row=block.place_of(problem.origin.row)))
        if problem.origin.row is not None
        else problem
        for problem in table.problems
    )
    return replace(table, lines=lines, problems=problems)


def _read_records(
    texts: Iterator[bytes], origin: Origin, options: Mapping[str, Any], block_bytes: int
) -> Iterator[Raw]:
    path = tuple(options["path"])
    elements = Elements(texts, origin, path, block_bytes)
    parser = _ElementParser(LineParser(origin))
    is_empty = True
    for tables in parse_ahead(elements.blocks(), parser.parse, None):
        yield from tables
        is_empty = is_empty and not tables
    value, problems = _around(elements, origin)
    if is_empty or problems:
        yield RawTable(origin, _NOTHING, range(0), problems=problems)
    if isinstance(value, dict):
        _cut_out(value, path)
        known = options.get("others", ())
        if settings := settings_of(without_schema(value), origin, known=known):
            yield settings


def _around(elements: Elements, origin: Origin) -> tuple[Any, tuple[Problem, ...]]:
    """Return the document without its records, and what is wrong with it."""
    around = elements.before + (elements.behind if elements.is_closed else b"]")
    reader = ObjectReader()
    problems: list[Problem] = []
    where = replace(origin, row=elements.line + elements.behind.rstrip().count(b"\n"))
    text = around.decode("utf-8", "replace").lstrip()
    value: Any = None
    is_cut = not elements.is_closed
    try:
        value, end = reader.decode(text, 0)
        if rest := text[end:].strip():
            said = f"got {shown(rest)} behind the document; it was left out"
            problems.append(Problem(where, said, cells=count_cells(rest)))
    except (ValueError, RecursionError) as err:
        try:
            value, _ = reader.decode(completed(text.encode(), DEEPEST).decode(), 0)
            is_cut = True
        except (ValueError, RecursionError):
            said = f"what stands beside the records was left out: {err}"
            problems.append(Problem(where, said))
    if elements.damage and elements.is_closed:
        problems.append(Problem(where, cut_off(elements.damage), cells=1))
    elif is_cut and not elements.damage and not elements.is_partial:
        what = "its records do" if not elements.is_closed else "it is complete"
        said = f"the document ends before {what}: it is cut off, or still being written"
        problems.append(Problem(where, said))
    if reader.lost:
        said = f"key {reader.twice!r} stands there twice; the last was kept"
        problems.append(Problem(origin, said, cells=reader.lost))
    return value, tuple(problems)


def _cut_out(value: dict[str, Any], path: tuple[str, ...]) -> None:
    inner: Any = value
    for key in path[:-1]:
        inner = inner.get(key)
        if not isinstance(inner, dict):
            return
    inner.pop(path[-1], None)


def _whole(
    texts: Iterator[bytes], origin: Origin, options: Mapping[str, Any]
) -> tuple[Any, tuple[Problem, ...]]:
    """Return the value of a document, and what is wrong with it.

    Raises
    ------
    SourceError
        It is larger than memory should hold, or none.
    """
    data = bytearray()
    problems: list[Problem] = []
    most = int(options.get("max_document", _MOST))
    damage = ""
    try:
        for chunk in texts:
            data += chunk
            if len(data) > most:
                said = f"a JSON document without records, of more than {most >> 20} MB"
                raise SourceError(origin, said, "--max-document MB lets it into memory")
    except DamagedStreamError as err:
        damage = str(err)
    reader = ObjectReader()
    try:
        text = data.decode()
    except UnicodeDecodeError as err:
        row = data.count(b"\n", 0, err.start) + 1
        said = "not in the encoding of the file from here on: such bytes are read as '\ufffd'"
        problems.append(Problem(replace(origin, row=row), said, "--encoding names another"))
        text = data.decode("utf-8", "replace")
    del data
    text = text.lstrip()
    try:
        value, end = reader.decode(text, 0)
        if rest := text[end:].strip():
            said = f"got {shown(rest)} behind the document; it was left out"
            problems.append(Problem(origin, said, cells=count_cells(rest)))
    except RecursionError as err:
        raise SourceError(origin, f"got {TOO_DEEP}, wanted a log") from err
    except ValueError as err:
        value = salvaged(text, reader, origin, err)
        damage = damage or "the document is cut off"
    if damage:
        problems.append(Problem(origin, cut_off(damage), cells=1))
    if reader.lost:
        said = f"key {reader.twice!r} stands there twice; the last was kept"
        problems.append(Problem(origin, said, cells=reader.lost))
    return value, tuple(problems)
