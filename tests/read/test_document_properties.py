"""What holds for every JSON document of records: they survive, wherever blocks and files end."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

from found import Found, read_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tbconvert.errors import SourceError
from tbconvert.read.structure import completed, structure


def read_text(text: str | bytes, name: str = "log.json", **how: Any) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path, **how)


texts = st.text(st.sampled_from('ab{}[]",:\\\n\t é\u2028😀'), max_size=6)
# names are trimmed where lists become columns
keys = st.text(st.sampled_from('ab{]",\\é x'), min_size=1, max_size=4).filter(
    lambda key: key.strip() == key
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | texts
cells = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
records = st.lists(st.dictionaries(keys, cells, min_size=1, max_size=4), min_size=1, max_size=8)
layouts = st.sampled_from([None, 0, 2, "\t"])
spacing = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " :  "), ("\n,", "\n:\n")])
sizes = st.sampled_from([1, 7, 16, 33, 64, 200, 1 << 20])


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, cell in value.items():
        if isinstance(cell, dict):
            found |= flat(cell, f"{prefix}{key}/")
        else:
            found[prefix + key] = cell
    return found


def is_same(read: Any, meant: Any) -> bool:
    if isinstance(meant, float) and math.isnan(meant):
        return math.isnan(float(read))
    if isinstance(meant, str):
        return str(read) == meant
    spelled = {"true": 1, "false": 0}.get(read, read) if isinstance(read, str) else read
    return float(spelled) == float(meant)


@given(
    rows=records,
    path=st.lists(keys, max_size=3, unique=True),
    beside=st.dictionaries(st.sampled_from("xyz"), scalars, max_size=2),
    layout=layouts,
    spaced=spacing,
    is_ascii=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    size=sizes,
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_records_survive(
    rows: list[dict[str, Any]],
    path: list[str],
    beside: dict[str, Any],
    layout: Any,
    spaced: tuple[str, str],
    is_ascii: bool,
    line_end: str,
    size: int,
) -> None:
    document: Any = [{"step": step, **row} for step, row in enumerate(rows)]
    for key in reversed(path):
        document = {**beside, key: document, "z": 1}
    text = json.dumps(document, indent=layout, separators=spaced, ensure_ascii=is_ascii)
    found = read_text(text.replace("\n", line_end), block_bytes=size, format="json")
    assert found.options["shape"] == "records"
    assert found.options["path"] == tuple(path)
    told = {column for _, column, cells, _ in found.remarks if cells == 1}
    meant = [flat({"step": step, **row}) for step, row in enumerate(rows)]
    seen = {row["step"]: row for row in found.rows}
    clear = {name for row in meant for name in row if sum(1 for _ in _met(name, meant)) == 1}
    assert len(seen) == len(found.lines)
    assert found.lines == sorted(found.lines)
    for step, row in enumerate(meant):
        for name, cell in row.items():
            if name not in clear or name in told:
                continue
            if cell is None:
                assert name not in seen[step]
            elif not isinstance(cell, list):
                assert is_same(seen[step][name], cell), (name, cell, seen[step])
    assert set(seen) == set(range(len(rows)))


def _met(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return the keys that may be read as a name: it, and lists that are as many columns."""
    every = {key for row in rows for key in row}
    return [key for key in every if key == name or name.startswith(f"{key}/")]


lines_of = st.lists(
    st.fixed_dictionaries(
        {"loss": st.floats(allow_nan=False), "note": texts, "of": st.just({"a": [1, 2]})}
    ),
    min_size=1,
    max_size=6,
)


@given(rows=lines_of, layout=layouts, size=sizes, path=st.sampled_from([(), ("a",), ("a", "b")]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_lines_are_those_of_the_file(
    rows: list[dict[str, Any]], layout: Any, size: int, path: tuple[str, ...]
) -> None:
    document: Any = [{"step": n, **row} for n, row in enumerate(rows)]
    for key in reversed(path):
        document = {"x": 1.5, key: document, "y": "[]"}
    text = json.dumps(document, indent=layout)
    found = read_text(text, block_bytes=size, format="json")
    assert not found.problems
    places = [text.index(f'"step": {n},') for n in range(len(rows))]
    starts = [text.rindex("{", 0, place) for place in places]
    assert found.lines == [text.count("\n", 0, start) + 1 for start in starts]


DOCUMENT = json.dumps(
    {
        "epoch": 1.5,
        "log": [
            {"step": 0, "loss": 0.5, "note": 'a "quoted" [text], {é}\\'},
            {"step": 1, "loss": 0.25, "of": {"a": [1, 2], "b": None}},
            {"step": 2, "loss": 0.125},
        ],
        "end": {"a": True},
    },
    indent=1,
    ensure_ascii=False,
).encode()


@given(at=st.integers(0, len(DOCUMENT)), size=sizes)
@settings(max_examples=200)
def test_a_document_that_is_cut_off_anywhere(at: int, size: int) -> None:
    check_cut(at, size)


def test_a_document_that_is_cut_off_at_every_byte() -> None:
    for at in range(1, len(DOCUMENT)):
        check_cut(at, 1 << 20)


def check_cut(at: int, size: int) -> None:
    first = DOCUMENT.index(b"{", DOCUMENT.index(b"[")) + 1
    ends = [
        DOCUMENT.index(end) + len(end) for end in (b'}\\\\"\n  }', b"null\n   }\n  }", b"125\n  }")
    ]
    whole = sum(at >= end for end in ends)
    try:
        found = read_text(DOCUMENT[:at], block_bytes=size)
    except SourceError:
        assert at < first + 20
        return
    if found.options["shape"] != "records" if found.format == "json" else True:
        assert at < ends[0]
        return
    assert [row["step"] for row in found.rows] == list(range(whole))
    assert len(found.problems) == (at < len(DOCUMENT)), found.problems
    assert all(setting.values.get("epoch") == 1.5 for setting in found.settings)


@given(
    at=st.integers(0, len(DOCUMENT) - 1),
    odd=st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"x", b"\xff"]),
    size=sizes,
)
@settings(max_examples=300)
def test_no_octet_brings_a_document_down(at: int, odd: bytes, size: int) -> None:
    text = DOCUMENT[:at] + odd + DOCUMENT[at + 1 :]
    for how in ({}, {"format": "json"}):
        try:
            found = read_text(text, block_bytes=size, **how)
        except SourceError:
            continue
        assert len(found.lines) == len(found.rows)


@given(data=st.binary(max_size=200))
def test_no_bytes_at_all_bring_a_document_down(data: bytes) -> None:
    try:
        found = read_text(b'[{"step": 0, "loss": 0.5},\n' + data, format="json", encoding="utf-8")
    except SourceError:
        return
    assert len(found.lines) == len(found.rows)


@given(value=cells, layout=layouts, at=st.integers(0, 400))
def test_what_is_begun_can_be_completed(value: Any, layout: Any, at: int) -> None:
    data = json.dumps([value], indent=layout).encode()[: at + 1]
    json.loads(completed(data, 100))


@given(value=cells, layout=layouts)
def test_structure_is_what_brackets_there_are(value: Any, layout: Any) -> None:
    data = json.dumps([value], indent=layout).encode()
    found = structure(data)
    assert found.depth[-1] == 0
    assert (found.depth >= 0).all()
    assert bytes(data[at] for at in found.brackets) == _brackets(data)


def _brackets(data: bytes) -> bytes:
    inside, escaped, found = False, False, bytearray()
    for octet in data:
        if escaped:
            escaped = False
        elif inside and octet == ord("\\"):
            escaped = True
        elif octet == ord('"'):
            inside = not inside
        elif not inside and octet in b"{}[]":
            found.append(octet)
    return bytes(found)
