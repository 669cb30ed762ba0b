"""The page of a job, as somebody else's Markdown shows it."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markdown import markdown

from tbconvert.cli.ingest_outcome import outcome_of
from tbconvert.cli.markdown import Page, cell, number
from tbconvert.cli.outcome import Outcome
from tbconvert.figures import Figures
from tbconvert.report import ProblemReport, Report, RunReport

Command = Callable[..., Any]


class Shown(HTMLParser):
    """What stands in the cells of a table, in the items of a list, and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.items: list[str] = []
        self.tags: set[str] = set()
        self._into: list[str] | None = None
        self.feed(markdown(text, extensions=["tables"]))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th", "li"):
            self._into = self.items if tag == "li" else self.rows[-1]
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "li"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def figures(*values: float) -> Figures:
    made = Figures()
    made.add(np.arange(len(values)), np.float32(values))
    return made


def outcome_with(*runs: str, problems: tuple[ProblemReport, ...] = ()) -> Outcome:
    made = tuple(RunReport(run, "written", problems=problems) for run in runs)
    return outcome_of(Report("runs", made))


def page_of(outcome: Outcome, tags: dict[str, Figures], damage: tuple[str, ...] = ()) -> Page:
    """Return a page for which each run was found to have the same tags."""
    page = Page(outcome)
    for run in outcome.runs:
        page.look(run, tags, damage)
    return page


PLAIN_TAGS = {"h3", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.usefixtures("folder")
def test_it_shows_runs_last_values_and_curves(tbconvert: Command) -> None:
    done = tbconvert(
        *("ingest", "good.csv", "bad.csv", "broken.csv", "--logdir", "runs"),
        *("--markdown", "page.md", "--require", "val/acc last > 0.95"),
    )

    assert done.status == 1
    text = Path("page.md").read_text()
    shown = Shown(text)
    assert text.startswith("### tbconvert ingest: 2 written, 1 failed of 3 runs, 9 points, ")
    assert shown.rows == [
        ["run", "tag", "points", "last", "min", "max", "curve"],
        ["good", "loss", "3", "0.25", "0.25", "1", "█▃▁"],
        ["good", "val/acc", "3", "0.9", "0.1", "0.9", "▁▇█"],
        ["bad", "loss", "3", "0.5", "0.5", "1", "█·▁ 1 not finite"],
    ]
    unmet = "last of 'val/acc' in run 'good' is 0.9, at step 10"
    scale = "--step-scale 1000 counts in thousandths, --step none numbers the rows"
    assert shown.items == [
        f"--require 'val/acc last > 0.95': {unmet}",
        f"failed: broken.csv:2: column 'step': got 0.5, wanted a whole number as step; {scale}",
        "bad.csv:3: column 'loss': got 'oops', wanted a number; the cell was left out",
    ]
    assert "requirements that hold: 0 of 1" in text
    assert shown.tags <= PLAIN_TAGS


@pytest.mark.parametrize(
    "odd",
    [
        *("a|b", "<b>x</b>", "a&amp;b", "`x`", "*x*", "_x_ __y__", "[x](y)", "![x](y)", "~~x~~"),
        *(
            "<!-- x",
            "</td>",
            "# x",
            "a_b",
            r"a\b",
            "- x",
            r"\|",
            "<script>alert(1)</script>",
            "$x$",
            "@x",
        ),
    ],
)
def test_names_are_shown_as_they_are(odd: str) -> None:
    outcome = outcome_with(odd, problems=(ProblemReport(odd, None, None, odd, ""),))

    shown = Shown(page_of(outcome, {odd: figures(1.0)}).text(outcome))

    assert shown.rows[1][:2] == [odd, odd]
    assert shown.items == [f"{odd}: {odd}"]
    assert shown.tags <= PLAIN_TAGS - {"strong"}


def test_what_commands_a_terminal_or_ends_a_row_is_a_blank() -> None:
    assert cell("a\nb\x1b[31m\u202ec") == r"a b \[31m c"
    assert cell("x" * 1000) == "x" * 399 + "…"


def test_gaps_in_a_curve_are_seen() -> None:
    outcome = outcome_with("r")
    tags = {"loss": figures(1.0, float("nan"), 2.0), "dead": figures(float("nan"))}

    _, loss, dead = Shown(page_of(outcome, tags).text(outcome)).rows

    assert loss[2:] == ["3", "2", "1", "2", "▁·█ 1 not finite"]
    assert dead[2:] == ["1", "nan", "nan", "nan", "· 1 not finite"]


def test_long_lists_say_how_much_more_there_is() -> None:
    problems = tuple(ProblemReport("a.csv", row, None, "got that", "") for row in range(60))
    names = [f"r{number:03}" for number in range(130)]
    outcome = outcome_with(*names, problems=problems)
    page = page_of(outcome, dict.fromkeys((f"t{number}" for number in range(25)), figures(1.0)))

    text = page.text(outcome)

    shown = Shown(text)
    assert len(shown.rows) == 1 + 100 * 21
    assert shown.rows[21][:2] == ["r000", "and 5 more tags"]
    assert shown.rows[-1][0] == "r099"
    assert "\nand 30 more runs\n" in text
    assert len(shown.items) == 51
    assert shown.items[-1] == "and 7,750 more"
    assert [page.wants(run) for run in outcome.runs] == [True] * 100 + [False] * 30


def test_runs_with_something_wrong_have_room_before_others() -> None:
    names = [f"r{number:03}" for number in range(130)]
    bad = {"r110", "r129"}
    runs = tuple(RunReport(name, "written", non_finite=int(name in bad)) for name in names)
    outcome = outcome_of(Report("runs", runs, failed_on=("nan",)))

    rows = Shown(page_of(outcome, {"loss": figures(1.0)}).text(outcome)).rows[1:]

    assert [row[0] for row in rows] == [*names[:98], *sorted(bad)]


@pytest.mark.parametrize("already", [0, 900_000, 999_990])
def test_it_is_never_longer_than_github_takes(already: int) -> None:
    odd = "&" * 400
    problem = ProblemReport(odd, 1, odd, odd, odd)
    outcome = outcome_with(*(f"{place}{odd}" for place in range(100)), problems=(problem,))
    tags = {f"{tag}{odd}": figures(1.0) for tag in range(20)}

    text = page_of(outcome, tags).text(outcome, already)

    assert len(text.encode()) + already <= 1_000_000
    if already < 999_000:
        assert " more rows |" in text
        assert text.count("| run |") == 1


def test_damage_is_on_it() -> None:
    outcome = outcome_with("r")

    page = page_of(outcome, {}, ("runs/r/x: record 3 is cut off",))

    rows = Shown(page.text(outcome)).rows

    assert [row[:2] for row in rows[1:]] == [
        ["r", "no scalars"],
        ["r", "damaged: runs/r/x: record 3 is cut off"],
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [(1.0, "1"), (123456.0, "123,456"), (0.123456, "0.1235"), (1e-9, "1e-09"), (2e6, "2e+06")],
)
def test_numbers_are_short(given: float, said: str) -> None:
    assert number(given) == said
