"""``RunWriter``: columns of scalars from a Python program, as others read them."""

from __future__ import annotations

from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import read_back
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from written import NOW, writer

from tbconvert import RunWriter, TargetError, UsageError, ingest


def write(logdir: Path, run: str = "run", tag: str = "loss", **how: Any) -> str | None:
    with writer(logdir, run, **how) as out:
        out.add_scalars(tag, [0, 1], [1.0, 0.5])
    return out.close()


def event_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "tfevents" in path.name)


def test_points_are_read_back(logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_scalars("loss", [0, 10, 20], [1.0, 0.5, 0.25], [NOW, NOW + 1, NOW + 2])
        out.add_scalars(["a", "b"], np.arange(2), [[1, 2], [3, 4]])
        out.add_scalars("loss", [30], [0.125], NOW + 3)
        out.add_scalars("one", 7, 0.5)
        out.add_scalars(["x", "y"], 7, [1, 2])

    served = read_back(logdir)["run"]
    assert served["loss"].steps.tolist() == [0, 10, 20, 30]
    assert served["loss"].values.tolist() == [1.0, 0.5, 0.25, 0.125]
    assert served["loss"].wall_times.tolist() == [NOW, NOW + 1, NOW + 2, NOW + 3]
    assert served["a"].values.tolist() == [1.0, 3.0]
    assert served["b"].values.tolist() == [2.0, 4.0]
    assert served["b"].wall_times.tolist() == [NOW, NOW]
    assert (served["one"].steps.tolist(), served["one"].values.tolist()) == ([7], [0.5])
    assert served["y"].values.tolist() == [2.0]


def test_what_is_no_number_is_a_value(logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_scalars("loss", range(4), [np.nan, np.inf, -np.inf, 1e300])

    values = read_back(logdir)["run"]["loss"].values
    np.testing.assert_array_equal(values, [np.nan, np.inf, -np.inf, np.inf])


@pytest.mark.parametrize("kind", [np.int8, np.uint64, np.float16, np.float64, np.bool_])
def test_values_are_of_any_kind(logdir: Path, kind: Any) -> None:
    with writer(logdir) as out:
        out.add_scalars("loss", np.arange(2, dtype=np.uint8), np.array([0, 1], kind))

    assert read_back(logdir)["run"]["loss"].values.tolist() == [0.0, 1.0]


def test_a_closed_run_is_named_and_counted(logdir: Path) -> None:
    out = writer(logdir)
    out.add_scalars(["a", "b"], [0, 1, 2], np.zeros((3, 2)))

    assert out.counts()["scalars"].tags == 2
    assert out.counts()["scalars"].points == 6
    assert out.close() == str(logdir / "run" / "events.out.tfevents.1700000000.tbconvert")
    assert out.close() == str(logdir / "run" / "events.out.tfevents.1700000000.tbconvert")


def test_nothing_added_is_nothing_written(logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_scalars("loss", [], [])

    assert out.close() is None
    assert not logdir.exists()


def test_nothing_is_seen_before_the_end(logdir: Path) -> None:
    out = writer(logdir)
    out.add_scalars("loss", [0], [1.0])

    assert read_back(logdir) == {}
    out.close()
    assert read_back(logdir).keys() == {"run"}


def fail_midway(out: RunWriter) -> None:
    with out:
        out.add_scalars("other", [0], [1.0])
        raise ValueError("stop")


def test_an_exception_leaves_what_stood_before(logdir: Path) -> None:
    write(logdir)
    before = {path: path.read_bytes() for path in (logdir / "run").iterdir()}

    with pytest.raises(ValueError, match="stop"):
        fail_midway(writer(logdir, if_exists="replace"))

    assert {path: path.read_bytes() for path in (logdir / "run").iterdir()} == before


def test_an_exception_leaves_no_new_folder(logdir: Path) -> None:
    with pytest.raises(ValueError, match="stop"):
        fail_midway(writer(logdir, "deep/er"))

    assert not logdir.exists()


def test_a_closed_run_takes_no_more(logdir: Path) -> None:
    out = writer(logdir)
    out.add_scalars("loss", [0], [1.0])
    out.close()

    with pytest.raises(UsageError, match="run 'run' is closed"):
        out.add_scalars("loss", [1], [1.0])


@pytest.mark.parametrize(
    ("tags", "steps", "values", "wall_times", "said"),
    [
        (["a", "b"], [0, 1, 2], np.zeros((2, 3)), None, r"values: got shape \(2, 3\), wanted \(3,"),
        (["a", "b"], [0, 1], [0, 1, 2, 3], None, r"values: got shape \(4,\), wanted \(2, 2\)"),
        ("a", [0, 1], [0], None, r"values: got shape \(1,\), wanted \(2,\)"),
        ("a", [0, 1], 0.5, None, r"values: got shape \(\), wanted \(2,\)"),
        ("a", [0, 1], [[0, 1]], None, r"values: got shape \(1, 2\), wanted \(2,\)"),
        ("a", [0, 1], ["x", "y"], None, "values: could not convert string"),
        ("a", [0, 1], [0, [1, 2]], None, "values: "),
        ("a", [0.0, 1.0], [0, 1], None, "steps: got float64, wanted whole numbers"),
        ("a", [True, False], [0, 1], None, "steps: got bool, wanted whole numbers"),
        ("a", [[0, 1]], [0, 1], None, r"steps: got shape \(1, 2\)"),
        ("a", np.array([2**63], np.uint64), [0], None, "steps: got 9223372036854775808"),
        ("a", [1, 1], [0, 1], None, "steps: each must be larger than the one before"),
        ("a", [1, 0], [0, 1], None, "steps: each must be larger than the one before"),
        ("a", [0, 1], [0, 1], [NOW], r"wall_times: got shape \(1,\), wanted \(2,\)"),
        ("a", [0], [0], np.nan, "wall_times: got one that is not finite"),
        ("a", [0, 1], [0, 1], [NOW, np.inf], "wall_times: got one that is not finite"),
        ("a", [0], [0], "noon", "wall_times: could not convert string"),
        ([], [0], np.zeros((1, 0)), None, "tags: "),
        (["a", "a"], [0], [[0, 1]], None, "tags: got 'a', 'a', wanted each once"),
        (["a", " a "], [0], [[0, 1]], None, "tags: got 'a', 'a', wanted each once"),
    ],
)
def test_what_does_not_fit_is_refused_and_harms_nothing(
    logdir: Path, tags: Any, steps: Any, values: Any, wall_times: Any, said: str
) -> None:
    with writer(logdir) as out:
        out.add_scalars("before", [0], [1.0])
        with pytest.raises(UsageError, match=said):
            out.add_scalars(tags, steps, values, wall_times)
        out.add_scalars("after", [0], [2.0])

    served = read_back(logdir)["run"]
    assert {tag: series.values.tolist() for tag, series in served.items()} == {
        "before": [1.0],
        "after": [2.0],
    }


def test_steps_go_on_from_call_to_call(logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_scalars(["a", "b"], [0, 5], np.zeros((2, 2)))
        for repeated in (5, 4):
            with pytest.raises(UsageError, match="steps: each must be larger"):
                out.add_scalars("b", [repeated], [1.0])
        out.add_scalars("c", [0], [1.0])
        out.add_scalars("b", [6], [1.0])

    assert read_back(logdir)["run"]["b"].steps.tolist() == [0, 5, 6]


def test_names_are_made_safe(logdir: Path) -> None:
    write(logdir, "../../tfevents/C:", "a//b\n")

    served = read_back(logdir)
    assert served.keys() == {"tf_events/C_"}
    assert served["tf_events/C_"].keys() == {"a/b"}


def write_much(logdir: Path, run: str) -> None:
    with writer(logdir, run) as out:
        out.add_scalars("loss", range(50_000), np.ones(50_000))


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_writes_too(logdir: Path) -> None:
    write_much(logdir, "ours")

    child = get_context("fork").Process(target=write_much, args=(logdir, "theirs"), daemon=True)
    child.start()
    child.join(20)

    assert child.exitcode == 0
    ours, theirs = (event_files(logdir / run) for run in ("ours", "theirs"))
    assert (logdir / "ours" / ours[0]).read_bytes() == (logdir / "theirs" / theirs[0]).read_bytes()


# ------------------------------------------------------------------------- a run that exists


def test_a_run_that_exists_is_an_error(logdir: Path) -> None:
    write(logdir)

    with pytest.raises(TargetError, match="exists already; if_exists says"):
        writer(logdir)


def test_replace_takes_its_place(logdir: Path) -> None:
    write(logdir)

    write(logdir, tag="other", if_exists="replace")

    assert read_back(logdir)["run"].keys() == {"other"}
    assert len(event_files(logdir / "run")) == 1


def test_add_writes_beside_it(logdir: Path) -> None:
    for tag in ("a", "b", "c"):
        write(logdir, tag=tag, if_exists="add")

    assert read_back(logdir)["run"].keys() == {"a", "b", "c"}
    assert len(event_files(logdir / "run")) == 3
    write(logdir, tag="d", if_exists="replace")
    assert read_back(logdir)["run"].keys() == {"d"}


@pytest.mark.parametrize("if_exists", ["error", "replace", "add"])
def test_event_files_of_others_are_never_touched(logdir: Path, if_exists: str) -> None:
    theirs = EventFileWriter(str(logdir / "run"))
    event = Event(wall_time=1.6e9, step=7)
    event.summary.value.add(tag="theirs", simple_value=3.0)
    theirs.add_event(event)
    theirs.close()

    if if_exists == "add":
        write(logdir, if_exists=if_exists)
        assert read_back(logdir)["run"].keys() == {"theirs", "loss"}
    else:
        with pytest.raises(TargetError, match="which tbconvert did not write"):
            writer(logdir, if_exists=if_exists)
        assert read_back(logdir)["run"].keys() == {"theirs"}


@pytest.mark.parametrize("if_exists", ["skip", "overwrite"])
def test_what_else_to_do_is_a_mistake(logdir: Path, if_exists: str) -> None:
    with pytest.raises(UsageError, match="wanted one of error, add, replace"):
        writer(logdir, if_exists=if_exists)


def test_only_folders_and_stores_can_be_written() -> None:
    with pytest.raises(UsageError, match="got 'hdfs://host/runs', wanted s3://, gs://"):
        RunWriter("hdfs://host/runs")


def test_somebody_who_was_faster_is_not_overwritten(logdir: Path) -> None:
    slow = writer(logdir)
    slow.add_scalars("slow", [0], [1.0])
    write(logdir, tag="fast")

    with pytest.raises(TargetError, match="exists already"):
        slow.close()

    assert read_back(logdir)["run"].keys() == {"fast"}


# ------------------------------------------------------------- what an ingest makes of its runs


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run.csv"
    path.write_text("time,step,acc\n1700000000,0,0.5\n")
    return path


def test_an_ingest_does_not_replace_what_a_program_wrote(logdir: Path, log: Path) -> None:
    write(logdir)

    (run,) = ingest(log, logdir=logdir).runs

    assert run.status == "failed"
    assert run.problems[0].problem == "was made by a Python program, not from this source"
    assert read_back(logdir)["run"].keys() == {"loss"}


def test_an_ingest_may_add_to_it_or_replace_it(logdir: Path, log: Path) -> None:
    write(logdir)

    ingest(log, logdir=logdir, if_exists="add")
    assert read_back(logdir)["run"].keys() == {"loss", "acc"}
    ingest(log, logdir=logdir, if_exists="replace")
    assert read_back(logdir)["run"].keys() == {"acc"}


def test_a_program_does_not_replace_what_an_ingest_made(logdir: Path, log: Path) -> None:
    ingest(log, logdir=logdir)

    with pytest.raises(TargetError, match=r"was made from .*run\.csv"):
        writer(logdir)
    write(logdir, if_exists="add")

    assert read_back(logdir)["run"].keys() == {"loss", "acc"}
    assert ingest(log, logdir=logdir, if_exists="add").runs[0].points == 1
