"""Files → run names: short, safe, and no two the same."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import read_back

from tbconvert import ingest
from tbconvert.dialects import DIALECTS, Dialect, by_name
from tbconvert.dialects.generic import GENERIC
from tbconvert.naming import Place, name_runs
from tbconvert.run_names import safe_run


def names_of(field: str) -> list[tuple[str, str]]:
    """Return a name that each glob of a field means, and the first dialect that has it."""
    found: dict[str, str] = {}
    for dialect in (GENERIC, *DIALECTS):
        for glob in sorted(getattr(dialect, field)):
            found.setdefault(re.sub(r"\[0-9\]|\*+|\?", "7", glob), dialect.name)
    return sorted(found.items())


def places(*paths: str) -> list[Place]:
    """Return files that were named one by one, or found below "walked/"."""
    found = []
    for path in paths:
        *folders, name = path.strip("/").split("/")
        below = len(folders) - folders.index("walked") - 1 if "walked" in folders else None
        found.append(Place(tuple(folders), name, below))
    return found


def named(*paths: str, run: str | None = None, dialect: Dialect = GENERIC) -> list[str]:
    names = name_runs(places(*paths), [dialect] * len(paths), run)
    return [str(name.run) for name in names]


# ----------------------------------------------------------------------------- one by one


@pytest.mark.parametrize(
    ("path", "run"),
    [
        ("/home/me/a.csv", "a"),
        ("/home/me/a.csv.gz", "a"),
        ("/home/me/a.JSONL.zst", "a"),
        ("/home/me/lr0.001.csv", "lr0.001"),
        ("/home/me/a.md", "a"),
        ("/home/me/exp1/log.md", "exp1"),
        ("/home/me/a", "a"),
        ("/home/me/a.b.c", "a.b.c"),
        ("/home/me/exp1/metrics.csv", "exp1"),
        ("/home/me/exp1/Metrics.CSV", "exp1"),
        ("/home/me/exp1/logs/metrics.csv", "exp1"),
        ("/home/me/exp1/logs/csv_logs/progress.csv", "exp1"),
        ("/metrics.csv", "metrics"),
        ("/logs/metrics.csv", "logs"),
        ("/home/walked/a.csv", "a"),
        ("/home/walked/x/y/a.csv", "x/y/a"),
        ("/home/walked/x/y/metrics.csv", "x/y"),
        ("/home/walked/x/logs/metrics.csv", "x"),
        ("/home/walked/metrics.csv", "walked"),
        ("/home/walked/logs/metrics.csv", "walked"),
    ],
)
def test_a_run_is_named_after_its_file_or_its_folder(path: str, run: str) -> None:
    assert named(path) == [run]


@pytest.mark.parametrize(("name", "dialect"), names_of("stock_names"))
def test_stock_names_say_nothing(name: str, dialect: str) -> None:
    paths = (f"/home/exp1/{name}.csv", f"/home/exp2/{name.upper()}.csv")
    assert named(*paths, dialect=by_name(dialect)) == ["exp1", "exp2"]


@pytest.mark.parametrize(("folder", "dialect"), names_of("stock_folders"))
def test_stock_folders_count_as_their_parent(folder: str, dialect: str) -> None:
    assert named(f"/home/exp1/{folder}/metrics.csv", dialect=by_name(dialect)) == ["exp1"]


# ------------------------------------------------------------------------------- told apart


@pytest.mark.parametrize(
    ("paths", "runs"),
    [
        (["/home/x/a.csv", "/home/y/a.csv"], ["x/a", "y/a"]),
        (["/1/s/a.csv", "/2/s/a.csv", "/2/t/b.csv"], ["1/s/a", "2/s/a", "b"]),
        (["/x/a.csv", "/x/a.jsonl"], ["a", "a-2"]),
        (["/x/a.csv", "/x/a.csv.gz"], ["a", "a-2"]),
        (["/x/a.csv", "/x/A.csv"], ["a", "A-2"]),
        (["/x/a.csv", "/x/a.jsonl", "/y/a.csv"], ["x/a", "x/a-2", "y/a"]),
        (["/p/q/x/a.csv", "/p/q/y/a.csv"], ["x/a", "y/a"]),
        (["/p/x/r/a.csv", "/p/y/r/a.csv"], ["x/r/a", "y/r/a"]),
        (["/x/a.csv", "/y/A.csv"], ["x/a", "y/A"]),
        (["/1/exp/metrics.csv", "/2/exp/metrics.csv"], ["1/exp", "2/exp"]),
        (["/x/metrics.csv", "/x/progress.csv"], ["x", "x-2"]),
        (["/p/x/metrics.csv", "/p/x.csv"], ["x", "x-2"]),
        (["/p/walked/r/progress.csv", "/p/walked/r/progress.json"], ["r", "r-2"]),
        (["/p/walked/progress.csv", "/p/walked/progress.json"], ["walked", "walked-2"]),
        (["/p/walked/a.csv", "/p/walked/A.csv"], ["a", "A-2"]),
        (["/p/1/walked/a.csv", "/p/2/walked/a.csv"], ["1/walked/a", "2/walked/a"]),
        (["/walked/x/a.csv", "/walked/y/a.csv"], ["x/a", "y/a"]),
        (["/a.csv", "/x/a.csv"], ["a", "x/a"]),
        (["/x/a:b.csv", "/x/a?b.csv"], ["a_b", "a_b-2"]),
        (["/x/a.csv", "/x/a.tsv", "/x/a-2.csv"], ["a", "a-3", "a-2"]),
        (["/x/a.csv", "/x/a.tsv", "/x/A-2.csv"], ["a", "a-3", "A-2"]),
    ],
)
def test_names_that_would_be_one_are_told_apart(paths: list[str], runs: list[str]) -> None:
    assert named(*paths) == runs


def test_a_name_says_what_it_would_be_if_it_were_alone() -> None:
    found = name_runs(places("/p/x/a.csv", "/p/x/a.tsv", "/p/b.csv"), [GENERIC] * 3, None)

    assert [(name.run, name.wanted) for name in found] == [("a", "a"), ("a-2", "a"), ("b", "b")]


def test_a_run_that_was_given_is_the_name_of_one_and_the_folder_of_several() -> None:
    assert named("/x/a.csv", run="best") == ["best"]
    assert named("/x/a.csv", "/x/b.csv", run="best") == ["best/a", "best/b"]
    assert named("/x/metrics.csv", "/y/metrics.csv", run="best") == ["best/x", "best/y"]
    assert named("/x/a.csv", run=".") == ["."]
    assert named("/x/a.csv", "/x/b.csv", run=".") == ["a", "b"]


# ------------------------------------------------------------------------------------- safe


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("../../x", "x"),
        ("/etc/x", "etc/x"),
        ("..", "run"),
        ("", "run"),
        (" . / .. ", "run"),
        ("a//b/./c", "a/b/c"),
        ("CON", "CON_"),
        ("con.txt", "con.txt_"),
        ("x/NUL/y", "x/NUL_/y"),
        ("com1", "com1_"),
        ("C:\\x", "C_/x"),
        ("a\\..\\b", "a/b"),
        ("line\nfeed", "line_feed"),
        ("bell\x07 and \x7f", "bell_ and _"),
        ("a.tfevents.b", "a.tf_events.b"),
        ("dots...", "dots"),
        ("blanks\u3000.\x85. ", "blanks"),
        ("émile/été", "émile/été"),
        ("\ud800", "_"),
    ],
)
def test_names_out_of_data_are_made_safe(name: str, run: str) -> None:
    assert safe_run(name) == run


def test_long_names_are_cut_and_stay_different() -> None:
    cut = safe_run("x" * 300 + "a")
    other = safe_run("x" * 300 + "b")

    assert cut != other
    assert len(cut.encode()) <= 200
    assert len(safe_run("é" * 300).encode()) <= 200


@given(st.text(max_size=60))
def test_no_name_leads_anywhere_else(name: str) -> None:
    run = safe_run(name)

    parts = run.split("/")
    assert run
    assert not run.startswith("/")
    assert all(part and part not in (".", "..") for part in parts)
    assert "tfevents" not in run
    assert not any(ord(sign) < 32 or sign in '<>:"|?*\\' for sign in run)
    assert safe_run(run) == run


PATHS = st.lists(
    st.lists(
        st.sampled_from(["a", "A", "logs", "metrics", "x", "..", "é"]), min_size=1, max_size=4
    ),
    min_size=1,
    max_size=8,
    unique_by=tuple,
)


@given(PATHS)
def test_no_name_has_a_folder_above_the_common_one(paths: list[list[str]]) -> None:
    for root in ("/above/common/", "/above/walked/"):
        found = named(*(root + "/".join(path) + ".csv" for path in paths))

        assert not any("above" in run.split("/") for run in found)


@given(PATHS, st.sampled_from([None, ".", "group"]))
def test_no_two_names_are_the_same_on_any_file_system(
    paths: list[list[str]], run: str | None
) -> None:
    found = named(*("/walked/" + "/".join(path) + ".csv" for path in paths), run=run)

    assert len(found) == len(paths)
    assert len({name.casefold() for name in found}) == len(found)


# ------------------------------------------------------------------------------ on the disk


PAIRS = {
    "logs/r/progress.csv": ("r", "step,loss\n0,1.0\n1,2.0\n"),
    "logs/r/progress.json": ("r-2", '{"step": 0, "loss": 3.0}\n{"step": 1, "loss": 4.0}\n'),
    "logs/s/A.csv": ("s/A", "step,loss\n0,5.0\n"),
    "logs/s/a.csv": ("s/a-2", "step,loss\n0,6.0\n"),
}


def test_a_run_that_was_renamed_says_so_and_no_other(tmp_path: Path) -> None:
    for name, (_, text) in PAIRS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    report = ingest(tmp_path / "logs", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")
    assert {run: tags["loss"].values[-1] for run, tags in served.items()} == {
        "r": 2.0,
        "r-2": 4.0,
        "s/A": 5.0,
        "s/a-2": 6.0,
    }
    assert {run.run: [p.problem for p in run.problems] for run in report.runs} == {
        "r": [],
        "r-2": ["the run is 'r-2': 'r' would be that of another one too"],
        "s/A": [],
        "s/a-2": ["the run is 's/a-2': 's/a' would be that of another one too"],
    }
    assert {run.sources[0].uri: run.run for run in report.runs} == {
        str(tmp_path / name): run for name, (run, _) in PAIRS.items()
    }


ODD = ["CON", "a:b", "x.tfevents.1", "é" * 120, "line\nfeed", " blank ", "-", "'quoted'", "a.b"]


def test_files_of_odd_names_become_runs_that_everybody_sees(tmp_path: Path) -> None:
    for name in ODD:
        (tmp_path / "logs").mkdir(exist_ok=True)
        (tmp_path / "logs" / f"{name}.csv").write_text("step,loss\n0,1.0\n")

    report = ingest(tmp_path / "logs", logdir=tmp_path / "runs")

    assert [run.status for run in report.runs] == ["written"] * len(ODD)
    assert read_back(tmp_path / "runs").keys() == {run.run for run in report.runs}
    for _, folders, _ in os.walk(tmp_path / "runs"):
        assert not any("tfevents" in folder for folder in folders)


CELLS = {
    "../x": "x",
    "../../../etc/passwd": "etc/passwd",
    "/etc/x": "etc/x",
    "C:\\y": "C_/y",
    "CON": "CON_",
    "a.tfevents": "a.tf_events",
    "..": "run",
    "small": "small",
    "Small": "Small-2",
    "y" * 300: None,
}


def test_cells_of_a_run_column_stay_below_their_run(tmp_path: Path) -> None:
    rows = "".join(f"{step},{cell},{step}\n" for step in range(2) for cell in CELLS)
    (tmp_path / "sweep.csv").write_text("step,what,loss\n" + rows)

    report = ingest(tmp_path / "sweep.csv", logdir=tmp_path / "runs", run_column="what")

    found = [run.run for run in report.runs]
    assert [run.status for run in report.runs] == ["written"] * len(CELLS)
    for run, wanted in zip(found, CELLS.values(), strict=True):
        assert wanted is None or run == f"sweep/{wanted}"
    assert read_back(tmp_path / "runs").keys() == set(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs", "sweep.csv"]
