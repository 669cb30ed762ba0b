"""Durations as text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tbconvert.dialects.durations import in_seconds
from tbconvert.model import Origin, RawTable


def read(*cells: object) -> list[object]:
    batch = pa.RecordBatch.from_pydict({"time": pa.array(cells)})
    table = in_seconds(RawTable(Origin(""), batch, range(len(cells))), "time", "absent")
    found: list[object] = table.batch.column(0).to_pylist()
    return found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:07", 7),
        ("1:02:03", 3723),
        ("1 day, 8:00:03", 115203),
        ("12 days, 0:00:00.5", 1036800.5),
        ("-1 day, 23:59:59", -1),
        ("0s", 0),
        ("1h 38m 52s", 5932),
        ("2d 0h 0m 1s", 172801),
        ("1m", 60),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert read(text, None) == [seconds, None]


@pytest.mark.parametrize("cells", [("soon", "late"), (1.5, 2.5), ("", ""), (None, None)])
def test_what_is_no_duration_stays(cells: tuple[object, ...]) -> None:
    assert read(*cells) == list(cells)


def test_among_durations_other_texts_stay() -> None:
    assert read("01:30", "soon", None) == ["90", "soon", None]
