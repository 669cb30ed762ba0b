"""Runs as directories of event files: temporary, then published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tbconvert.model import Records, Run
from tbconvert.storage import LEDGER_NAME
from tbconvert.write.event_files import event_file_name
from tbconvert.write.ledger import Entry, Ledger, Stamp, parse_ledger
from tbconvert.write.logdir import Partial, open_logdir
from tbconvert.write.orphans import orphans
from tbconvert.write.standing import Claim, Standing


class DirectorySink:
    """Writes each run into its own directory below a logdir."""

    def __init__(self, logdir: str, identifier: str, if_exists: str) -> None:
        self._name = logdir
        self._logdir = open_logdir(logdir)
        self.identifier = identifier
        self.if_exists = if_exists

    def path(self, run: Run, name: str) -> str:
        """Return the path of an event file."""
        return self._logdir.path(run, name)

    def orphans(
        self, folders: Sequence[str], planned: Collection[str]
    ) -> Iterable[tuple[str, str]]:
        """Yield each source below some folders that is gone, and the run that it made."""
        return orphans(self._name, folders, planned)

    def standing(self, run: Run, stamps: tuple[Stamp, ...], options: Mapping[str, Any]) -> Standing:
        """Return what stands in the place of a run that is to be made from some sources."""
        return Standing(
            self._logdir,
            run,
            stamps,
            options,
            identifier=self.identifier,
            if_exists=self.if_exists,
        )

    def alone(self, run: Run | None) -> AbstractContextManager[None]:
        """Keep others from publishing a run meanwhile, or any for None, where that can be done."""
        return self._logdir.alone(run)

    def open_run(self, run: Run) -> OpenDirectory:
        """Begin the event file of a run, which nobody sees yet.

        Raises
        ------
        TargetError
            The directory cannot be made or written.
        """
        return OpenDirectory(self._logdir.begin(run), self.identifier)

    def draft(self, claim: Claim, entry: Entry) -> Draft:
        """Make the ledger beside a run ready to be published.

        Raises
        ------
        TargetError
            It cannot be written.
        """
        return self._drafted(claim.run, Ledger((*claim.keeps, entry)))

    def retire(self, run: Run, name: str) -> None:
        """Remove an event file that its sources no longer make; what others made stays."""
        ledger = parse_ledger(self._logdir.text(run, LEDGER_NAME)) or Ledger()
        rest = Ledger(tuple(e for e in ledger.entries if name not in e.event_files.get(run, ())))
        self._logdir.remove(run, name)
        if not rest.entries:
            self._logdir.remove(run, LEDGER_NAME)
        elif rest != ledger:
            self._drafted(run, rest).publish()

    def _drafted(self, run: Run, ledger: Ledger) -> Draft:
        partial = self._logdir.begin(run)
        try:
            partial.write(ledger.to_json().encode())
            partial.settle()
        except BaseException:
            partial.discard()
            raise
        return Draft(partial)


class Draft:
    """A ledger that nobody reads yet."""

    def __init__(self, partial: Partial) -> None:
        self._partial = partial

    def publish(self) -> None:
        """Put it in the place of the one that stands."""
        self._partial.publish(LEDGER_NAME)

    def discard(self) -> None:
        """Leave the one that stands."""
        self._partial.discard()


class OpenDirectory:
    """One event file, hidden until it is published."""

    def __init__(self, partial: Partial, identifier: str) -> None:
        self._partial = partial
        self._identifier = identifier
        self._bytes = 0

    def write(self, records: Records) -> None:
        """Append some records."""
        self._partial.write(records.data)
        self._bytes += len(records.data)

    def settle(self) -> None:
        """Bring it to the disk: from here on nothing is in the way of its publication."""
        self._partial.settle()

    def named(self, claim: Claim, first_wall_time: float) -> tuple[str, int]:
        """Return the name that it is to have, and its size in bytes."""
        return event_file_name(first_wall_time, self._identifier, claim.taken), self._bytes

    def publish(self, claim: Claim, name: str) -> None:
        """Give it its name, in place of what the claim says."""
        self._partial.publish(name, claim.replaces)

    def discard(self) -> None:
        """Leave what stood before."""
        self._partial.discard()
