"""Several ingests into one logdir at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from faults.underway import contents
from oracle import Forked, read_back

TURNS = 5


def log(name: str, value: float, time: int = 1_700_000_000) -> str:
    """Write a log, in a folder of its own."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"time,step,loss\n{time},0,{value}\n")
    return name


def event_files(run: str = "a") -> list[Path]:
    return [path for path in Path("runs", run).iterdir() if "tfevents" in path.name]


def test_one_source_many_times(forked: Forked) -> None:
    log("a.csv", 1.0)

    for _ in range(TURNS):
        shutil.rmtree("runs", ignore_errors=True)
        done = forked.ingest_at_once([["a.csv", "--logdir", "runs"]] * 6)

        assert [one.status for one in done] == [0] * 6, done
        assert len(contents("runs")) == 2
        assert read_back("runs")["a"]["loss"].values.tolist() == [1.0]


def test_a_changed_source_many_times(forked: Forked) -> None:
    log("a.csv", 0.0)
    forked.ingest("a.csv", "--logdir", "runs")

    for turn in range(1, TURNS):
        log("a.csv", float(turn), time=1_700_000_000 + turn)
        done = forked.ingest_at_once([["a.csv", "--logdir", "runs"]] * 6)

        assert [one.status for one in done] == [0] * 6, done
        assert len(contents("runs")) == 2
        assert read_back("runs")["a"]["loss"].values.tolist() == [float(turn)]


def test_sources_of_their_own(forked: Forked) -> None:
    names = [log(f"run{number}.csv", float(number)) for number in range(6)]

    for _ in range(TURNS):
        shutil.rmtree("runs", ignore_errors=True)
        done = forked.ingest_at_once([[name, "--logdir", "runs"] for name in names])

        assert [one.status for one in done] == [0] * 6, done
        served = read_back("runs")
        assert {run: tags["loss"].values.tolist() for run, tags in served.items()} == {
            f"run{number}": [float(number)] for number in range(6)
        }


def test_good_and_broken_sources(forked: Forked) -> None:
    names = [log(f"run{number}.csv", float(number)) for number in range(6)]
    for name in names[::2]:
        Path(name).write_text("step,loss\n0,1\n0.5,2\n")

    for _ in range(TURNS):
        shutil.rmtree("runs", ignore_errors=True)
        done = forked.ingest_at_once([[name, "--logdir", "runs"] for name in names])

        assert [one.status for one in done] == [1, 0] * 3, done
        assert read_back("runs").keys() == {"run1", "run3", "run5"}


def test_sources_that_want_the_same_run(forked: Forked) -> None:
    names = [log(f"{number}/a.csv", float(number), 1_700_000_000 + number) for number in range(6)]

    for _ in range(TURNS):
        shutil.rmtree("runs", ignore_errors=True)
        done = forked.ingest_at_once([[name, "--logdir", "runs", "--json"] for name in names])

        winners = [number for number, one in enumerate(done) if one.status == 0]
        assert len(winners) == 1, done
        for one in done:
            if one.status:
                (problem,) = json.loads(one.out)["runs"][0]["problems"]
                assert f"/{winners[0]}/a.csv, not from this source" in problem["problem"]
        assert len(contents("runs")) == 2
        assert read_back("runs")["a"]["loss"].values.tolist() == [float(winners[0])]


@pytest.mark.parametrize("if_exists", ["replace", "add"])
def test_sources_that_may_share_a_run(forked: Forked, if_exists: str) -> None:
    names = [log(f"{number}/a.csv", float(number), 1_700_000_000 + number) for number in range(6)]
    more = ["--logdir", "runs", "--if-exists", if_exists]

    for _ in range(TURNS):
        shutil.rmtree("runs", ignore_errors=True)
        done = forked.ingest_at_once(
            [[name, "--tag-prefix", f"{name[0]}/", *more] for name in names]
        )

        assert [one.status for one in done] == [0] * 6, done
        assert len(event_files()) == (1 if if_exists == "replace" else 6)
        assert len(read_back("runs")["a"]) == len(event_files())
        # the ledger knows them all: nothing is taken for somebody else's
        again = forked.ingest(names[0], "--tag-prefix", "0/", *more)
        assert again.status == 0, again
