"""Long tables of several runs: all columns that are needed to tell them apart do."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from normalize.laid_out import layout
from oracle import ingest, read_back

MODELS, SEEDS, STEPS, TAGS = ("a", "b"), (1, 2), (0, 1, 2), ("loss", "acc")

Rows = list[tuple[str, int, int, str, float]]


def rows() -> Rows:
    """Return a value for each tag of each step of each run, all of them different."""
    every = product(MODELS, SEEDS, STEPS, TAGS)
    return [(*cells, at / 64) for at, cells in enumerate(every)]


def columns(cells: Rows, tag: str = "name") -> dict[str, list[object]]:
    names = ("model", "seed", "step", tag, "value")
    return {
        name: list(column) for name, column in zip(names, zip(*cells, strict=True), strict=True)
    }


@pytest.mark.parametrize("tag", ["name", "key", "metric", "tag"])
def test_several_columns_tell_the_runs_of_a_long_table_apart(tag: str) -> None:
    found = layout(columns(rows(), tag))

    assert (found.tag, found.value, found.step.column) == (tag, "value", "step")
    assert set(found.runs) == {"model", "seed"}
    assert not found.is_metric("model")


def test_one_column_does_where_steps_of_each_tag_rise_by_it() -> None:
    once = [row for row in rows() if row[1] == 1]
    paired = [row for row in rows() if (row[0] == "a") == (row[1] == 1)]

    assert layout(columns(once)).runs == ("model",)
    assert len(layout(columns(paired)).runs) == 1


def test_what_the_user_says_goes_before() -> None:
    found = columns(rows())

    assert layout(found, run_column="seed").runs == ("seed",)
    assert layout(found, run_column="none").runs == ()
    assert layout(found, tag_column="none").runs != ("seed", "model")


def test_a_run_of_each_combination_has_its_points(tmp_path: Path) -> None:
    log = tmp_path / "study.csv"
    lines = [",".join(map(str, row)) for row in rows()]
    log.write_text("\n".join(["model,seed,step,name,value", *lines, ""]))

    report = ingest(log, logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")
    assert set(served) == {f"study/model={m},seed={s}" for m, s in product(MODELS, SEEDS)}
    for model, seed, tag in product(MODELS, SEEDS, TAGS):
        wanted = [(r[2], r[4]) for r in rows() if (r[0], r[1], r[3]) == (model, seed, tag)]
        found = served[f"study/model={model},seed={seed}"][tag]
        assert list(zip(found.steps.tolist(), found.values.tolist(), strict=True)) == wanted
    told = [problem for run in report["runs"] for problem in run["problems"]]
    assert [run["superseded"] for run in report["runs"]] == [0] * 4
    said = {problem["problem"] for problem in told}
    assert "columns 'seed' and 'model' tell the runs apart" in said
    assert not any("left out" in problem for problem in said)


def test_combinations_over_many_blocks_and_tags_are_runs(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    tags = [f"layer{at}/norm" for at in range(600)]
    pairs = [("x", 0), ("x", 1), ("y", 0), ("y", 1)]
    lines = (
        f"{model},{seed},{step},{tag},{'0.5':0<40}\n"
        for model, seed in pairs
        for step in range(200)
        for tag in tags
    )
    log.write_text("model,seed,step,name,value\n" + "".join(lines))

    report = ingest(log, logdir=tmp_path / "out")

    assert {run["run"]: run["superseded"] for run in report["runs"]} == {
        f"a/model={model},seed={seed}": 0 for model, seed in pairs
    }
    assert report["totals"]["points"] == 4 * 200 * 600
