"""A bar over the bytes of the sources, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tbconvert.cli.telling import is_terminal
from tbconvert.flow import Progress
from tbconvert.pipeline import source_size
from tbconvert.plan import Plan

_WORTH_IT = 20_000_000
"""Bytes from which on a conversion lasts long enough to be watched."""


@contextmanager
def showing_progress(plan: Plan, *, hidden: bool) -> Iterator[Progress | None]:
    """Show a bar on standard error; yield what moves it on, None where none is shown."""
    if hidden or not is_terminal(sys.stderr):
        yield None
        return
    total = sum(source_size(source) for job in plan.jobs for source in job.sources)
    if total < _WORTH_IT:
        yield None
        return
    with click.progressbar(length=total, file=sys.stderr, label="converting") as bar:
        yield bar.update
