"""Runs of several ingests whose ledger is lost: nobody knows what each event file came from."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import EVENT_FILE, FIRST, contents, convert, losses, write

OTHER = "time,step,acc\n1600000000,0,0.5\n1600000060,1,0.75\n"
OTHERS_FILE = "events.out.tfevents.1600000000.tbconvert"
LEDGER = Path("runs/a/tbconvert.json")


@pytest.fixture
def two() -> dict[Path, bytes]:
    """Convert two logs into one run; return the files that came out."""
    convert()
    write("other/a.csv", OTHER)
    convert("other/a.csv", if_exists="add")
    return contents()


@pytest.mark.parametrize("damage", [None, "", "{", '{"ingests": [{"tbconvert": "99.0"}]}'])
@pytest.mark.parametrize("if_exists", ["error", "replace"])
def test_no_file_of_another_log_is_removed(
    two: dict[Path, bytes], damage: str | None, if_exists: str
) -> None:
    if damage is None:
        LEDGER.unlink()
    else:
        LEDGER.write_text(damage)
    before = contents()

    report = convert(if_exists=if_exists)

    assert report.status == "failed"
    (problem,) = report.problems
    assert problem.said == (
        f"holds {OTHERS_FILE}, and no tbconvert.json tells what it was made from; "
        "--run gives another name, --if-exists add writes beside it"
    )
    assert contents() == before


def test_they_are_left_alone_where_that_is_wanted(two: dict[Path, bytes]) -> None:
    LEDGER.unlink()
    before = contents()

    assert convert(if_exists="skip").status == "unchanged"
    assert contents() == before


def test_beside_them_is_room(two: dict[Path, bytes]) -> None:
    LEDGER.unlink()
    before = contents()

    assert convert(if_exists="add").status == "written"
    assert {path: contents()[path] for path in before} == before


def test_without_the_run_it_is_made_again(two: dict[Path, bytes]) -> None:
    LEDGER.unlink()
    for name in (EVENT_FILE, OTHERS_FILE):
        Path("runs/a", name).unlink()

    convert()
    convert("other/a.csv", if_exists="add")

    assert contents().keys() == two.keys()
    assert losses() == {0: 1.0, 1: 0.5}
    assert Path("a.csv").read_text() == FIRST
