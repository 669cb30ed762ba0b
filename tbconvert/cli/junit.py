"""An outcome as a suite of tests in the XML that came from JUnit: each run is a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from tbconvert.cli.outcome import Fault, Outcome, RunOutcome

_SAID = 10
"""Lines about a run that stand beside its case."""

_NO_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no sign for, and what commands a terminal."""

Result = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: ``reasons`` say why it did not pass, ``said`` what else there is to say."""

    name: str
    result: Result = "passed"
    reasons: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def junit(outcome: Outcome) -> str:
    """Return the XML of an outcome: a failure or an error stands in it unless the status is 0."""
    of_run: dict[int | None, list[Fault]] = {}
    for fault in outcome.faults:
        of_run.setdefault(fault.run, []).append(fault)
    cases = [_case(run, of_run.get(place, [])) for place, run in enumerate(outcome.runs)]
    cases += map(_case_of_none, of_run.get(None, []))
    return suite(f"tbconvert {outcome.command}", cases, outcome.seconds)


def _case(run: RunOutcome, wrong: Sequence[Fault]) -> Case:
    lines = (*(note.text for note in run.warnings), *run.details)
    more = len(lines) - _SAID
    said = (*lines[:_SAID], f"and {more:,} more") if more > 0 else lines
    # what is wrong by itself comes before what was asked for
    reasons = tuple(map(_reason, sorted(wrong, key=lambda fault: fault.is_asked)))
    if reasons:
        return Case(run.name, "error" if run.is_error else "failure", reasons, said)
    if run.skipped:
        return Case(run.name, "skipped", (run.skipped,), said)
    return Case(run.name, said=said)


def _case_of_none(fault: Fault) -> Case:
    return Case(fault.why, "failure" if fault.is_asked else "error", (fault.note.text,))


def _reason(fault: Fault) -> str:
    return f"{fault.why}: {fault.note.text}" if fault.is_asked else fault.note.text


def suite(name: str, cases: Sequence[Case], seconds: float) -> str:
    """Return the XML of some tests, as Jenkins and GitLab read it."""
    counts = {
        attribute: str(sum(case.result == result for case in cases))
        for attribute, result in _COUNTED.items()
    }
    about = {"name": name, "tests": str(len(cases)), **counts, "time": f"{seconds:.3f}"}
    root = ElementTree.Element("testsuites")
    parent = ElementTree.SubElement(root, "testsuite", about)
    for case in cases:
        one = ElementTree.SubElement(
            parent, "testcase", {"classname": name.replace(" ", "."), "name": _legible(case.name)}
        )
        if case.result != "passed":
            reasons = [_legible(reason) for reason in case.reasons]
            wrong = ElementTree.SubElement(one, case.result, {"message": reasons[0]})
            wrong.text = "\n".join(reasons)
        if case.said:
            ElementTree.SubElement(one, "system-out").text = _legible("\n".join(case.said))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _legible(text: str) -> str:
    return _NO_XML.sub("", text)
