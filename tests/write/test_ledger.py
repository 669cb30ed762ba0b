"""Ledgers that are gone, or damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from harm import harmed
from places import EVENT_FILE, LATER, contents, convert, event_files, losses, write

from tbconvert import ingest


@pytest.mark.parametrize(
    "damage",
    [None, b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"ingests": 3}', b"[" * 100_000],
    ids=lambda damage: repr(damage)[:20],
)
def test_without_a_ledger_a_run_is_made_again(damage: bytes | None) -> None:
    convert()
    wanted = contents()
    ledger = Path("runs/a/tbconvert.json")
    if damage is None:
        ledger.unlink()
    else:
        ledger.write_bytes(damage)

    assert convert().status == "written"
    assert contents() == wanted
    assert convert().status == "unchanged"


@pytest.mark.parametrize("name", ["tbconvert.json", "tbconvert.json.bak", EVENT_FILE])
def test_a_link_in_a_circle_is_no_file(name: str) -> None:
    convert()
    wanted = contents()
    link = Path("runs/a", name)
    link.unlink(missing_ok=True)
    link.symlink_to(name)

    assert convert().status == ("unchanged" if name.endswith(".bak") else "written")
    assert contents() == wanted


@pytest.mark.parametrize(
    "harm", [None, "x", -1, [], {}, math.inf, 10**400], ids=lambda harm: repr(harm)[:9]
)
def test_a_ledger_may_be_damaged_anywhere(harm: Any) -> None:
    convert()
    ledger = Path("runs/a/tbconvert.json")
    sound = json.loads(ledger.read_text())

    for text, path in harmed(sound, harm):
        ledger.write_text(text)

        report = ingest("a.csv", logdir="runs", if_exists="replace")

        assert [run.status for run in report.runs] in (["written"], ["unchanged"]), path
        assert event_files() == [EVENT_FILE], path
    assert losses() == {0: 1.0, 1: 0.5}


@pytest.mark.parametrize(
    "victim", [("..", "keep.tfevents"), ("a", "../keep.tfevents"), ("a", "keep.txt")]
)
def test_a_ledger_cannot_have_other_files_removed(victim: tuple[str, str], tmp_path: Path) -> None:
    convert()
    run, name = victim
    kept = Path("runs", run, name)
    kept.write_text("keep")
    ledger = Path("runs/a/tbconvert.json")
    data = json.loads(ledger.read_text())
    data["ingests"][0]["event_files"] |= {run: [name, 4], str(tmp_path): ["a.csv", 4]}
    ledger.write_text(json.dumps(data))
    write("a.csv", LATER)

    convert(if_exists="replace")

    assert kept.exists()
    assert Path("a.csv").exists()
