"""Whole trees: two ingests at once, few descriptors, odd names and times, closed folders."""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.underway import Started, contents
from oracle import Forked, read_back

from tbconvert import SourceError, ingest
from tbconvert.model import Origin
from tbconvert.report import Report

pytestmark = pytest.mark.usefixtures("folder")


def plant(count: int, root: str = "tree") -> dict[str, float]:
    """Write so many logs, each in a folder of its own; return the value in the one of each run."""
    values = {f"{n % 9}/run{n:04}": float(n) for n in range(count)}
    for run, value in values.items():
        log(f"{root}/{run}/metrics.csv", value)
    return values


def log(name: str | bytes, value: float) -> None:
    os.makedirs(os.path.dirname(name), exist_ok=True)  # noqa: PTH103, PTH120 -- Path takes no bytes
    with open(name, "w") as file:  # noqa: PTH123
        file.write(f"time,step,loss\n1700000000,0,{value}\n")


def losses(logdir: str = "runs") -> dict[str, float]:
    """Return what TensorBoard's readers find: the last point of each run."""
    return {run: float(tags["loss"].values[-1]) for run, tags in read_back(logdir).items()}


def statuses(report: Report) -> list[str]:
    return [run.status for run in report.runs]


# ----------------------------------------------------------------------------- two at once


def test_two_ingests_of_one_tree_at_once(forked: Forked) -> None:
    values = plant(60)

    done = forked.ingest_at_once([["tree", "--logdir", "runs", "--jobs", "1", "--json"]] * 2)

    for one in done:
        assert one.status == 0, one
        (points,) = {json.loads(one.out)["totals"]["points"]}
        assert points == len(values)
    assert losses() == values
    assert len(contents("runs")) == 2 * len(values)  # an event file and a ledger each


def test_two_ingests_of_a_tree_that_grew(forked: Forked) -> None:
    values = plant(60)
    ingest("tree", logdir="runs")
    for run in list(values)[::2]:
        values[run] += 0.5
        with Path("tree", run, "metrics.csv").open("a") as file:
            file.write(f"1700000001,1,{values[run]}\n")

    done = forked.ingest_at_once([["tree", "--logdir", "runs", "--jobs", "1"]] * 2)

    assert [one.status for one in done] == [0, 0], done
    assert losses() == values
    assert len(contents("runs")) == 2 * len(values)


# ------------------------------------------------------------------------- few descriptors


def few() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_many_runs_with_few_descriptors(start: Callable[..., Started]) -> None:
    values = plant(800)

    status, out, err = start(
        "tree", "--logdir", "runs", "--jobs", "2", "--json", preexec_fn=few
    ).end()

    assert (status, err) == (0, "")
    assert json.loads(out)["totals"]["written"] == 800
    assert len(contents("runs")) == 1600
    some = list(values)[::100]
    assert [losses(f"runs/{run}")["."] for run in some] == [values[run] for run in some]

    status, out, err = start(
        "tree", "--logdir", "runs", "--jobs", "2", "--json", preexec_fn=few
    ).end()

    assert (status, err) == (0, "")
    assert json.loads(out)["totals"]["unchanged"] == 800


# -------------------------------------------------------------------------------- odd names

ODD = {
    "a new line": b"new\nline",
    "a tabulator": b"tab\tbed",
    "quotes": b'"it\'s" `so`',
    "no text": b"\xff\xfe\x80",
    "no text either": b"caf\xe9",
    "as long as can be": b"x" * 255,
    "long, of long letters": "ü".encode() * 127,
    "blanks around": b" so ",
    "a command": b"$(rm -rf .)",
    "a template": b"{stem}",
    "a pattern": b"[ab]*?",
    "an option": b"--run",
    "a command to a terminal": b"\x1b[31mred",
    "a back slash": b"back\\slash",
    "a device": b"CON",
}


def test_odd_names_in_a_tree(start: Callable[..., Started]) -> None:
    for number, name in enumerate(ODD.values()):
        log(b"tree/" + name + b"/metrics.csv", number)
        log(b"tree/files/" + name[:251] + b".csv", number + 0.5)
    deep = b"y" * 255
    log(b"tree/" + b"/".join([deep] * 3) + b"/metrics.csv", 99)
    count = 2 * len(ODD) + 1

    command = ("tree", "--logdir", "runs", "--jobs", "2", "--json")
    status, out, err = start(*command).end()

    first = json.loads(out)
    assert (status, err) == (0, "")
    assert first["totals"]["written"] == count
    assert first["skipped"] == []
    names = [run["run"] for run in first["runs"]]
    assert len({name.casefold() for name in names}) == count
    assert all(name.isprintable() for name in names)
    # whatever a run is called, it holds what stands in the file that the report says
    for run in first["runs"]:
        source = os.fsencode(run["sources"][0]["uri"])
        with open(source) as file:  # noqa: PTH123
            value = float(file.read().rpartition(",")[2])
        assert losses(str(Path("runs", run["run"])))["."] == value, source
    before = contents("runs")

    status, out, err = start(*command).end()

    again = json.loads(out)
    assert (status, err) == (0, "")
    assert again["totals"]["unchanged"] == count
    assert again["gone"] == []
    assert contents("runs") == before


def test_odd_names_that_are_gone(start: Callable[..., Started]) -> None:
    for number, name in enumerate(ODD.values()):
        log(b"tree/" + name + b"/metrics.csv", number)
    log("tree/stays/metrics.csv", 99)
    start("tree", "--logdir", "runs").end()
    for name in ODD.values():
        shutil.rmtree(b"tree/" + name)

    status, out, err = start("tree", "--logdir", "runs", "--json").end()

    assert (status, err) == (0, "")
    gone = {os.fsencode(gone["uri"]) for gone in json.loads(out)["gone"]}
    here = os.fsencode(os.getcwd())  # noqa: PTH109
    assert gone == {here + b"/tree/" + name + b"/metrics.csv" for name in ODD.values()}


# -------------------------------------------------------------------------------- odd times

TIMES = {
    "1902": -2_145_916_800,
    "1969": -1,
    "1970": 0,
    "2026": 1_767_225_600,
    "2242": 8_589_934_592,
}


def test_files_of_other_times() -> None:
    for name, seconds in TIMES.items():
        Path(f"tree/{name}").mkdir(parents=True)
        path = Path(f"tree/{name}/metrics.csv")
        path.write_text(f"step,loss\n0,{name}\n")
        os.utime(path, (seconds, seconds))
        if os.stat(path).st_mtime != seconds:  # noqa: PTH116
            pytest.skip("the file system has no such times")

    report = ingest("tree", logdir="runs")

    assert statuses(report) == ["written"] * len(TIMES)
    served = read_back("runs")
    assert {run: tags["loss"].wall_times.tolist() for run, tags in served.items()} == {
        name: [seconds] for name, seconds in TIMES.items()
    }
    assert losses() == {name: float(name) for name in TIMES}
    assert statuses(ingest("tree", logdir="runs")) == ["unchanged"] * len(TIMES)


def test_a_clock_that_goes_back() -> None:
    log("tree/a/metrics.csv", 1.0)
    log("tree/b/metrics.csv", 1.0)
    ingest("tree", logdir="runs")
    log("tree/a/metrics.csv", 2.0)
    for name in "ab":
        os.utime(f"tree/{name}/metrics.csv", (0, 0))

    report = ingest("tree", logdir="runs")

    assert statuses(report) == ["written", "unchanged"]
    assert losses() == {"a": 2.0, "b": 1.0}


# ---------------------------------------------------------------------------------- ledgers


def change_ledger(run: str, change: Callable[[Any], Any]) -> None:
    path = Path("runs", run, "tbconvert.json")
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def newer(data: Any) -> Any:
    """Return a ledger as a later version may write it: with more in it."""
    (entry,) = data["ingests"]
    entry["tbconvert"] = "9.9"
    entry["machine"] = "there"
    entry["sources"][0]["inode"] = 7
    (report,) = entry["report"].values()
    report["curves"] = {"points": 3}
    return {"version": 2, **data}


def test_ledgers_of_a_later_version() -> None:
    values = plant(3)
    ingest("tree", logdir="runs")
    for run in values:
        change_ledger(run, newer)
    shutil.rmtree("tree/0")
    log("other/1/run0001/metrics.csv", 9.0)

    (other,) = ingest("other", logdir="runs").runs

    # it is known what it was made from, and that is not replaced unasked
    assert other.status == "failed"
    assert other.problems[0].problem.endswith("/tree/1/run0001/metrics.csv, not from this source")

    report = ingest("tree", logdir="runs")

    # what another version made is made again
    assert statuses(report) == ["written"] * 2
    assert [gone.uri.rpartition("/tree/")[2] for gone in report.gone] == ["0/run0000/metrics.csv"]
    assert losses() == values
    assert statuses(ingest("tree", logdir="runs")) == ["unchanged"] * 2


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"ingests": [{}]}'])
def test_a_damaged_ledger_in_a_tree_of_runs(damage: bytes) -> None:
    values = plant(4)
    ingest("tree", logdir="runs")
    before = contents("runs")
    Path("runs/2/run0002/tbconvert.json").write_bytes(damage)

    report = ingest("tree", logdir="runs")

    assert statuses(report) == ["unchanged", "unchanged", "written", "unchanged"]
    assert contents("runs") == before
    assert losses() == values


@pytest.mark.parametrize("uri", ["/tree/\0", "/tree/\ud800", "/tree/" + "x" * 300])
def test_a_source_in_a_ledger_that_can_be_none(uri: str) -> None:
    plant(2)
    ingest("tree", logdir="runs")
    shutil.rmtree("tree/0")

    def forge(data: Any) -> Any:
        data["ingests"][0]["sources"][0]["uri"] = os.getcwd() + uri  # noqa: PTH109
        return data

    change_ledger("0/run0000", forge)

    report = ingest("tree", logdir="runs")

    assert statuses(report) == ["unchanged"]
    assert report.gone == ()


def test_a_logdir_that_cannot_be_listed_ends_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(2)
    ingest("tree", logdir="runs")
    shutil.rmtree("tree/0")

    def deny(logdir: str) -> Any:
        raise SourceError(Origin(logdir), "access denied")

    monkeypatch.setattr("tbconvert.write.orphans.ledgers", deny)

    report = ingest("tree", logdir="runs")

    assert statuses(report) == ["unchanged"]
    assert report.gone == ()


# --------------------------------------------------------------------------- closed folders

SOMEBODY = 65534 if os.geteuid() == 0 else None
"""Another user where root, who may do everything, runs the tests; otherwise whoever does."""


@pytest.fixture
def for_everybody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder into which another user can look, and write."""
    place = Path(tempfile.mkdtemp(prefix="tbconvert-test-"))
    place.chmod(0o777)
    monkeypatch.chdir(place)
    yield place
    for folder in (place, *place.rglob("*/")):
        folder.chmod(0o755)
    shutil.rmtree(place)


def close(folder: Path) -> None:
    if SOMEBODY is None:
        folder.chmod(0o000)
    else:
        folder.chmod(0o700)


def test_a_folder_that_is_closed(forked: Forked, for_everybody: Path) -> None:
    log("tree/closed/metrics.csv", 1.0)
    log("tree/open/metrics.csv", 2.0)
    close(for_everybody / "tree/closed")

    done = forked.ingest("tree", "--logdir", "runs", "--json", user=SOMEBODY)

    report = json.loads(done.out)
    assert done.status == 1
    good, bad = report["runs"]
    assert (good["run"], good["status"]) == ("open", "written")
    assert bad["status"] == "failed"
    assert bad["problems"][0]["uri"] == "tree/closed"
    assert bad["problems"][0]["problem"] == "cannot be looked into: permission denied"
    assert losses() == {"open": 2.0}


def test_a_folder_that_is_closed_later_is_not_called_gone(
    forked: Forked, for_everybody: Path
) -> None:
    log("tree/closed/metrics.csv", 1.0)
    log("tree/open/metrics.csv", 2.0)
    forked.ingest("tree", "--logdir", "runs", user=SOMEBODY)
    close(for_everybody / "tree/closed")

    done = forked.ingest("tree", "--logdir", "runs", "--json", user=SOMEBODY)

    report = json.loads(done.out)
    assert done.status == 1
    assert report["gone"] == []
    assert [run["status"] for run in report["runs"]] == ["unchanged", "failed"]
    assert losses() == {"closed": 1.0, "open": 2.0}
