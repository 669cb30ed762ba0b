"""Durations as programs say them: in words, and in units that change as they get shorter."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tbconvert.normalize.values import DURATION, guess_form, to_numbers


def in_seconds(*cells: str) -> list[float]:
    array = pa.array(cells)
    assert guess_form(array) is DURATION
    return [float(value) for value in to_numbers(array, DURATION).values]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1 minute and 42.5 seconds", 102.5),
        ("1 hour, 31 minutes and 58.5 seconds", 5518.5),
        ("2 days, 1 hour", 176400.0),
        ("1h 38m 52s", 5932.0),
        ("1min 20s", 80.0),
        ("3 hrs 5 mins", 11100.0),
    ],
)
def test_in_words(said: str, seconds: float) -> None:
    assert in_seconds(said) == [seconds]


def test_in_one_unit_each() -> None:
    assert in_seconds("1.5h", "7.5m", "53.25s", "0.00s") == [5400.0, 450.0, 53.25, 0.0]


@pytest.mark.parametrize("cells", [("7.5m", "1.5m"), ("5 MB", "2 GB"), ("3 m", "2 km")])
def test_one_unit_or_another_is_no_duration(cells: tuple[str, ...]) -> None:
    assert guess_form(pa.array(cells)) is not DURATION
