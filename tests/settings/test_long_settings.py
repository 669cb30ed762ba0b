"""Settings and texts that stand beside the values of a long table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from settings.converted import convert, convert_blocks, settings, texts

ONE_VALUE = "has one value in all rows"


@pytest.mark.parametrize(
    ("column", "cells", "asked", "wanted", "said"),
    [
        ("opt", ["adam"] * 3, "hparams", {"opt": "adam"}, f"{ONE_VALUE}: taken for settings"),
        ("opt", ["adam"] * 3, "drop", {}, f"{ONE_VALUE}: left out, as --constants drop asks"),
        ("config/lr", [0.5] * 3, "hparams", {"config/lr": 0.5}, None),
        ("config/lr", [0.5] * 3, "drop", {}, None),
    ],
)
def test_a_constant_beside_the_values_of_a_long_table_is_as_in_a_wide_one(
    folder: Path, column: str, cells: list[object], asked: str, wanted: dict[str, Any], said: str
) -> None:
    lines = zip(["1,loss,3", "1,acc,1", "2,acc,2"], cells, strict=True)
    rows = "".join(f"{line},{cell}\n" for line, cell in lines)
    Path("a.csv").write_text(f"step,tag,value,{column}\n{rows}")

    reports, served = convert("a.csv", "--constants", asked)

    assert settings(served["a"]) == wanted
    assert served["a"].keys() - {"_hparams_/session_start_info", "_hparams_/session_end_info"} == {
        "loss",
        "acc",
    }
    told = [one["problem"] for one in reports["a"]["problems"] if ONE_VALUE in one["problem"]]
    assert told == ([] if said is None else [f"column {column!r} {said}"])
    assert reports["a"]["rejected"] == 0


@pytest.mark.parametrize(
    ("cells", "asked"), [(["adam"] * 3, "scalars"), (["adam", "sgd", "adam"], "hparams")]
)
def test_texts_beside_the_values_of_a_long_table_are_texts(
    folder: Path, cells: list[str], asked: str
) -> None:
    one, two, three = cells
    Path("a.csv").write_text(
        f"step,tag,value,opt\n1,loss,3,{one}\n1,acc,1,{two}\n2,acc,2,{three}\n"
    )

    reports, served = convert("a.csv", "--constants", asked)

    assert texts(served["a"], "loss/opt") == [(1, one)]
    assert texts(served["a"], "acc/opt") == [(1, two), (2, three)]
    assert settings(served["a"]) == {}
    assert reports["a"]["texts"] == {"tags": 2, "points": 3}
    assert (reports["a"]["missing"], reports["a"]["rejected"]) == (0, 0)


@pytest.mark.parametrize(
    ("last", "asked", "curve"), [(0.5, "scalars", [0.5, 0.5]), (0.25, "hparams", [0.5, 0.25])]
)
def test_numbers_named_like_settings_in_a_long_table_may_be_curves(
    folder: Path, last: float, asked: str, curve: list[float]
) -> None:
    Path("a.csv").write_text(
        f"step,tag,value,config/lr\n1,loss,3,0.5\n1,acc,1,0.5\n2,acc,2,{last}\n"
    )

    _, served = convert("a.csv", "--constants", asked)

    assert settings(served["a"]) == {}
    assert served["a"]["loss/config/lr"].values.tolist() == [0.5]
    assert served["a"]["acc/config/lr"].values.tolist() == curve


def test_a_name_that_is_excluded_is_no_setting_of_a_long_table(folder: Path) -> None:
    Path("a.csv").write_text("step,tag,value,opt\n1,loss,3,adam\n1,acc,1,adam\n2,acc,2,adam\n")

    _, served = convert("a.csv", "--exclude", "opt")

    assert settings(served["a"]) == {}


@pytest.mark.usefixtures("few")
def test_a_text_that_changes_late_is_a_text_of_each_tag(folder: Path) -> None:
    rows = [f"{n // 2},{'ab'[n % 2]},1.0,{'x' if n < 39 else 'y'},h\n" for n in range(40)]

    run, served = convert_blocks("step,tag,value,note,host\n", rows)

    assert texts(served, "a/note") == [(step, "x") for step in range(20)]
    assert texts(served, "b/note") == [(step, "y" if step == 19 else "x") for step in range(20)]
    assert settings(served) == {"host": "h"}
    assert run.scalars.points == 40
