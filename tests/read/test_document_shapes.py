"""One JSON document that is no array of records: lists, triples, series, rows, a single object."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from found import Found

from tbconvert.errors import SourceError
from tbconvert.model import Run, Source
from tbconvert.read import read_source
from tbconvert.storage import open_input

Read = Callable[..., Found]


@pytest.fixture
def read_json(read: Read) -> Read:
    def read_json(value: Any, *, name: str = "log.json", **how: Any) -> Found:
        return read(json.dumps(value), name=name, **how)

    return read_json


def test_split(read_json: Read) -> None:
    value = {"columns": ["step", "loss"], "index": [0, 1], "data": [[10, 0.5], [20, None]]}
    found = read_json(value)
    assert found.options["shape"] == "rows"
    assert found.options["columns"] == ("step", "loss")
    assert found.rows == [{"step": 10, "loss": 0.5}, {"step": 20}]
    assert found.lines == [1, 2]
    named = read_json({**value, "index": ["a", "b"]})
    assert named.rows == [{"index": "a", "step": 10, "loss": 0.5}, {"index": "b", "step": 20}]


def test_split_with_rows_that_are_not_alike(read_json: Read) -> None:
    rows = [[1, 0.5], [2], [3, 0.25, 7, 8], 5, [4, 0.125]]
    found = read_json({"columns": ["a", "a"], "data": rows, "lr": 3})
    assert found.rows == [
        {"a": 1, "a.1": 0.5},
        {"a": 2},
        {"a": 3, "a.1": 0.25},
        {"a": 4, "a.1": 0.125},
    ]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [(None, 0), (3, 2), (4, 1)]
    assert found.settings[0].values == {"lr": 3}


def test_pandas_table_is_records(read_json: Read) -> None:
    schema = {"fields": [{"name": "index", "type": "integer"}], "pandas_version": "1.4.0"}
    rows = [{"index": 0, "loss": 0.5}, {"index": 1, "loss": 0.25}]
    found = read_json({"schema": schema, "data": rows})
    assert found.options["path"] == ("data",)
    assert found.options["notes"] == ()
    assert found.rows == rows
    assert not found.settings


def test_triples(read_json: Read) -> None:
    found = read_json({"run/a": [[1.7e9, 1, 0.5], [1.7e9 + 1, 2, 0.25]], "b": [[1.7e9, 1, 3]]})
    assert found.options["shape"] == "triples"
    assert found.rows == [
        {"wall_time": 1.7e9, "step": 1, "value": 0.5, "tag": "run/a"},
        {"wall_time": 1.7e9 + 1, "step": 2, "value": 0.25, "tag": "run/a"},
        {"wall_time": 1.7e9, "step": 1, "value": 3.0, "tag": "b"},
    ]


def test_triples_without_a_name(read_json: Read) -> None:
    found = read_json([[1.7e9, 1, 0.5], [1.7e9 + 1, 2, 0.25]])
    assert found.rows[1] == {"wall_time": 1.7e9 + 1, "step": 2, "value": 0.25}


def test_series_with_times(read_json: Read) -> None:
    times = ["2024-02-08T22:00:00.5", "2024-02-08T22:00:01.5"]
    found = read_json(
        {
            "loss": {"steps": [1, 2], "timestamps": times, "values": [0.5, 0.25]},
            "acc": {"steps": [1, 2, 3], "values": [{"dtype": "float64", "value": 0.1}, 0.2, 0.3]},
        }
    )
    assert found.options["shape"] == "series"
    assert found.rows[:2] == [
        {"wall_time": time, "step": step, "tag": "loss", "value": value}
        for time, step, value in zip(times, [1, 2], [0.5, 0.25], strict=True)
    ]
    assert found.rows[2:] == [
        {"step": step, "tag": "acc", "value": value}
        for step, value in enumerate([0.1, 0.2, 0.3], 1)
    ]


def test_series_of_several_runs(read_json: Read) -> None:
    def curve(method: str, seed: int) -> dict[str, Any]:
        return {"task": "walk", "method": method, "seed": seed, "xs": [10, 20], "ys": [1.5, 2.5]}

    found = read_json([curve("a", 0), curve("b", 1)])
    assert [(row["run"], row["tag"], row["step"], row["value"]) for row in found.rows] == [
        ("a/0", "walk", 10, 1.5),
        ("a/0", "walk", 20, 2.5),
        ("b/1", "walk", 10, 1.5),
        ("b/1", "walk", 20, 2.5),
    ]
    alone = read_json({"xs": [10], "ys": [1.5], "task": "walk"})
    assert alone.rows == [{"step": 10, "tag": "ys", "value": 1.5}]
    assert alone.settings[0].values == {"task": "walk"}


def test_series_that_are_longer_than_their_steps(read_json: Read) -> None:
    found = read_json({"loss": {"steps": [1], "values": [0.5, 0.25, 0.1]}})
    assert len(found.rows) == 1
    assert found.remarks == [
        (None, "loss", 2, "got 1 steps for 3 values; the last were left out"),
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_lists_by_name(read: Read, indent: Any) -> None:
    value = {"loss": [0.5, 0.25, None], "of": {"acc": [1, 2, 3], "t": ["x", "y", "z"]}}
    found = read(json.dumps(value, indent=indent), name="history.json")
    assert found.options["shape"] == "columns"
    assert found.options["columns"] == ("loss", "of/acc")
    assert found.rows == [
        {"loss": 0.5, "of/acc": 1, "of/t": "x"},
        {"loss": 0.25, "of/acc": 2, "of/t": "y"},
        {"of/acc": 3, "of/t": "z"},
    ]
    assert not found.problems
    assert not found.settings


def test_lists_that_are_not_of_one_length(read_json: Read) -> None:
    found = read_json({"loss": [0.5, 0.25, 0.1], "val_loss": [0.6], "best": 3})
    assert found.rows == [{"loss": 0.5, "val_loss": 0.6}, {"loss": 0.25}, {"loss": 0.1}]
    assert found.lines == [1, 2, 3]
    ((_, _, cells, said),) = found.remarks
    assert cells == 0
    assert said.startswith("lists are not of one length: 'loss' has 3, 'val_loss' 1")
    assert found.settings[0].values == {"best": 3}


def test_lists_of_one_number_each_are_one_row(read_json: Read) -> None:
    assert read_json({"loss": [0.5], "acc": [1]}).rows == [{"loss": 0.5, "acc": 1}]


def test_lists_of_numbers_that_json_has_not(read: Read) -> None:
    found = read('{"a": [NaN, 1e400, -Infinity], "b": [1, 2, 12345678901234567890]}', name="h.json")
    assert math.isnan(found.rows[0]["a"])
    assert [row["a"] for row in found.rows[1:]] == [math.inf, -math.inf]
    assert found.rows[2]["b"] == float(12345678901234567890)


def test_curves_of_a_few_epochs_beside_more_values_are_columns(read_json: Read) -> None:
    curves = {"loss": [1, 0.5, 0.25], "acc": [0.5, 0.75, 0.875]}
    beside = {"params": {"epochs": 3, "steps": 10}, "model": "cnn", "test_acc": 0.75}
    found = read_json({"history": curves, **beside})
    assert found.options["shape"] == "columns"
    assert [row["history/acc"] for row in found.rows] == curves["acc"]
    told = {"params/epochs": 3, "params/steps": 10, "model": "cnn", "test_acc": 0.75}
    assert found.settings[0].values == told


@pytest.mark.parametrize(
    "lists",
    [
        {"betas": [0.9, 0.999], "sizes": [64, 64]},  # what a training was started with
        {"loss": [0.5, 0.25], "sizes": [64, 64, 64]},
        {"loss": [0.5, 0.25], "lr": 0.1},
        {"loss": [0.5]},
    ],
)
def test_short_lists_among_values_are_no_columns(read_json: Read, lists: dict[str, Any]) -> None:
    found = read_json({"part": lists, "a": 1, "b": 2, "c": 3, "d": 4})
    assert found.options["shape"] == "single"


def test_pandas_columns_and_index(read_json: Read) -> None:
    columns = {"loss": {"0": 0.5, "1": 0.25}, "acc": {"0": 1, "1": None}}
    rows = [{"loss": 0.5, "acc": 1}, {"loss": 0.25}]
    index = {str(n): row for n, row in enumerate(rows)}
    for value in (columns, index):
        found = read_json(value)
        assert found.options["shape"] == "columns"
        assert found.rows == rows
    shifted = [{"index": 1, **rows[0]}, {"index": 2, **rows[1]}]
    assert read_json({"1": rows[0], "2": rows[1]}).rows == shifted
    assert read_json({"loss": {"1": 0.5, "2": 0.25}, "acc": {"1": 1}}).rows == shifted


def test_a_single_object(read_json: Read) -> None:
    value = {
        "acc": 0.5,
        "of": {"ok": True, "name": "x", "none": None},
        "bbox": [1, 2.5],
        "t": ["a"],
    }
    found = read_json(value)
    assert found.options["shape"] == "single"
    assert found.options["keys"] == ("acc", "of", "bbox", "t")
    assert found.rows == [
        {"acc": 0.5, "of/ok": True, "of/name": "x", "bbox/0": 1.0, "bbox/1": 2.5, "t": '["a"]'}
    ]
    assert read_json(value, name="log.txt").format == "jsonl"


def test_a_single_object_as_settings(read_json: Read) -> None:
    found = read_json({"lr": 0.5, "of": {"a": None, "b": True}, "sizes": [1, {"x": 2}], "n": 1e999})
    name = found.options["shape"]
    path = found.tables[0].origin.uri
    options = {**found.options, "holds": "settings"}
    with open_input(path) as stream:
        (raw,) = read_source(Source(path, Run("."), "json", "generic", options), stream)
    assert name == "single"
    assert raw.values == {  # type: ignore[union-attr]
        "lr": 0.5,
        "of/b": True,
        "sizes": '[1, {"x": 2}]',
        "n": math.inf,
    }


def test_keys_that_stand_twice(read: Read) -> None:
    found = read('{\n"loss": [1, 2],\n"loss": [3, 4]\n}')
    assert found.rows == [{"loss": 3}, {"loss": 4}]
    assert found.remarks == [(None, None, 1, "key 'loss' stands there twice; the last was kept")]


def test_lists_in_a_document_that_is_cut_off(read: Read) -> None:
    found = read('{\n"loss": [1, 2, 3],\n"acc": [0.5, 0.25, 0.1')
    assert [row.get("loss") for row in found.rows] == [1, 2, 3]
    assert [row.get("acc") for row in found.rows] == [0.5, 0.25, None]
    assert found.lost == 1


@pytest.mark.parametrize("shape", ["columns", "single", "triples", "series"])
def test_a_document_that_is_too_large_for_memory(read: Read, shape: str) -> None:
    long = [round(n / 7, 3) for n in range(200_000)]
    value: Any = {
        "columns": {"loss": long},
        "single": {"a": 1, "text": "x" * 1_200_000},
        "triples": {"a": [[1.7e9, n, 0.5] for n in range(80_000)]},
        "series": {"a": {"steps": list(range(200_000)), "values": long}},
    }[shape]
    text = json.dumps(value, indent=1)
    found = read(text, name="log.json")
    assert found.options["shape"] == shape
    with pytest.raises(SourceError) as err:
        read(text, name="log.json", max_document=1)
    assert err.value.problem == "a JSON document without records, of more than 1 MB"
    assert "--max-document" in err.value.hint


NOTEBOOK = {"cells": [{"cell_type": "code", "execution_count": 1}], "nbformat": 4}
VOCABULARY = {f"token {n}": n for n in range(1000)}
BOXES = [{"id": 1, "bbox": [1, 2, 3, 4], "area": 2.5}, {"id": 2, "bbox": [1, 2], "area": 3.5}]
TOKENIZER = {
    "version": "1.0",
    "added_tokens": [{"id": 0, "content": "<s>", "special": True}] * 3,
    "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "b"]]},
}


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ([], "an empty array"),
        ({}, "an empty object"),
        ([1, 2, 3], "an array of numbers"),
        (["a", "b"], "an array of texts"),
        ([[1, 2], [3, 4]], "an array of arrays"),
        ([{"text": "a"}, {"text": "b"}], "an array of objects without numbers"),
        ([{"id": 1, "text": "a"}, {"id": 2, "text": "b"}], "an array of objects without numbers"),
        ([{"score": 0.5, "text": "a" * 999}] * 3, "an array of objects that are texts for the"),
        (NOTEBOOK, "a notebook"),
        (TOKENIZER, "a tokenizer"),
        (VOCABULARY, "a vocabulary"),
        ({"images": BOXES, "annotations": BOXES}, "an annotated data set"),
        ({"traceEvents": BOXES}, "a profiler's trace"),
        ({"type": "FeatureCollection", "features": BOXES}, "geographic data"),
        ({"weight_map": {"a": "b"}, "metadata": {"total_size": 5}}, "an index of weights"),
        ({"name": "x", "version": "1", "dependencies": {}}, "a list of packages"),
        ({"data": [{"text": "a"}, {"text": "b"}]}, "an array of objects without numbers"),
        ({"texts": ["a", "b"]}, "an object without numbers"),
    ],
)
def test_documents_that_are_no_log(read: Read, value: Any, got: str) -> None:
    with pytest.raises(SourceError) as err:
        read(json.dumps(value, indent=1), name="some.json")
    assert err.value.problem.startswith(f"a JSON document, but no training log: got {got}")
    assert err.value.problem.endswith(
        "wanted an array of records, lists of numbers by name, or numbers by name"
    )


def test_any_array_of_objects_if_it_is_asked_for(read_json: Read) -> None:
    rows = [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]
    assert read_json(rows, format="json").rows == rows


def test_several_documents(read: Read) -> None:
    with pytest.raises(SourceError, match="several JSON documents one after the other"):
        read('{\n"a": 1\n}\n{\n"a": 2\n}\n')


def test_what_is_no_json_is_left_to_others(read: Read) -> None:
    assert read("[a],[b]\n1,2\n3,4\n5,6\n").format == "csv"
    with pytest.raises(SourceError, match="not a JSON document"):
        read("step,loss\n1,2\n", format="json")
