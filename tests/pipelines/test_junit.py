"""The XML that Jenkins and GitLab read."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.cli.ingest_outcome import outcome_of
from tbconvert.cli.junit import Case, junit, suite
from tbconvert.report import ProblemReport, Report, RequirementReport, RunReport

Command = Callable[..., Any]
SCALE = "--step-scale 1000 counts in thousandths, --step none numbers the rows"

ABOUT = {"message", "type"}
COUNTS = {"name", "tests", "failures", "errors"}

# Of each element what must be there, what may be there, and which elements may be in it: the
# part of Jenkins' schema (xunit-plugin, junit-10.xsd) that a report may use ...
JENKINS: dict[str, tuple[set[str], set[str], str]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, "(testsuite )*"),
    "testsuite": (
        COUNTS,
        {"time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        "((testcase|properties|system-out|system-err) )*",
    ),
    "testcase": (
        {"name"},
        {"classname", "time"},
        "((skipped|error|failure|system-out|system-err) )*",
    ),
    "failure": (set(), ABOUT, ""),
    "error": (set(), ABOUT, ""),
    "skipped": (set(), ABOUT, ""),
    "properties": (set(), set(), "(property )*"),
    "system-out": (set(), set(), ""),
    "system-err": (set(), set(), ""),
}
# ... and of Ant's (JUnit.xsd of Windy Road), in which all that is named has to be there
ANT = JENKINS | {
    "testsuites": (set(), set(), "(testsuite )*"),
    "testsuite": (
        COUNTS | {"time", "timestamp", "hostname", "id", "package"},
        {"skipped"},
        "properties (testcase )*system-out system-err ",
    ),
    "testcase": ({"name", "classname", "time"}, set(), "((skipped|error|failure) )?"),
    "failure": ({"type"}, {"message"}, ""),
    "error": ({"type"}, {"message"}, ""),
}
TYPES = {
    "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "time": r"[0-9]{0,3}(\.[0-9]*)?",  # of both: a decimal, and SUREFIRE_TIME below 1,000 s
    **dict.fromkeys(("tests", "failures", "errors", "skipped", "id"), "[0-9]+"),
    **dict.fromkeys(("hostname", "package", "classname", "type"), r"(?s).*\S.*"),
}


def checked(text: str) -> ElementTree.Element:
    """Return the suite of a text, which has to keep to the schema, and to count right."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for schema in (JENKINS, ANT):
        for element in root.iter():
            must, may, inside = schema[element.tag]
            assert must <= set(element.attrib) <= must | may
            assert re.fullmatch(inside, "".join(f"{child.tag} " for child in element))
    for element in root.iter():
        for name, value in element.attrib.items():
            assert re.fullmatch(TYPES.get(name, "(?s).*"), value), (name, value)
    (found,) = root
    assert found.attrib["name"]
    cases = found.findall("testcase")
    assert found.attrib["tests"] == str(len(cases))
    for name, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        assert found.attrib[name] == str(sum(case.find(tag) is not None for case in cases))
    # GitLab takes one outcome of a case
    for case in cases:
        assert sum(case.find(tag) is not None for tag in ("failure", "error", "skipped")) <= 1
    return found


def outcomes(found: ElementTree.Element) -> dict[str, tuple[str, str]]:
    said = {}
    for case in found.iter("testcase"):
        (outcome,) = list(case) or [None]
        text = "" if outcome is None else outcome.text or ""
        said[case.attrib["name"]] = ("passed" if outcome is None else outcome.tag, text)
    return said


@pytest.mark.usefixtures("folder")
def test_each_run_is_a_case(tbconvert: Command) -> None:
    Path("void.csv").write_text("step,loss\n0,\n")

    done = tbconvert(
        *("ingest", "good.csv", "bad.csv", "broken.csv", "void.csv", "gone.csv"),
        *("--logdir", "runs", "--junit", "report.xml", "--fail-on", "nan", "-q"),
        *("--require", "val/acc last > 0.5", "--require", "f1 last > 0"),
    )

    assert done.status == 1
    found = checked(Path("report.xml").read_text())
    scale = "column 'step': got 0.5, wanted a whole number as step; " + SCALE
    assert outcomes(found) == {
        "good": ("passed", ""),
        "bad": ("failure", "--fail-on nan: 1 point of run 'bad' is nan or infinite"),
        "broken": ("error", f"broken.csv:2: {scale}"),
        "void": ("skipped", "it has no point"),
        "gone.csv": ("error", "gone.csv: no such file or directory"),
        "--require 'f1 last > 0'": (
            "failure",
            "no scalar of 2 runs is called 'f1'; there is 'loss', 'val/acc'",
        ),
    }
    assert found.findtext("system-out") == (
        "bad: bad.csv:3: column 'loss': got 'oops', wanted a number; the cell was left out\n"
        "void: void.csv: there are no points in it; nothing was written"
    )
    wrong = found.find("testcase[@name='bad']/failure")
    assert wrong is not None
    assert wrong.attrib["type"] == "--fail-on nan"


@given(st.text(), st.text(), st.text())
def test_no_name_breaks_it(name: str, reason: str, said: str) -> None:
    found = checked(suite("s", [Case(name, "failure", (reason,), (said,))], 0.0))

    (case,) = found.iter("testcase")
    legible = re.sub(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", name)
    assert case.attrib["name"] == legible
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "".join(found.itertext()))


def test_it_can_be_written_whatever_the_name() -> None:
    text = suite("s", [Case("\udcff\x1b[31m\ufffe<&>", "error", ("]]>\x00",))], 1.5)

    assert [case.attrib["name"] for case in checked(text).iter("testcase")] == ["[31m<&>"]
    assert text.encode()


PROBLEM = ProblemReport("a.csv", 3, None, "got that", "do this")
UNMET = RequirementReport("a last > 1", "r", "a", 0.5, False, "last of 'a' is 0.5")
REPORTS = {
    "written": Report("runs", (RunReport("r", "written", problems=(PROBLEM,)),)),
    "unchanged": Report("runs", (RunReport("r", "unchanged"),)),
    "failed": Report("runs", (RunReport("r", "failed", problems=(PROBLEM,)),)),
    "failed for no reason": Report("runs", (RunReport("r", "failed"),)),
    "one of two failed": Report("runs", (RunReport("r", "written"), RunReport("s", "failed"))),
    "empty": Report("runs", (RunReport("r", "empty"),)),
    "empty beside another": Report("runs", (RunReport("r", "empty"), RunReport("s", "written"))),
    "nothing": Report("runs", ()),
    "a shard of nothing": Report("runs", (), shard="1/2"),
    "interrupted": Report("runs", (RunReport("r", "written"),), interrupted=True),
    "interrupted at once": Report("runs", (), interrupted=True),
    "unmet": Report("runs", (RunReport("r", "written"),), requirements=(UNMET,)),
    "nan": Report("runs", (RunReport("r", "written", non_finite=2),), failed_on=("nan",)),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_something_fails_if_and_only_if_the_status_says_so(report: Report) -> None:
    found = checked(junit(outcome_of(report)))

    is_bad = found.attrib["failures"] != "0" or found.attrib["errors"] != "0"
    assert is_bad == (report.exit_status() != 0)


def test_many_problems_are_not_all_there() -> None:
    report = Report("runs", (RunReport("r", "written", problems=(PROBLEM,) * 12),))

    (said,) = checked(junit(outcome_of(report))).iter("system-out")

    assert said.text == "r: a.csv:3: got that; do this\n" * 10 + "r: and 2 more"


def test_when_and_where() -> None:
    before = time.time()

    found = checked(suite("tbconvert check", [], 2.5))

    stamp = datetime.fromisoformat(found.attrib["timestamp"] + "+00:00").timestamp()
    assert int(before) <= stamp <= time.time()
    assert (found.attrib["time"], found.attrib["package"]) == ("2.500", "tbconvert.check")
    assert found.attrib["hostname"] == (platform.node() or "localhost")
