"""What travels from process to process arrives as it was."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from tbconvert.errors import SourceError
from tbconvert.finding import Found
from tbconvert.looking import Refused
from tbconvert.model import Origin, Run, Series, Source
from tbconvert.naming import Place
from tbconvert.packed import Packed
from tbconvert.plan import RunJob
from tbconvert.report import Chosen, Kind, ProblemReport, RunReport, SourceReport

_SOURCE = Source("a.csv", Run("a"), "csv", "keras", {"notes": ("x",)}, series=Series("s", "p"))

RECORDS = [
    Origin("a.csv", row=3, column="loss"),
    Series("weights", is_apart=True),
    _SOURCE,
    Place(("a", "b"), "c.csv", below=1),
    RunJob(Run("a"), (_SOURCE, _SOURCE), "runs", inputs=("/a",)),
    RunReport(
        "a",
        "written",
        sources=(
            SourceReport("a.csv", "csv", "keras", 3, Chosen("step", "name"), Chosen(None, "")),
        ),
        scalars=Kind(2, 6),
        problems=(ProblemReport("a.csv", 1, None, "bad", "mend it"),),
    ),
]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_arrives_as_it_was_and_stays_frozen(record: Any, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(record, protocol))
    assert (again, type(again)) == (record, type(record))
    assert copy.deepcopy(record) == record
    with pytest.raises(FrozenInstanceError):
        setattr(again, fields(again)[0].name, None)


# ``slots`` makes each class anew, and the first ones are not always gone
CLASSES = {record.__name__: record for record in Packed.__subclasses__()}


@pytest.mark.parametrize("record", CLASSES.values(), ids=CLASSES)
def test_each_is_made_by_the_values_of_its_fields_and_nothing_else(record: Any) -> None:
    """A call made of them would do again what ``__post_init__`` does."""
    assert len(fields(record)) >= 2
    assert all(field.init and not field.kw_only for field in fields(record))
    assert not hasattr(record, "__post_init__")


def test_what_was_found_and_refused_arrives_as_it_was() -> None:
    file = Found("a.csv", Place(("a",), "a.csv"))
    refused = Refused(SourceError(Origin("a.csv", row=2), "is none", "mend it"), is_failure=True)

    again, seen = pickle.loads(pickle.dumps((file, refused)))

    assert (again.uri, again.place, again.is_named) == (file.uri, file.place, file.is_named)
    assert (seen.error.origin, str(seen.error)) == (refused.error.origin, str(refused.error))
    assert seen.is_failure
