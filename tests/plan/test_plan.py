"""Inputs → jobs: which file makes a run, which is passed over, and why."""

from __future__ import annotations

import gzip
import os
import socket
import time
from pathlib import Path

import pytest

from tbconvert import ingest, plan_runs
from tbconvert.errors import UsageError
from tbconvert.options import Options
from tbconvert.plan import Plan

LOG = "step,loss\n0,1.0\n1,0.5\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, deep enough that its parents have names of their own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


def put(*names: str, text: str = LOG) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def plan(*inputs: str, **options: object) -> Plan:
    return plan_runs(inputs, "runs", Options(**options))  # type: ignore[arg-type]


def runs(*inputs: str, **options: object) -> dict[str, str]:
    """Return which file makes which run."""
    jobs = plan(*inputs, **options).jobs
    found = {str(job.run): source.uri for job in jobs for source in job.sources}
    assert len(found) == len(jobs)
    return found


def reasons(made: Plan) -> dict[str, str]:
    return {error.origin.uri: error.problem for error in made.skipped}


# ------------------------------------------------------------------------------ what is found


def test_files_are_found_wherever_they_are() -> None:
    put("a.csv", "sub/b.jsonl", text='{"step": 0, "loss": 1.0}\n')

    assert runs("a.csv", "sub/b.jsonl") == {"a": "a.csv", "b": "sub/b.jsonl"}


def test_folders_are_walked() -> None:
    put("logs/a.csv", "logs/deep/er/b.csv")

    assert runs("logs") == {"a": "logs/a.csv", "deep/er/b": "logs/deep/er/b.csv"}
    assert runs("logs/") == {"a": "logs/a.csv", "deep/er/b": "logs/deep/er/b.csv"}


def test_the_working_directory_can_be_walked() -> None:
    put("a.csv", "sub/b.csv")

    assert runs(".") == {"a": "./a.csv", "sub/b": "./sub/b.csv"}


def test_hidden_files_and_folders_are_passed_over() -> None:
    put("logs/a.csv", "logs/.b.csv", "logs/.git/c.csv", "logs/.ipynb_checkpoints/d.csv")

    made = plan("logs")

    assert [job.run for job in made.jobs] == ["a"]
    hidden = "hidden; converted where it is named"
    assert reasons(made) == {  # a folder once, whatever is in it
        "logs/.b.csv": hidden,
        "logs/.git/": hidden,
        "logs/.ipynb_checkpoints/": hidden,
    }


def test_a_hidden_file_that_was_named_is_taken() -> None:
    put(".a.csv", ".logs/b.csv")

    assert runs(".a.csv", ".logs") == {".a": ".a.csv", "b": ".logs/b.csv"}


def test_globs_that_a_shell_left_alone() -> None:
    put("x/a.csv", "x/b.csv", "x/c.txt", "y/deep/d.csv")

    assert runs("x/[ab].csv") == {"a": "x/a.csv", "b": "x/b.csv"}
    assert set(runs("**/*.csv").values()) == {"x/a.csv", "x/b.csv", "y/deep/d.csv"}
    assert runs("y*") == {"deep/d": "y/deep/d.csv"}


def test_a_name_that_looks_like_a_glob() -> None:
    put("lr=[0.1].csv")

    assert list(runs("lr=[0.1].csv").values()) == ["lr=[0.1].csv"]


def test_what_was_named_and_is_not_there_has_failed() -> None:
    put("a.csv")

    made = plan("a.csv", "b.csv", "*.tsv")

    assert [job.run for job in made.jobs] == ["a"]
    assert {error.origin.uri: error.problem for error in made.failed} == {
        "b.csv": "no such file or directory",
        "*.tsv": "no file matches this pattern",
    }


def test_what_was_named_and_is_no_log_has_failed() -> None:
    put("notes.txt", text="Nothing here.\nMove along, please.\nThank you!\n")

    (error,) = plan("notes.txt").failed

    assert "not a training log" in error.problem


@pytest.mark.parametrize(
    "again", ["a.csv", "./a.csv", "../home/a.csv", "*.csv", "."], ids=lambda name: name
)
def test_a_file_named_twice_is_one_run(again: str) -> None:
    put("a.csv")

    assert len(plan("a.csv", again).jobs) == 1


def test_an_empty_folder_has_nothing() -> None:
    Path("empty/er").mkdir(parents=True)

    made = plan("empty")

    assert (made.jobs, made.failed, made.skipped) == ([], [], [])


def test_every_file_that_is_not_taken_is_listed_with_its_reason() -> None:
    put("logs/a.csv")
    put("logs/prose.txt", text="Nothing here.\nMove along, please.\nThank you!\n")
    put("logs/empty.csv", "logs/.hidden", text="")
    Path("logs/image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    Path("logs/weights.zip").write_bytes(b"PK\x03\x04" + bytes(400))
    Path("logs/dangling.csv").symlink_to("nowhere")
    os.mkfifo("logs/pipe.csv")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("logs/socket.csv")

        made = plan("logs")

    assert [job.run for job in made.jobs] == ["a"]
    assert made.failed == []
    assert reasons(made) == {
        "logs/.hidden": "hidden; converted where it is named",
        "logs/dangling.csv": "no such file or directory",
        "logs/empty.csv": "is empty",
        "logs/image.png": "not a training log: binary data",
        "logs/pipe.csv": "a pipe, a socket or a device",
        "logs/prose.txt": "not a training log: no table of numbers",
        "logs/socket.csv": "a pipe, a socket or a device",
        "logs/weights.zip": "not a training log: a zip archive",
    }


@pytest.mark.parametrize("name", ["config.json", "Params.jsonl", "deep/hparams.json.gz"])
def test_one_line_of_settings_beside_a_log_completes_its_run(name: str) -> None:
    put("logs/a.csv")
    file = Path("logs", name)
    file.parent.mkdir(exist_ok=True)
    line = b'{"lr": 0.001, "epochs": 10, "optimizer": {"beta": 0.9}}\n'
    file.write_bytes(gzip.compress(line) if file.suffix == ".gz" else line)

    made = plan("logs")

    (job,) = made.jobs
    assert job.run == "a"
    assert made.failed == []
    is_beside = file.parent == Path("logs")
    sources = ["logs/a.csv", f"logs/{name}"] if is_beside else ["logs/a.csv"]
    assert [source.uri for source in job.sources] == sources
    lonely = "settings of no log: none is beside them; converted where they are named"
    assert reasons(made) == ({} if is_beside else {f"logs/{name}": lonely})
    assert set(runs(f"logs/{name}").values()) == {f"logs/{name}"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("params.json", '{"step": 0, "norm": 1.5}\n{"step": 1, "norm": 1.25}\n'),
        ("result.json", '{"accuracy": 0.5}\n'),
        ("config.csv", "lr,decay\n0.1,0.5\n"),
    ],
)
def test_what_is_only_a_little_like_settings_is_a_log(name: str, text: str) -> None:
    put(f"logs/x/{name}", text=text)

    assert list(runs("logs").values()) == [f"logs/x/{name}"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="nothing here fails to be read")
def test_what_the_system_cannot_read_has_failed_wherever_it_was_met() -> None:
    put("logs/a.csv")
    Path("logs/broken.csv").symlink_to("/proc/self/mem")  # there is nothing at its address 0

    made = plan("logs")

    assert [job.run for job in made.jobs] == ["a"]
    assert {error.origin.uri: error.problem for error in made.failed} == {
        "logs/broken.csv": "cannot be read: input/output error"
    }
    assert made.skipped == []


def test_a_link_to_itself_is_passed_over() -> None:
    put("logs/a.csv")
    Path("logs/circle.csv").symlink_to("circle.csv")

    made = plan("logs")

    assert made.failed == []
    assert list(reasons(made)) == ["logs/circle.csv"]


def test_links_are_followed_but_not_in_circles() -> None:
    put("logs/a.csv", "elsewhere/b.csv")
    Path("logs/linked").symlink_to("../elsewhere")
    Path("logs/linked/up").symlink_to("..")
    Path("logs/self").symlink_to(".")
    Path("logs/gone").symlink_to("missing")

    found = runs("logs")

    assert found["a"] == "logs/a.csv"
    assert found["linked/b"] == "logs/linked/b.csv"
    assert len(found) == len(set(map(os.path.realpath, found.values())))


def test_what_a_link_leads_to_goes_by_its_own_name() -> None:
    put("w/run-7/a.csv", "w/run-7/b.csv", "elsewhere/c.csv")
    Path("w/latest-run").symlink_to("run-7")
    Path("w/elsewhere").symlink_to("../elsewhere")
    Path("w/run-7/_newest.csv").symlink_to("b.csv")

    assert set(runs("w")) == {"run-7/a", "run-7/b", "elsewhere/c"}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("labels/7.txt", "0 0.5 0.5 0.1 0.2\n1 0.2 0.3 0.1 0.1\n", "a table without names"),
        ("train.jsonl", '{"text": "it is %d o\'clock", "label": 1}\n', "texts without steps"),
        ("dialogs.jsonl", '{"text": "hello %d"}\n', "objects without numbers"),
        ("README.md", "| model | top1 |\n|---|---|\n| a | 76.1 |\n", "a text about something"),
        ("found.json", '[{"image_id": 1, "category_id": 2, "score": 0.5}]', "found in images"),
        ("best.json", '{"5": [{"text": "a", "start": "b", "p": 1}]}', "none of them a log"),
    ],
)
def test_what_has_numbers_is_not_always_a_log(name: str, text: str, reason: str) -> None:
    text = "".join(text % row for row in range(5)) if "%d" in text else text
    put(f"tree/{name}", text=text)

    made = plan("tree")

    assert not made.jobs
    assert reason in str(made.skipped[0])


@pytest.mark.parametrize("name", ["losses.txt", "a.dat", "b.jsonl"])
def test_a_log_without_names_is_one_by_its_name_or_its_steps(name: str) -> None:
    rows = {"losses.txt": "0.5\n0.25\n", "a.dat": "0 5.0\n10 4.5\n20 4.0\n"}
    put(f"tree/{name}", text=rows.get(name, '{"epoch": 1, "note": "all is well", "loss": 1}\n'))

    assert len(plan("tree").jobs) == 1


def test_what_an_ingest_wrote_is_no_input_of_the_next(folder: Path) -> None:
    put("logs/a.csv", "logs/b/metrics.csv")
    first = ingest("logs", logdir="logs/runs")

    again = ingest("logs", logdir="logs/runs")
    here = ingest(".", logdir=folder / "logs" / "runs" / "deeper")

    assert [run.status for run in first.runs] == ["written", "written"]
    assert [run.status for run in again.runs] == ["unchanged", "unchanged"]
    assert len(here.runs) == 2
    reasons = {Path(skipped.uri).name[:10]: skipped.reason for skipped in again.skipped}
    assert reasons == {
        "events.out": "not a training log: a TensorBoard event file already",
        "tbconvert.": "what tbconvert noted of a run",
    }
    assert len(again.skipped) == 4


def test_a_ledger_that_was_named_has_failed() -> None:
    put("a.csv")
    ingest("a.csv", logdir="runs")

    assert len(plan("runs/a/tbconvert.json").failed) == 1


# -------------------------------------------------------------------------- what is not allowed


@pytest.mark.parametrize("run", ["../x", "a/../../x", "/etc/x", "C:\\x", "C:/x", "..\\x", ""])
def test_a_run_has_to_be_inside_of_the_logdir(run: str) -> None:
    put("a.csv")

    with pytest.raises(UsageError, match="wanted a name inside of the logdir"):
        plan("a.csv", run=run)


@pytest.mark.parametrize("logdir", ["hdfs://host/x", "https://host/runs", "ftp://host/x"])
def test_a_logdir_has_to_be_a_folder_or_in_a_store(logdir: str) -> None:
    put("a.csv")

    with pytest.raises(UsageError, match=f"got '{logdir}', wanted s3://, gs://, .* or a path"):
        plan_runs(["a.csv"], logdir)


# ------------------------------------------------------------------------------------ many


def test_thousands_of_files_of_one_run_are_put_in_order_once() -> None:
    text = '{"best_epoch": 1, "training_duration": "0:00:01", "epoch": %d, "training_loss": 0.5}'
    for epoch in range(2000):
        put(f"all/metrics_epoch_{epoch}.json", text=text % epoch)
    began = time.process_time()

    (job,) = plan("all").jobs

    assert time.process_time() - began < 5
    numbers = [int(source.uri.rpartition("_")[2].partition(".")[0]) for source in job.sources]
    assert numbers == list(range(2000))


def test_thousands_of_files_have_names_of_their_own() -> None:
    for number in range(2000):
        put(f"logs/{number % 50}/run{number}/metrics.csv")

    found = runs("logs")

    assert len(found) == 2000
    assert found["7/run57"] == "logs/7/run57/metrics.csv"
