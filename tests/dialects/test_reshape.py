"""What adapters share: columns that get other names, and what is left out by design."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from oracle import ingest, read_back

from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, Once, of_tables
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Run, Source

SOURCE = Source("x.csv", Run(""), "csv", "generic")


def table(first: int = 1, **columns: list[Any]) -> RawTable:
    batch = pa.RecordBatch.from_pydict(columns)
    return RawTable(Origin("x.csv"), batch, range(first, first + batch.num_rows))


def cells(raw: Raw) -> dict[str, list[Any]]:
    assert isinstance(raw, RawTable)
    found: dict[str, list[Any]] = raw.batch.to_pydict()
    return found


def test_of_two_columns_with_one_name_both_are_kept_and_it_is_said_once() -> None:
    called = Names()
    first = called.renamed(table(a=[1], b=[2], c=[3]), lambda name: "x" if name < "c" else name)
    second = called.renamed(table(b=[4]), lambda name: "x")

    assert cells(first) == {"x": [1], "x.1": [2], "c": [3]}
    assert cells(second) == {"x.1": [4]}
    assert [problem.origin.column for problem in first.problems] == ["b"]
    assert second.problems == ()


def test_the_name_of_a_role_stays_with_its_column() -> None:
    called = Names({"column_3": "step"})

    found = called.renamed(table(column_2=[0.5], column_3=[7]), lambda name: "step")

    assert cells(found) == {"step.1": [0.5], "step": [7]}


def test_a_metric_of_mlflow_may_be_called_step(tmp_path: Path) -> None:
    log = tmp_path / "mlruns" / "0" / "a" / "metrics" / "step"
    log.parent.mkdir(parents=True)
    (log.parents[1] / "meta.yaml").write_text("run_name: a\n")
    log.write_text("1700000000000 0.5 7\n1700000001000 0.25 8\n")

    report = ingest(tmp_path / "mlruns", logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    assert tags["step.1"].steps.tolist() == [7, 8]
    assert tags["step.1"].values.tolist() == [0.5, 0.25]
    (problem,) = report["runs"][0]["problems"]
    assert problem["column"] == "column_2"


def test_what_is_left_out_is_counted_to_the_end_of_the_source() -> None:
    left = LeftOut(SOURCE, "a reason")

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield left.unless(raw, lambda name: name == "kept")

    adapter = left.after(adapt)
    settings = RawSettings(Origin("x.csv"), {"lr": 0.1})
    given = (table(kept=[1, 2], a=[1, None]), table(kept=[3], a=[2], b=["t"]), settings)
    found = [raw for one in given for raw in adapter(one)]

    assert [cells(raw) for raw in found[:2]] == [{"kept": [1, 2]}, {"kept": [3]}]
    assert found[2] is settings
    (end,) = adapter.finish()
    assert isinstance(end, RawTable)
    (problem,) = end.problems
    assert problem.problem == "a reason: left out were 'a' (2 cells), 'b' (1 cell)"
    assert (problem.cells, end.batch.num_rows) == (0, 0)


def test_nothing_left_out_is_nothing_said() -> None:
    assert [*LeftOut(SOURCE, "a reason").finish()] == []


def test_many_columns_are_told_by_their_number() -> None:
    left = LeftOut(SOURCE, "a reason")
    for at in range(7):
        left.count(f"c{at}", 10 - at)
    (end,) = left.finish()
    assert isinstance(end, RawTable)
    assert end.problems[0].problem.endswith("'c4' (6 cells), 2 more columns (9 cells)")


def test_a_thing_is_said_once() -> None:
    once, remark = Once(), Problem(Origin("x.csv"), "said")

    assert once.say(table(a=[1]), remark).problems == (remark,)
    assert once.say(table(a=[1]), remark).problems == ()


def test_a_first_line_of_settings_is_no_row_that_lacks_a_step(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines: list[dict[str, Any]] = [
        {"args/lr": 0.1, "args/layers": [1, 2], "args/name": "mlp", "args/amp": True},
        *({"step": step, "loss": 1 / step} for step in (1, 2)),
    ]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))

    report = ingest(log, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["rejected"], run["missing"], run["problems"]) == (0, 0, [])
    (tags,) = read_back(tmp_path / "runs").values()
    assert tags["loss"].steps.tolist() == [1, 2]
    assert run["hparams"] == 5  # a short list is a setting for each place of it


def test_tables_of_comet_are_long(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    rows = ["loss,0.5,1700000000000,1", "acc,0.25,1700000001000,1", "loss,0.125,1700000002000,2"]
    log.write_text("\n".join(["metricName,metricValue,timestamp,step", *rows]))

    ingest(log, logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    assert {tag: of.values.tolist() for tag, of in tags.items()} == {
        "loss": [0.5, 0.125],
        "acc": [0.25],
    }
    assert tags["loss"].wall_times.tolist() == [1.7e9, 1.7e9 + 2]


def test_rounds_and_their_like_are_steps_where_they_rise(tmp_path: Path) -> None:
    for name in ("rounds", "batches", "generations"):
        log = tmp_path / f"of_{name}.csv"
        log.write_text(f"{name},loss\n3,0.5\n7,0.25\n")
        ingest(log, logdir=tmp_path / name)
        (tags,) = read_back(tmp_path / name).values()
        assert tags["loss"].steps.tolist() == [3, 7]
