"""One snapshot → what its arrays are: a step, a time, curves, a table, texts, tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import Dialect
from tbconvert.model import Origin, Problem, RawSnapshot, RawTensor
from tbconvert.normalize import times
from tbconvert.options import Options

_MANY = 64
"""Numbers a step from which on they are a distribution, and not the results of so many trials."""

_PARAMETER = re.compile(
    r"(?:^|[/_.])(?:w|b|weights?|bias(?:es)?|kernels?|gamma|beta|embeddings?|grads?|gradients?|"
    r"params?|moving_mean|moving_variance|running_mean|running_var|layers?)_?\d*(?:$|[/_.:])",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"(?:^|[/_.])(?:loss|acc|accuracy|error|reward|return|score|f1|auc|ppl)(?:es|s)?$"
    r"|(?:^|[/_.])accuracies$|^(?:train|val|valid|validation|test|eval)[/_.]",
    re.IGNORECASE,
)
_GRADIENT = re.compile(r"(?:^|[/_.])(?:d?grads?|gradients?)(?:$|[/_.:\d])|_grad$", re.IGNORECASE)
_SAMPLE = re.compile(
    r"(?:^|[/_.])(?:samples?|images?|imgs?|pictures?|generated|gen|fakes?|recons?|reconstructions?|"
    r"reconstructed|inputs?|outputs?|x_?hat|frames?)(?:$|[/_.:\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The arrays of a snapshot by what they are.

    ``step`` and ``wall_time`` are what an array of no dimension says, None if none does;
    ``is_alone`` tells that the name of the file says no step either.
    ``table`` are columns, of one length or else named like losses, ``series`` the arrays that
    have one part for each row of the table; ``axis`` is the column of steps, if there is one.
    ``others`` hold nothing, or nothing that is shown.
    """

    step: int | None
    step_name: str | None
    wall_time: float | None
    is_alone: bool
    scalars: tuple[RawTensor, ...]
    table: tuple[RawTensor, ...]
    axis: RawTensor | None
    series: tuple[RawTensor, ...]
    texts: tuple[RawTensor, ...]
    tensors: tuple[RawTensor, ...]
    others: tuple[RawTensor, ...]


def is_text(tensor: RawTensor) -> bool:
    """Tell whether an array holds strings."""
    return tensor.dtype.kind in "US"


def is_gradient(name: str) -> bool:
    """Tell whether a name is that of a gradient."""
    return _GRADIENT.search(name) is not None


def role_of(name: str, hint: str) -> str:
    """Return what an array is for, by its name and that of its file: how it is best drawn."""
    if is_gradient(name) or is_gradient(hint):
        return "gradient"
    if not _PARAMETER.search(name) and (_SAMPLE.search(name) or _SAMPLE.search(hint)):
        return "sample"
    return "weight"


def sort_out(snapshot: RawSnapshot, hint: str, options: Options, dialect: Dialect) -> Contents:
    """Tell what the arrays of a snapshot are; ``hint`` is the name of its series.

    Raises
    ------
    SourceError
        An array of no dimension cannot be read.
    """
    numbers = [tensor for tensor in snapshot.tensors if _is_number(tensor)]
    axis = _axis(numbers, options, dialect)
    if axis is not None:
        numbers = _by_step(numbers, axis)
    along = {t for t in numbers if axis is not None and t.shape[:1] == axis.shape}
    single = [t for t in numbers if t.size == 1 and t not in along]
    exact = [t for t in single if t.dtype.kind != "V"]  # bfloat16 rounds steps from 257 on
    step, step_array = _step_of(exact, options, dialect)
    time_array = _named(exact, _asked(options.wall_time, dialect.wall_times))
    wall_time = None if time_array is None else _epoch(time_array)
    if wall_time is None:
        time_array = None
    scalars = tuple(t for t in single if t is not step_array and t is not time_array)
    alone = set(single)
    arrays = [t for t in numbers if t.size and t not in alone]
    is_alone = snapshot.step is None and step_array is None
    table, series = _rows(arrays, axis, hint, is_alone=is_alone)
    taken = {*table, *series}
    return Contents(
        step,
        None if step_array is None else step_array.name,
        wall_time,
        is_alone,
        scalars,
        table,
        axis,
        series,
        tuple(filter(is_text, snapshot.tensors)),
        tuple(t for t in arrays if t not in taken),
        tuple(t for t in snapshot.tensors if not (is_text(t) or _is_number(t)) or not t.size),
    )


def step_names(options: Options, dialect: Dialect) -> frozenset[str]:
    """Return the names, casefolded, of the arrays that may tell a step."""
    return frozenset(_asked(options.step, dialect.steps))


def step_inside(
    snapshot: RawSnapshot, options: Options, dialect: Dialect
) -> tuple[int, str] | None:
    """Return the step that a snapshot tells, and the array that does; None for a table.

    Raises
    ------
    SourceError
        That array cannot be read.
    """
    numbers = [t for t in snapshot.tensors if t.dtype.kind in "biufc"]
    axis = _axis(numbers, options, dialect)
    if axis is not None and axis.size > 1:
        return None
    step, array = _step_of([t for t in numbers if t.size == 1], options, dialect)
    return None if step is None or array is None else (step, array.name)


def _is_number(tensor: RawTensor) -> bool:
    return tensor.dtype.kind in "biufc" or tensor.dtype == np.dtype("V2")


def _axis(numbers: list[RawTensor], options: Options, dialect: Dialect) -> RawTensor | None:
    """Return the column of steps that other arrays stand along."""
    columns = [t for t in numbers if len(t.shape) == 1 and t.size and t.dtype.kind in "iuf"]
    axis = _named(columns, _asked(options.step, dialect.steps))
    is_long = axis is not None and axis.size > 1
    # a single number is the step of all, unless there is an array with one row
    return axis if is_long or any(t.ndim > 1 and t.shape[0] == 1 for t in numbers) else None


def _by_step(numbers: list[RawTensor], axis: RawTensor) -> list[RawTensor]:
    """Return arrays with their steps on the first side, where all have them on the first or last.

    Results of several seeds are saved as seeds by steps as well as the other way around. Of
    more than results, such as a weight, the last side may be as long by chance.
    """
    arrays = [tensor for tensor in numbers if tensor.size > 1]
    if axis.size < 2 or not all(axis.size in (t.shape[0], t.shape[-1]) for t in arrays):
        return numbers
    turned = {t: _turned(t) for t in arrays if t.ndim == 2 and t.shape[0] not in (1, axis.size)}
    if any(map(is_many, turned.values())):
        return numbers
    return [turned.get(t, t) for t in numbers]


def _turned(tensor: RawTensor) -> RawTensor:
    def load() -> NDArray[Any]:
        return tensor.load().T

    return replace(tensor, shape=tensor.shape[::-1], load=load, stream=None)


def is_many(tensor: RawTensor) -> bool:
    """Tell whether what an array has for each row is a distribution, and no results of trials."""
    return tensor.size // max(tensor.shape[0], 1) > _MANY or _is_parameter(tensor)


def _asked(name: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if name is None:
        return known
    return () if name == "none" else (name.casefold(),)


def _named(tensors: Iterable[RawTensor], names: tuple[str, ...]) -> RawTensor | None:
    """Return the array with the first of some names, as a whole or as its last part."""
    by_name: dict[str, RawTensor] = {}
    for tensor in tensors:
        whole = tensor.name.casefold()
        by_name.setdefault(whole, tensor)
        by_name.setdefault(whole.rpartition("/")[2], tensor)
    return next((by_name[name] for name in names if name in by_name), None)


def _step_of(
    single: list[RawTensor], options: Options, dialect: Dialect
) -> tuple[int | None, RawTensor | None]:
    """Return the step that one of some single numbers tells, and which; None if none does."""
    found = _named(single, _asked(options.step, dialect.steps))
    if found is None:
        return None, None
    value = found.load().reshape(-1)[0]
    is_whole = np.isreal(value) and np.isfinite(value) and float(value).is_integer()
    if not is_whole or abs(float(value)) >= 2.0**63:
        return None, None
    return int(value.real), found


def _epoch(tensor: RawTensor) -> float | None:
    """Return a time in seconds since the epoch; None if the number is none."""
    value = pa.array([float(np.real(tensor.load().reshape(-1)[0]))])
    unit = times.epoch_unit(value)
    return None if unit is None else float(times.read_times(value, unit)[0][0])


def _rows(
    arrays: list[RawTensor], axis: RawTensor | None, hint: str, *, is_alone: bool
) -> tuple[tuple[RawTensor, ...], tuple[RawTensor, ...]]:
    """Return the arrays that are columns of one table, and those with one part for each row."""
    if axis is not None:
        rows = axis.shape[0]
        along = [t for t in arrays if t.shape and t.shape[0] == rows and t.dtype.kind != "V"]
        flat = tuple(t for t in along if t.size == rows)
        # the first side of a weight may be as long by chance
        are_all = all(t.shape[:1] == (rows,) for t in arrays)
        deep = tuple(t for t in along if t.size > rows and (are_all or not _is_parameter(t)))
        return flat, deep
    is_table = (
        is_alone
        and not _PARAMETER.search(hint)
        and all(map(_is_column, arrays))
        and (len({t.shape for t in arrays}) == 1 or all(_MEASURED.search(t.name) for t in arrays))
    )
    return (tuple(arrays) if is_table else ()), ()


def doubts(
    contents: Contents, arrays: list[RawTensor], where: Origin, hint: str
) -> Iterator[Problem]:
    """Yield what is to be said of tensors, ``arrays``, that look like parts of a table.

    ``hint`` is the name of their series, ``where`` their file.
    """
    axis = contents.axis
    flat = [t for t in arrays if _is_column(t)]
    if axis is None:
        other = next((t for t in flat if t.size != flat[0].size), None)
        could_be = contents.is_alone and len(flat) == len(arrays) and not _PARAMETER.search(hint)
        if other is not None and could_be:
            said = f"{flat[0].name!r} has {flat[0].size} numbers and {other.name!r} {other.size}"
            said = f"not a table: lengths differ, {said}; they became histograms"
            yield Problem(where, said, "columns of one length become curves")
        return
    if axis.size == 1:  # any side may be 1
        return
    if flat:
        said = f"{flat[0].size} numbers, wanted {axis.size} as {axis.name!r} has for a curve"
        said = f"got {said}; it became a histogram{_as_more(flat)}"
        yield Problem(Origin(where.uri, flat[0].name), said)
    deep = [t for t in arrays if t.ndim > 1 and t.shape[:1] == axis.shape and _is_parameter(t)]
    if deep:
        shape = " × ".join(map(str, deep[0].shape))
        said = f"got {shape}, taken as a whole and not as one part for each of {axis.name!r}"
        said = f"{said}: other arrays have another first side{_as_more(deep)}"
        hint = "in a file without those it becomes a histogram for each"
        yield Problem(Origin(where.uri, deep[0].name), said, hint)


def _as_more(tensors: list[RawTensor]) -> str:
    """Return the end of a sentence on the first of some arrays, which holds for all."""
    more = len(tensors) - 1
    return f"; so {'is' if more == 1 else 'are'} {more} more" if more else ""


def _is_column(tensor: RawTensor) -> bool:
    return tensor.ndim == 1 and tensor.dtype.kind in "biuf" and not _is_parameter(tensor)


def _is_parameter(tensor: RawTensor) -> bool:
    return _PARAMETER.search(tensor.name) is not None
