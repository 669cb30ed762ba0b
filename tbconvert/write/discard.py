"""A dry run: everything is converted and counted, nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tbconvert.model import Records, Run
from tbconvert.write.directory import DirectorySink
from tbconvert.write.event_files import event_file_name
from tbconvert.write.ledger import Entry, Stamp
from tbconvert.write.standing import Claim, Standing


class DiscardSink(DirectorySink):
    """Says what a directory sink would do, and does none of it."""

    def alone(self, run: Run | None) -> AbstractContextManager[None]:
        """Keep nobody from anything."""
        return nullcontext()

    def open_run(self, run: Run) -> Nothing:  # type: ignore[override]
        """Begin to count."""
        return Nothing(self.identifier)

    def draft(self, claim: Claim, entry: Entry) -> Nothing:  # type: ignore[override]
        """Note nothing."""
        return Nothing(self.identifier)

    def retire(self, run: Run, name: str) -> None:
        """Remove nothing."""


class NowhereSink(DiscardSink):
    """Discards runs, whatever stands in the logdir: nothing of it is looked at."""

    def standing(self, run: Run, stamps: tuple[Stamp, ...], options: Mapping[str, Any]) -> Vacant:
        """Return that nothing stands there."""
        return Vacant(run)

    def orphans(
        self, folders: Sequence[str], planned: Collection[str]
    ) -> Iterable[tuple[str, str]]:
        """Return nothing: there are no runs."""
        return ()


class Vacant(Standing):
    """The place of a run where nothing stands."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def unchanged(self) -> None:
        """Return that no ingest made it."""

    def claim(self) -> Claim:
        """Return that it may be written."""
        return Claim(self._run)


class Nothing:
    """A file that is only counted."""

    def __init__(self, identifier: str) -> None:
        self._identifier = identifier
        self._bytes = 0

    def write(self, records: Records) -> None:
        """Count some records."""
        self._bytes += len(records.data)

    def settle(self) -> None:
        """Nothing has to be brought anywhere."""

    def named(self, claim: Claim, first_wall_time: float) -> tuple[str, int]:
        """Return the name that the file would have, and its size in bytes."""
        return event_file_name(first_wall_time, self._identifier, claim.taken), self._bytes

    def publish(self, claim: Claim | None = None, name: str = "") -> None:
        """Nothing is to be seen."""

    def discard(self) -> None:
        """Nothing was written."""
