"""What NVIDIA's DLLogger prints: a time, the step as text, and ``name : value unit`` of metrics.

Between them stand blanks, two of them where there is no unit; names may have blanks, too. How a
step looks is up to the program: ``(0, 20)``, ``Epoch: 0 Iteration: 20``, ``PARAMETER``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.dllogger import lines_adapter
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import Ending
from tbconvert.dialects.wording import setting_of
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Setting, Source

_TIME, _SAID = "timestamp", "dll_said"
_BETWEEN = " : "
_PARAMETER = "PARAMETER"
_ISO = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_NUMBERS = re.compile(_NUMBER)
_STEP = re.compile(
    rf"(?P<text>{_PARAMETER})|\([^()]*\)|\[[^][]*\]|Summary:|"
    rf"(?:[A-Z][A-Za-z ]*: *{_NUMBER} +)+|{_NUMBER}(?= )|(?= )"
)

_Line = tuple[str | None, dict[str, str]]
"""The step of a line as JSON has it, None if there is none, and its metrics."""


def _adapter(source: Source) -> Adapter:
    return _Console(lines_adapter(source))


@dataclass(frozen=True, slots=True, eq=False)
class _Console:
    """Takes lines apart, for what knows their metrics."""

    logged: Ending

    @reshape.of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the settings, then what the file of JSON has of the same lines."""
        cells = reshape.column(raw, _SAID)
        if cells is None:
            yield raw
            return
        lines = [_parsed(text or "") for text in reshape.plain(cells)]
        for values in _settings(lines):
            yield RawSettings(raw.origin, values)
        yield from self.logged(_as_logged(raw, lines))

    def finish(self) -> Iterator[Raw]:
        """Yield what was held back."""
        return self.logged.finish()


def _settings(lines: Sequence[_Line]) -> Iterator[dict[str, Setting]]:
    """Yield what each line tells that the training was started with."""
    for step, pairs in lines:
        if step == _PARAMETER:
            said = {name: setting_of(value) for name, value in pairs.items()}
            yield {name: value for name, value in said.items() if value is not None}


def _as_logged(raw: RawTable, lines: Sequence[_Line]) -> RawTable:
    """Return the table that DLLogger's file of JSON has of the same lines."""
    steps: list[str | None] = []
    rows: list[Mapping[str, str]] = []
    problems = list(raw.problems)
    for row, (step, pairs) in enumerate(lines):
        if step is None:
            where = replace(raw.origin, row=int(raw.line_numbers()[row]))
            what = "no step such as (0, 20) or Epoch: 0 in this line; it was left out"
            problems.append(Problem(where, what, cells=max(len(pairs), 1)))
        steps.append(step)
        rows.append(pairs if step not in (None, _PARAMETER) else {})
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {f"data/{n}": pa.array([_cell(row, n) for row in rows], pa.string()) for n in names}
    columns["step"] = pa.array(steps, pa.string())
    columns["type"] = pa.array(["LOG" if s is not None else "" for s in steps], pa.string())
    table = replace(reshape.without(raw, [_SAID]), problems=tuple(problems))
    return reshape.with_columns(table, columns)


def _cell(row: Mapping[str, str], name: str) -> str | None:
    return None if row.get(name) in (None, "", "None") else row[name]


def _parsed(text: str) -> _Line:
    """Take a line apart."""
    found = _STEP.match(text)
    first, *parts = text[found.end() if found else 0 :].split(_BETWEEN)
    pairs: dict[str, str] = {}
    name = first.strip()
    for at, part in enumerate(parts):
        value, following = _cut(part, is_last=at == len(parts) - 1)
        pairs[name] = value
        name = following
    if found is None:
        return None, pairs
    if found["text"]:
        return found["text"], pairs
    numbers = _NUMBERS.findall(found[0])
    return json.dumps([float(number) for number in numbers]), pairs


def _cut(text: str, *, is_last: bool) -> tuple[str, str]:
    """Return the value that a text begins with, and the name that stands behind it."""
    if is_last:
        text = text.rstrip()
        words = text.split(" ")
        is_unit = len(words) == 2 and isinstance(setting_of(words[0]), int | float)
        return (words[0] if is_unit else text), ""
    value, two, name = text.rpartition("  ")
    if two:
        return value.strip(), name
    value, _, rest = text.partition(" ")
    return value, rest.partition(" ")[2]


DLLOGGER_CONSOLE = on_generic(
    "dllogger-console",
    "what NVIDIA's DLLogger prints: DLL 2020-01-01 12:00:00.000000 - (0, 20) loss : 0.5",
    Mark(formats=("text",), columns=(_TIME, _SAID)),
    sample="python train.py | tee train.log; tbconvert ingest train.log --logdir runs",
    steps=("step",),
    wall_times=(_TIME,),
    marker=b"DLL 20",
    pattern=(rf"\bDLL (?P<{_TIME}>{_ISO}) - (?P<{_SAID}>.*{_BETWEEN}.*)",),
    adapt=_adapter,
)
