"""What a pipeline asks an ingest for, and the status it leaves with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("folder")

Command = Callable[..., Any]


# ---------------------------------------------------------------------------------- --require


def test_what_holds_leaves_with_0(tbconvert: Command) -> None:
    asked = ("--require", "val/acc last >= 0.9", "--require", "loss mean < 0.6")

    done = tbconvert("ingest", "good.csv", "--logdir", "runs", *asked, "--json")
    plain = tbconvert("ingest", "good.csv", "--logdir", "runs", *asked)

    assert done.status == plain.status == done.answer["exit_status"] == 0
    mean = pytest.approx((1.0 + 0.5 + 0.25) / 3, rel=1e-7)
    assert done.answer["requirements"] == [
        {"require": text, "run": "good", "tag": tag, "got": got, "ok": True, "problem": ""}
        for text, tag, got in (
            ("val/acc last >= 0.9", "val/acc", 0.9),
            ("loss mean < 0.6", "loss", mean),
        )
    ]
    assert plain.err == ""
    assert "\nrequirements that hold: 2 of 2\n" in plain.out


def test_what_does_not_hold_leaves_with_1_and_says_what_was_got(tbconvert: Command) -> None:
    done = tbconvert(
        *("ingest", "good.csv", "--logdir", "runs", "--json"), "--require", "val/* min > 0.5"
    )

    problem = "min of 'val/acc' in run 'good' is 0.1"
    assert done.status == done.answer["exit_status"] == 1
    assert done.answer["runs"][0]["status"] == "written"
    assert done.answer["requirements"] == [
        {"require": "val/* min > 0.5", "run": "good", "tag": "val/acc", "got": 0.1, "ok": False}
        | {"problem": problem}
    ]
    assert done.err == f"--require 'val/* min > 0.5': {problem}\n"


@pytest.mark.parametrize("sign", ["<", ">", "!=", "=="])
def test_no_comparison_holds_of_nan(tbconvert: Command, sign: str) -> None:
    Path("nan.csv").write_text("step,loss\n0,1\n1,nan\n")

    done = tbconvert(
        "ingest", "nan.csv", "--logdir", "runs", "--require", f"loss last {sign} 5", "-q"
    )

    assert done.status == 1
    said = "last of 'loss' in run 'nan' is nan, at step 1; nothing holds of nan"
    assert done.err == f"--require 'loss last {sign} 5': {said}\n"


def test_a_run_that_is_unchanged_is_judged_as_well(tbconvert: Command) -> None:
    tbconvert("ingest", "good.csv", "--logdir", "runs")

    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--require", "loss last > 1", "-q")

    assert done.status == 1
    assert done.err.endswith("last of 'loss' in run 'good' is 0.25, at step 10\n")


def test_a_tag_that_is_none_fails_with_the_nearest(tbconvert: Command) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--require", "val/ac last > 0", "-q")

    assert done.status == 1
    said = "no scalar of the run is called 'val/ac'; did you mean 'val/acc'?"
    assert done.err == f"--require 'val/ac last > 0': {said}\n"


def test_what_cannot_be_understood_is_wrong_usage(tbconvert: Command) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--require", "loss lst > 1")

    assert done.status == 2
    assert "--require': got 'lst', wanted last, min, max or mean; did you mean 'last'?" in done.err
    assert done.err.endswith("\n  loss lst > 1\n       ^\n")
    assert not Path("runs").exists()


def test_event_files_that_are_damaged_prove_nothing(tbconvert: Command) -> None:
    tbconvert("ingest", "good.csv", "--logdir", "runs")
    (path,) = Path("runs/good").glob("*tfevents*")
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)

    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--require", "loss last < 1", "-q")

    assert done.status == 1
    assert "--require 'loss last < 1': run 'good' cannot be read back: " in done.err
    assert done.err.endswith(", is not what its checksum says\n")


def test_requirements_stand_in_variables_and_configurations(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('require = ["loss last < 0.1"]\nfail-on = "nan,rejected"\n')
    of_file = tbconvert("ingest", "good.csv", "--logdir", "runs", "--json")
    of_variable = tbconvert(
        *("ingest", "good.csv", "--logdir", "runs", "--json"),
        TBCONVERT_REQUIRE="val/acc last > 0\n\nval/acc max < 5\n",
        TBCONVERT_FAIL_ON="nan,empty superseded",
    )

    assert [one["require"] for one in of_file.answer["requirements"]] == ["loss last < 0.1"]
    assert of_file.status == 1
    asked = [one["require"] for one in of_variable.answer["requirements"]]
    assert asked == ["val/acc last > 0", "val/acc max < 5"]
    assert of_variable.status == 0

    Path("tbconvert.toml").write_text('require = "loss lst < 0.1"\n')
    wrong = tbconvert("ingest", "good.csv", "--logdir", "runs", "--json")
    assert wrong.status == 2
    assert wrong.answer["error"].partition("/tbconvert.toml: ")[2].startswith("require: got 'lst'")


# ---------------------------------------------------------------------------------- --fail-on


@pytest.mark.parametrize(
    ("words", "failed_on", "said"),
    [
        ("nan", ["nan"], "--fail-on nan: 1 point of run 'bad' is nan or infinite\n"),
        ("rejected", ["rejected"], "--fail-on rejected: 1 cell of run 'bad' was rejected\n"),
        (
            "superseded",
            ["superseded"],
            "--fail-on superseded: 2 cells of run 'bad' were superseded\n",
        ),
        ("empty", [], ""),
        ("superseded,nan", ["nan", "superseded"], None),
    ],
)
def test_what_is_not_to_be(
    tbconvert: Command, words: str, failed_on: list[str], said: str | None
) -> None:
    Path("bad.csv").write_text("step,loss,a\n0,1.0,1\n1,oops,1\n2,0.7,1\n2,0.5,2\n3,nan,3\n")

    done = tbconvert("ingest", "bad.csv", "--logdir", "runs", "--fail-on", words, "--json")

    counts = done.answer["runs"][0]
    assert (counts["non_finite"], counts["rejected"], counts["superseded"]) == (1, 1, 2)
    assert done.answer["failed_on"] == failed_on
    assert done.status == done.answer["exit_status"] == int(bool(failed_on))
    if said is not None:
        assert done.err == said


def test_an_empty_run_beside_others(tbconvert: Command) -> None:
    Path("void.csv").write_text("step,loss\n0,\n")

    lax = tbconvert("ingest", "good.csv", "void.csv", "--logdir", "a")
    done = tbconvert("ingest", "good.csv", "void.csv", "--logdir", "b", "--fail-on", "empty", "-q")

    assert (lax.status, done.status) == (0, 1)
    assert done.err.endswith("--fail-on empty: run 'void' has no point\n")


def test_a_word_that_is_none(tbconvert: Command) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--fail-on", "nan,rejcted")

    assert done.status == 2
    assert "Did you mean 'rejected'?" in done.err
    assert not Path("runs").exists()


def test_many_runs_that_fail_are_not_all_named(tbconvert: Command) -> None:
    Path("logs").mkdir()
    for number in range(12):
        Path(f"logs/{number:02}.csv").write_text("step,loss\n0,nan\n")
    asked = ("--fail-on", "nan", "--require", "loss max < 1")

    some = tbconvert("ingest", "logs", "--logdir", "runs", *asked)
    all_ = tbconvert("ingest", "logs", "--logdir", "runs", *asked, "--verbose")

    assert (
        some.err.count("--fail-on nan: 1 point") == some.err.count("--require 'loss max < 1'") == 10
    )
    assert "\n--require: and 2 more; --verbose has them\n" in some.err
    assert some.err.endswith("\n--fail-on: and 2 more; --verbose has them\n")
    assert (
        all_.err.count("--fail-on nan: 1 point") == all_.err.count("--require 'loss max < 1'") == 12
    )


def test_strict_is_to_fail_on_rejected_cells(tbconvert: Command) -> None:
    done = tbconvert("ingest", "bad.csv", "--logdir", "runs", "--strict", "--json")

    assert done.answer["failed_on"] == ["rejected"]
    assert done.err == "--strict: 1 cell was rejected\n"


# ---------------------------------------------------------------------------------- dry runs


@pytest.mark.parametrize("asked", [("--require", "loss last > 0"), ("--markdown", "page.md")])
def test_a_dry_run_has_no_values(tbconvert: Command, asked: tuple[str, str]) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--dry-run", *asked)

    assert done.status == 2
    said = "reads event files, and a dry run writes none; without --dry-run there are some"
    assert f"{asked[0]} {said}" in done.err
    assert not Path("page.md").exists()


def test_a_dry_run_counts(tbconvert: Command) -> None:
    dry = tbconvert("ingest", "bad.csv", "--logdir", "r", "--dry-run", "--fail-on", "nan", "--json")
    wet = tbconvert("ingest", "bad.csv", "--logdir", "r", "--json")

    assert (dry.status, dry.answer["dry_run"], dry.answer["failed_on"]) == (1, True, ["nan"])
    assert (wet.status, wet.answer["dry_run"]) == (0, False)


# ------------------------------------------------------------------------------- their reports


def test_reports_are_merged_with_what_was_asked(tbconvert: Command) -> None:
    Path("other.csv").write_text("step,acc\n0,1.0\n1,0.75\n1,0.5\n")
    asked = ("--require", "acc last > 0.9", "--require", "loss last < 1", "--require", "f1 max > 0")
    for name in ("good", "other"):
        done = tbconvert(
            *("ingest", f"{name}.csv", "--logdir", "runs", "--json"),
            *("--fail-on", "superseded,nan", *asked),
        )
        Path(f"{name}.json").write_text(done.out)

    merged = tbconvert("report", "merge", "good.json", "other.json", "--json")

    assert merged.status == merged.answer["exit_status"] == 1
    assert [
        (one["require"], one["run"], one["tag"], one["ok"]) for one in merged.answer["requirements"]
    ] == [
        ("loss last < 1", "good", "loss", True),
        ("f1 max > 0", None, None, False),
        ("acc last > 0.9", "other", "acc", False),
    ]
    assert merged.answer["failed_on"] == ["superseded"]
    assert merged.answer["dry_run"] is False
    alone = tbconvert("report", "merge", "good.json")
    assert alone.status == 1
    assert "--require 'acc last > 0.9': no scalar of the run is called 'acc'" in alone.err


def test_shards_without_a_run_ask_nothing(tbconvert: Command) -> None:
    asked = ("--require", "loss last < 1", "--json")

    said = [
        tbconvert("ingest", "good.csv", "--logdir", "runs", "--shard", f"{number}/2", *asked)
        for number in (1, 2)
    ]

    assert [one.status for one in said] == [0, 0]
    assert sorted(len(one.answer["requirements"]) for one in said) == [0, 1]


def test_an_interrupt_judges_nothing(tbconvert: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("tbconvert.api.convert", interrupted)

    done = tbconvert(
        *("ingest", "good.csv", "--logdir", "runs", "--json"),
        *("--require", "loss last < 1", "--junit", "j.xml", "--markdown", "m.md"),
    )

    assert done.status == done.answer["exit_status"] == 130
    assert done.answer["requirements"] == []
    assert "interrupted" in Path("j.xml").read_text()
    said = "- **interrupted**: what is not in the list was left as it was\n"
    assert Path("m.md").read_text() == f"### tbconvert ingest: no run\n\n{said}\n"


# ------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("option", ["--junit", "--markdown"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/file", "got 'no/such/file', but there is no folder 'no/such'"),
        (".", "is a directory"),
        ("-", "got '-', wanted a file of this machine"),
        ("s3://bucket/file", "got 's3://bucket/file', wanted a file of this machine"),
    ],
)
def test_a_file_that_cannot_be(tbconvert: Command, option: str, name: str, said: str) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", option, name)

    assert done.status == 2
    assert said in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("option", ["--junit", "--markdown"])
def test_a_file_that_cannot_be_written_in_the_end(tbconvert: Command, option: str) -> None:
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", option, "/dev/full", "--json")

    assert done.status == done.answer["exit_status"] == 1
    assert done.answer["runs"][0]["status"] == "written"
    assert done.err == f"{option}: '/dev/full' cannot be written: No space left on device\n"


def test_a_page_goes_where_others_stand_before(tbconvert: Command) -> None:
    Path("page.md").write_text("before\n")

    tbconvert("ingest", "good.csv", "--logdir", "runs", "--markdown", "page.md", "-q")
    tbconvert("ingest", "good.csv", "--logdir", "runs", "--markdown", "page.md", "-q")

    text = Path("page.md").read_text()
    assert text.startswith("before\n")
    assert text.count("### tbconvert ingest: ") == 2


def test_a_page_that_is_full(tbconvert: Command) -> None:
    Path("page.md").write_text("x" * 1_000_000)

    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--markdown", "page.md", "-q")

    assert done.status == 1
    assert done.err == "--markdown: 'page.md' has no room for more\n"


def test_nothing_is_read_back_unless_it_is_asked_for(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("tbconvert.figures.read_figures", never)

    done = tbconvert(
        *("ingest", "good.csv", "bad.csv", "--logdir", "runs", "--json"),
        *("--fail-on", "nan", "--github", "--junit", "j.xml"),
    )

    assert json.loads(done.out)["totals"]["runs"] == 2


def test_a_plain_ingest_waits_for_nothing_of_this(tbconvert: Command) -> None:
    code = (
        "import sys; from tbconvert.cli import run; run(['ingest', 'good.csv', '--logdir', 'r']);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stderr.split())
    assert "tbconvert.report" in loaded
    assert loaded.isdisjoint({"tbconvert.figures", "tbconvert.requirements", "xml.etree"})
    assert loaded.isdisjoint({"tbconvert.cli.junit", "tbconvert.cli.github"})
