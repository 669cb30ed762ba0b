"""What the command reports: to people, and as JSON to programs."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import read_back

KIND = {"tags": int, "points": int}
CHOSEN = {"column": (str, type(None)), "how": str}
SOURCE = {"uri": str, "format": str, "dialect": str, "rows": int} | {
    "step": CHOSEN,
    "wall_time": CHOSEN,
}
PROBLEM = {"uri": str, "row": (int, type(None)), "column": (str, type(None))} | {
    "problem": str,
    "hint": str,
}
RUN = {
    "run": str,
    "status": str,
    "event_file": (str, type(None)),
    "bytes": int,
    "sources": [SOURCE],
    "scalars": KIND,
    "histograms": KIND,
    "images": KIND,
    "texts": KIND,
    "graph": bool,
    "hparams": int,
    "missing": int,
    "rejected": int,
    "superseded": int,
    "non_finite": int,
    "problems": [PROBLEM],
}
REPORT = {
    "tbconvert": str,
    "logdir": str,
    "exit_status": int,
    "runs": [RUN],
    "skipped": [{"uri": str, "reason": str}],
    "totals": {
        "runs": int,
        "written": int,
        "unchanged": int,
        "empty": int,
        "failed": int,
        "points": int,
        "rejected": int,
        "seconds": float,
    },
}
"""The promise to whoever parses it: exactly these keys, of these types."""


def check(got: Any, wanted: Any, where: str = "report") -> None:
    """Fail unless the shape of some JSON is the one wanted."""
    if isinstance(wanted, dict):
        assert list(got) == list(wanted), where
        for key, inner in wanted.items():
            check(got[key], inner, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(got, list), where
        for place, entry in enumerate(got):
            check(entry, wanted[0], f"{where}[{place}]")
    else:
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        assert type(got) in kinds, f"{where}: {got!r}"


def write_inputs() -> None:
    """Put a good log, a damaged, a broken one and a note into the working directory."""
    Path("logs").mkdir()
    Path("logs/good.csv").write_text("step,loss\n0,1.0\n1,0.5\n")
    Path("logs/bad.csv").write_text("step,loss\n0,1.0\n1,oops\n2,0.5\n")
    Path("logs/broken.csv").write_text("step,loss\n0.5,1.0\n0.7,0.5\n")
    Path("logs/notes.txt").write_text("Nothing to see here.\nMove along, please.\nThank you!\n")


@pytest.mark.usefixtures("folder")
def test_json_has_the_keys_that_are_promised(tbconvert: Callable[..., Any]) -> None:
    write_inputs()

    done = tbconvert("ingest", "logs", "--logdir", "runs", "--json")

    check(done.answer, REPORT)
    assert done.answer["exit_status"] == done.status == 1
    assert {run["run"]: run["status"] for run in done.answer["runs"]} == {
        "bad": "written",
        "broken": "failed",
        "good": "written",
    }
    assert done.answer["totals"] | {"seconds": 0} == {
        "runs": 3,
        "written": 2,
        "unchanged": 0,
        "empty": 0,
        "failed": 1,
        "points": 4,
        "rejected": 1,
        "seconds": 0,
    }
    assert [skipped["uri"] for skipped in done.answer["skipped"]] == ["logs/notes.txt"]


@pytest.mark.usefixtures("folder")
def test_json_tells_where_the_bytes_are(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    (run,) = done.answer["runs"]
    assert Path(run["event_file"]).parent == Path("runs/a")
    assert Path(run["event_file"]).stat().st_size == run["bytes"]


@pytest.mark.usefixtures("folder")
def test_json_names_every_bad_cell(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    (problem,) = done.answer["runs"][0]["problems"]
    assert problem == {
        "uri": "a.csv",
        "row": 3,
        "column": "loss",
        "problem": "got 'oops', wanted a number; the cell was left out",
        "hint": "",
    }


@pytest.mark.usefixtures("folder")
def test_json_of_a_source_that_is_not_there(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "b.csv", "--logdir", "runs", "--json")

    check(done.answer, REPORT)
    assert done.answer["exit_status"] == done.status == 1
    good, failed = done.answer["runs"]
    assert (good["run"], good["status"]) == ("a", "written")
    assert (failed["run"], failed["status"]) == ("b.csv", "failed")
    assert failed["problems"][0]["problem"] == "no such file or directory"


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
    assert "0 of 1 runs written, 0 points" in plain.out
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


@pytest.mark.usefixtures("folder")
def test_an_unchanged_run_is_reported_as_it_was(tbconvert: Callable[..., Any]) -> None:
    (written,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    again = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    check(again.answer, REPORT)
    assert again.answer["runs"] == [written | {"status": "unchanged"}]


@pytest.mark.usefixtures("folder")
def test_an_unchanged_run_is_named_as_seen_from_here(
    tbconvert: Callable[..., Any], tmp_path: Path
) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")

    again = tbconvert("ingest", tmp_path / "a.csv", "--logdir", tmp_path / "runs", "--json")

    (run,) = again.answer["runs"]
    assert run["status"] == "unchanged"
    assert Path(run["event_file"]).parent == tmp_path / "runs" / "a"


# -------------------------------------------------------------------------- how much is said


@pytest.mark.usefixtures("folder")
def test_strict_fails_where_a_cell_was_left_out(tbconvert: Callable[..., Any]) -> None:
    Path("whole.csv").write_text("step,loss\n0,1.0\n1,\n")

    damaged = tbconvert("ingest", "a.csv", "--logdir", "runs", "--strict", "--json")
    whole = tbconvert("ingest", "whole.csv", "--logdir", "runs", "--strict", "--json")
    again = tbconvert("ingest", "a.csv", "--logdir", "runs", "--strict", "--json")

    assert damaged.answer["exit_status"] == damaged.status == 1
    assert damaged.answer["runs"][0]["status"] == "written"
    assert whole.answer["exit_status"] == whole.status == 0
    assert again.answer["exit_status"] == again.status == 1


@pytest.mark.usefixtures("folder")
def test_plain_report(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "my runs")

    lines = done.out.splitlines()
    assert lines[0].split() == ["run", "status", "points", "tags", "step", "from"]
    assert lines[1].split() == ["a", "written", "4", "2", "step", "a.csv"]
    assert "1 of 1 runs written, 4 points" in done.out
    assert "cells that are no points: 1 missing, 1 rejected" in lines
    assert lines[-1].strip() == "tensorboard --logdir 'my runs'"
    assert done.err == (
        "a.csv:3: column 'loss': got 'oops', wanted a number; the cell was left out\n"
    )


@pytest.mark.usefixtures("folder")
def test_one_point_is_no_points(tbconvert: Callable[..., Any]) -> None:
    Path("one.csv").write_text("step,loss\n0,1.0\n")

    done = tbconvert("ingest", "one.csv", "--logdir", "runs")

    assert "1 of 1 runs written, 1 point, " in done.out


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
    ids=str,
)
def test_colours_are_for_terminals_that_show_them(
    folder: Path, environment: dict[str, str], is_coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tbconvert", "ingest", "a.csv", "--logdir", "runs"]
    variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}

    subprocess.run(
        command,
        cwd=folder,
        env=variables | environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)

    assert b"got 'oops', wanted a number" in said
    assert (b"\x1b[" in said) == is_coloured


@pytest.mark.usefixtures("folder")
def test_long_curves_come_with_what_shows_them_whole(tbconvert: Callable[..., Any]) -> None:
    rows = "".join(f"{step},0.5\n" for step in range(1001))
    Path("long.csv").write_text("step,loss\n" + rows)

    done = tbconvert("ingest", "long.csv", "--logdir", "runs")

    assert "tensorboard --logdir runs --samples_per_plugin scalars=1001" in done.out


@pytest.mark.usefixtures("folder")
def test_quiet_says_errors_only(tbconvert: Callable[..., Any]) -> None:
    good = tbconvert("ingest", "a.csv", "--logdir", "runs", "--quiet")
    failed = tbconvert("ingest", "b.csv", "--logdir", "runs", "-q")

    assert good == type(good)(0, "", "")
    assert failed == type(good)(1, "", "b.csv: no such file or directory\n")


@pytest.mark.usefixtures("folder")
def test_verbose_says_every_problem_and_every_skipped_file(
    tbconvert: Callable[..., Any],
) -> None:
    write_inputs()
    rows = "".join(f"{step},0.5\n{step + 1},oops\n" for step in range(0, 30, 2))
    Path("logs/many.csv").write_text("step,loss\n" + rows)

    brief = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run").err
    verbose = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run", "-v").err

    assert brief.count("logs/many.csv:") == 10
    assert "run 'many': 5 more problems; --verbose or --json shows them" in brief
    assert "1 file skipped; --verbose says why" in brief
    assert verbose.count("logs/many.csv:") == 15
    assert "logs/notes.txt: skipped: not a training log" in verbose


# ----------------------------------------------------------------------------------- dry run


@pytest.mark.usefixtures("folder")
def test_a_dry_run_reports_the_same_and_writes_nothing(tbconvert: Callable[..., Any]) -> None:
    write_inputs()

    tried = tbconvert("ingest", "logs", "--logdir", "runs", "--dry-run", "--json").answer
    assert not Path("runs").exists()
    done = tbconvert("ingest", "logs", "--logdir", "runs", "--json").answer

    assert (tried["runs"], tried["skipped"]) == (done["runs"], done["skipped"])
    assert tried["totals"] | {"seconds": 0} == done["totals"] | {"seconds": 0}


@pytest.mark.usefixtures("folder")
def test_a_dry_run_leaves_a_logdir_as_it_is(tbconvert: Callable[..., Any]) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")
    before = {path: path.read_bytes() for path in Path("runs/a").iterdir()}
    with Path("a.csv").open("a") as log:
        log.write("3,0.125,0.4\n")

    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--dry-run")

    assert "1 of 1 runs would be written, 6 points" in done.out
    assert {path: path.read_bytes() for path in Path("runs/a").iterdir()} == before


# -------------------------------------------------------------------------- every cell counts

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr)
CELLS = st.one_of(
    FINITE,
    st.sampled_from(["nan", "inf", "-Infinity", "1e400", "True", "12345678901"]),
    st.sampled_from(["", "NA", "null", "None"]),
    st.sampled_from(["oops", "0.5.1", "1,5"]),
)
STEPS = st.one_of(st.integers(0, 9), st.sampled_from([2**62, "", "none", "x"]))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Make rows of a step and some cells, of which every column is rather numbers than text."""
    metrics = draw(st.integers(1, 4))
    row = st.tuples(STEPS, *[CELLS] * metrics)
    odd = draw(st.lists(row, max_size=8))
    good = draw(st.permutations(range(len(odd) + 2)))
    rows = [(step, *["0.5"] * metrics) for step in good] + odd
    return [[str(cell) for cell in row] for row in rows]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tables(),
    st.sampled_from(["last", "first", "mean"]),
    st.sampled_from(["restart", "sort"]),
)
@pytest.mark.usefixtures("folder")
def test_every_cell_is_accounted_for(
    tbconvert: Callable[..., Any], rows: list[list[str]], duplicate: str, backward: str
) -> None:
    metrics = len(rows[0]) - 1
    with Path("table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["step", *(f"m{n}" for n in range(metrics))], *rows])

    done = tbconvert(
        *("ingest", "table.csv", "--logdir", "runs", "--json", "--if-exists", "replace"),
        *("--on-duplicate", duplicate, "--on-backward", backward),
    )

    (run,) = done.answer["runs"]
    counted = {
        name: sum(run[kind]["points"] for kind in ("scalars", "histograms", "images", "texts"))
        if name == "points"
        else run[name]
        for name in ("points", "missing", "rejected", "superseded")
    }
    assert sum(counted.values()) == len(rows) * metrics, str(run)


@pytest.mark.usefixtures("folder")
def test_what_is_counted_is_what_is_shown(tbconvert: Callable[..., Any]) -> None:
    Path("log.csv").write_text("step,a,b\n0,1,nan\n1,2,\n1,3,inf\n2,x,4\n")

    done = tbconvert("ingest", "log.csv", "--run", "r", "--logdir", "runs", "--json")

    (run,) = done.answer["runs"]
    served = read_back("runs")["r"]
    assert (
        run["scalars"]
        == {"tags": 2, "points": 5}
        == {
            "tags": len(served),
            "points": sum(map(len, served.values())),
        }
    )
    assert (run["missing"], run["rejected"], run["superseded"], run["non_finite"]) == (1, 1, 1, 2)
