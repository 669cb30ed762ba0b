"""Logdirs beside the logs that they were made of."""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harm import harmed
from logs import TIME, checked, codes, convert, statuses, table, verdict_of, write

import tbconvert
from tbconvert.checking import check


def test_a_cell_that_was_edited_is_told_with_its_step() -> None:
    path = write("logs/a.csv", table())
    convert()
    write("logs/a.csv", path.read_text().replace("7,7.0,7.1", "7,0.3,7.1"))

    verdict = checked()

    assert verdict.exit_status == 1
    one = verdict_of("a", verdict)
    assert one.status == "differs"
    # it has the size and the time that it had: only its content tells
    (finding,) = one.findings
    assert (finding.code, finding.cure) == ("source-changed", "ingest again with --checksum")
    (difference,) = one.differences
    assert (difference.against, difference.kind, difference.tag) == ("sources", "scalar", "loss")
    assert (difference.wanted, difference.got, difference.counts) == (10, 10, {"value": 1})
    (odd,) = difference.first
    assert odd.what == "value"
    assert (odd.wanted and odd.wanted.step, odd.wanted and odd.wanted.value) == (7, 0.3)
    assert (odd.got and odd.got.step, odd.got and odd.got.value) == (7, 7.0)


@pytest.mark.parametrize(
    ("change", "what", "step"),
    [
        (lambda text: text.replace("7,7.0,7.1\n", ""), "extra", 7),
        (lambda text: text + "10,1,2\n", "missing", 10),
        (lambda text: text.replace("9,9.0,9.1", "99,9.0,9.1"), "step", 99),
    ],
)
def test_a_row_that_was_removed_added_or_moved_is_told(
    change: Callable[[str], str], what: str, step: int
) -> None:
    path = write("logs/a.csv", table())
    convert()
    write("logs/a.csv", change(path.read_text()))

    one = verdict_of("a", checked())

    assert one.status == "differs"
    assert {difference.tag for difference in one.differences} == {"loss", "acc"}
    for difference in one.differences:
        assert difference.counts == {what: 1}
        (odd,) = difference.first
        point = odd.wanted or odd.got
        assert (odd.what, point and point.step) == (what, step)


def test_a_text_that_was_edited_is_told() -> None:
    write("logs/a.csv", "step,loss,note\n0,1,a\n1,2,b\n2,3,c\n")
    convert()
    write("logs/a.csv", "step,loss,note\n0,1,a\n1,2,x\n2,3,c\n")

    (difference,) = verdict_of("a", checked()).differences

    assert (difference.kind, difference.tag, difference.counts) == ("tensor", "note", {"value": 1})


def test_a_time_that_was_edited_is_told() -> None:
    write("logs/a.csv", "step,time,loss\n0,1700000000,1\n1,1700000001,2\n2,1700000002,3\n")
    convert()
    write("logs/a.csv", "step,time,loss\n0,1700000000,1\n1,1700000001.5,2\n2,1700000002,3\n")

    (difference,) = verdict_of("a", checked()).differences

    assert difference.counts == {"wall_time": 1}
    (odd,) = difference.first
    assert odd.wanted is not None
    assert odd.got is not None
    assert (odd.wanted.wall_time, odd.got.wall_time) == (1700000001.5, 1700000001.0)


def test_a_log_that_was_copied_is_the_same() -> None:
    write("logs/a.csv", table())
    convert()
    os.utime("logs/a.csv", (TIME + 9, TIME + 9))

    verdict = checked()

    assert verdict.exit_status == 0
    assert codes(verdict_of("a", verdict)) == {"source-touched"}


def test_a_change_that_makes_no_point_is_none() -> None:
    write("logs/a.csv", "step,loss\n0,1\n1,0.50\n")
    convert()
    write("logs/a.csv", "step,loss\n0,1\n1,0.5\n")

    verdict = checked()

    assert statuses(verdict) == {"a": "same"}
    assert codes(verdict_of("a", verdict)) == {"source-changed"}


def test_a_log_that_is_gone_is_told_as_extra() -> None:
    write("logs/a.csv", table())
    write("logs/b.csv", table())
    convert()
    Path("logs/a.csv").unlink()

    verdict = checked()

    assert verdict.exit_status == 1
    assert statuses(verdict) == {"a": "extra", "b": "same"}
    (finding,) = verdict_of("a", verdict).findings
    assert (finding.code, finding.said) == ("source-gone", "is gone")
    assert finding.cure == "bring it back, or remove the run"
    assert finding.file == str(Path("logs/a.csv").resolve())


def test_so_is_one_whose_folder_moved() -> None:
    write("logs/a.csv", table())
    convert()
    shutil.move("logs", "elsewhere")

    verdict = checked()

    assert statuses(verdict) == {"a": "extra"}
    assert codes(verdict_of("a", verdict)) == {"source-gone"}


def test_a_log_that_is_damaged_now_is_told() -> None:
    write("logs/a.csv", "step,loss\n0,1\n1,2\n")
    convert(on_duplicate="error")
    write("logs/a.csv", "step,loss\n0,1\n1,2\n1,3\n")

    verdict = checked()

    assert statuses(verdict) == {"a": "unreadable"}
    one = verdict_of("a", verdict)
    (finding,) = (finding for finding in one.findings if finding.code == "source-failed")
    assert finding.said.startswith("cannot be converted any more: row 4: column 'loss': ")
    assert finding.cure == of_ingest("logs/a.csv").hint
    assert finding.file == str(Path("logs/a.csv").resolve())


def test_a_log_that_was_not_converted_is_missing() -> None:
    write("logs/a.csv", table())
    convert()
    write("logs/b.csv", table())
    write("logs/empty.csv", "step,loss\n")
    write("logs/notes.txt", "this is no log\n")

    verdict = checked()

    assert verdict.exit_status == 1
    assert statuses(verdict) == {"a": "same", "b": "missing"}
    (finding,) = verdict_of("b", verdict).findings
    assert finding.said == "was not converted: it has 20 points"


def test_a_log_that_cannot_be_converted_is_missing_with_its_reason() -> None:
    write("logs/a.csv", table())
    convert(on_duplicate="error")
    write("logs/b.csv", "step,loss\n0,1\n1,2\n1,3\n")

    (finding,) = verdict_of("b", checked()).findings

    told = of_ingest("logs/b.csv")
    assert finding.said == f"was not converted: row 4: column 'loss': {told.problem}"
    assert finding.cure == told.hint != ""


def of_ingest(source: str) -> Any:
    """Return what the ingest itself says of a log that it cannot convert."""
    report = tbconvert.ingest(source, logdir="elsewhere", on_duplicate="error")
    (problem,) = report.runs[0].problems
    return problem


def test_what_was_not_wanted_is_not_missing() -> None:
    write("logs/a.csv", table())
    write("logs/debug.csv", table())
    convert(exclude_files=("debug*",))

    assert statuses(checked()) == {"a": "same"}


def test_nor_is_what_was_not_asked_for() -> None:
    write("logs/a.csv", table())
    convert()
    write("logs/b.csv", table())

    assert statuses(checked("a")) == {"a": "same"}


def test_nor_what_another_ingest_has_converted() -> None:
    write("logs/a.csv", table())
    write("logs/deep/b.csv", "epoch;loss\n0;1\n")
    convert("logs/deep", tag_prefix="x/")
    convert("logs", exclude_files=("deep",))

    assert set(statuses(checked()).values()) == {"same"}


def test_options_are_those_of_the_ledger() -> None:
    write("logs/a.csv", "ep,train_loss,debug\n0,1,5\n1,2,5\n", TIME)
    convert(
        step="ep",
        rename=(("train_*", "train/*"),),
        exclude=("debug",),
        file_time=5.0,
        sources=({"match": "*.csv", "delimiter": ","},),
        dialects={"mine": {"files": ["*.csv"], "columns": ["ep"], "step": "ep"}},
    )

    verdict = checked()

    assert verdict.exit_status == 0, verdict
    assert statuses(verdict) == {"a": "same"}


def test_a_graph_is_found_from_any_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    write("logs/a.csv", table())
    Path("model.pb").write_bytes(bytes.fromhex("0a070a0161120248 69".replace(" ", "")))
    logdir = Path("runs").resolve()
    convert(graph="model.pb")
    Path("other").mkdir()
    monkeypatch.chdir("other")

    verdict = check(str(logdir), against_sources=True)

    assert statuses(verdict) == {"a": "same"}


def test_runs_of_one_table_are_compared_each() -> None:
    text = "run,step,loss\n" + "".join(f"{r},{s},{s}.5\n" for r in "xyz" for s in range(5))
    write("logs/all.csv", text)
    convert()
    assert statuses(checked()) == dict.fromkeys(("all/x", "all/y", "all/z"), "same")

    write("logs/all.csv", text.replace("y,3,3.5", "y,3,9").replace("z,", "w,"))
    found = statuses(checked())

    assert found == {"all/w": "missing", "all/x": "same", "all/y": "differs", "all/z": "extra"}
    assert statuses(checked("all/x")) == {"all/x": "same"}


def test_runs_that_stand_by_themselves_are_found_again() -> None:
    for name in ("one", "two"):
        rows = "".join(f"{name}{r},{s},{s}.5\n" for r in "xy" for s in range(3))
        write(f"logs/{name}/progress.csv", f"run,step,loss\n{rows}")
        convert(f"logs/{name}/progress.csv", run_column="run")

    found = statuses(checked())

    assert len(found) == 4
    assert set(found.values()) == {"same"}


def test_a_series_that_grew_is_told() -> None:
    def snapshot(step: int) -> None:
        Path("nets").mkdir(exist_ok=True)
        np.savez(f"nets/ckpt_{step}.npz", kernel=np.arange(32.0).reshape(8, 4) * step)
        os.utime(f"nets/ckpt_{step}.npz", (TIME, TIME))

    for step in (1, 2):
        snapshot(step)
    convert("nets")
    assert statuses(checked()) == {"nets": "same"}
    snapshot(3)

    one = verdict_of("nets", checked())

    assert one.status == "differs"
    (finding,) = (finding for finding in one.findings if finding.code == "source-new")
    assert finding.file == str(Path("nets/ckpt_3.npz").resolve())
    assert {tuple(difference.counts) for difference in one.differences} == {("missing",)}


def test_what_has_no_log_is_said_to_have_none() -> None:
    with tbconvert.RunWriter("runs", "mine") as writer:
        writer.add_scalars("loss", steps=[1, 2], values=[3, 4])

    verdict = checked()

    assert verdict.exit_status == 0
    assert codes(verdict_of("mine", verdict)) == {"no-source"}


def test_neither_has_what_came_through_a_pipe() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_text(table()))
    writer.start()
    convert("pipe")
    writer.join()

    verdict = checked()

    assert verdict.exit_status == 0
    assert codes(verdict_of("pipe", verdict)) == {"no-source"}


def test_a_ledger_without_inputs_says_so() -> None:
    write("logs/a.csv", table())
    convert()
    ledger = Path("runs/a/tbconvert.json")
    text = json.loads(ledger.read_text())
    for name in ("digests", "inputs", "files"):
        del text["ingests"][0][name]
    ledger.write_text(json.dumps(text))

    verdict = checked()

    assert codes(verdict_of("a", verdict)) == {"no-digests", "no-inputs"}
    assert verdict.exit_status == 0


def test_two_ingests_into_one_run_are_proven_each() -> None:
    write("logs/a.csv", table(5, "loss"))
    write("more/a.csv", table(5, "acc"))
    convert("logs")
    convert("more", if_exists="add")
    assert statuses(checked()) == {"a": "same"}
    write("more/a.csv", table(4, "acc"))

    one = verdict_of("a", checked())

    assert [difference.tag for difference in one.differences] == ["acc"]


@pytest.mark.parametrize("harm", [None, "x", -1, [], {}, math.inf], ids=repr)
def test_a_ledger_may_be_damaged_anywhere(harm: Any) -> None:
    write("logs/a.csv", table(2))
    convert(rename=(("x", "y"),))
    ledger = Path("runs/a/tbconvert.json")
    sound = json.loads(ledger.read_text())

    for text, path in harmed(sound, harm):
        ledger.write_text(text)

        # one that names other logs knows nothing of this one, which is missing then
        (one,) = (one for one in checked().runs if one.status != "missing")

        assert "fault" not in codes(one), path
        if "digests" in path:
            assert one.status != "same" or codes(one) >= {"no-digests"}, path


@pytest.mark.parametrize("others", [[], ["b"]])
def test_a_log_whose_run_has_another_name_now_is_missing(others: list[str]) -> None:
    for name in ("a", *others):
        write(f"logs/{name}.csv", table())
    convert()
    Path("runs/a").rename("runs/moved")

    found = statuses(checked())

    assert found == {"a": "missing", "moved": "foreign", **dict.fromkeys(others, "same")}


def test_runs_of_a_log_that_are_all_gone_are_missing() -> None:
    write("logs/all.csv", "run,step,loss\nx,0,1\nx,1,2\ny,0,3\n")
    convert()
    for run in ("x", "y"):
        shutil.rmtree(f"runs/all/{run}")

    found = statuses(checked())

    assert found == {"all/x": "missing", "all/y": "missing"}
    assert checked().exit_status == 1
