"""One folder of a logdir → what it holds, beside what its ledger says that it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tbconvert import storage
from tbconvert.checking.comparison import compare
from tbconvert.checking.logdir import Folder, is_newer, read_ledger
from tbconvert.checking.reading import Contents, contents_of
from tbconvert.checking.verdict import (
    AGAIN,
    Difference,
    Finding,
    RunVerdict,
    Status,
    of_fault,
    of_lost_worker,
    of_serving,
    of_unreadable,
    worst,
)
from tbconvert.digests import Told
from tbconvert.serving import Examination, counted
from tbconvert.storage import LEDGER_NAME
from tbconvert.write.ledger import Entry, Ledger

_ANEW = f"remove it and {AGAIN}"
"""What mends a run whose event file is another one: its log is not, so it would count as done."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a folder; ``told`` has the digests of each of its event files by name.

    There is no verdict where it is no run, but only has the ledger of other ones.
    """

    run: str
    verdict: RunVerdict | None
    told: Mapping[str, Told]


def look(folder: Folder, access: Mapping[str, Mapping[str, str]]) -> Looked:
    """Read all event files of a folder, and compare them with its ledger.

    Whatever goes wrong ends in the verdict, so that it ends no other. ``access`` is what was
    said of stores.
    """
    try:
        storage.tell_access(access)
        return _looked(folder)
    except Exception as err:
        return _unlooked(folder, of_fault(err))


def lost_folder(folder: Folder, error: Exception) -> Looked:
    """Return what comes of a folder whose process died."""
    return _unlooked(folder, of_lost_worker(error))


def _unlooked(folder: Folder, finding: Finding) -> Looked:
    verdict = RunVerdict(folder.run, "unreadable", folder.names, findings=(finding,))
    return Looked(folder.run, verdict, {})


def _looked(folder: Folder) -> Looked:
    examination = Examination()
    read: dict[str, Contents] = {}
    for name in folder.names:
        examination.begin_file(name)
        read[name] = contents_of(name, folder.file(name), examination.see)
        if read[name].failed:
            examination.drop_file()
    ledger, damage = read_ledger(folder)
    beside = _Beside(folder, ledger or Ledger(), read)
    findings = [damage] if damage else []
    findings += beside.findings
    findings += map(of_serving, examination.findings())
    statuses: list[Status] = ["unreadable"] if damage else []
    contents = read.values()
    verdict = RunVerdict(
        folder.run,
        worst(*statuses, *beside.statuses),
        folder.names,
        tags=len(set().union(*(one.tags for one in contents))),
        points=sum(one.points for one in contents),
        findings=tuple(findings),
        differences=tuple(beside.differences),
        sources=beside.sources,
    )
    is_run = folder.names or verdict.status != "same"
    told = {one.name: one.told for one in contents}
    return Looked(folder.run, verdict if is_run else None, told)


class _Beside:
    """The event files of a folder beside its ledger: statuses, findings, differences."""

    def __init__(self, folder: Folder, ledger: Ledger, read: Mapping[str, Contents]) -> None:
        self.statuses: list[Status] = []
        self.findings: list[Finding] = []
        self.differences: list[Difference] = []
        self._folder = folder
        entries = [entry for entry in ledger.entries if folder.run in entry.event_files]
        uris = (stamp.uri for entry in entries for stamp in entry.sources)
        self.sources = tuple(dict.fromkeys(uris))
        known = {entry.event_files[folder.run][0]: entry for entry in entries}
        for name, entry in known.items():
            if name not in read:
                self._add("missing", Finding("event-file-gone", "is gone", AGAIN, file=name))
            elif not read[name].failed:
                self._compare(read[name], entry)
        others = [run for entry in ledger.entries for run in entry.event_files]
        for contents in read.values():
            self._tell_reading(contents)
            if contents.name not in known:
                self._foreign(contents, others, has_others=bool(known))

    def _add(self, status: Status, *findings: Finding) -> None:
        self.statuses.append(status)
        self.findings += findings

    def _tell_reading(self, contents: Contents) -> None:
        name = contents.name
        if contents.grew:
            said = "grew while it was read: what came meanwhile was not looked at"
            cure = "check again when nobody writes to it"
            self.findings.append(Finding("growing", said, cure, "hint", name))
        if contents.failed:
            self._add("unreadable", of_unreadable(contents.failed, name))
        elif not contents.is_sound and not contents.grew:
            self._add("unreadable")  # where and why, the examination tells

    def _foreign(self, contents: Contents, runs: Sequence[str], *, has_others: bool) -> None:
        """Tell of a file that the ledger does not know, although it tells of some runs."""
        self.statuses.append("same" if has_others else "foreign")
        if has_others:
            said = "stands beside what tbconvert wrote, and was written by another program"
            self.findings.append(Finding("foreign", said, "", "hint", contents.name))
        elif runs:
            said = f"{LEDGER_NAME} beside it is of run {runs[0]!r}: they were not compared"
            cure = "check the logdir in which it has this name"
            self.findings.append(Finding("other-run", said, cure, "hint", contents.name))

    def _compare(self, contents: Contents, entry: Entry) -> None:
        run = self._folder.run
        if run not in entry.digests:
            self._count(contents, entry)
            return
        try:
            found = list(compare(entry.digests[run], contents.told, "ledger"))
        except ValueError:
            said = f"the digests in {LEDGER_NAME} are damaged"
            self._add("unreadable", Finding("ledger-damaged", said, AGAIN, file=contents.name))
            return
        self.differences += found
        if found:
            said = f"is not what was written: {_tags(len(found))} not as in {LEDGER_NAME}"
            self._add("differs", Finding("altered", said, _ANEW, file=contents.name))
        self.statuses.append("same")
        if found and is_newer(entry.tbconvert):
            said = f"was written by tbconvert {entry.tbconvert}, which is newer than this one"
            cure = "check it with that version"
            self.findings.append(Finding("ledger-newer", said, cure, "hint", contents.name))

    def _count(self, contents: Contents, entry: Entry) -> None:
        """Compare with a ledger that has no digests yet."""
        said = "its ledger, of an older tbconvert, has no digests: points were only counted"
        self.findings.append(Finding("no-digests", said, AGAIN, "hint", contents.name))
        report = entry.report.get(self._folder.run, {})
        for kind, of_report in _COUNTED.items():
            got = sum(count for count, _ in contents.told.get(kind, {}).values())
            wanted = _points(report, of_report)
            if wanted not in (None, got):
                wrong = f"has {counted(got, 'point')} of {of_report}, and its ledger {wanted:,}"
                self._add("differs", Finding("counts", wrong, _ANEW, file=contents.name))
        self.statuses.append("same")


def _tags(count: int) -> str:
    return "1 tag is" if count == 1 else f"{count:,} tags are"


_COUNTED = {"scalar": "scalars", "histogram": "histograms", "image": "images"}
"""Kinds of values, and what reports call them."""


def _points(report: Any, kind: str) -> int | None:
    try:
        return int(report[kind]["points"])
    except (KeyError, TypeError, ValueError):
        return None
