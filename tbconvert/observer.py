"""Who looks on while a job is converted: told what passes, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from tbconvert.model import RawSnapshot, Run, Setting, Source, Summary
from tbconvert.normalize import Part, TagNames
from tbconvert.plan import RunJob


class Observer:
    """Is told of all that flows from sources to runs; this one does not listen.

    A subclass takes down what it wants, and holds no arrays: they are good until it returns.
    """

    def begin(self, job: RunJob) -> None:
        """Begin a pass over the sources of a job: what was told of the job before is void."""

    def table(self, source: Source, part: Part) -> None:
        """Take note of rows of one run, under the names of their source, and of their roles."""

    def snapshot(self, source: Source, snapshot: RawSnapshot) -> None:
        """Take note of the arrays of a source; none of them is loaded for that."""

    def columns(
        self, source: Source, run: Run, tags: TagNames, constants: Mapping[str, Setting]
    ) -> None:
        """Take note of what the columns of a source became in a run, now that it was read."""

    def settings(self, run: Run, settings: Mapping[str, Setting]) -> None:
        """Take note of what the training of a run was started with."""

    def summary(self, run: Run, summary: Summary) -> None:
        """Take note of points as they are written."""
