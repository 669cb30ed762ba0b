"""What ``--require`` says, and whether a number is like that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from tbconvert.errors import UsageError
from tbconvert.requirements import Judgement, Requirement, parse_requirement

NAN, INF = math.nan, math.inf


@dataclass
class Given:
    """Figures as a test says them."""

    last: float = 1.0
    min: float = 1.0
    max: float = 1.0
    mean: float = 1.0
    points: int = 3
    finite: int = 3
    last_step: int = 7


# ------------------------------------------------------------------------------ what it says


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("val/acc last >= 0.9", ("val/acc", "last", ">=", 0.9)),
        ("  val/acc   last>=.9 ", ("val/acc", "last", ">=", 0.9)),
        ("val/* max < 1e-3", ("val/*", "max", "<", 0.001)),
        ("a tag of words mean == -2", ("a tag of words", "mean", "==", -2.0)),
        ("acc@k=5 min != 0", ("acc@k=5", "min", "!=", 0.0)),
        ("a>=b last <= inf", ("a>=b", "last", "<=", INF)),
        ("last last > 0", ("last", "last", ">", 0.0)),
        ("Genauigkeit\tlast > 0", ("Genauigkeit", "last", ">", 0.0)),
    ],
)
def test_what_is_asked_for(text: str, wanted: tuple[str, str, str, float]) -> None:
    got = parse_requirement(text)

    assert (got.glob, got.figure, got.sign, got.number) == wanted
    assert got.text == text


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "got no comparison, wanted a comparison, one of >=, <=, >, <, ==, !=, and"),
        ("val/acc last", 12, "got no comparison"),
        ("val/acc last 0.9", 16, "got no comparison"),
        ("val/acc lats > 1", 8, "got 'lats', wanted last, min, max or mean; did you mean 'last'?"),
        ("val/acc Mean > 1", 8, "got 'Mean', wanted last, min, max or mean; did you mean 'mean'?"),
        ("val/acc final > 1", 8, "got 'final', wanted last, min, max or mean"),
        ("val/acc > 1", 0, "got 'val/acc' alone, wanted a tag, and then last, min, max or mean"),
        ("> 1", 0, "got '', wanted a tag, and then last, min, max or mean"),
        ("last > 1", 0, "got no tag, wanted one before 'last'"),
        ("val/acc last = 1", 13, "got '=', wanted >=, <=, >, <, == or !=; did you mean '=='?"),
        ("val/acc last => 1", 13, "got '=>', wanted >=, <=, >, <, == or !=; did you mean '>='?"),
        ("val/acc last ≥ 1", 13, "got '≥', wanted >=, <=, >, <, == or !=; did you mean '>='?"),
        ("val/acc last >>> 1", 13, "got '>>>', wanted >=, <=, >, <, == or !="),
        ("val/acc last >= 90%", 16, "got '90%', wanted a number to compare with, as 0.9"),
        ("val/acc last >= 0,9", 16, "got '0,9', wanted a number"),
        ("val/acc last >=", 15, "got '', wanted a number to compare with, as 0.9"),
        ("loss last != nan", 13, "got 'nan', wanted a number to compare with, as 0.9; --fail-on"),
        ("a last > 1 and b last > 1", 0, ""),
    ],
)
def test_what_cannot_be_understood_is_shown_where(text: str, at: int, said: str) -> None:
    if not said:  # the tag may be anything
        assert parse_requirement(text).glob == "a last > 1 and b"
        return

    with pytest.raises(UsageError) as caught:
        parse_requirement(text)

    message, shown, mark = str(caught.value).split("\n")
    assert message.startswith(said)
    assert shown == "  " + text
    assert mark == "  " + " " * at + "^"
    assert caught.value.option == "require"


def test_a_requirement_of_several_lines_is_shown_in_one() -> None:
    with pytest.raises(UsageError, match="wanted last, min, max or mean") as caught:
        parse_requirement("a\nb lost\t> 1")

    assert str(caught.value).split("\n")[1:] == ["  a b lost > 1", "      ^"]


# ---------------------------------------------------------------------------- whether it holds


@pytest.mark.parametrize(
    ("asked", "got", "holds"),
    [
        (">= 0.9", 0.8999999761581421, True),  # float32(0.9): what the log has
        ("> 0.9", 0.8999999761581421, False),
        ("== 0.9", 0.8999999761581421, True),
        (">= 0.9", 0.8999999165534973, False),  # the float32 before that
        ("<= 0.1", 0.10000000149011612, True),
        ("< 1e39", 3e38, True),  # 1e39 is none of float32's numbers
        ("> -1e39", -3e38, True),
        ("!= 1", 1.0, False),
        ("!= 1", NAN, False),
        (">= 0", NAN, False),
        ("< 10", INF, False),
        ("> 0", INF, True),
        ("> 0", -INF, False),
    ],
)
def test_numbers_are_compared_as_float32(asked: str, got: float, holds: bool) -> None:
    assert parse_requirement(f"t last {asked}").holds(got) is holds


def judged(*texts: str, **runs: dict[str, Given]) -> list[tuple[str | None, str | None, bool, str]]:
    judgement = Judgement([parse_requirement(text) for text in texts])
    for run, tags in runs.items():
        judgement.look(run, tags)
    return [(one.run, one.tag, one.ok, one.problem) for one in judgement.reports()]


def test_every_run_and_every_tag_is_judged() -> None:
    runs = {
        "a": {"val/acc": Given(last=0.5), "val/f1": Given(last=2.0), "loss": Given()},
        "b": {"val/acc": Given(last=1.5)},
    }

    assert judged("val/* last > 1", **runs) == [
        ("a", "val/acc", False, "last of 'val/acc' in run 'a' is 0.5, at step 7"),
        ("a", "val/f1", True, ""),
        ("b", "val/acc", True, ""),
    ]


@pytest.mark.parametrize(
    ("asked", "figures", "said"),
    [
        ("t last > 1", Given(last=NAN), "last of 't' in run 'r' is nan, at step 7"),
        ("t last < 1", Given(last=INF), "last of 't' in run 'r' is inf, at step 7"),
        ("t min > 1", Given(min=0.1), "min of 't' in run 'r' is 0.1"),
        ("t min > 1", Given(min=NAN, finite=0), "min of 't' in run 'r': none of 3 points is"),
        (
            "t max < 1",
            Given(max=2.5, finite=2),
            "max of 't' in run 'r' is 2.5, of the 2 points of 3",
        ),
        ("t mean < 1", Given(mean=1234567.0), "mean of 't' in run 'r' is 1234567"),
    ],
)
def test_a_line_says_what_was_got(asked: str, figures: Given, said: str) -> None:
    ((_, _, ok, problem),) = judged(asked, r={"t": figures})

    assert not ok
    assert problem.startswith(said)


@pytest.mark.parametrize(
    ("glob", "said"),
    [
        ("val/acuracy", "; did you mean 'val/accuracy'?"),
        ("VAL/ACCURACY", "; did you mean 'val/accuracy'?"),
        ("accuracy", "; did you mean 'val/accuracy'?"),
        ("test/accuracy*", "; did you mean 'val/accuracy'?"),
        ("zzz", "; there is 'loss', 'val/accuracy', 'Lr'"),
        ("lr", "; did you mean 'Lr'?"),
    ],
)
def test_what_no_tag_is_called_fails_with_the_nearest(glob: str, said: str) -> None:
    tags = {"loss": Given(), "val/accuracy": Given(), "Lr": Given()}

    assert judged(f"{glob} last > 1", r=tags) == [
        (None, None, False, f"no scalar of the run is called {glob!r}{said}")
    ]


def test_what_a_few_runs_have_is_asked_of_those() -> None:
    assert judged("acc last > 0", a={"acc": Given()}, b={"loss": Given()}) == [
        ("a", "acc", True, "")
    ]


def test_many_tags_are_not_all_named() -> None:
    tags = {f"{number}{number}{number}": Given() for number in range(1, 9)}

    ((*_, problem),) = judged("zz last > 1", r=tags)

    assert problem.endswith("there is '111', '222', '333', '444', '555' and 3 more")


def test_a_run_without_scalars() -> None:
    ((*_, problem),) = judged("zz last > 1", r={}, s={})

    assert problem == "no scalar of 2 runs is called 'zz'; there are none"


def test_nothing_holds_of_a_run_that_cannot_be_read() -> None:
    judgement = Judgement([parse_requirement("t last > 0")])
    judgement.look("r", {"t": Given()}, ("runs/r/x: record 3 is cut off",))

    (one,) = judgement.reports()

    assert (one.run, one.tag, one.ok) == ("r", None, False)
    assert one.problem == "run 'r' cannot be read back: runs/r/x: record 3 is cut off"


def test_brackets_may_stand_for_themselves() -> None:
    assert Requirement("", "acc[top5]", "last", ">", 0.0).is_of("acc[top5]")
    assert Requirement("", "acc[0-9]", "last", ">", 0.0).is_of("acc5")
    assert not Requirement("", "acc", "last", ">", 0.0).is_of("Acc")


@pytest.mark.parametrize(
    ("given", "got"),
    [(0.8999999761581421, 0.9), (16777216.0, 16777216.0), (-0.0, 0.0), (NAN, None), (INF, None)],
)
def test_the_number_is_told_in_as_few_digits_as_it_has(given: float, got: float | None) -> None:
    judgement = Judgement([parse_requirement("t last > 0")])
    judgement.look("r", {"t": Given(last=given)})

    (one,) = judgement.reports()

    assert one.got == got
