"""Graphs of models → the only row of a run that has no tag."""

from __future__ import annotations

from tbconvert.errors import SourceError
from tbconvert.model import Problem, RawGraph
from tbconvert.normalize.rows import Rows, single_row
from tbconvert.summaries.graph import GraphError, drawn_graph


def graph_rows(raw: RawGraph, wall_time: float) -> tuple[Rows, tuple[Problem, ...]]:
    """Return the graph of a file, and what the report should say of it.

    Raises
    ------
    SourceError
        It is no graph.
    """
    try:
        drawn = drawn_graph(raw.form, raw.data, wall_time)
    except GraphError as err:
        raise SourceError(raw.origin, str(err)) from err
    return single_row(drawn.point), tuple(Problem(raw.origin, note) for note in drawn.notes)
