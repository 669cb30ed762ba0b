"""Wall times: seconds since the epoch, from s, ms, µs, ns, ISO 8601, or a clock of the run."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.values import DURATION, NUMBER, Form, guess_form, to_numbers

_UNITS = ((5e17, 1e-9, "ns"), (5e14, 1e-6, "µs"), (5e11, 1e-3, "ms"), (5e8, 1.0, "s"))
"""From which magnitude on a number is in which unit: 5e8 s is 1985, and 20 times that 2286."""

EARLIEST, LATEST = 3.1e8, 1e10
"""Between 1979 and 2286 a training may have been: FAT knows no file that is older than 1980."""

_ISO = (
    r"^\s*(?P<day>\d{4}[-/]\d{2}[-/]\d{2})(?:[T _,]\s*(?P<time>\d{2}:\d{2}(?::\d{2})?)"
    r"(?:[.,](?P<part>\d{1,9}))?)?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?\s*$"
)

_PER_SECOND = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}


def epoch_unit(array: pa.Array) -> str | None:
    """Return the unit of a column of epoch times; None where it is not one."""
    if arrays.is_time(array.type):
        return "date"
    if arrays.is_text(array.type) and _are_most(arrays.present(_parse_iso(array)), array):
        return "ISO 8601"
    values = _clean_numbers(array)
    if not len(values):
        return None
    middle = float(np.sort(values)[len(values) // 2])
    return next((name for least, _, name in _UNITS if least <= middle < least * 20), None)


def has_no_zone(array: pa.Array) -> bool:
    """Tell whether the dates of a column do not say in which zone they are."""
    if arrays.is_time(array.type):
        return getattr(array.type, "tz", None) is None
    if not arrays.is_text(array.type):
        return False
    import pyarrow.compute as pc  # only dates that Arrow did not see need it

    zones = pc.struct_field(pc.extract_regex(array, _ISO), "zone")
    return bool(pc.any(pc.equal(zones, "")).as_py())


def is_clock(array: pa.Array) -> bool:
    """Tell whether a column could count the seconds since its run began."""
    values = _clean_numbers(array)
    if not len(values) or values.min() < 0:
        return False
    # a restarted run sets its clock back; a duration goes up and down all the time
    return bool(np.count_nonzero(np.diff(values) < 0) * 10 <= len(values))


def read_times(array: pa.Array, unit: str | None) -> tuple[NDArray[np.float64], Mask]:
    """Read a column as seconds: since the epoch, or since the start where ``unit`` is None.

    Returns float64 (n,), and where it is finite and can be used.
    """
    if arrays.is_text(array.type) and unit in ("ISO 8601", "date"):
        array = _parse_iso(array)
    if arrays.is_time(array.type):
        there = arrays.present(array)
        return _date_seconds(array), there
    scale = next((scale for _, scale, name in _UNITS if name == unit), 1.0)
    seconds = _numbers(array) * scale
    finite = np.isfinite(seconds)
    return seconds, None if finite.all() else finite


def last_reading(array: pa.Array) -> float | None:
    """Return the last time that a clock column shows; None where it shows none."""
    seconds, there = read_times(array, None)
    shown = seconds if there is None else seconds[there]
    return float(shown[-1]) if len(shown) else None


def _clean_numbers(array: pa.Array) -> NDArray[np.float64]:
    """Return the finite numbers of a column; none where most of its cells are something else."""
    is_one = arrays.is_number(array.type) and not pa.types.is_boolean(array.type)
    if not (is_one or arrays.is_text(array.type)):
        return np.empty(0)
    found = to_numbers(array, _form(array))
    # one damaged cell must not cost a log its times
    if not _are_most(found.present, array):
        return np.empty(0)
    values = _numbers(array)
    return values[np.isfinite(values)]


def _are_most(good: Mask, array: pa.Array) -> bool:
    """Tell whether at least half of the cells that are there are good."""
    count = arrays.count(good, len(array))
    return bool(count and count * 2 >= len(array) - array.null_count)


def _numbers(array: pa.Array) -> NDArray[np.float64]:
    found = to_numbers(array, _form(array))
    values = found.values.astype(np.float64)
    if found.present is not None:
        values = np.where(found.present, values, np.nan)
    return values


def _form(array: pa.Array) -> Form:
    """Return how a column writes readings of a clock: as numbers, or as durations."""
    is_duration = arrays.is_text(array.type) and guess_form(array) is DURATION
    return DURATION if is_duration else NUMBER


def _date_seconds(array: pa.Array) -> NDArray[np.float64]:
    kind = array.type
    width = np.int32 if pa.types.is_date32(kind) else np.int64
    ticks = np.frombuffer(array.buffers()[1], width)[array.offset : array.offset + len(array)]
    if pa.types.is_date32(kind):
        return ticks.astype(np.float64) * 86400.0
    unit = "ms" if pa.types.is_date64(kind) else kind.unit
    return ticks.astype(np.float64) / _PER_SECOND[unit]


def _parse_iso(array: pa.Array) -> pa.Array:
    """Parse ISO 8601 and its like, each cell with its own zone or none (then UTC)."""
    import pyarrow.compute as pc  # only dates that Arrow did not see need it

    found = pc.extract_regex(array, _ISO)

    def group(name: str) -> pa.Array:
        return pc.struct_field(found, name)

    day = pc.replace_substring(group("day"), "/", "-")
    time = pc.if_else(pc.equal(group("time"), ""), "00:00", group("time"))
    to_second = pc.binary_join_element_wise(time, "00", ":")
    time = pc.if_else(pc.equal(pc.utf8_length(time), 5), to_second, time)
    part = pc.utf8_slice_codeunits(pc.binary_join_element_wise(group("part"), "000000", ""), 0, 6)
    text = pc.binary_join_element_wise(pc.binary_join_element_wise(day, time, " "), part, ".")
    local = _cast_or_null(text)
    zone = pc.replace_substring(group("zone"), ":", "")
    signed = pc.match_substring_regex(zone, r"^[+-]")
    hours = pc.cast(pc.if_else(signed, pc.utf8_slice_codeunits(zone, 1, 3), "0"), pa.int64())
    minutes = pc.cast(pc.if_else(signed, pc.utf8_slice_codeunits(zone, 3, 5), "0"), pa.int64())
    offset = pc.multiply(pc.add(pc.multiply(hours, 60), minutes), 60_000_000)
    offset = pc.if_else(pc.starts_with(zone, "-"), pc.negate(offset), offset)
    return pc.cast(pc.subtract(pc.cast(local, pa.int64()), offset), pa.timestamp("us"))


def _cast_or_null(text: pa.Array) -> pa.Array:
    """Cast to timestamps; what is no day of the calendar becomes missing."""
    try:
        return text.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        cells = [_cast_one(cell) for cell in text]
        return pa.array(cells, pa.timestamp("us"))


def _cast_one(cell: pa.Scalar) -> object:
    try:
        return cell.cast(pa.timestamp("us")).as_py()
    except pa.ArrowInvalid:
        return None
