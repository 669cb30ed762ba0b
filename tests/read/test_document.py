"""One JSON document: records as they stream by."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found import Found

from tbconvert.errors import SourceError
from tbconvert.model import Run, Source
from tbconvert.read import read_source
from tbconvert.storage import open_input

Read = Callable[..., Found]

ROWS = [{"step": 0, "loss": 0.5}, {"step": 1, "acc": 0.75}, {"step": 2, "loss": 0.25}]


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("name", ["log.json", "log", "log.txt", "log.jsonl"])
def test_an_array_of_objects_under_any_name(read: Read, indent: Any, name: str) -> None:
    found = read(json.dumps(ROWS, indent=indent), name=name)
    assert found.format == "json"
    assert found.options["shape"] == "records"
    assert found.options["path"] == ()
    assert found.options["keys"] == ()
    assert found.options["columns"] == ("step", "loss", "acc")
    assert found.options["notes"] == ()
    assert found.rows == ROWS
    assert not found.problems
    assert not found.settings


@pytest.mark.parametrize(
    "path", [("log_history",), ("train_info", "metrics"), ("a", "b", "c", "d")]
)
@pytest.mark.parametrize("indent", [None, 2])
def test_records_under_a_path(read: Read, path: tuple[str, ...], indent: Any) -> None:
    document: Any = ROWS
    for key in reversed(path):
        document = {"before": {"x": None, "y": "z"}, key: document, "after": [1, 2], "lr": 0.5}
    found = read(json.dumps(document, indent=indent), name="log.json")
    assert found.options["path"] == path
    assert found.options["keys"] == ("before", path[0], "after", "lr")
    assert found.rows == ROWS
    (settings,) = found.settings
    assert settings.values["lr"] == 0.5
    assert settings.values["before/y"] == "z"
    assert settings.values["after"] == "[1, 2]"
    assert "before/x" not in settings.values
    assert not any("step" in name for name in settings.values)


def test_lines_are_those_that_records_begin_in(read: Read) -> None:
    found = read(json.dumps({"a": 1, "log": ROWS}, indent=2))
    assert found.lines == [4, 8, 12]


def test_a_trainer_state_in_one_line_needs_its_suffix(read: Read) -> None:
    text = json.dumps({"log_history": ROWS, "epoch": 3})
    assert read(text, name="trainer_state.json").rows == ROWS
    assert read(text, name="trainer_state.txt").format == "jsonl"


@pytest.mark.parametrize("name", ["log.json", "log.jsonl"])
def test_objects_in_lines_stay_json_lines(read: Read, name: str) -> None:
    assert read('{"step": 1}\n{"step": 2}\n', name=name).format == "jsonl"
    assert read('{"step": 1} {"step": 2}\n', name=name).format == "jsonl"
    assert read('{"step": 1}\ngarbage\n', name=name).format == "jsonl"


@pytest.mark.parametrize("first", ['{"a": 1, "b', '{"a": 1,', '{"a": [1,', '{"a": 1, "b": 0.', "{"])
def test_json_lines_whose_first_is_cut_off(read: Read, first: str) -> None:
    found = read(first + '\n{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n', name="log.json")
    assert found.format == "jsonl"
    assert len(found.rows) == 2


def test_the_longest_of_several_arrays_with_numbers(read: Read) -> None:
    text = {
        "stages": [{"name": "a", "epoch": 1}, {"name": "b", "epoch": 2}],
        "names": [{"name": str(n)} for n in range(9)],
        "log": ROWS,
        "again": ROWS,
    }
    found = read(json.dumps(text, indent=1))
    assert found.rows == ROWS
    assert found.options["path"] == ("log",)
    (note,) = found.options["notes"]
    assert note == (
        "records: those at 'log'; left out are those at 'stages' (2), 'names' (9), 'again' (3)"
    )
    assert not found.problems


def test_arrays_that_are_no_settings_are_told(read: Read) -> None:
    found = read(json.dumps({"log": ROWS * 40, "sizes": list(range(40)), "of": [[1]]}, indent=1))
    (settings,) = found.settings
    assert settings.values == {}
    assert [str(p.origin.column) for p in settings.problems] == ["sizes", "of"]


def test_a_path_that_is_given(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"a": ROWS * 2, "b": [{"x": 1}], "c": [{}]}, indent=1))
    options = {"shape": "records", "path": ("b",), "compression": "", "encoding": "utf-8"}
    with open_input(str(path)) as stream:
        source = Source(str(path), Run("."), "json", "generic", options)
        table, *_ = read_source(source, stream)
        assert table.batch.to_pylist() == [{"x": 1}]  # type: ignore[union-attr]
    options["path"] = ("b", "c")
    with (
        pytest.raises(SourceError, match="got no array 'b/c', wanted one of records"),
        open_input(str(path)) as stream,
    ):
        list(read_source(Source(str(path), Run("."), "json", "generic", options), stream))


def test_numbers_that_json_has_not(read: Read) -> None:
    text = '[\n{"a": NaN, "b": Infinity},\n{"a": -Infinity, "b": 1e400},\n{"a": nan, "b": None}\n]'
    found = read(text)
    assert math.isnan(found.rows[0]["a"])
    assert found.rows[0]["b"] == found.rows[1]["b"] == math.inf
    assert found.rows[1]["a"] == -math.inf
    assert math.isnan(found.rows[2]["a"])
    assert not found.problems


def test_a_key_that_stands_twice_in_a_record(read: Read) -> None:
    found = read('[\n {\n  "step": 0},\n {"step": 1,\n "a": 1, "a": 2}\n]')
    assert found.rows == [{"step": 0}, {"step": 1, "a": 2}]
    assert found.remarks == [(4, None, 1, "key 'a' stands there twice; the last was kept")]


def test_a_key_that_stands_twice_beside_the_records(read: Read) -> None:
    found = read('{"lr": 1,\n"log": [{"step": 0}, {"step": 1}],\n"lr": 2}')
    assert found.settings[0].values == {"lr": 2}
    assert [(cells, said) for _, _, cells, said in found.remarks] == [
        (1, "key 'lr' stands there twice; the last was kept")
    ]


def test_what_is_no_object_among_records(read: Read) -> None:
    rows = ', {"step": 2}' * 9
    found = read('[null, {"step": 0},\n "a,{b", {"step": 1}, [1, 2],\n 5\n' + rows + "]")
    assert found.rows == [{"step": 0}, {"step": 1}, *[{"step": 2}] * 9]
    assert found.lines == [1, 2, *[4] * 9]
    assert [row for row, *_ in found.remarks] == [1, 2, 2, 3]


def test_a_line_end_in_a_text_is_part_of_it(read: Read) -> None:
    text = '[\n{"step": 0,\n "t": "a\nb, c"\n},\n{"step": 1,\n "t": "c"\n}\n]'
    found = read(text, format="json")
    assert found.rows == [{"step": 0, "t": "a\nb, c"}, {"step": 1, "t": "c"}]
    assert found.lines == [2, 6]


def test_a_stray_quote_costs_its_record(read: Read) -> None:
    rows = [json.dumps({"step": step, "t": "x"}, indent=1) for step in range(6)]
    rows[3] = rows[3].replace('"x"', '"x')
    found = read("[\n" + ",\n".join(rows) + "\n]", format="json")
    assert [row["step"] for row in found.rows] == [0, 1, 2, 4, 5]
    assert [row for row, *_ in found.remarks] == [14]


def test_records_between_which_no_two_gaps_are_alike(read: Read) -> None:
    gaps = [",", " ,", ", ", "\n,\n", ",\n\n", "  ,  "]
    text = "".join(f'{{"step": {n}}}{gaps[n % len(gaps)]}' for n in range(60)) + '{"step": 60}'
    found = read(f"[{text}]", block_bytes=100)
    assert [row["step"] for row in found.rows] == list(range(61))


def test_garbage_behind_a_document(read: Read) -> None:
    found = read(json.dumps(ROWS, indent=1) + '\n{"step": 5}\n')
    assert found.rows == ROWS
    ((row, _, cells, said),) = found.remarks
    assert (row, cells) == (15, 1)
    assert said == """got '{"step": 5}' behind the document; it was left out"""


def test_a_document_that_is_cut_behind_its_records(read: Read) -> None:
    found = read('{"lr": 0.5,\n"log": [{"step": 0}, {"step": 1}],\n"seed": 3, "na')
    assert [row["step"] for row in found.rows] == [0, 1]
    assert found.settings[0].values == {"lr": 0.5, "seed": 3}
    (remark,) = found.remarks
    assert remark[0] == 3
    said = "the document ends before it is complete: it is cut off, or still being written"
    assert remark[3] == said


def test_a_document_that_is_still_being_written(read: Read) -> None:
    found = read('[\n{"step": 0},\n{"step": 1},\n')
    assert [row["step"] for row in found.rows] == [0, 1]
    said = "the document ends before its records do: it is cut off, or still being written"
    assert found.remarks == [(4, None, 0, said)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(read: Read, encoding: str) -> None:
    found = read(json.dumps({"é": 1, "log": ROWS}, indent=1, ensure_ascii=False).encode(encoding))
    assert found.rows == ROWS
    assert found.settings[0].values == {"é": 1}


def test_compressed(read: Read) -> None:
    data = gzip.compress(json.dumps({"log": ROWS * 50}, indent=1).encode())
    assert read(data, name="log.json.gz").rows == ROWS * 50
    cut = read(data[:-40], name="log.json.gz")
    assert cut.rows == (ROWS * 50)[: len(cut.rows)]
    assert any("the gzip stream ends too early" in said for *_, said in cut.remarks)


@pytest.mark.parametrize("depth", [90, 101, 900])
def test_a_record_that_is_nested_deep(read: Read, depth: int) -> None:
    deep = '{"a":' * (depth - 1) + "1" + "}" * (depth - 1)
    found = read('[{"step": 0},\n{"step": 1, "x": ' + deep + '},\n{"step": 2}]', format="json")
    assert [row["step"] for row in found.rows] == ([0, 1, 2] if depth <= 100 else [0, 2])
    assert len(found.problems) == (depth > 100)


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 500_000, '[{"a":' * 300_000])
def test_a_million_brackets(read: Read, text: str) -> None:
    for data in (text, text + "1" + "]" * 1_000_000):
        with pytest.raises(SourceError):
            read(data, name="log.json")


def test_a_record_far_from_the_beginning(read: Read) -> None:
    about = {f"name {n}": "x" * 1000 for n in range(500)}
    found = read(json.dumps({"about": about, "log": ROWS}, indent=1))
    assert found.options["path"] == ("log",)
    assert found.rows == ROWS


def test_more_beside_the_records_than_memory_should_hold(read: Read) -> None:
    text = json.dumps({"log": ROWS * 1000, "z": ["x" * 1000] * 9000}, indent=1)
    with pytest.raises(SourceError, match="more than 8 MB stand behind the records of 'log'"):
        read(text)


MEMORY = """
import resource, sys
from tbconvert.model import Run, Source
from tbconvert.read import read_source
from tbconvert.storage import open_input
options = {"shape": "records", "path": ("log",), "compression": "", "encoding": "utf-8"}
rows = 0
with open_input(sys.argv[1]) as stream:
    for raw in read_source(Source(sys.argv[1], Run("."), "json", "generic", options), stream):
        rows += raw.batch.num_rows if hasattr(raw, "batch") else 0
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for count in (40_000, 400_000):
        path = tmp_path / f"{count}.json"
        with path.open("w") as file:
            file.write('{"lr": 0.5,\n "log": [')
            for n in range(count):
                row = {"step": n, "eval": n / 7} if n % 9 == 0 else {"step": n, "loss": n / 3}
                file.write(("," if n else "") + "\n" + json.dumps(row, indent=4))
            file.write("\n]}\n")
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
        )
        rows, peak = map(int, done.stdout.split())
        assert rows == count
        peaks.append(peak / 1000)
    assert peaks[1] < peaks[0] + 120, peaks
