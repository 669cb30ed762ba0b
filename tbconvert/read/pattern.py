"""Console logs, by the regular expressions of ``--pattern``: a row for each line that matches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, repeat
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Origin, Problem, RawTable, Source
from tbconvert.options import Options
from tbconvert.read import delimited, document, jsonlines
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.batches import Columns, parse_records
from tbconvert.read.blocks import Block
from tbconvert.read.compression import plain_chunks
from tbconvert.read.console import BETWEEN, LONGEST_PART, part_blocks, parts_of
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.layout import Layout
from tbconvert.read.linewise import Members, Pattern, Row, known_columns, match_parts
from tbconvert.read.nested import flat_batch
from tbconvert.read.objects import as_batch, as_text, meets, shown
from tbconvert.read.problems import Problems, cut_off
from tbconvert.read.sample import SAMPLE_BYTES, Sample
from tbconvert.read.thousands import may_count, plain_number
from tbconvert.storage import open_input
from tbconvert.streams import InputStream

_BLOCK_BYTES = 1 << 20
"""What Python holds of a line is many times the line."""

_MOST_COLUMNS = 2_000
"""Of one block; more are rather values that were taken for keys."""

# Names of steps, as far as consoles have them; the first that is there is carried on.
_STEPS = (
    *("step", "global_step", "steps", "train_step", "iteration", "iter", "iters"),
    *("timestep", "timesteps", "iterations", "num_updates", "update", "updates", "batch"),
    *("epoch", "epochs", "episode", "episodes", "round", "generation"),
)
_RUN = "run"
_NOTHING = pa.RecordBatch.from_arrays([], names=[])


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a console log, or None if it is not to be read so.

    A text in which a line matches is one, whatever else it looks like; in one of no other
    format all lines are looked at.

    Raises
    ------
    SourceError
        No line matches, and it is of no other format.
    UsageError
        It is to be read so, and there is no pattern.
    """
    if not options.pattern:
        if options.format:
            said = "--format text: wanted a --pattern that says what its lines hold"
            raise UsageError(said, "format")
        return None
    decimal = options.decimal or "."
    first = _Search(_Parser(sample.origin, (*map(Pattern.of, options.pattern),), decimal), sample)
    is_found = first.finds(iter([sample.head]))
    if not is_found and not options.format and _is_other(sample, options):
        return None
    if not is_found and not sample.whole:
        with open_input(sample.origin.uri) as stream:
            is_found = first.finds(plain_chunks(stream, sample.compression, SAMPLE_BYTES))
    if not is_found and first.trouble is not None:
        raise SourceError(first.trouble.origin, first.trouble.problem, first.trouble.hint)
    if not is_found:
        said = ", ".join(map(repr, options.pattern))
        said = f"no line matches --pattern {said}; the first line is {shown(first.line)}"
        raise SourceError(sample.origin, said)
    return {
        "patterns": options.pattern,
        "step": _find((options.step,) if options.step else _STEPS, first.columns),
        "run": options.run_column or _RUN,
        "decimal": decimal,
        "columns": tuple(first.columns),
        "notes": (),
    }


@dataclass(slots=True)
class _Search:
    """Looks for a line that matches.

    ``line`` is the first that is not blank, ``columns`` are those of the first rows,
    ``trouble`` is what is wrong with one that matches and holds nothing.
    """

    parser: _Parser
    sample: Sample
    line: str = ""
    columns: Sequence[str] = ()
    trouble: Problem | None = None

    def finds(self, chunks: Iterator[bytes]) -> bool:
        """Tell whether there is one in a text from its beginning on."""
        texts = utf8_chunks(chunks, self.sample.text.encoding)
        for block in part_blocks(texts, self.sample.origin, SAMPLE_BYTES):
            parsed, _ = self.parser.parse(block, None)
            if parsed.table.batch.num_rows:
                self.columns = parsed.table.batch.schema.names
                return True
            if parsed.matched and self.trouble is None:
                self.trouble = next(iter(parsed.table.problems), None)
            if not self.line:
                parts = parts_of(block, Problems(self.sample.origin)).texts
                self.line = next((part.strip() for part in parts if part.strip()), "")
        return False


def _find(names: Iterable[str], columns: Iterable[str]) -> str:
    """Return the column of the first of some names, in any case; "" for none."""
    found = {column.casefold(): column for column in columns}
    return next((found[name.casefold()] for name in names if name.casefold() in found), "")


def _is_other(sample: Sample, options: Options) -> bool:
    """Tell whether a text is of one of the formats that are looked for after this one."""
    for sniff_other in (document.sniff, jsonlines.sniff, delimited.sniff):
        try:
            if sniff_other(sample, options) is not None:
                return True
        except SourceError:
            pass
    return False


def read(
    source: Source, stream: InputStream, block_bytes: int = _BLOCK_BYTES
) -> Iterator[RawTable]:
    """Yield the rows of a console log, block by block; at least one table.

    What is to be said of all of it stands in the last one.

    Raises
    ------
    SourceError
        The file cannot be read any further.
    """
    found = source.read_options
    origin = Origin(source.uri)
    patterns = tuple(map(Pattern.of, found["patterns"]))
    parser = _Parser(origin, patterns, found["decimal"], found["step"])
    chunks = plain_chunks(stream, found["compression"], block_bytes)
    blocks = part_blocks(utf8_chunks(chunks, found["encoding"]), origin, block_bytes)
    carried = _Carried(found["step"], found["run"])
    tally = _Tally(origin)
    for parsed in parse_ahead(blocks, parser.parse, None):
        tally.add(parsed)
        if parsed.table.batch.num_rows:
            yield replace(parsed.table, batch=carried.filled(parsed.table.batch))
        elif parsed.table.problems:
            yield parsed.table
    remarks = tally.remarks(is_asked=found.get("is_asked", True))
    if carried.count:
        rows = f"{carried.count:,} row{'s' * (carried.count > 1)}"
        said = f"{rows} without {carried.step!r} took that of the line before"
        remarks += (Problem(Origin(source.uri, column=carried.step), said),)
    yield RawTable(origin, _NOTHING, range(0), problems=remarks)


class _Parsed(NamedTuple):
    """What is in a block: its rows, and how many parts of lines there were.

    ``counts`` are the first cells that were read as what they count, by column.
    """

    table: RawTable
    matched: int
    parts: int
    returns: bool
    cut: int
    counts: dict[str, Problem]


@dataclass(frozen=True, slots=True)
class _Parser:
    origin: Origin
    patterns: tuple[Pattern, ...]
    decimal: str
    step: str = ""

    def parse(self, block: Block, _: None) -> tuple[_Parsed, None]:
        """Return the rows of a block."""
        problems = Problems(self.origin)
        parts = parts_of(block, problems)
        found, troubles = match_parts(self.patterns, parts.texts)
        for trouble in troubles:
            line = int(parts.lines[trouble.place])
            problems.note(line, trouble.problem, trouble.cells, trouble.column)
        if block.damage:
            line = int(parts.lines[-1]) if parts.texts else block.first_line
            problems.note(line, cut_off(block.damage), 1)
        rows = [row for row in found if row and row != _EMPTY]
        lines = parts.lines
        if len(rows) < len(found):
            places = [at for at, row in enumerate(found) if row and row != _EMPTY]
            lines = np.asarray(lines, np.int64)[places]
        counts: dict[str, Problem] = {}
        batch = self._batch(rows, lines, problems, counts) if rows else _NOTHING
        table = RawTable(self.origin, batch, lines[: batch.num_rows], 0, problems.take())
        full = len(parts.texts) - parts.texts.count("")
        matched = len(found) - found.count(None)
        return _Parsed(table, matched, full, parts.returns, parts.cut, counts), None

    def _batch(
        self,
        rows: list[Row],
        lines: Any,
        problems: Problems,
        counts: dict[str, Problem],
    ) -> pa.RecordBatch:
        known = known_columns(self.patterns)
        names, members = dict.fromkeys(known), dict[str, None]()
        for row in rows:
            texts = _texts(row)
            if texts and not texts.keys() <= names.keys():
                names |= dict.fromkeys(texts)
            if isinstance(row, Members) and not row.values.keys() <= members.keys():
                members |= dict.fromkeys(row.values)
        if len(names) + len(members) > _MOST_COLUMNS:
            where = replace(self.origin, row=int(lines[0]))
            said = f"more than {_MOST_COLUMNS:,} different keys by --pattern"
            raise SourceError(where, said, "it may take values for keys")
        columns: dict[str, pa.Array] = {}
        if names:
            batch = self._cells([*names], [*map(_joiner([*names], len(known)), rows)])
            for name, array in zip(names, batch.columns, strict=True):
                columns[name] = self._counted(name, array, lines, counts)
        if members:
            of_rows = [row.values if isinstance(row, Members) else {} for row in rows]
            cells = {name: [row.get(name) for row in of_rows] for name in members}
            if self.step in cells:  # as several columns it would be missing in its own
                cells[self.step] = [as_text(c) if type(c) is list else c for c in cells[self.step]]
            batch, met = flat_batch(as_batch(cells))
            for name, other in met:
                problems.note(int(lines[0]), meets(name, other), column=name)
            for name, array in zip(batch.schema.names, batch.columns, strict=True):
                free, number = name, 0
                while free in columns:
                    number += 1
                    free = f"{name}.{number}"
                if free != name:
                    said = f"a group and a key are {name!r}: the key is read as {free!r}"
                    problems.note(int(lines[0]), said, column=name)
                columns[free] = array
        return pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])

    def _cells(self, names: Sequence[str], rows: Sequence[str]) -> pa.RecordBatch:
        """Return cells of texts as those of a table are read."""
        end = "\n"
        if len(names) == 1:  # or else a row without a cell would be a blank line
            names, end = (*names, ""), BETWEEN + "\n"
        text = end.join(rows) + end.removesuffix("\n")
        if '"' in text:
            text = text.replace('"', '""').replace(BETWEEN, f'"{BETWEEN}"')
            text = '"' + text.replace("\n", '"\n"') + '"'
        layout = Layout(BETWEEN, self.decimal, 0, 0, tuple(names))
        try:
            batch, _ = parse_records(text.encode(), Columns(layout.columns, frozenset()), layout)
        except pa.ArrowInvalid as err:
            raise SourceError(self.origin, f"not readable: {err}") from err
        return batch.select(range(len(names) - (end != "\n")))

    def _counted(
        self, name: str, array: pa.Array, lines: Any, counts: dict[str, Problem]
    ) -> pa.Array:
        """Return a column in which ``1,000`` and ``1.2k`` are the numbers that they stand for."""
        if not pa.types.is_string(array.type) or self.decimal != "." or not may_count(array):
            return array
        cells = array.to_pylist()
        for place, cell in enumerate(cells):
            number = plain_number(cell) if cell else None
            if number is not None:
                if name not in counts:
                    where = Origin(self.origin.uri, row=int(lines[place]), column=name)
                    said = f"read {shown(cell)} as {number}, and others like it"
                    counts[name] = Problem(where, said)
                cells[place] = number
        if name not in counts:
            return array
        return self._cells([name], ["" if cell is None else cell for cell in cells]).column(0)


_EMPTY = Members({}, {})


def _texts(row: Row) -> dict[str, str]:
    if isinstance(row, dict):
        return row
    return row.texts if isinstance(row, Members) else {}


def _joiner(names: list[str], known: int) -> Callable[[Row], str]:
    """Return what makes texts of rows; the first so many of the names are the known ones."""
    nothing = BETWEEN * (len(names) - known)

    def joined(row: Row) -> str:
        if isinstance(row, str):
            return row + nothing
        texts = _texts(row)
        if len(texts) == len(names) and [*texts] == names:
            return BETWEEN.join(texts.values())
        return BETWEEN.join(map(texts.get, names, repeat("")))

    return joined


@dataclass(slots=True)
class _Carried:
    """The last step, and the last run, for the lines that have none of their own.

    ``step`` is the column of the steps, "" if there is none, ``run`` that of the runs; ``count``
    are the rows that took a step.
    """

    step: str
    run: str
    count: int = 0
    _last: dict[str, Any] = field(default_factory=dict)

    def filled(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows with what the lines before them say."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for name in filter(None, (self.step, self.run)):
            last = self._last.get(name)
            array = columns.get(name, pa.nulls(batch.num_rows))
            if array.null_count and (name in columns or last is not None):
                columns[name] = array = self._of_before(name, array, last)
            self._last[name] = array[-1].as_py()
        return pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])

    def _of_before(self, name: str, array: pa.Array, last: Any) -> pa.Array:
        cells = [*accumulate([last, *array.to_pylist()], _latest)][1:]
        if name == self.step:
            self.count += array.null_count - cells.count(None)
        try:
            return pa.array(cells, None if pa.types.is_null(array.type) else array.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # of another type before
            return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _latest(held: Any, cell: Any) -> Any:
    return held if cell is None else cell


@dataclass(slots=True)
class _Tally:
    """What is said once of a whole file."""

    origin: Origin
    matched: int = 0
    parts: int = 0
    returns: bool = False
    cut: int = 0
    counts: dict[str, Problem] = field(default_factory=dict)

    def add(self, parsed: _Parsed) -> None:
        """Take a block into account."""
        self.matched += parsed.matched
        self.parts += parsed.parts
        self.returns |= parsed.returns
        self.cut += parsed.cut
        self.counts = parsed.counts | self.counts

    def remarks(self, *, is_asked: bool) -> tuple[Problem, ...]:
        """Return what the report should say; ``is_asked`` if the user gave the patterns."""
        found = list(self.counts.values())
        if self.cut:
            lines = f"{self.cut:,} line{'s' * (self.cut > 1)}"
            said = f"{lines} longer than {LONGEST_PART >> 10} KiB: what is behind was not looked at"
            found.append(Problem(self.origin, said))
        if is_asked and self.matched < self.parts:
            ends = ", each part between carriage returns being one" if self.returns else ""
            said = f"matched {self.matched:,} of {self.parts:,} lines{ends}"
            found.append(Problem(self.origin, said, "the others match no --pattern"))
        return tuple(found)
