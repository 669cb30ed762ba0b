"""A dry run: everything is converted and counted, nothing is written."""

from __future__ import annotations

from tbconvert.model import Records, Run
from tbconvert.write.directory import Claim, DirectorySink, event_file_name
from tbconvert.write.ledger import Entry


class DiscardSink(DirectorySink):
    """Says what a directory sink would do, and does none of it."""

    def open_run(self, claim: Claim) -> OpenNothing:  # type: ignore[override]
        """Begin to count."""
        return OpenNothing(claim, self.identifier)

    def note(self, claim: Claim, entry: Entry) -> None:
        """Note nothing."""

    def retire(self, run: Run, name: str) -> None:
        """Remove nothing."""


class OpenNothing:
    """An event file that is only counted."""

    def __init__(self, claim: Claim, identifier: str) -> None:
        self._claim = claim
        self._identifier = identifier
        self._bytes = 0

    def write(self, records: Records) -> None:
        """Count some records."""
        self._bytes += len(records.data)

    def publish(self, first_wall_time: float) -> tuple[str, int]:
        """Return the name that the file would have, and its size in bytes."""
        return event_file_name(first_wall_time, self._identifier, self._claim.taken), self._bytes

    def discard(self) -> None:
        """Nothing was written."""
