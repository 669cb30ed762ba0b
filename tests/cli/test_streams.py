"""What stands behind standard input, output and error: a terminal, a pipe, a file, nothing."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from select import select
from typing import Any

import pytest
from oracle import read_back

COMMAND = f"{sys.executable} -m tbconvert"
LOG = "step,loss\n0,1.0\n1,oops\n2,0.5\n"
ESCAPE = "\x1b"


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which ``$tbconvert`` is the command."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=os.environ | {"tbconvert": COMMAND} | environment,
        timeout=60,
    )


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log that takes long enough to be watched."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    path.write_bytes(b"loss\n" + b"0.%b\n" % (b"123456789" * 20) * 120_000)
    assert path.stat().st_size > 20_000_000
    return path


def on_terminal(*arguments: Path | str, **environment: str) -> tuple[int, str, str]:
    """Run a command whose standard error is a terminal; return status, output and what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND.split(), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={key: os.environ[key] for key in os.environ if key != "NO_COLOR"} | environment,
    )
    shown = bytearray()
    # our copy of its side stays open until all is read: what is left when it closes may be lost
    while select([ours], [], [], 0.05)[0] or process.poll() is None:
        if select([ours], [], [], 0)[0]:
            shown += os.read(ours, 65536)
    out, _ = process.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    return process.returncode, out, shown.decode()


# ------------------------------------------------------------------------------- terminals


def test_a_terminal_shows_how_far_it_is(big: Path, tmp_path: Path) -> None:
    status, out, shown = on_terminal(
        "ingest", big, "--logdir", tmp_path / "runs", "--dry-run", TERM="xterm"
    )

    assert status == 0
    assert "converting" in shown
    assert "100%" in shown
    assert "120,000 points" in out


@pytest.mark.parametrize("hidden", ["--quiet", "--json"])
def test_nothing_moves_where_nobody_wants_it(big: Path, tmp_path: Path, hidden: str) -> None:
    status, _, shown = on_terminal(
        "ingest", big, "--logdir", tmp_path / "runs", "--dry-run", hidden
    )

    assert (status, shown) == (0, "")


@pytest.mark.usefixtures("folder")
def test_a_terminal_has_colours_unless_it_wants_none() -> None:
    _, out, coloured = on_terminal("ingest", "a.csv", "--logdir", "runs", "--dry-run")
    _, _, plain = on_terminal("ingest", "a.csv", "--logdir", "runs", "--dry-run", NO_COLOR="1")

    assert f"{ESCAPE}[33ma.csv:3: column 'loss'" in coloured
    assert ESCAPE not in out
    assert "a.csv:3: column 'loss'" in plain
    assert ESCAPE not in plain


@pytest.mark.usefixtures("folder")
def test_no_escape_codes_without_a_terminal(big: Path) -> None:
    done = shell(f"$tbconvert ingest a.csv {big} b.csv --logdir runs --dry-run")

    assert "a.csv:3: column 'loss'" in done.stderr
    assert ESCAPE not in done.stdout + done.stderr
    assert "converting" not in done.stderr


# ------------------------------------------------------------------------- standard output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("more", ["", "--json", "--help"])
def test_whoever_reads_may_leave_early(more: str) -> None:
    # the reader is gone before the first word
    done = shell(
        f"$tbconvert ingest a.csv --logdir runs {more} | true; echo ${{PIPESTATUS[0]}}",
    )

    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    if more != "--help":
        assert done.stdout == "0\n"
        assert read_back("runs").keys() == {"a"}


@pytest.mark.usefixtures("folder")
def test_head_gets_its_line() -> None:
    done = shell("$tbconvert formats | head -1; $tbconvert ingest a.csv --logdir runs | head -1")

    first, second = done.stdout.splitlines()
    assert first == "formats:"
    assert second.split() == ["run", "status", "points", "tags", "step", "from"]
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_do_not_matter(closed: str) -> None:
    done = shell(f"$tbconvert ingest a.csv --logdir runs {closed}; echo $?")

    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr
    assert read_back("runs").keys() == {"a"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("more", ["", "--json"])
def test_a_full_disk_behind_standard_output(more: str) -> None:
    done = shell(f"$tbconvert ingest a.csv --logdir runs {more} > /dev/full")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Error: [Errno 28] No space left on device"
    assert "Traceback" not in done.stderr
    assert read_back("runs").keys() == {"a"}


@pytest.mark.usefixtures("folder")
def test_names_that_are_no_text() -> None:
    Path(os.fsdecode(b"caf\xe9.csv")).write_text(LOG)
    Path("été.csv").write_text(LOG)

    done = shell("$tbconvert ingest *.csv --logdir runs")
    as_json = shell("$tbconvert ingest *.csv --logdir runs --json", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert "\\udce9" in done.stdout
    report = json.loads(as_json.stdout)
    assert {run["status"] for run in report["runs"]} == {"unchanged"}
    uris = {run["sources"][0]["uri"] for run in report["runs"]}
    assert uris == {"a.csv", "caf\udce9.csv", "été.csv"}
    assert read_back("runs").keys() == {"a", "caf_", "été"}


# -------------------------------------------------------------------------- standard input


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "script",
    [
        "cat a.csv | $tbconvert ingest - --logdir runs",
        "$tbconvert ingest - --logdir runs < a.csv",
        "gzip < a.csv | $tbconvert ingest - --logdir runs",
        "$tbconvert ingest <(cat a.csv) --logdir runs",
        "cat a.csv | $tbconvert ingest /dev/stdin --logdir runs",
    ],
    ids=["piped", "redirected", "compressed", "substituted", "by its other name"],
)
def test_standard_input(script: str, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()

    done = shell(script, TMPDIR=str(tmp_path / "spool"))

    assert done.returncode == 0, done.stderr
    served = read_back("runs")["stdin"]
    assert served["loss"].values.tolist() == [1.0, 0.25]
    assert served["acc"].steps.tolist() == [0, 1]
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_standard_input_has_the_time_of_the_file_behind_it() -> None:
    os.utime("a.csv", (1_500_000_000, 1_500_000_000))

    shell("$tbconvert ingest - --logdir runs --run r < a.csv")

    assert set(read_back("runs")["r"]["loss"].wall_times) == {1_500_000_000.0}


@pytest.mark.usefixtures("folder")
def test_standard_input_is_known_again_by_its_content() -> None:
    ingest = "$tbconvert ingest - --logdir runs --run r --json"

    first, again = (json.loads(shell(f"cat a.csv | {ingest}").stdout) for _ in range(2))
    other = json.loads(shell(f"(cat a.csv; echo 3,0.5,0.5) | {ingest}").stdout)

    assert first["runs"][0]["status"] == "written"
    assert again["runs"][0]["status"] == "unchanged"
    assert other["runs"][0]["status"] == "written"
    assert read_back("runs")["r"]["loss"].steps.tolist() == [0, 2, 3]
    assert len(list(Path("runs/r").glob("*tfevents*"))) == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("$tbconvert ingest - --logdir runs <&-", "-: standard input is closed"),
        ("$tbconvert ingest - --logdir runs < /dev/null", "-: is empty"),
        ("seq -f 'Line %g.' 9 | $tbconvert ingest - --logdir runs", "-: not a training log"),
    ],
    ids=["closed", "empty", "prose"],
)
def test_standard_input_without_a_log(script: str, said: str) -> None:
    done = shell(script)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("runs").exists()


@pytest.mark.usefixtures("folder")
def test_no_room_for_what_comes_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()

    done = shell(
        "ulimit -f 100; head -c 200000 /dev/zero | $tbconvert ingest - --logdir runs",
        TMPDIR=str(tmp_path / "spool"),
    )

    assert done.returncode == 1
    assert "-: cannot be copied to " in done.stderr
    assert "TMPDIR" in done.stderr
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.usefixtures("folder")
def test_wrong_usage_leaves_no_copy_of_standard_input(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()

    done = shell(
        "cat a.csv | $tbconvert ingest - --logdir runs --encoding utf-9",
        TMPDIR=str(tmp_path / "spool"),
    )

    assert done.returncode == 2
    assert list((tmp_path / "spool").iterdir()) == []


# --------------------------------------------------------------------------- the time given


@pytest.mark.usefixtures("folder")
def test_source_date_epoch_is_the_time_of_what_has_none(tbconvert: Callable[..., Any]) -> None:
    epoch = {"SOURCE_DATE_EPOCH": "1600000000"}

    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json", **epoch)

    (run,) = done.answer["runs"]
    assert run["sources"][0]["wall_time"] == {"column": None, "how": "SOURCE_DATE_EPOCH"}
    assert Path(run["event_file"]).name == "events.out.tfevents.1600000000.tbconvert"
    assert set(read_back("runs")["a"]["loss"].wall_times) == {1_600_000_000.0}
