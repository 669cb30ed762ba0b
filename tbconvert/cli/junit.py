"""A report as a suite of tests in the XML that came from JUnit: each run is a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from tbconvert.cli.faults import Fault, faults
from tbconvert.cli.show import failed_input, problem_line
from tbconvert.report import Report, RunReport

_SAID = 10
"""Problems of a run that stand beside its case."""

_NO_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no sign for, and what commands a terminal."""

Outcome = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: ``reasons`` say why it did not pass, ``said`` what else there is to say."""

    name: str
    outcome: Outcome = "passed"
    reasons: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def junit(report: Report) -> str:
    """Return the XML of a report: a failure or an error stands in it unless the status is 0."""
    of_run: dict[int, list[Fault]] = {}
    of_none: list[Fault] = []
    for fault in faults(report):
        if fault.run is None:
            of_none.append(fault)
        else:
            of_run.setdefault(id(fault.run), []).append(fault)
    cases = [_case(run, of_run.get(id(run), [])) for run in report.runs]
    for fault in of_none:
        outcome: Outcome = "failure" if fault.why.startswith("--") else "error"
        cases.append(Case(fault.why, outcome, (fault.said,)))
    return suite("tbconvert ingest", cases, report.seconds)


def _case(run: RunReport, wrong: Sequence[Fault]) -> Case:
    uris = [problem.uri for problem in run.problems]
    name = failed_input(run.run, run.status, uris) or run.run
    if run.status == "failed":
        reasons = [problem_line(problem) for problem in run.problems] or ["it failed"]
        others = (f"{one.why}: {one.said}" for one in wrong if one.why != "failed")
        return Case(name, "error", (*reasons, *others))
    said = tuple(problem_line(problem) for problem in run.problems[:_SAID])
    if more := len(run.problems) - len(said):
        said = (*said, f"and {more:,} more")
    if wrong:
        return Case(name, "failure", tuple(f"{one.why}: {one.said}" for one in wrong), said)
    if run.status == "empty":
        return Case(name, "skipped", ("it has no point",), said)
    return Case(name, said=said)


def suite(name: str, cases: Sequence[Case], seconds: float) -> str:
    """Return the XML of some tests, as Jenkins and GitLab read it."""
    counts = {
        attribute: str(sum(case.outcome == outcome for case in cases))
        for attribute, outcome in _COUNTED.items()
    }
    about = {"name": name, "tests": str(len(cases)), **counts, "time": f"{seconds:.3f}"}
    root = ElementTree.Element("testsuites")
    parent = ElementTree.SubElement(root, "testsuite", about)
    for case in cases:
        one = ElementTree.SubElement(
            parent, "testcase", {"classname": name.replace(" ", "."), "name": _legible(case.name)}
        )
        if case.outcome != "passed":
            reasons = [_legible(reason) for reason in case.reasons]
            wrong = ElementTree.SubElement(one, case.outcome, {"message": reasons[0]})
            wrong.text = "\n".join(reasons)
        if case.said:
            ElementTree.SubElement(one, "system-out").text = _legible("\n".join(case.said))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _legible(text: str) -> str:
    return _NO_XML.sub("", text)
