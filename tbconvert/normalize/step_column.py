"""Which column is the step: given, known by name, or none."""

from __future__ import annotations

from tbconvert.dialects import Dialect
from tbconvert.normalize import steps
from tbconvert.normalize.evidence import Evidence
from tbconvert.normalize.named import NONE, Columns, Pick
from tbconvert.options import Options


def step_column(
    columns: Columns, options: Options, dialect: Dialect, evidence: Evidence, *, is_stacked: bool
) -> tuple[Pick, frozenset[str], str | None]:
    """Return the step, the columns passed over since they never change, and an outer counter."""
    never = frozenset[str]()
    if options.step == NONE and NONE not in columns.names:
        return Pick(None, "row number"), never, None
    if options.step is not None:
        return Pick(columns.given("--step", options.step), "given"), never, None
    remark, outer, fractional = "", None, None
    named = tuple(dict.fromkeys(columns.known(dialect.steps)))
    counting = tuple(dict.fromkeys((*named, *columns.known(dialect.weak_steps, whole=True))))
    for name in named:
        if not steps.are_whole(columns[name]):
            if fractional is None and steps.are_fractional(columns[name]):
                fractional = name
            elif (cell := steps.beyond(columns[name])) is not None:
                said = f"column {name!r} has {cell}, wanted whole numbers of 64 bits"
                remark = f"{said}: it was not taken as step"
        elif not is_stacked and evidence.is_constant(name) and columns.some_differ(name):
            never |= {name}
        elif outer is None and (inner := _inner(name, counting, evidence)):
            outer = str(evidence.outer(inner))
            is_always = evidence.always(inner, outer)
            when = "starts over whenever" if is_always else "mostly starts over when"
            remark = f"column {inner!r} {when} {outer!r} rises: it was not taken as step"
        elif outer is None or evidence.is_rising(name):
            return _steadier(name, named, evidence) or Pick(name, "inferred", remark), never, None
    if fractional is not None and outer is None:
        # kept as the step, so that the first row with decimals is named in the error
        return Pick(fractional, "inferred"), never, None
    for name in columns.known(dialect.weak_steps, whole=True):
        if steps.are_whole(columns[name]) and evidence.is_rising(name):
            return Pick(name, "inferred", remark), never, None
        if not remark and outer is None and evidence.counts_where_it_is(name):
            said = f"column {name!r} rises from row to row, but is no whole number in some"
            remark = f"{said}: it was not taken as step"
    for name in sorted(never)[:1] if outer is None else ():
        said = f"column {name!r} is {columns.first(name)} in every row"
        remark = f"{said}, and was not taken as step"
    return Pick(None, "row number", remark), never, outer


def _steadier(name: str, named: tuple[str, ...], evidence: Evidence) -> Pick | None:
    """Return the counter that rises where this one is no counter, but goes up and down."""
    if not evidence.wanders(name):
        return None
    for other in filter(evidence.counts, named):
        said = f"column {name!r} goes back time and again, {other!r} rises"
        why = f", and rises where {name!r} goes back"
        return Pick(other, "inferred", f"{said}: {name!r} was not taken as step", why)
    return None


def _inner(name: str, named: tuple[str, ...], evidence: Evidence) -> str | None:
    """Return which of two counters, one of which this is, starts over whenever the other rises.

    None where it does not, or has several rows at no step.
    """
    if evidence.outer(name):
        return name
    if evidence.is_rising(name):
        return None
    return next((other for other in named if evidence.outer(other) == name), None)
