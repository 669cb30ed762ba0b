"""What people are told of sources that are gone, and of how much a dry run would write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def tree(folder: Path, tbconvert: Command) -> Path:
    """Return a tree of fifteen logs, all of them converted into ``runs``."""
    for number in range(15):
        place = folder / f"tree/exp{number:02}"
        place.mkdir(parents=True)
        (place / "metrics.csv").write_text(f"step,loss\n0,{number}\n")
    tbconvert("ingest", "tree", "--logdir", "runs")
    return folder / "tree"


def told(tree: Path, *numbers: int) -> list[str]:
    return [
        f"{tree}/exp{number:02}/metrics.csv is gone; "
        f"run 'exp{number:02}', which was made from it, stays as it is"
        for number in numbers
    ]


def remove(tree: Path, count: int) -> None:
    for number in range(count):
        shutil.rmtree(tree / f"exp{number:02}")


def test_sources_that_are_gone_are_told(tbconvert: Command, tree: Path) -> None:
    remove(tree, 2)

    said = tbconvert("ingest", "tree", "--logdir", "runs")

    assert said.status == 0
    assert said.err.splitlines() == told(tree, 0, 1)
    assert "13 runs unchanged" in said.out


def test_a_dry_run_tells_of_them_as_well(tbconvert: Command, tree: Path) -> None:
    remove(tree, 1)

    said = tbconvert("ingest", "tree", "--logdir", "runs", "--dry-run")

    assert said.err.splitlines() == told(tree, 0)


def test_of_many_sources_that_are_gone_the_rest_is_counted(tbconvert: Command, tree: Path) -> None:
    remove(tree, 12)

    brief = tbconvert("ingest", "tree", "--logdir", "runs").err.splitlines()
    whole = tbconvert("ingest", "tree", "--logdir", "runs", "--verbose").err.splitlines()

    assert brief == [*told(tree, *range(10)), "2 more sources are gone; --verbose names them"]
    assert whole == told(tree, *range(12))


def test_eleven_sources_that_are_gone(tbconvert: Command, tree: Path) -> None:
    remove(tree, 11)

    said = tbconvert("ingest", "tree", "--logdir", "runs").err.splitlines()

    assert said[10:] == ["1 more source is gone; --verbose names them"]


def test_a_tree_that_is_empty_now(tbconvert: Command, tree: Path) -> None:
    remove(tree, 15)

    said = tbconvert("ingest", "tree", "--logdir", "runs").err.splitlines()

    assert said[:10] == told(tree, *range(10))
    assert said[-1] == "nothing to convert: no training log was found"


@pytest.mark.parametrize("how", ["--quiet", "--json"])
def test_who_wants_no_words_gets_none(tbconvert: Command, tree: Path, how: str) -> None:
    remove(tree, 2)

    assert tbconvert("ingest", "tree", "--logdir", "runs", how).err == ""


def test_merged_reports_tell_of_them(tbconvert: Command, tree: Path) -> None:
    remove(tree, 2)
    for number in (1, 2):
        shard = ("--shard", f"{number}/2", "--json")
        said = tbconvert("ingest", "tree", "--logdir", "runs", *shard)
        Path(f"{number}.json").write_text(said.out)

    assert tbconvert("report", "merge", "1.json", "2.json").err.splitlines() == told(tree, 0, 1)


# -------------------------------------------------------------------------------------- bytes


def written(logdir: str) -> int:
    return sum(path.stat().st_size for path in Path(logdir).rglob("*tfevents*"))


def summary(out: str) -> str:
    return next(line for line in out.splitlines() if " would be " in line).rpartition(", ")[0]


@pytest.mark.usefixtures("tree")
def test_a_dry_run_tells_how_much_it_would_write(tbconvert: Command) -> None:
    tried = tbconvert("ingest", "tree", "--logdir", "new", "--dry-run")

    tbconvert("ingest", "tree", "--logdir", "new")
    assert 1000 < written("new") < 1_000_000
    amount = f"{written('new') / 1000:.1f} kB"
    assert summary(tried.out) == f"15 runs would be written, 15 points, {amount}"


def test_few_bytes_are_bytes(tbconvert: Command, tree: Path) -> None:
    shutil.copytree(tree / "exp03", "few/exp03")

    tried = tbconvert("ingest", "few", "--logdir", "new", "--dry-run")

    tbconvert("ingest", "few", "--logdir", "new")
    assert summary(tried.out) == f"1 run would be written, 1 point, {written('new')} bytes"


def test_only_what_would_be_written_counts(tbconvert: Command, tree: Path) -> None:
    with (tree / "exp03/metrics.csv").open("a") as log:
        log.write("1,0.5\n")

    tried = tbconvert("ingest", "tree", "--logdir", "runs", "--dry-run")

    shutil.copytree(tree / "exp03", "few/exp03")
    tbconvert("ingest", "few", "--logdir", "new")
    assert summary(tried.out) == (
        f"1 would be written, 14 unchanged of 15 runs, 16 points, {written('new')} bytes"
    )


@pytest.mark.usefixtures("tree")
def test_where_nothing_would_be_written_nothing_is_said_of_bytes(tbconvert: Command) -> None:
    tried = tbconvert("ingest", "tree", "--logdir", "runs", "--dry-run")

    assert "\n15 runs unchanged, 15 points, " in tried.out
    assert "bytes" not in tried.out
    assert "kB" not in tried.out
