"""Wall times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.normalize.times import epoch_unit, has_no_zone, is_clock, last_reading, read_times


def seconds(array: pa.Array) -> list[float | None]:
    unit = epoch_unit(array)
    assert unit is not None
    values, there = read_times(array, unit)
    mask = np.ones(len(values), bool) if there is None else there
    return [float(v) if t else None for v, t in zip(values, mask, strict=True)]


@pytest.mark.parametrize(
    ("scale", "unit"), [(1, "s"), (1_000, "ms"), (1_000_000, "µs"), (1_000_000_000, "ns")]
)
def test_epoch_times_are_told_apart_by_their_size(scale: int, unit: str) -> None:
    array = pa.array([1_700_000_000 * scale, 1_700_000_001 * scale])

    assert epoch_unit(array) == unit
    assert seconds(array) == pytest.approx([1_700_000_000, 1_700_000_001], rel=1e-15)


@pytest.mark.parametrize("cells", [[0.5, 0.7], [12.0, 13.0], [1e8, 2e8], [1e30, 1e30]])
def test_durations_and_counts_are_no_epoch_times(cells: list[float]) -> None:
    assert epoch_unit(pa.array(cells)) is None


# an independent opinion: Python's own datetime writes and counts
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=zones))
def test_iso_8601_with_a_zone_is_read_as_python_wrote_it(when: datetime) -> None:
    text = when.isoformat()

    assert seconds(pa.array([text])) == [pytest.approx(when.timestamp(), abs=1e-6)]


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)))
def test_without_a_zone_a_time_is_utc(when: datetime) -> None:
    expected = when.replace(tzinfo=UTC).timestamp()

    for text in (when.isoformat(), when.isoformat(" "), when.isoformat(" ").replace(".", ",")):
        assert seconds(pa.array([text])) == [pytest.approx(expected, abs=1e-6)]


def test_each_cell_has_its_own_zone_or_none() -> None:
    cells = ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00+02:00", "2024-01-01 12:00", None, "soon"]
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC).timestamp()

    assert seconds(pa.array(cells)) == [noon, noon - 7200, noon, None, None]


def test_a_day_that_no_calendar_has_is_missing() -> None:
    assert seconds(pa.array(["2024-02-29", "2024-02-30"])) == [1709164800.0, None]


def test_arrows_own_types() -> None:
    when = datetime(2024, 1, 1, 12, tzinfo=UTC)
    for kind in (
        pa.timestamp("s"),
        pa.timestamp("us", "UTC"),
        pa.timestamp("ns"),
        pa.timestamp("ms"),
    ):
        naive = when if kind.tz else when.replace(tzinfo=None)
        assert seconds(pa.array([naive], kind)) == [when.timestamp()]
    assert seconds(pa.array([when.date()])) == [when.timestamp() - 43200]


def test_nan_and_infinite_times_are_not_there() -> None:
    cells = [1.7e9, float("nan"), float("inf"), None, 1.7e9 + 1]

    assert seconds(pa.array(cells)) == [1.7e9, None, None, None, 1.7e9 + 1]


def test_a_clock_goes_on_and_a_duration_goes_up_and_down() -> None:
    assert is_clock(pa.array([0.1, 5.0, 9.0, 30.0]))
    assert is_clock(pa.array([float(i) for i in range(20)] + [0.0, 1.0]))
    assert not is_clock(pa.array([0.5, 0.4, 0.5, 0.4]))
    assert not is_clock(pa.array([-1.0, 2.0]))
    assert last_reading(pa.array([1.0, 7.5, None])) == 7.5
    assert last_reading(pa.array([None], pa.float64())) is None


def test_a_clock_may_show_durations() -> None:
    clock = pa.array(["00:00:05", "00:01:05", None, "01:02:05"])

    assert is_clock(clock)
    assert last_reading(clock) == 3725.0
    assert read_times(clock, None)[0][:2].tolist() == [5.0, 65.0]
    assert not is_clock(pa.array(["00:05", "00:03", "00:06", "00:02"]))


def test_numbers_among_other_texts_are_times_if_most_are() -> None:
    assert seconds(pa.array(["1700000010", "xx", "1700000012.5"])) == [
        1700000010,
        None,
        1700000012.5,
    ]
    assert epoch_unit(pa.array(["1700000010", "xx", "yy"])) is None
    assert epoch_unit(pa.array(["xx"])) is None
    assert is_clock(pa.array(["0.5", "xx", "7"]))
    assert not is_clock(pa.array(["0.5", "xx", "yy"]))


def test_a_zone_is_missed_only_where_a_time_has_none() -> None:
    assert not has_no_zone(pa.array(["2024-01-01T12:00:00Z", "soon", None]))
    assert has_no_zone(pa.array(["2024-01-01T12:00:00Z", "2024-01-01 12:00"]))
    assert not has_no_zone(pa.array([1.7e9]))
    assert has_no_zone(pa.array([datetime(2024, 1, 1)]))
