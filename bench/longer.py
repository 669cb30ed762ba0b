"""Short logs made long: their records again and again, with steps and times that go on.

By what the file is made of (lines of cells, JSON lines, a JSON document), whatever logger
wrote it. What rises from record to record is a step or a time, and goes on rising.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import count, pairwise
from pathlib import Path as File
from typing import Any

_INTEGER = re.compile(r"[+-]?\d+")

Path = tuple[Any, ...]
"""Where a number stands in a record: keys and places, from outside to inside."""


def lengthened(file: File, form: str, delimiter: str, size: int) -> str | None:
    """Return the text of a log of about ``size`` bytes, None where it has no records to repeat."""
    text = file.read_text(encoding="utf-8-sig")
    match form:
        case "csv":
            parts = _cells(text, delimiter)
        case "jsonl":
            parts = _json_lines(text)
        case "json":
            return _document(text, size)
        case _:
            return None
    return None if parts is None else "".join(_up_to(parts, size))


def _up_to(parts: Iterator[str], size: int) -> Iterator[str]:
    for part in parts:
        yield part
        size -= len(part)
        if size < 0:
            return


# --------------------------------------------------------------------------------- lines


def _cells(text: str, delimiter: str) -> Iterator[str] | None:
    lines = text.splitlines(keepends=True)
    if delimiter == " ":
        rows = [line.split() for line in lines]
    else:
        rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    first = next((at for at, row in enumerate(rows) if _is_record(row, rows[-1])), len(rows))
    body = [dict(_cell_numbers(row)) for row in rows[first:]]
    if len(body) < 2:
        return None
    periods = _periods(body)

    def part(time: int) -> str:
        out = StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        for row, record in zip(rows[first:], body, strict=True):
            cells = list(row)
            for path, period in periods.items():
                if path in record:
                    (at,) = path
                    cells[at] = _later(row[at], record[path], time * period)
            writer.writerow(cells)
        return out.getvalue()

    return _with_head("".join(lines[:first]), part)


def _is_record(row: Sequence[str], last: Sequence[str]) -> bool:
    return len(row) == len(last) and any(_number(cell) is not None for cell in row)


def _cell_numbers(row: Sequence[str]) -> Iterator[tuple[Path, float]]:
    for at, cell in enumerate(row):
        number = _number(cell)
        if number is not None:
            yield (at,), number


def _number(cell: str) -> float | None:
    try:
        number = int(cell) if _INTEGER.fullmatch(cell.strip()) else float(cell)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None  # NaN is none


def _later(cell: str, number: float, by: float) -> str:
    if isinstance(number, int) and isinstance(by, int):
        return str(number + by)
    decimals = len(cell.partition(".")[2]) if "e" not in cell.lower() else 6
    return f"{number + by:.{decimals}f}"


def _json_lines(text: str) -> Iterator[str] | None:
    records = [json.loads(line) for line in text.splitlines() if line.strip()]
    shapes = Counter(_shape(record) for record in records)
    # what describes the log stands once, and first
    first = next((at for at, one in enumerate(records) if shapes[_shape(one)] > 1), len(records))
    head = "".join(json.dumps(record) + "\n" for record in records[:first])
    body = records[first:]
    if len(body) < 2:
        return None
    later = _repeater(body)
    return _with_head(head, lambda time: "".join(f"{json.dumps(one)}\n" for one in later(time)))


def _shape(record: Any) -> tuple[str, ...]:
    return tuple(record) if isinstance(record, dict) else ()


def _with_head(head: str, part: Callable[[int], str]) -> Iterator[str]:
    yield head
    yield from map(part, count())


# ------------------------------------------------------------------------------ documents


def _document(text: str, size: int) -> str | None:
    tree = json.loads(text)
    most = max(_lengths(tree), default=0)
    if most < 2:
        return None
    lines = text.splitlines()
    indent = len(lines[1]) - len(lines[1].lstrip()) if len(lines) > 2 else 0
    times = max(1, size // len(text))
    return json.dumps(_longer(tree, most, times), indent=indent or None)


def _lengths(tree: Any) -> Iterator[int]:
    """Yield the lengths of all lists that are records, or columns of numbers."""
    if isinstance(tree, list) and _are_records(tree):
        yield len(tree)
    elif isinstance(tree, dict | list):
        for inner in tree.values() if isinstance(tree, dict) else tree:
            yield from _lengths(inner)


def _are_records(items: list[Any]) -> bool:
    return len(items) > 1 and any(
        all(isinstance(item, kind) and not isinstance(item, bool) for item in items)
        for kind in (dict, list, (int, float))
    )


def _longer(tree: Any, most: int, times: int) -> Any:
    """Return a document whose longest lists are so many times as long."""
    if isinstance(tree, list) and _are_records(tree) and 2 * len(tree) >= most:
        later = _repeater(tree)
        return [record for time in range(times) for record in later(time)]
    if isinstance(tree, dict):
        return {key: _longer(inner, most, times) for key, inner in tree.items()}
    return [_longer(inner, most, times) for inner in tree] if isinstance(tree, list) else tree


# -------------------------------------------------------------------------------- records


def _repeater(records: list[Any]) -> Callable[[int], Iterable[Any]]:
    """Return what makes the records of a later time of those that there are.

    Those of a training and of its evaluations may count in their own ways, but for what rises
    from each record to the next, whichever they are.
    """
    alike: dict[tuple[str, ...], list[dict[Path, float]]] = {}
    for record in records:
        alike.setdefault(_shape(record), []).append(dict(_numbers(record)))
    common = _periods([dict(_numbers(record)) for record in records])
    periods = {shape: _periods(of_shape) | common for shape, of_shape in alike.items()}

    def at(time: int) -> Iterator[Any]:
        for record in records:
            by = periods[_shape(record)]
            yield _moved(record, (), {path: time * period for path, period in by.items()})

    return at


def _numbers(tree: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    if isinstance(tree, dict | list):
        pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, inner in pairs:
            yield from _numbers(inner, (*path, key))
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path, tree


def _moved(tree: Any, path: Path, by: dict[Path, float]) -> Any:
    if isinstance(tree, dict):
        return {key: _moved(inner, (*path, key), by) for key, inner in tree.items()}
    if isinstance(tree, list):
        return [_moved(inner, (*path, at), by) for at, inner in enumerate(tree)]
    return tree + by[path] if path in by and not isinstance(tree, str | None) else tree


def _periods(records: Sequence[Mapping[Path, float]]) -> dict[Path, float]:
    """Return by how much what rises from record to record has risen when they come again."""
    columns: dict[Path, list[float]] = {}
    for record in records:
        for path, number in record.items():
            columns.setdefault(path, []).append(number)
    found = {}
    for path, numbers in columns.items():
        rises = [b - a for a, b in pairwise(numbers)]
        if rises and min(rises) >= 0 < max(rises):
            found[path] = numbers[-1] - numbers[0] + min(rise for rise in rises if rise)
    return found
