"""Graphs of models → the only row of a run that has no tag."""

from __future__ import annotations

from collections.abc import Iterable

from tbconvert.errors import SourceError
from tbconvert.model import GraphPoint, Problem, RawGraph, RawTensor
from tbconvert.normalize.rows import Rows, single_row


def graph_rows(raw: RawGraph, wall_time: float) -> tuple[Rows, tuple[Problem, ...]]:
    """Return the graph of a file, and what the report should say of it.

    Raises
    ------
    SourceError
        It is no graph.
    """
    from tbconvert.summaries.graph import GraphError, drawn_graph  # slow, and few logs need it

    try:
        drawn = drawn_graph(raw.form, raw.data, wall_time)
    except GraphError as err:
        raise SourceError(raw.origin, str(err)) from err
    return single_row(drawn.point), tuple(Problem(raw.origin, note) for note in drawn.notes)


def checkpoint_rows(weights: Iterable[tuple[str, RawTensor]], wall_time: float) -> Rows:
    """Return a graph that is drawn from the names and shapes of weights, in their order."""
    from tbconvert.summaries.checkpoint_graph import Parameter, checkpoint_graph  # slow too

    parameters = [Parameter(name, weight.shape, weight.dtype) for name, weight in weights]
    return single_row(GraphPoint(wall_time, checkpoint_graph(parameters)))
