"""JSON lines as loggers and crashes write them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pyarrow as pa
import pytest
from found import Found

from tbconvert.errors import SourceError

Read = Callable[..., Found]


@pytest.mark.parametrize("name", ["log.jsonl", "metrics.json", "log.csv", "log.txt", "train.log"])
def test_lines_of_objects_under_any_name(read: Read, name: str) -> None:
    found = read('{"step": 0, "loss": 0.5}\n{"step": 1, "loss": 0.25}\n', name=name)
    assert found.format == "jsonl"
    assert found.options["columns"] == ("step", "loss")
    assert found.rows == [{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25}]
    assert found.tables[0].lines == range(1, 3)


def test_keys_in_order_of_first_appearance(read: Read) -> None:
    found = read('{"b": 1}\n{"a": 2, "b": 3}\n\n{"c": 4}\n')
    assert found.columns == ["b", "a", "c"]
    assert found.rows == [{"b": 1}, {"a": 2, "b": 3}, {"c": 4}]
    assert found.lines == [1, 2, 4]


def test_nested_objects_are_flat(read: Read) -> None:
    found = read('{"step": 1, "eval": {"loss": 0.5, "by": {"x": 1}}, "none": {}}\n{"eval": null}\n')
    assert found.rows == [{"step": 1, "eval/loss": 0.5, "eval/by/x": 1}, {}]
    assert found.columns == ["step", "eval/loss", "eval/by/x"]


def test_names_that_meet_when_flat_stay_apart(read: Read) -> None:
    found = read('{"step": 1}\n{"a/b": 1, "a": {"b": 2}}\n{"a": {"b": 3}}\n')
    assert found.rows == [{"step": 1}, {"a/b": 1, "a/b.1": 2}, {"a/b": 3}]
    said = "two keys are 'a/b' when objects are flat: the second is read as 'a/b.1'"
    assert found.remarks == [(1, "a/b", 0, said)]


def test_short_lists_are_columns(read: Read) -> None:
    found = read('{"bbox": [0.5, 1]}\n{"bbox": [0.25]}\n{"bbox": []}\n{"bbox": null}\n')
    assert found.rows == [{"bbox/0": 0.5, "bbox/1": 1.0}, {"bbox/0": 0.25}, {}, {}]


def test_long_lists_stay_lists_of_doubles(read: Read) -> None:
    found = read(f'{{"a": {list(range(17))}}}\n{{"a": []}}\n{{"a": [1]}}\n')
    assert found.tables[0].batch.schema.field("a").type == pa.list_(pa.float64())
    assert found.rows == [{"a": [float(i) for i in range(17)]}, {}, {"a": [1.0]}]


@pytest.mark.parametrize("text", ["[null, 1]", "[1, null]", "[ null, 1, null]"])
def test_nulls_in_lists(read: Read, text: str) -> None:
    wanted = {f"a/{i}": cell for i, cell in enumerate(json.loads(text)) if cell is not None}
    assert read(f'{{"a": {text}}}\n').rows == [wanted]


@pytest.mark.parametrize("odd", ["5", '"x"', '["a"]', "true"])
def test_what_is_no_list_among_lists_costs_itself_only(read: Read, odd: str) -> None:
    lines = [f'{{"step": {step}, "v": [1, 2]}}\n' for step in range(9)]
    found = read("".join(lines) + f'{{"step": 9, "v": {odd}}}\n')
    assert found.rows == [{"step": step, "v/0": 1, "v/1": 2} for step in range(9)] + [{"step": 9}]
    (remark,) = found.remarks
    assert remark[:3] == (10, "v", 1)


def test_lists_of_other_things_are_text(read: Read) -> None:
    found = read('{"a": ["x", "y"], "b": [[1, 2], [3]], "c": [{"d": 1}], "e": [1, "x"]}\n')
    assert found.rows == [
        {"a": '["x", "y"]', "b": "[[1, 2], [3]]", "c": '[{"d": 1}]', "e": '[1, "x"]'}
    ]


def test_numbers_that_are_none_elsewhere(read: Read) -> None:
    found = read('{"a": NaN, "b": Infinity}\n{"a": -Infinity, "b": null}\n')
    assert math.isnan(found.rows[0]["a"])
    assert found.rows[0]["b"] == math.inf
    assert found.rows[1] == {"a": -math.inf}


def test_literals_as_other_languages_spell_them(read: Read) -> None:
    found = read('{"a": nan, "b": inf, "c": True, "d": "nan, None"}\n{"a": 1, "b": -inf}\n')
    assert math.isnan(found.rows[0]["a"])
    assert found.rows[0]["b"] == math.inf
    assert found.rows[0]["c"] is True
    assert found.rows[0]["d"] == "nan, None"
    assert found.rows[1] == {"a": 1.0, "b": -math.inf}


def test_numbers_out_of_range(read: Read) -> None:
    found = read(f'{{"a": 1e400, "b": {2**63}}}\n{{"a": -1e400, "b": {10**400}}}\n')
    assert found.rows == [{"a": math.inf, "b": 2.0**63}, {"a": -math.inf, "b": math.inf}]
    assert read(f'{{"a": {2**63 - 1}}}\n').rows == [{"a": 2**63 - 1}]


def test_numbers_and_texts_under_one_key_are_text(read: Read) -> None:
    found = read('{"lr": "auto"}\n{"lr": 0.1}\n{"lr": 2}\n{"lr": true}\n')
    assert [row["lr"] for row in found.rows] == ["auto", "0.1", "2", "true"]


def test_truths_and_numbers_under_one_key_are_numbers(read: Read) -> None:
    assert [row["a"] for row in read('{"a": true}\n{"a": 2}\n').rows] == [1.0, 2.0]


def test_truths_stay_truths(read: Read) -> None:
    assert read('{"a": true}\n{"a": false}\n').types == {"a": "bool"}


def test_a_key_that_stands_twice(read: Read) -> None:
    found = read('{"step": 0, "a": 1}\n{"step": 1, "a": 1, "a": 2, "a": 3}\n')
    assert found.rows[1] == {"step": 1, "a": 3}
    assert found.remarks == [(2, None, 2, "key 'a' stands there twice; the last was kept")]


def test_lines_that_are_no_objects(read: Read) -> None:
    found = read('{"a": 1}\n5\ngarbage\n{"a": 2}\n{"a": 3, }\n"text"\n{"a": 4}\n{"a": 5}\n')
    assert [row["a"] for row in found.rows] == [1, 2, 4, 5]
    assert found.lines == [1, 4, 7, 8]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [(2, 0), (3, 0), (5, 1), (6, 0)]
    assert found.problems[0].problem == "got '5', wanted an object; it was left out"


def test_a_line_of_null_at_the_beginning(read: Read) -> None:
    found = read('null\n{"a": 1}\n{"a": 2}\n{"a": 3}\n', format="jsonl")
    assert [row["a"] for row in found.rows] == [1, 2, 3]
    assert found.remarks == [(1, None, 0, "got 'null', wanted an object; it was left out")]


@pytest.mark.parametrize(
    ("tail", "kept", "lost"),
    [
        ('{"a": 3, "b": 4}', True, 0),
        ('{"a": 3, "b": 4', False, 2),
        ('{"a": 3, "b": 0.', False, 2),
        ('{"a": 3, "b', False, 1),
        ('{"a": "\\ud8', False, 1),
        ("{", False, 0),
    ],
)
def test_a_last_line_that_is_cut(read: Read, tail: str, kept: bool, lost: int) -> None:
    found = read('{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n' + tail)
    assert len(found.rows) == 2 + kept
    assert found.lost == lost
    assert [row for row, *_ in found.remarks] == ([] if kept else [3])


def test_a_last_line_cut_within_a_character(read: Read) -> None:
    found = read('{"a": "x"}\n{"a": "é'.encode()[:-1])
    assert found.rows == [{"a": "x"}]
    assert found.lost == 1


def test_bytes_that_are_not_utf8(read: Read) -> None:
    found = read('{"é": "ü", "b": 1}\n'.encode() + b'{"\xe9": "x\xff", "b": 2}\n')
    assert found.rows == [{"é": "ü", "b": 1}, {"\ufffd": "x\ufffd", "b": 2}]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [(2, 0)]


def test_halves_of_characters_are_replaced(read: Read) -> None:
    assert read('{"a": "x\\ud800y"}\n').rows == [{"a": "x\ufffdy"}]


def test_several_objects_in_a_line(read: Read) -> None:
    found = read('{"a": 1}{"a": 2} {"a": 3}\n{"a": 4}\n')
    assert [row["a"] for row in found.rows] == [1, 2, 3, 4]
    assert found.lines == [1, 1, 1, 2]


def test_an_array_of_objects_line_by_line(read: Read) -> None:
    found = read('[\n{"a": 1},\n{"a": 2}\n]\n', name="log.json")
    assert found.rows == [{"a": 1}, {"a": 2}]
    assert found.lines == [2, 3]
    assert not found.problems


def test_an_array_of_objects_in_one_line(read: Read) -> None:
    found = read('[{"a": 1}, {"a": 2}]', name="log.json")
    assert found.rows == [{"a": 1}, {"a": 2}]
    assert found.lines == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "a": 1,\n  "b": [\n    1\n  ]\n}\n',
        '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n',
        '{"meta": {"x": 1},\n"rows": [\n{"a": 1},\n{"a": 2},\n{"a": 3}\n]}\n',
        "[1, 2, 3]\n",
    ],
)
def test_a_document_is_refused_by_name(read: Read, text: str) -> None:
    with pytest.raises(SourceError, match="a JSON document, not JSON lines"):
        read(text, name="log.jsonl", format="jsonl")


@pytest.mark.parametrize("depth", [90, 101, 1_000, 100_000])
@pytest.mark.parametrize("shape", ['{"a":', "["])
def test_depth(read: Read, depth: int, shape: str) -> None:
    close = {"[": "]"}.get(shape, "}")
    line = '{"step": 1, "x": ' + shape * (depth - 1) + "1" + close * (depth - 1) + "}"
    found = read('{"step": 0}\n' + line + '\n{"step": 2}\n')
    assert [row["step"] for row in found.rows] == ([0, 1, 2] if depth <= 100 else [0, 2])
    assert len(found.problems) == (depth > 100)


def test_brackets_in_texts_are_not_depth(read: Read) -> None:
    found = read('{"a": "' + "[" * 500 + '", "b": {"c": 1}}\n' * 1 + '{"a": "x", "b": {"c": 2}}\n')
    assert [row["b/c"] for row in found.rows] == [1, 2]


def test_nul_bytes_after_a_crash(read: Read) -> None:
    found = read('{"a": 1}\n' + "\0" * 4000 + '{"a": 2}\n{"a": 3}\n' + "\0" * 100)
    assert [row["a"] for row in found.rows] == [1, 2, 3]
    assert [problem for *_, problem in found.remarks] == [
        "4000 NUL bytes were left out",
        "100 NUL bytes were left out",
    ]


def test_times_and_texts(read: Read) -> None:
    found = read('{"t": "2021-04-05T12:00:00", "d": "12:30", "s": "x"}\n')
    assert found.types == {"t": "timestamp[s]", "d": "string", "s": "string"}


def test_a_few_bad_lines_among_many_leave_the_types_of_the_others(read: Read) -> None:
    lines = [json.dumps({"step": i, "loss": i / 7, "lr": [i, 1.5]}) for i in range(20_000)]
    lines[5_000] = '{"step": 5000, "loss": "NaN", "lr": [1, 2]}'
    lines[9_999] = '{"step": 9999, "loss": 0.5, "loss": 1.5}'
    lines[12_000] = "Traceback (most recent call last):"
    lines[12_001] = ""
    lines[19_999] = '{"step": 19999, "loss": 1e400}'
    found = read("\n".join(lines) + "\n")
    steps = [i for i in range(20_000) if i not in (12_000, 12_001)]
    assert [row["step"] for row in found.rows] == steps
    assert found.lines == [i + 1 for i in steps]
    assert found.rows[5_000]["loss"] == "NaN"
    assert found.rows[9_999]["loss"] == 1.5
    assert found.rows[-1]["loss"] == math.inf
    assert found.lost == 1
    tables = [table.batch for table in found.tables if table.batch.num_rows]
    assert all(table.schema.field("step").type == pa.int64() for table in tables)
    assert len(found.tables) < 12


def test_many_bad_lines_are_read_together(read: Read) -> None:
    lines = [json.dumps({"step": i, "loss": "NaN" if i % 2 else 0.5}) for i in range(20_000)]
    found = read("\n".join(lines) + "\n")
    assert [row["step"] for row in found.rows] == list(range(20_000))
    assert len(found.tables) < 20


def test_a_large_file_of_lines_that_are_alike(read: Read) -> None:
    lines = [
        f'{{"step": {i}, "of": {{"loss": {i / 7!r}}}, "note": "n{i}", "lr": {i % 3 or "null"}}}'
        for i in range(20_000)
    ]
    found = read("\r\n".join(lines) + "\r\n", block_bytes=400_000)
    assert len(found.tables) > 2
    assert found.types == {"step": "int64", "of/loss": "double", "note": "string", "lr": "int64"}
    assert found.rows[19_999] == {"step": 19_999, "of/loss": 19_999 / 7, "note": "n19999", "lr": 1}
    assert found.rows[0] == {"step": 0, "of/loss": 0.0, "note": "n0"}
    assert found.lines == list(range(1, 20_001))


def test_an_only_line_that_is_cut_within_a_text(read: Read) -> None:
    with pytest.raises(SourceError) as err:
        read('{"step": 0, "loss": 0.5, "test_lo', name="log.jsonl")

    assert err.value.hint == "if it is JSON lines, the first of them is cut off"
