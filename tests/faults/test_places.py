"""Places that cannot be written, or not for long."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.underway import Started, contents
from oracle import Forked, read_back

from tbconvert import RunWriter, TargetError, ingest

OLD = "time,model,step,loss\n1700000000,x,0,1.0\n1700000001,y,1,0.5\n"
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text(OLD)
    return path


# -------------------------------------------------------------------------------- not writable


@pytest.mark.parametrize("logdir", ["a.csv", "a.csv/runs", "a.csv/deep/er"])
def test_a_logdir_below_a_file(log: Path, logdir: str) -> None:
    report = ingest("a.csv", logdir=logdir)

    (run,) = report.runs
    assert run.status == "failed"
    assert run.problems[0].problem.startswith("cannot be written: ")
    assert run.problems[0].hint == "a file stands where a folder is wanted; choose another --logdir"
    assert log.read_text() == OLD


def test_a_run_where_a_file_stands(log: Path) -> None:
    Path("runs").mkdir()
    Path("runs/a").write_text("keep me")

    (run,) = ingest("a.csv", logdir="runs").runs

    assert run.status == "failed"
    assert contents("runs") == {"a": b"keep me"}


def test_a_name_that_is_too_long(log: Path) -> None:
    (run,) = ingest("a.csv", logdir="runs", identifier="x" * 300).runs

    assert run.status == "failed"
    assert run.problems[0].problem == "cannot be written: file name too long"
    assert not Path("runs").exists()


@pytest.fixture
def for_everybody() -> Iterator[Path]:
    """Return a folder into which another user can look."""
    place = Path(tempfile.mkdtemp(prefix="tbconvert-test-"))
    place.chmod(0o755)
    yield place
    for folder in (place, *place.rglob("*/")):
        folder.chmod(0o755)
    shutil.rmtree(place)


SOMEBODY = 65534 if os.geteuid() == 0 else None
"""Another user where root, who may do everything, runs the tests; otherwise whoever does."""


def test_what_another_user_may_not_do(forked: Forked, for_everybody: Path) -> None:
    at = str(for_everybody)
    (for_everybody / "logs/closed").mkdir(parents=True)
    for name in ("open.csv", "shut.csv", "closed/inner.csv"):
        (for_everybody / "logs" / name).write_text(OLD)
    (for_everybody / "logs/shut.csv").chmod(0)
    (for_everybody / "logs/closed").chmod(0)
    (for_everybody / "runs").mkdir(0o555)

    to_closed = forked.ingest(f"{at}/logs", "--logdir", f"{at}/runs", "-v", user=SOMEBODY)
    (for_everybody / "runs").chmod(0o777)
    from_closed = forked.ingest(f"{at}/logs", "--logdir", f"{at}/runs", "-v", user=SOMEBODY)
    named = forked.ingest(f"{at}/logs/shut.csv", "--logdir", f"{at}/runs", user=SOMEBODY)

    assert to_closed.status == 1
    assert (
        f"{at}/runs/open: cannot be written: permission denied; "
        "choose another --logdir, or make it writable" in to_closed.err
    )
    assert from_closed.status == 1
    assert f"{at}/logs/shut.csv: permission denied" in from_closed.err
    assert f"{at}/logs/closed: cannot be looked into: permission denied" in from_closed.err
    assert read_back(for_everybody / "runs").keys() == {"open"}
    assert named.status == 1
    assert f"{at}/logs/shut.csv: permission denied; make it readable" in named.err


def test_a_configuration_that_may_not_be_read_is_named(
    forked: Forked, for_everybody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(for_everybody)
    Path("a.csv").write_text(OLD)
    Path("tbconvert.toml").write_text('step = "ep"\n')
    Path("tbconvert.toml").chmod(0)

    done = forked.ingest("a.csv", "--logdir", "runs", user=SOMEBODY)

    assert done.status == 2
    assert "tbconvert.toml: permission denied" in done.err.lower()


# ------------------------------------------------------------------------------------- no room


def test_a_limit_on_the_size_of_files(start: Callable[..., Started], big: Path) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir="runs")
    before = contents("runs")
    Path("a.csv").unlink()
    Path("a.csv").symlink_to(big)

    started = start(
        *("a.csv", "--logdir", "runs"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    status, _, err = started.end()

    assert status == 1
    assert err.splitlines()[-1] == (
        "runs/a: cannot be written: file too large; raise the limit on file sizes (ulimit -f)"
    )
    assert contents("runs") == before


@pytest.fixture
def tiny(folder: Path) -> Iterator[Callable[..., None]]:
    """Return a function that mounts "runs" anew, with room for so many pages, or options."""

    def mount(pages: int, more: str = "") -> None:
        subprocess.run(["umount", "runs"], capture_output=True)
        options = f"size={pages * PAGE}{more}"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", "runs"], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

    Path("runs").mkdir()
    yield mount
    subprocess.run(["umount", "runs"], capture_output=True)


SPLIT = {"one run": "none", "two runs": "model"}


@pytest.mark.parametrize("column", SPLIT.values(), ids=SPLIT)
@pytest.mark.parametrize("anew", [False, True], ids=["again", "first"])
def test_a_full_disk_leaves_all_runs_old_or_makes_them_new(
    tiny: Callable[..., None], log: Path, column: str, anew: bool
) -> None:
    before: dict[str, bytes] = {}
    statuses = []
    for room in range(12):
        log.write_text(OLD)
        tiny(200)
        if not anew:
            ingest("a.csv", logdir="runs", run_column=column)
            before = contents("runs")
        used = len(contents("runs"))
        log.write_text(OLD.replace("1700000000,x,0,1.0", "1700000000,x,0,9.0"))
        filler = Path("runs/filler")
        filler.write_bytes(bytes((200 - used - room) * PAGE))

        report = ingest("a.csv", logdir="runs", run_column=column)

        filler.unlink()
        statuses.append({run.status for run in report.runs})
        if statuses[-1] == {"failed"}:
            (run,) = report.runs
            assert run.problems[0].problem == "cannot be written: no space left on device"
            assert run.problems[0].hint == "make room and run the same command again"
            assert contents("runs") == before
        else:
            served = read_back("runs").values()
            assert 9.0 in [value for tags in served for value in tags["loss"].values.tolist()]

    assert statuses[0] == {"failed"}
    assert statuses[-1] == {"written"}
    assert statuses == sorted(statuses, key=lambda status: status == {"written"})


def test_a_program_that_finds_no_room(tiny: Callable[..., None]) -> None:
    tiny(4)
    out = RunWriter("runs")
    out.add_scalars("loss", range(10_000), range(10_000))

    with pytest.raises(TargetError, match="no space left on device; make room"):
        out.close()

    assert contents("runs") == {}


def test_a_disk_that_can_only_be_read(tiny: Callable[..., None], log: Path) -> None:
    tiny(10, ",ro")

    (run,) = ingest("a.csv", logdir="runs").runs

    assert run.status == "failed"
    assert run.problems[0].problem == "cannot be written: read-only file system"
    assert run.problems[0].hint == "choose another --logdir"


def test_a_disk_that_can_only_be_read_shows_what_is_unchanged(
    tiny: Callable[..., None], log: Path
) -> None:
    tiny(100)
    ingest("a.csv", logdir="runs")
    subprocess.run(["mount", "-o", "remount,ro", "runs"], check=True)

    (run,) = ingest("a.csv", logdir="runs").runs

    assert run.status == "unchanged"
