"""``tbconvert check`` as users see it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from configured import Command

from tbconvert.cli.progress import watched


@pytest.fixture
def logdir(tbconvert: Command, folder: Path) -> Path:
    """Return a logdir with three runs, beside their logs."""
    for name in "abc":
        Path("logs").mkdir(exist_ok=True)
        Path(f"logs/{name}.csv").write_text("step,loss\n0,1.5\n1,0.25\n2,0.125\n")
    assert tbconvert("ingest", "logs", "--logdir", "runs").status == 0
    return folder / "runs"


def test_all_is_the_same(tbconvert: Command, logdir: Path) -> None:
    said = tbconvert("check", "runs")

    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[:3] == [f"= {name}: 1 tag, 3 points" for name in "abc"]
    assert lines[4].startswith("3 runs: 3 the same as in their ledgers; 9 points, ")
    assert len(lines) == 5


def test_each_sign(tbconvert: Command, logdir: Path) -> None:
    (gone,) = Path("runs/a").glob("*tfevents*")
    gone.unlink()
    (cut,) = Path("runs/b").glob("*tfevents*")
    cut.write_bytes(cut.read_bytes()[:-1])
    Path("logs/c.csv").write_text("step,loss\n0,1.5\n1,0.5\n2,0.125\n")
    Path("logs/d.csv").write_text("step,loss\n0,1.5\n")

    said = tbconvert("check", "runs", "--against-sources")

    assert said.status == 1
    runs = [line for line in said.out.splitlines() if line[:2] in {"= ", "- ", "+ ", "* ", "! "}]
    signs = {line[2:].split(":")[0]: line[0] for line in runs}
    assert signs == {"a": "-", "b": "!", "c": "*", "d": "-"}
    assert "scalar 'loss': 1 point with another value, against the sources" in said.out
    assert "step 1: value 0.25, wanted 0.5" in said.out
    assert "logs/c.csv: changed since it was converted; ingest again" in said.out
    assert "logs/d.csv: was not converted: it has 1 point; ingest again" in said.out


def test_what_differs_stands_in_the_json(tbconvert: Command, logdir: Path) -> None:
    Path("logs/c.csv").write_text("step,loss\n0,1.5\n1,nan\n2,0.125\n")
    Path("logs/d.csv").write_text("step,loss\n0,1.5\n")

    said = tbconvert("check", "runs", "--against-sources", "--json")

    assert (said.status, said.err) == (1, "")
    answer = said.answer
    assert answer["exit_status"] == 1
    assert [run["sign"] for run in answer["runs"]] == ["=", "=", "*", "-"]
    (difference,) = answer["runs"][2]["differences"]
    assert difference["counts"] == {"value": 1}
    assert difference["first"][0]["wanted"]["value"] == "NaN"
    assert difference["first"][0]["got"]["value"] == 0.25
    assert answer["totals"]["same"] == 2


def test_only_the_runs_that_are_named(tbconvert: Command, logdir: Path) -> None:
    for given, runs in {("a",): "a", ("[bc]",): "bc", ("a", "c"): "ac"}.items():
        said = tbconvert("check", "runs", *given, "--json", "--against-sources")

        assert said.status == 0
        assert "".join(run["run"] for run in said.answer["runs"]) == runs


def test_a_sample_is_the_same_each_time_and_never_nothing(tbconvert: Command, logdir: Path) -> None:
    first = tbconvert("check", "runs", "--sample", "1%", "--json").answer
    again = tbconvert("check", "runs", "--sample", "1", "--json").answer

    assert len(first["runs"]) == 1
    assert first["runs"] == again["runs"]
    assert first["sample"] == 0.01


def test_processes_say_the_same(tbconvert: Command, logdir: Path) -> None:
    Path("logs/c.csv").write_text("step,loss\n0,1.5\n1,7\n2,0.125\n")
    Path("logs/d.csv").write_text("step,loss\n0,1.5\n")
    answers = []
    for jobs in "12":
        answer = tbconvert("check", "runs", "--against-sources", "--json", "--jobs", jobs).answer
        answer["totals"].pop("seconds")
        answers.append(answer)

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runz"], "got 'runz', where there is nothing; wanted the --logdir of an ingest"),
        (["logs/a.csv"], "got 'logs/a.csv', which is a file; wanted the folder of its run"),
        (["runs", "x"], "got 'x', and there is no such run in runs; there is 'a', 'b', 'c'"),
        (["logs", "x"], "got 'x', and there is no such run in logs; there is none"),
        (["runs", "--sample", "0"], "got '0', wanted more than 0% and up to 100%, as 5%"),
        (["runs", "--sample", "many"], "got 'many', wanted more than 0%"),
        (["runs", "--jobs", "0"], "0 is not in the range x>=1"),
    ],
)
def test_wrong_usage(tbconvert: Command, logdir: Path, arguments: list[str], said: str) -> None:
    got = tbconvert("check", *arguments)

    assert (got.status, got.out) == (2, "")
    assert said in got.err

    answer = tbconvert("check", *arguments, "--json").answer
    assert answer["exit_status"] == 2
    assert said in answer["error"]


def test_hints_are_counted_and_said_when_asked_for(tbconvert: Command, folder: Path) -> None:
    rows = "".join(f"{step},{step}\n" for step in range(2000))
    Path("long.csv").write_text("step,loss\n" + rows)
    tbconvert("ingest", "long.csv", "--logdir", "runs")

    said, all_said = tbconvert("check", "runs"), tbconvert("check", "runs", "--verbose")

    assert said.status == 0
    assert "1 hint; --verbose shows them" in said.out
    assert "samples_per_plugin" in all_said.out


def test_names_cannot_command_a_terminal(tbconvert: Command, logdir: Path) -> None:
    ledger = Path("runs/a/tbconvert.json")
    text = json.loads(ledger.read_text())
    digests = text["ingests"][0]["digests"]["a"]["scalar"]
    digests["\x1b[31m"] = digests["loss"]
    ledger.write_text(json.dumps(text))

    said = tbconvert("check", "runs")

    assert said.status == 1
    assert "\x1b" not in said.out


def test_no_more_is_said_than_can_be_read(tbconvert: Command, folder: Path) -> None:
    names = ",".join(f"m{number}" for number in range(30))
    row = ",".join(["1"] * 30)
    Path("wide.csv").write_text(f"step,{names}\n0,{row}\n1,{row}\n")
    tbconvert("ingest", "wide.csv", "--logdir", "runs")
    Path("wide.csv").write_text(f"step,{names}\n0,{row}\n1,{row.replace('1', '2')}\n")

    few, everything = (
        tbconvert("check", "runs", "--against-sources", *verbose) for verbose in ((), ("-v",))
    )

    assert "more lines; --verbose shows them" in few.out
    assert len(few.out.splitlines()) < 15
    assert len(everything.out.splitlines()) > 60


class Terminal(io.StringIO):
    """A stream that somebody looks at, or nobody."""

    def __init__(self, *, is_watched: bool) -> None:
        super().__init__()
        self._is_watched = is_watched

    def isatty(self) -> bool:
        return self._is_watched


@pytest.mark.parametrize(
    ("count", "is_watched", "hidden", "said"),
    [
        (300, True, False, "300/300"),
        (300, False, False, ""),
        (300, True, True, ""),
        (3, True, False, ""),
    ],
)
def test_a_terminal_sees_how_far_it_is(
    count: int, is_watched: bool, hidden: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal(is_watched=is_watched)
    monkeypatch.setattr("sys.stderr", stream)

    got = list(watched(iter(range(count)), count, label="checking", hidden=hidden))

    assert got == list(range(count))
    assert said in stream.getvalue()
    assert bool(said) == bool(stream.getvalue())


def test_a_run_whose_folder_has_another_name_is_not_taken_for_compared(
    tbconvert: Command, logdir: Path
) -> None:
    Path("runs/a").rename("runs/first try")

    said = tbconvert("check", "runs")
    alone = tbconvert("check", "runs/b")

    assert (said.status, alone.status) == (0, 0)
    assert "+ first try: 1 tag, 3 points\n" in said.out
    assert (
        ": tbconvert.json beside it is of run 'a': they were not compared; "
        "check the logdir in which it has this name\n"
    ) in said.out
    assert "tbconvert.json beside it is of run 'b'" in alone.out


@pytest.mark.parametrize(
    ("name", "near"), [("my rum", "my run"), ("exp/B", "exp/b"), ("c/exp/b", "exp/b")]
)
def test_the_nearest_run_is_proposed(
    tbconvert: Command, folder: Path, name: str, near: str
) -> None:
    for log in ("my run", "exp/b"):
        Path(f"logs/{log}.csv").parent.mkdir(parents=True, exist_ok=True)
        Path(f"logs/{log}.csv").write_text("step,loss\n0,1.5\n1,0.25\n")
    tbconvert("ingest", "logs", "--logdir", "my runs")

    said = tbconvert("check", "my runs", name)

    assert said.status == 2
    assert f"got {name!r}, and there is no such run in my runs; did you mean {near!r}?" in said.err
    assert tbconvert("check", "my runs", "my run").status == 0
