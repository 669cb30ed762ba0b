"""What a training was started with: files beside its log, columns that never change, --hparam."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from oracle import TensorBoard, ingest
from settings.converted import LOG, convert, convert_blocks, settings, texts

# ------------------------------------------------------------------ columns that never change


def table(cells: list[object], column: str = "device") -> str:
    rows = "".join(f"{step},{step / 2},{cell}\n" for step, cell in enumerate(cells))
    return f"step,loss,{column}\n{rows}"


@pytest.mark.parametrize("cells", [["cuda:0"] * 3, ["cuda:0", "", "cuda:0"]])
def test_a_text_that_never_changes_is_a_hyperparameter(folder: Path, cells: list[object]) -> None:
    Path("a.csv").write_text(table(cells))

    reports, served = convert("a.csv")

    assert settings(served["a"]) == {"device": "cuda:0"}
    assert texts(served["a"], "device") == []
    assert reports["a"]["hparams"] == 1
    assert reports["a"]["missing"] == 0
    (problem,) = reports["a"]["problems"]
    assert problem["problem"] == "column 'device' has one value in all rows: taken for settings"
    assert problem["hint"] == "--constants scalars overrules"


def test_a_text_that_changes_is_a_text_from_its_first_row_on(folder: Path) -> None:
    Path("a.csv").write_text(table(["one", "one", "", "two", "one"], "note"))

    reports, served = convert("a.csv")

    assert texts(served["a"], "note") == [(0, "one"), (1, "one"), (3, "two"), (4, "one")]
    assert settings(served["a"]) == {}
    assert reports["a"]["missing"] == 1


def test_a_single_text_is_no_hyperparameter(folder: Path) -> None:
    Path("a.csv").write_text(table(["", "done", ""], "note"))

    _, served = convert("a.csv")

    assert texts(served["a"], "note") == [(1, "done")]
    assert settings(served["a"]) == {}


@pytest.mark.parametrize(
    ("choice", "shown", "said"),
    [
        ("scalars", [(0, "x"), (1, "x")], None),
        ("drop", [], "column 'note' has one value in all rows: left out, as --constants drop asks"),
    ],
)
def test_constants_may_be_shown_or_dropped(
    folder: Path, choice: str, shown: list[tuple[int, str]], said: str | None
) -> None:
    Path("a.csv").write_text(table(["x", "x"], "note"))

    reports, served = convert("a.csv", "--constants", choice)

    assert texts(served["a"], "note") == shown
    assert settings(served["a"]) == {}
    assert [problem["problem"] for problem in reports["a"]["problems"]] == ([said] if said else [])


@pytest.mark.usefixtures("few")
def test_a_change_behind_very_many_rows_asks_for_another_pass(folder: Path) -> None:
    rows = [f"{step},1.0,{'other' if step == 39 else 'same'},a\n" for step in range(40)]

    run, served = convert_blocks("step,loss,note,host\n", rows)

    assert texts(served, "note") == [
        (step, "other" if step == 39 else "same") for step in range(40)
    ]
    assert settings(served) == {"host": "a"}
    assert run.scalars.points == 40


def test_settings_of_a_log_are_told_by_their_names(folder: Path) -> None:
    lines = [
        {
            "step": step,
            "loss": 1.0,
            "config": {"lr": 0.1, "decay": step / 10, "sizes": [64, 10], "name": "mlp"},
        }
        for step in range(3)
    ]
    Path("a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    _, served = convert("a.jsonl")

    assert settings(served["a"]) == {
        "config/lr": 0.1,
        "config/sizes/0": 64,
        "config/sizes/1": 10,
        "config/name": "mlp",
    }
    assert served["a"]["config/decay"].values.tolist() == pytest.approx([0, 0.1, 0.2])


def test_each_run_of_a_table_has_its_own(folder: Path) -> None:
    rows = [(run, step) for run in ("p", "q") for step in range(3)]
    lines = "".join(f"{run},{step},{step},algo-{run}\n" for run, step in rows)
    Path("a.csv").write_text(f"run,step,loss,algo\n{lines}")

    _, served = convert("a.csv")

    assert settings(served["a/p"]) == {"algo": "algo-p"}
    assert settings(served["a/q"]) == {"algo": "algo-q"}


# ------------------------------------------------------------------------- files beside a log


def test_files_beside_a_log_complete_its_run(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp/config.json").write_text('{"lr": 0.1, "net": {"sizes": [3, 4], "bias": true}}')
    Path("exp/args.yaml").write_text("seed: 7\nname: résumé\nnothing: null\n")

    reports, served = convert("exp")

    assert settings(served["exp"]) == {
        "lr": 0.1,
        "net/sizes": "[3, 4]",
        "net/bias": True,
        "seed": 7,
        "name": "résumé",
    }
    (table,) = served["exp"]["hparams"].values
    assert "net/sizes" in table
    assert reports["exp"]["hparams"] == 5
    formats = [source["format"] for source in reports["exp"]["sources"]]
    assert sorted(formats) == ["csv", "json", "yaml"]


def test_two_files_that_differ_are_both_told(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp/args.yaml").write_text("lr: 0.1\nseed: 1\n")
    Path("exp/hparams.yaml").write_text("lr: 0.2\nseed: 1\n")

    reports, served = convert("exp")

    assert settings(served["exp"]) == {"lr": 0.1, "seed": 1, "hparams/lr": 0.2}
    (problem,) = reports["exp"]["problems"]
    assert problem["column"] == "lr"
    assert "here it is 'hparams/lr'" in problem["problem"]
    assert problem["hint"] == "--hparam says which it is"


def test_the_user_has_the_last_word(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp/args.yaml").write_text("lr: 0.1\n")

    given = ("lr=3e-4", "final=true", "width=64", "kind=a=b")
    options = [word for pair in given for word in ("--hparam", pair)]
    _, served = convert("exp", *options)

    wanted = {"lr": 3e-4, "final": True, "width": 64, "kind": "a=b"}
    assert settings(served["exp"]) == wanted


def test_damaged_settings_do_not_cost_a_run(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp/hparams.yaml").write_text("lr: [0.1\nseed: 1\n")

    reports, served = convert("exp")

    assert len(served["exp"]["loss"]) == 3
    assert settings(served["exp"]) == {}
    (problem,) = reports["exp"]["problems"]
    assert problem["uri"] == "exp/hparams.yaml"
    assert problem["problem"].endswith("; it was left out")


def test_settings_alone_are_a_run_where_they_are_named(folder: Path) -> None:
    Path("config.json").write_text('{"lr": 0.1}')

    reports, served = convert("config.json")

    (name,) = reports
    assert reports[name]["status"] == "written"
    assert settings(served[name]) == {"lr": 0.1}


def test_an_empty_log_is_empty_whatever_its_settings(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text("step,loss\n")
    Path("exp/config.json").write_text('{"lr": 0.1}')

    report = ingest("exp", logdir=Path("runs"), status=1)

    assert [run["status"] for run in report["runs"]] == ["empty"]


def test_several_logs_of_a_folder_share_its_settings(folder: Path) -> None:
    Path("exp").mkdir()
    for name in ("a", "b"):
        Path(f"exp/{name}.csv").write_text(LOG)
    Path("exp/config.json").write_text('{"lr": 0.1}')

    _, served = convert("exp")

    assert {run: settings(tags) for run, tags in served.items()} == {
        "a": {"lr": 0.1},
        "b": {"lr": 0.1},
    }


# --------------------------------------------------------------------------------- the dashboard


def test_the_dashboard_has_the_union_of_all_runs_also_of_those_that_come_later(
    folder: Path,
) -> None:
    for name, config in (("a", {"lr": 0.1}), ("b", {"lr": 0.2, "wide": True})):
        Path(name).mkdir()
        Path(name, "metrics.csv").write_text(LOG)
        Path(name, "config.json").write_text(json.dumps(config))
    ingest("a", logdir=Path("runs"))
    ingest("b", logdir=Path("runs"))

    with TensorBoard(Path("runs")) as board:
        asked = {"experimentName": "", "hparamsLimit": 1000}
        experiment = board.post("data/plugin/hparams/experiment", asked)
        names = {info["name"] for info in experiment["hparamInfos"]}
        body = {
            "allowedStatuses": ["STATUS_SUCCESS"],
            "colParams": [
                *({"hparam": name, "includeInResult": True} for name in sorted(names)),
                *(
                    {"metric": info["name"], "includeInResult": True}
                    for info in experiment["metricInfos"]
                ),
            ],
            "startIndex": 0,
            "sliceSize": 10,
        }
        answer = board.post("data/plugin/hparams/session_groups", body)

    assert names == {"lr", "wide"}
    groups = {group["name"]: group for group in answer["sessionGroups"]}
    assert groups["a"]["hparams"] == {"lr": 0.1}
    assert groups["b"]["hparams"] == {"lr": 0.2, "wide": True}
    for group in groups.values():
        (metric,) = group["metricValues"]
        assert (metric["name"]["tag"], metric["value"]) == ("loss", 1.0)


def test_what_is_beside_a_log_completes_it_where_its_dialect_is_asked_for(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/progress.csv").write_text("training_iteration,time_total_s,loss\n1,1,3\n2,2,2\n")
    Path("exp/params.json").write_text('{"lr": 0.1}')
    Path("exp/config.yaml").write_text("seed: 1\n")
    Path("other").mkdir()
    Path("other/a.csv").write_text(LOG)
    np.savez("exp/step_1.npz", kernel=np.eye(4))
    np.savez("other/step_1.npz", kernel=np.eye(4))

    reports, served = convert("exp", "other", "--dialect", "ray")

    assert list(reports) == ["exp"]
    assert settings(served["exp"]) == {"lr": 0.1, "seed": 1}
    assert "kernel" in served["exp"]
    alone = ingest("exp/params.json", "--dialect", "ray", logdir=folder / "alone", status=1)
    assert "no column 'training_iteration'" in alone["runs"][0]["problems"][0]["problem"]


@pytest.mark.parametrize("asked", [(), ("--dialect", "mylab")], ids=["found", "asked for"])
def test_a_dialect_of_ones_own_names_its_settings(folder: Path, asked: tuple[str, ...]) -> None:
    Path("tbconvert.toml").write_text(
        '[dialect.mylab]\nfiles = "scores.csv"\ncolumns = "tick"\nsettings_files = "mine*"\n'
    )
    Path("exp").mkdir()
    Path("exp/scores.csv").write_text("tick,loss\n1,3\n2,2\n")
    Path("exp/mine.json").write_text('{"lr": 0.1, "sizes": [1, [2]]}')
    Path("exp/mine_too.yaml").write_text("seed: 1\n")

    _, served = convert("exp", *asked)

    (run,) = served.values()
    assert settings(run) == {"lr": 0.1, "seed": 1, "sizes": "[1, [2]]"}


@pytest.mark.parametrize("name", ["config.json", "config.yaml"])
def test_names_that_meet_when_they_are_flat_are_both_kept_and_told(folder: Path, name: str) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp", name).write_text('{"net/width": 1, "net": {"width": 2}}')

    reports, served = convert("exp")

    assert settings(served["exp"]) == {"net/width": 1, "net/width.1": 2}
    (problem,) = reports["exp"]["problems"]
    assert (problem["uri"], problem["column"]) == (f"exp/{name}", "net/width")
    said = "two settings have this name when they are flat: the second is 'net/width.1'"
    assert problem["problem"] == said


def test_a_key_that_comes_twice_is_told_by_its_line_in_the_report(folder: Path) -> None:
    Path("exp").mkdir()
    Path("exp/metrics.csv").write_text(LOG)
    Path("exp/config.yaml").write_text("lr: 0.1\nopt:\n  name: adam\n  name: sgd\nlr: 0.2\n")

    reports, served = convert("exp")

    assert settings(served["exp"]) == {"lr": 0.2, "opt/name": "sgd"}
    assert [(p["uri"], p["row"], p["problem"]) for p in reports["exp"]["problems"]] == [
        ("exp/config.yaml", 4, "key 'name' stands there twice; the last was kept"),
        ("exp/config.yaml", 5, "key 'lr' stands there twice; the last was kept"),
    ]


def test_the_dashboard_has_when_a_run_began_and_when_it_ended(folder: Path) -> None:
    Path("exp").mkdir()
    times = {"a": [1.7e9, 1.7e9 + 20, 1.7e9 + 90.5], "b": [1.7e9 + 30, 1.7e9 + 60, 1.7e9 + 45]}
    for name, of_run in times.items():
        rows = "".join(f"{step},{time},1\n" for step, time in enumerate(of_run))
        Path(f"exp/{name}.csv").write_text(f"step,wall_time,loss\n{rows}")
    Path("exp/config.json").write_text('{"lr": 0.1}')
    ingest("exp", logdir=Path("runs"))

    with TensorBoard(Path("runs")) as board:
        body = {
            "allowedStatuses": ["STATUS_SUCCESS"],
            "colParams": [{"hparam": "lr", "includeInResult": True}],
            "startIndex": 0,
            "sliceSize": 10,
        }
        answer = board.post("data/plugin/hparams/session_groups", body)

    sessions = {group["name"]: group["sessions"][0] for group in answer["sessionGroups"]}
    assert {name: (of["startTimeSecs"], of["endTimeSecs"]) for name, of in sessions.items()} == {
        name: (of_run[0], max(of_run)) for name, of_run in times.items()
    }


@pytest.mark.parametrize("name", ["config.json", "config.yaml"])
def test_what_has_nothing_in_it_is_a_setting_as_well(folder: Path, name: str) -> None:
    Path("exp").mkdir()
    Path("exp/log.csv").write_text(LOG)
    # JSON is YAML, too
    config = {"lr": 0.5, "extra": {}, "opt": {"names": [], "more": {"kwargs": {}}}}
    Path("exp", name).write_text(json.dumps(config))

    reports, served = convert("exp")

    assert settings(served["exp"]) == {
        "lr": 0.5,
        "extra": "{}",
        "opt/names": "[]",
        "opt/more/kwargs": "{}",
    }
    assert reports["exp"]["hparams"] == 4
