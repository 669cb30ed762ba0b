"""Parts of an archive, each converted by itself, and their reports put together."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

N = 3
LOG = "step,loss\n0,1.0\n1,0.5\n"


@pytest.fixture
def archive(folder: Path) -> Path:
    """Return a tree of twenty logs, each in a folder of its own, and some files that are none."""
    for number in range(20):
        place = folder / f"archive/exp{number:02}"
        place.mkdir(parents=True)
        (place / "metrics.csv").write_text(LOG + f"2,{number}\n")
        (place / "train.py").write_text("print('no log')\n")
    return folder / "archive"


def shards(tbconvert: Command, logdir: str, *more: str, of: int = N) -> list[Any]:
    """Ingest the archive in parts; return their reports, which are left in files as well."""
    found = []
    for number in range(1, of + 1):
        said = tbconvert(
            *("ingest", "archive", "--logdir", logdir, "--shard", f"{number}/{of}", "--json"),
            *more,
        )
        Path(f"{number}.json").write_text(said.out)
        assert said.status == said.answer["exit_status"]
        found.append(said.answer)
    return found


def merge(tbconvert: Command, *more: str, of: int = N) -> Any:
    return tbconvert("report", "merge", *(f"{n}.json" for n in range(1, of + 1)), *more)


def names(report: Any) -> list[str]:
    return [run["run"] for run in report["runs"]]


def event_files(logdir: str) -> dict[str, bytes]:
    found = Path(logdir).rglob("*tfevents*")
    return {str(path.relative_to(logdir)): path.read_bytes() for path in found}


# ------------------------------------------------------------------------------ what is in them


@pytest.mark.usefixtures("archive")
def test_shards_are_disjoint_and_together_all(tbconvert: Command) -> None:
    parts = shards(tbconvert, "parts")
    whole = tbconvert("ingest", "archive", "--logdir", "whole", "--json").answer

    together = [name for part in parts for name in names(part)]
    assert sorted(together) == sorted(names(whole)) == [f"exp{n:02}" for n in range(20)]
    assert all(names(part) for part in parts)
    assert [part["shard"] for part in parts] == ["1/3", "2/3", "3/3"]
    assert event_files("parts") == event_files("whole")
    assert len(event_files("parts")) == 20
    passed_over = [skipped for part in parts for skipped in part["skipped"]]
    assert sorted(map(str, passed_over)) == sorted(map(str, whole["skipped"]))
    assert len(passed_over) == 20


def test_a_run_stays_in_its_shard(tbconvert: Command, archive: Path) -> None:
    before = shards(tbconvert, "before")
    for number in range(0, 20, 2):
        shutil.rmtree(archive / f"exp{number:02}")
    (archive / "new").mkdir()
    (archive / "new/metrics.csv").write_text(LOG)

    after = shards(tbconvert, "after")

    for one, other in zip(before, after, strict=True):
        stayed = [name for name in names(one) if int(name[-2:]) % 2]
        assert [name for name in names(other) if name != "new"] == stayed


@pytest.mark.usefixtures("folder")
def test_a_shard_without_runs(tbconvert: Command) -> None:
    said = [
        tbconvert("ingest", "a.csv", "--logdir", "runs", "--shard", f"{number}/2")
        for number in (1, 2)
    ]

    assert [one.status for one in said] == [0, 0]
    (empty,) = (number for number, one in enumerate(said, 1) if not one.out)
    assert said[empty - 1].err == f"no run is in shard {empty}/2\n"


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    "given", ["0/3", "4/3", "a/b", "1", "1/", "/3", "-1/3", "1/0", "1.5/3", ""]
)
def test_what_is_no_shard(tbconvert: Command, given: str) -> None:
    said = tbconvert("ingest", "archive", "--logdir", "runs", "--shard", given)

    assert said.status == 2
    assert f"--shard': got {given!r}, wanted a part of so many, from 1 on, as 2/16" in said.err
    assert not Path("runs").exists()


# ----------------------------------------------------------------------------- their reports


def alike(report: Any) -> Any:
    """Return what does not depend on who did it, when and in which order."""
    return {
        "exit_status": report["exit_status"],
        "shard": report["shard"],
        "totals": report["totals"] | {"seconds": 0},
        "runs": sorted(map(flat, report["runs"])),
        "skipped": sorted(map(flat, report["skipped"])),
        "gone": sorted(map(flat, report["gone"])),
    }


def flat(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def twice_the_same(tbconvert: Command, *more: str) -> Any:
    """Ingest the archive in parts and at once, into logdirs that are the same; compare."""
    parts = shards(tbconvert, "runs", *more)
    shutil.rmtree("runs")
    if Path("stood").exists():
        shutil.copytree("stood", "runs")
    whole = tbconvert("ingest", "archive", "--logdir", "runs", "--json", *more)

    said = merge(tbconvert, "--json")

    assert said.status == said.answer["exit_status"] == whole.status
    assert alike(said.answer) == alike(whole.answer)
    assert said.answer["totals"]["seconds"] == pytest.approx(
        sum(part["totals"]["seconds"] for part in parts), abs=0.002
    )
    return said.answer


@pytest.mark.usefixtures("archive")
def test_merged_reports_are_that_of_one_ingest(tbconvert: Command) -> None:
    merged = twice_the_same(tbconvert)

    assert merged["exit_status"] == 0
    assert merged["totals"]["written"] == 20
    assert merged["totals"]["points"] == 60
    assert len(merged["skipped"]) == 20


def test_merged_reports_of_what_went_wrong(tbconvert: Command, archive: Path) -> None:
    tbconvert("ingest", "archive", "--logdir", "runs")
    for number in (3, 4, 5):
        shutil.rmtree(archive / f"exp{number:02}")
    (archive / "exp06/metrics.csv").write_text("step,loss\n0,1\n0.5,2\n")
    (archive / "exp07/metrics.csv").write_text("step,loss\n0,oops\n1,0.5\n")
    shutil.copytree("runs", "stood")

    merged = twice_the_same(tbconvert)

    assert merged["exit_status"] == 1
    # 15 are as they were, one has a point less and is made anew, one cannot be converted
    counts = {"runs": 17, "written": 1, "unchanged": 15, "failed": 1, "empty": 0}
    assert merged["totals"].items() >= counts.items()
    assert merged["totals"]["rejected"] == 1
    assert [gone["uri"] for gone in merged["gone"]] == [
        str(archive / f"exp{number:02}/metrics.csv") for number in (3, 4, 5)
    ]


def test_one_shard_that_failed_is_enough(tbconvert: Command, archive: Path) -> None:
    (archive / "exp06/metrics.csv").write_text("step,loss\n0,1\n0.5,2\n")

    statuses = [part["exit_status"] for part in shards(tbconvert, "runs")]
    said = merge(tbconvert)

    assert sorted(statuses) == [0, 0, 1]
    assert said.status == 1
    assert "19 written, 1 failed of 20 runs, 57 points" in said.out


def test_strict_shards_make_a_strict_report(tbconvert: Command, archive: Path) -> None:
    (archive / "exp06/metrics.csv").write_text("step,loss\n0,oops\n1,0.5\n")

    shards(tbconvert, "runs")
    assert merge(tbconvert).status == 0

    shards(tbconvert, "others", "--strict")
    assert merge(tbconvert).status == 1


@pytest.mark.usefixtures("archive")
def test_one_shard_that_was_interrupted_is_enough(tbconvert: Command) -> None:
    _, second, _ = shards(tbconvert, "runs")
    kept = second["runs"][:1]  # what an interrupt leaves: the runs that are done, and its status
    Path("2.json").write_text(json.dumps(second | {"runs": kept, "exit_status": 130}))

    said = merge(tbconvert)

    assert said.status == 130
    assert "interrupted: what is not in the list was left as it was" in said.err


@pytest.mark.usefixtures("archive")
def test_a_shard_whose_report_is_missing(tbconvert: Command) -> None:
    shards(tbconvert, "runs", of=4)

    said = tbconvert("report", "merge", "1.json", "4.json", "--json")

    assert said.status == said.answer["exit_status"] == 1
    assert said.err == "no report is of shard 2/4, 3/4\n"


@pytest.mark.usefixtures("archive")
def test_many_shards_whose_reports_are_missing(tbconvert: Command) -> None:
    said = tbconvert("ingest", "archive", "--logdir", "runs", "--shard", "1/2000", "--json")
    Path("1.json").write_text(said.out)

    said = tbconvert("report", "merge", "1.json")

    assert said.status == 1
    ten = ", ".join(f"{number}/2000" for number in range(2, 12))
    assert said.err.splitlines()[-1] == f"no report is of shard {ten} and 1,989 more"


NOTHING = "wanted what 'tbconvert ingest --json' printed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "which is empty: its ingest was ended before it could report; do it again"),
        ("\n", "which is empty: its ingest was ended before it could report; do it again"),
        ("{", NOTHING),
        ("[]", NOTHING),
        ("3", NOTHING),
        ("null", NOTHING),
        ("{}", NOTHING),
        ('{"runs": 3}', NOTHING),
        ("step,loss\n0,1\n", NOTHING),
        pytest.param("[" * 100_000, NOTHING, id="deep"),
        ("\udcff\udcfe\x00", NOTHING),
        (
            '{"tbconvert": "0.1.0", "exit_status": 2, "error": "no such option"}',
            "of an ingest that did nothing: no such option",
        ),
    ],
)
@pytest.mark.usefixtures("archive")
def test_a_file_that_is_no_report(tbconvert: Command, text: str, said: str) -> None:
    shards(tbconvert, "runs")
    Path("2.json").write_text(text, errors="surrogateescape")

    done = merge(tbconvert)

    assert done.status == 2
    assert done.out == ""
    assert done.err == f"Error: REPORT: got '2.json', {said}\n"


@pytest.mark.usefixtures("archive")
def test_a_report_of_other_keys_is_none(tbconvert: Command) -> None:
    shards(tbconvert, "runs")
    report = json.loads(Path("2.json").read_text())
    report["runs"][0]["kind"] = "new"
    Path("2.json").write_text(json.dumps(report))

    assert NOTHING in merge(tbconvert).err


@pytest.mark.usefixtures("archive")
def test_a_report_that_is_not_there(tbconvert: Command) -> None:
    shards(tbconvert, "runs")
    Path("2.json").unlink()

    said = merge(tbconvert, "--json")

    assert said.status == said.answer["exit_status"] == 2
    assert "'2.json': No such file or directory" in said.answer["error"]


# ---------------------------------------------------------------------------------- checksums


def statuses(tbconvert: Command, *more: str) -> list[str]:
    answer = tbconvert("ingest", "log.csv", "--logdir", "runs", "--json", *more).answer
    return [run["status"] for run in answer["runs"]]


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "log.csv"
    path.write_text("time,step,loss\n1700000000,0,1.0\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_a_touched_file_is_unchanged(tbconvert: Command, log: Path) -> None:
    assert statuses(tbconvert, "--checksum") == ["written"]
    os.utime(log, (1_800_000_000, 1_800_000_000))

    assert statuses(tbconvert, "--checksum") == ["unchanged"]


def test_another_content_of_the_same_size_and_time(tbconvert: Command, log: Path) -> None:
    assert statuses(tbconvert, "--checksum") == ["written"]
    before = event_files("runs")
    log.write_text("time,step,loss\n1700000000,0,2.0\n")
    os.utime(log, (1_700_000_000, 1_700_000_000))

    assert statuses(tbconvert) == ["unchanged"]
    assert event_files("runs") == before
    assert statuses(tbconvert, "--checksum") == ["written"]
    assert event_files("runs").keys() == before.keys()
    assert event_files("runs") != before
    assert statuses(tbconvert, "--checksum") == ["unchanged"]
