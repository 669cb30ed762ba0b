"""Event files and ledgers that cannot be read are no altered ones, and no fault of tbconvert."""

from __future__ import annotations

from pathlib import Path

import pytest
from logs import checked, codes, convert, event_file, statuses, table, verdict_of, write


@pytest.mark.parametrize("against_sources", [False, True])
def test_a_file_that_cannot_be_read_is_not_said_to_be_altered(against_sources: bool) -> None:
    write("logs/a.csv", table())
    convert()
    path = event_file("a")
    path.unlink()
    path.symlink_to("/dev/null/nothing")

    verdict = checked(against_sources=against_sources)

    assert verdict.exit_status == 1
    one = verdict_of("a", verdict)
    assert one.status == "unreadable"
    # nor is it said to be empty
    assert codes(one) == {"unreadable"}
    assert one.differences == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty, or cannot be read"),
        ("[" * 100_000, "is damaged: it cannot be told what was converted"),
        (
            '{"ingests": [{"sources": [{"uri": "a.csv", "size": Infinity, "mtime": 1}]}]}',
            "is damaged: it cannot be told what was converted",
        ),
    ],
    ids=["empty", "deep", "infinite"],
)
@pytest.mark.parametrize("against_sources", [False, True])
def test_a_ledger_of_nonsense(text: str, said: str, against_sources: bool) -> None:
    write("logs/a.csv", table())
    convert()
    Path("runs/a/tbconvert.json").write_text(text)

    verdict = checked(against_sources=against_sources)

    found = [one for run in verdict.runs for one in run.findings if one.code == "ledger-damaged"]
    assert [one.said for one in found] == [said]
    assert set(statuses(verdict).values()) <= {"unreadable", "missing"}
