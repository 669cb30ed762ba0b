"""An outcome as a suite of tests in the XML that came from JUnit: each run is a case."""

from __future__ import annotations

import platform
import re
import time
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
    """One test: ``reasons`` say why it did not pass, ``said`` what else there is to say.

    ``kind`` is a word for the first reason.
    """

    name: str
    result: Result = "passed"
    reasons: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    kind: str = ""


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
    wrong = sorted(wrong, key=lambda fault: fault.is_asked)
    if wrong:
        result: Result = "error" if run.is_error else "failure"
        return Case(run.name, result, tuple(map(_reason, wrong)), said, wrong[0].why)
    if run.skipped:
        return Case(run.name, "skipped", (run.skipped,), said)
    return Case(run.name, said=said)


def _case_of_none(fault: Fault) -> Case:
    result: Result = "failure" if fault.is_asked else "error"
    return Case(fault.why, result, (fault.note.text,), kind=fault.why)


def _reason(fault: Fault) -> str:
    return f"{fault.why}: {fault.note.text}" if fault.is_asked else fault.note.text


def suite(name: str, cases: Sequence[Case], seconds: float) -> str:
    """Return the XML of some tests, by the schemas of Jenkins and of Ant.

    Ant's asks for the time of each test, and has no place for what is said beside one.
    """
    classname = name.replace(" ", ".")
    counts = {
        attribute: str(sum(case.result == result for case in cases))
        for attribute, result in _COUNTED.items()
    }
    about = {
        "name": name,
        "package": classname,
        "id": "0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "hostname": _legible(platform.node()) or "localhost",
        "tests": str(len(cases)),
        **counts,
        "time": f"{seconds:.3f}",
    }
    root = ElementTree.Element("testsuites")
    parent = ElementTree.SubElement(root, "testsuite", about)
    ElementTree.SubElement(parent, "properties")
    for case in cases:
        one = ElementTree.SubElement(
            parent,
            "testcase",
            # nobody measures a run by itself
            {"classname": classname, "name": _legible(case.name), "time": "0"},
        )
        if case.result != "passed":
            reasons = [_legible(reason) for reason in case.reasons]
            why = {"type": _legible(case.kind) or case.result, "message": reasons[0]}
            wrong = ElementTree.SubElement(one, case.result, why)
            wrong.text = "\n".join(reasons)
    said = [f"{case.name}: {line}" for case in cases for line in case.said]
    ElementTree.SubElement(parent, "system-out").text = _legible("\n".join(said))
    ElementTree.SubElement(parent, "system-err")
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _legible(text: str) -> str:
    return _NO_XML.sub("", text)
