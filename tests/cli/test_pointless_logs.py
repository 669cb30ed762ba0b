"""Logs that have no points, and what is reported of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracle import read_back
from report_keys import REPORT, check


@pytest.mark.usefixtures("folder")
def test_nothing_to_convert_is_a_failure(tbconvert: Callable[..., Any]) -> None:
    Path("empty").mkdir()

    plain = tbconvert("ingest", "empty", "--logdir", "runs")
    as_json = tbconvert("ingest", "empty", "--logdir", "runs", "--json")

    assert plain.status == as_json.status == 1
    assert "nothing to convert" in plain.err
    check(as_json.answer, REPORT)
    assert as_json.answer["runs"] == []
    assert not Path("runs").exists()


POINTLESS = {
    "header only": ("step,loss\n", (), ""),
    "steps only": ("step\n0\n1\n", (), ""),
    "no cell": ("step,loss\n0,\n1,\n", (), ""),
    "nothing included": (
        "step,loss\n0,1\n",
        ("--include", "zzz"),
        "--include 'zzz' matches no tag",
    ),
    "nearly nothing included": (
        "step,loss\n0,1\n",
        ("--include", "*los"),
        "--include '*los' matches no tag; did you mean 'loss'?",
    ),
    "all excluded": ("step,loss\n0,1\n", ("--exclude", "l*"), "--exclude leaves no tag"),
    "no cell of what is included": ("step,loss,acc\n0,,1\n", ("--include", "loss"), ""),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("text", "options", "hint"), POINTLESS.values(), ids=POINTLESS)
def test_a_log_without_points_is_empty_and_not_written(
    tbconvert: Callable[..., Any], text: str, options: tuple[str, ...], hint: str
) -> None:
    Path("b.csv").write_text(text)

    done = tbconvert("ingest", "b.csv", "--logdir", "runs", "--json", *options)
    plain = tbconvert("ingest", "b.csv", "--logdir", "runs", *options)

    check(done.answer, REPORT)
    (run,) = done.answer["runs"]
    assert (run["status"], run["event_file"]) == ("empty", None)
    assert (done.answer["totals"]["written"], done.answer["totals"]["empty"]) == (0, 1)
    assert done.answer["exit_status"] == done.status == plain.status == 1
    first = run["problems"][0]
    assert first["problem"] == "there are no points in it; nothing was written"
    assert first["hint"] == hint
    assert "b.csv: there are no points in it" in plain.err
    assert "\n1 run empty, " in plain.out
    assert "tensorboard --logdir" not in plain.out
    assert not Path("runs").exists()


@pytest.mark.usefixtures("folder")
def test_a_log_without_points_beside_one_that_has_some_is_no_failure(
    tbconvert: Callable[..., Any],
) -> None:
    Path("b.csv").write_text("step,loss\n")

    done = tbconvert("ingest", "a.csv", "b.csv", "--logdir", "runs", "--json")

    assert [run["status"] for run in done.answer["runs"]] == ["written", "empty"]
    assert done.status == 0
    assert read_back("runs").keys() == {"a"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("text", "options", "hint"), POINTLESS.values(), ids=POINTLESS)
def test_a_log_that_has_no_points_any_more_leaves_its_run_and_has_failed(
    tbconvert: Callable[..., Any], text: str, options: tuple[str, ...], hint: str
) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")
    before = {path: path.read_bytes() for path in Path("runs/a").iterdir()}
    Path("a.csv").write_text(text)

    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json", *options)

    (run,) = done.answer["runs"]
    assert (run["status"], done.status) == ("failed", 1)
    assert run["problems"][0]["problem"] == (
        "there are no points in it any more; what stands of it was left as it was"
    )
    assert run["problems"][0]["hint"] == hint
    assert {path: path.read_bytes() for path in Path("runs/a").iterdir()} == before


@pytest.mark.usefixtures("folder")
def test_a_log_of_damage_alone_says_first_that_it_has_no_points(
    tbconvert: Callable[..., Any],
) -> None:
    Path("b.csv").write_text("step,loss\n0,1\n" + "x,1\n" * 300)

    done = tbconvert("ingest", "b.csv", "--logdir", "runs", "--include", "zzz")

    assert done.err.startswith("b.csv: there are no points in it; nothing was written")
