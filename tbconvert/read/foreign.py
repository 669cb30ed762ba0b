"""Arrays of objects: whether they are a log, and what they are if they are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tbconvert.read.objects import ObjectReader
from tbconvert.read.records import is_number
from tbconvert.read.step_names import ROLE, STEP

_SAMPLED = 200
_LONG_TEXTS = 200
_WORDS = 3
_FEW = 3
_IDENTIFIER = re.compile(
    r"(?i)(.*/)?(id|idx|index|uid|uuid|line|offset|.*_id|.*_idx)|.*[a-z]Id", re.DOTALL
)

_FOREIGN_RECORDS = (
    (("image_id", "category_id"), "an array of what was found in images"),
    (("image_id", "caption"), "an array of what was said of images"),
)
"""The reason why they are passed over, by keys that all objects of an array have."""


def flat_records(items: list[Any], *, every: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the first records, or all of them, flat; without those that cannot be made so."""
    reader = ObjectReader()
    for item in items if every else items[:_SAMPLED]:
        if isinstance(item, dict):
            yield reader.flat(item)


def why_no_log(items: list[Any]) -> str:
    """Return what an array of objects is, if it hardly is a log; else ""."""
    records = list(flat_records(items))
    for keys, what in _FOREIGN_RECORDS:
        if any(records) and all(key in record for record in records for key in keys):
            return what
    texts = numbers = 0
    for record in records:
        for name, cell in record.items():
            if isinstance(cell, str):
                texts += len(cell)
            if _is_figure(cell) and not _IDENTIFIER.fullmatch(name):
                numbers += 1
    if not numbers:
        return "an array of objects without numbers"
    if texts > _LONG_TEXTS * len(records):
        return "an array of objects that are texts for the most part, such as a data set"
    return ""


def is_prose(records: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether each record has a sentence of its own, and none has a step or a time."""
    names = {name for record in records for name in record}
    if len(records) < _FEW or any(STEP.fullmatch(name) or ROLE.fullmatch(name) for name in names):
        return False
    for name in names:
        texts = [cell for record in records if isinstance(cell := record.get(name), str)]
        words = sum(len(text.split()) for text in texts)
        if len({*texts}) == len(records) and words >= _WORDS * len(texts):
            return True
    return False


def is_log(items: list[Any]) -> bool:
    """Tell whether an array of objects inside of a document is its log, and no mere list."""
    if why_no_log(items):
        return False
    cells = [(name, cell) for record in flat_records(items) for name, cell in record.items()]
    if any(STEP.fullmatch(name) for name, _ in cells):
        return True
    numbers = [cell for _, cell in cells if is_plain_number(cell)]
    is_float = any(isinstance(number, float) for number in numbers)
    return len(items) > 1 and (is_float or 2 * len(numbers) >= len(cells))


def is_plain_number(cell: Any) -> bool:
    """Tell whether a cell is a number, and no truth."""
    return type(cell) in (int, float)


def _is_figure(cell: Any) -> bool:
    return is_plain_number(cell) or (isinstance(cell, str) and len(cell) < 40 and is_number(cell))
