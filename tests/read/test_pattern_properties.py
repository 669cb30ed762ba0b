"""What holds for every console log: its rows do not depend on how it is cut."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from found import Found, read_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATTERNS = {
    "plain": (r"step (?P<step>\d+) loss (?P<loss>\S+)", r"val (?P<val__loss>\S+)"),
    "pairs": (r"(?P<key>[a-z_]+)[:=] ?(?P<value>[-\w.]+)",),
    "json": (r"step (?P<step>\d+) (?P<json>\{.*)", r"val (?P<val>\d+)"),
}
LINES = st.sampled_from(
    [
        *("step 1 loss 2.5", "step 22 loss nan", "step 3 loss oops", "step 1.2k loss 1,000"),
        *("val 7", "val 1.2k", "x val é", "say nothing", "", "   ", "loss: 1 acc=2.5", "acc: 3"),
        *('step 4 {"a": 1, "b": {"c": 2}}', 'step 5 {"a": "t"', 'step 6 {"l": [1, 2]}'),
        *("\x1b[32mval 8\x1b[0m", "step: 9 acc: 1k", "acc: 1 acc: 2", "run val 3 \x1f loss=x"),
        "val \0" + "9" * 30,
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\r\r\n", "\b\b\r", "\n\n"])


@st.composite
def logs(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.tuples(LINES, ENDS), min_size=1, max_size=40))
    text = "".join(line + end for line, end in lines)
    return 'step 0 loss 1\nloss: 1\nstep 0 {"z": 0}\n' + text + draw(st.sampled_from(["", "val 3"]))


def read_log(text: str, kind: str, encoding: str = "utf-8", **how: Any) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "train.log")
        path.write_bytes(text.encode(encoding))
        return read_file(path, pattern=PATTERNS[kind], format="text", **how)


def spelled(row: dict[str, Any]) -> dict[str, str]:
    """Return the cells of a row, whatever type the cells around it gave to their columns."""
    found = {}
    for name, cell in row.items():
        try:
            found[name] = repr(float(cell))
        except (TypeError, ValueError):
            found[name] = str(cell)
    return found


@given(
    text=logs(),
    kind=st.sampled_from(sorted(PATTERNS)),
    block_bytes=st.integers(1, 100),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_rows_do_not_depend_on_blocks(
    text: str, kind: str, block_bytes: int, encoding: str
) -> None:
    whole = read_log(text, kind)
    cut = read_log(text, kind, encoding, block_bytes=block_bytes)

    assert [*map(spelled, cut.rows)] == [*map(spelled, whole.rows)]
    assert cut.lines == whole.lines
    assert cut.lost == whole.lost
    assert sorted(map(str, cut.remarks)) == sorted(map(str, whole.remarks))


@given(text=logs())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_lines_are_those_of_the_file(text: str) -> None:
    found = read_log(text, "plain")
    lines = text.split("\n")
    for row, line in zip(found.rows, found.lines, strict=True):
        there = lines[line - 1]
        assert ("step" in there) if "loss" in row else ("val" in there)
