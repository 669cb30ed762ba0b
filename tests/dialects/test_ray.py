"""Trials of Ray beyond the golden cases: the table alone, and what params.json repeats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import ingest, read_back

from tbconvert.dialects.ray import RAY
from tbconvert.model import Origin, RawTable, Run, Source

ROW = {"training_iteration": 1, "time_total_s": 2.5, "timestamp": 1600000000}


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    (folder / "result.json").write_text("".join(json.dumps(ROW | row) + "\n" for row in rows))
    return folder


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"config/lr": 0.1, "pid": 3}, {"pid": 3, "lr": 0.1}),
        ({"config/m/l/0": 4, "config/m/l/1": 4}, {"m/l": "[4, 4]"}),
        ({"config/m/1": 4}, {"m/1": 4}),
        ({"config/pid": 1, "pid": 3}, {"pid": 3}),
    ],
)
def test_names_are_those_of_the_params(columns: dict[str, Any], told: dict[str, Any]) -> None:
    assert RAY.told
    assert RAY.told(columns) == told


def test_what_params_say_too_is_said_once(tmp_path: Path) -> None:
    config = {"lr": 0.1, "layers": [4, 0.5], "class": None}
    trial = write(tmp_path / "trial", [{"config": config, "training_iteration": n} for n in (1, 2)])
    (trial / "params.json").write_text(json.dumps(config | {"layers": [4.0, 0.5]}))
    (run,) = ingest(trial, logdir=tmp_path / "runs")["runs"]
    assert (run["hparams"], run["problems"]) == (2, [])


def test_a_setting_that_is_tuned_on_the_way_is_a_curve(tmp_path: Path) -> None:
    rows = [{"config": {"lr": lr}, "training_iteration": n} for n, lr in enumerate((0.5, 0.25), 1)]
    ingest(write(tmp_path / "trial", rows), logdir=tmp_path / "runs")
    assert read_back(tmp_path / "runs")["trial"]["config/lr"].values.tolist() == [0.5, 0.25]


def test_lists_in_the_table_are_distributions(tmp_path: Path) -> None:
    log = tmp_path / "progress.csv"
    log.write_text(
        "training_iteration,time_total_s,timestamp,date,hist/reward,note\n"
        '1,1.0,1600000000,a,[],[x]\n2,2.0,1600000001,b,"[1.0, nan, 3]",[y]\n'
    )
    ingest(log, logdir=tmp_path / "runs")
    (seen,) = read_back(tmp_path / "runs").values()
    assert seen["hist/reward"].plugin == "histograms"
    assert seen["hist/reward"].steps.tolist() == [2]
    assert seen["note"].values.tolist() == ["[x]", "[y]"]
    assert "date" not in seen


def adapted(texts: Sequence[str | None]) -> pa.Array:
    """Return what the adapter makes of a column of texts."""
    assert RAY.adapt
    batch = pa.RecordBatch.from_pydict({"hist": pa.array(texts, pa.string())})
    table = RawTable(Origin("progress.csv"), batch, range(len(texts)))
    source = Source("progress.csv", Run("run"), "csv", "ray")
    (made,) = RAY.adapt(source)(table)
    assert isinstance(made, RawTable)
    return made.batch.column(0)


fragments = st.sampled_from(["[", "]", "[]", ",", "1", "2.5", "-3", " ", "nan", '"a]"', "true"])
numbers = st.integers(-(2**70), 2**70) | st.floats()


@given(st.lists(st.none() | st.lists(numbers, max_size=5).map(str), min_size=1, max_size=8))
def test_every_list_of_a_column_is_the_one_that_stands_there(texts: list[str | None]) -> None:
    wanted = [None if text is None else eval(text, {"nan": None, "inf": float("inf")})
              for text in texts]  # fmt: skip
    found = adapted(texts).to_pylist()

    if all(text is None for text in texts):
        assert found == texts
        return
    said = [one and [None if item != item else item for item in one] for one in found]
    assert said == [
        None if not one else [None if item is None else float(item) for item in one]
        for one in wanted
    ]


@given(st.lists(st.lists(fragments, max_size=6).map("".join), min_size=1, max_size=4))
def test_a_text_that_is_no_list_leaves_a_column_as_it_is(texts: list[str]) -> None:
    try:
        lists = [json.loads(text.replace("nan", "NaN")) for text in texts]
        kinds = [type(item) for one in lists for item in one]
        are_lists = all(isinstance(one, list) for one in lists) and {*kinds} <= {int, float}
    except (ValueError, TypeError):
        are_lists = False

    # a column that begins with a blank or anything else is text
    assert pa.types.is_list(adapted(texts).type) == (are_lists and texts[0].startswith("["))


@pytest.mark.parametrize(
    "texts",
    [
        ["[1", "2],[3]"],
        ["[1],[2]", "[3", "4]"],
        ["[[1]", "[2]]", "[3]"],
        ["[1],[2]", "[3],[4]"],
        ["[1]", "\u00a0[2]"],
        ["[1]", f"[{10**400}]"],
        ["[" * 100_000 + "]" * 100_000],
    ],
)
def test_texts_are_lists_by_themselves_or_not_at_all(texts: list[str]) -> None:
    assert adapted(texts).to_pylist() == texts
