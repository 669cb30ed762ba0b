"""Records → somewhere. A sink claims runs and opens them; an open run is published or discarded.

To add a place to write to: a module with a class that is a ``Sink``, and a row in ``SINKS``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from tbconvert.model import Records, Run
from tbconvert.write.directory import DirectorySink
from tbconvert.write.discard import DiscardSink, NowhereSink
from tbconvert.write.ledger import Entry, Stamp
from tbconvert.write.standing import Claim, Standing


class OpenRun(Protocol):
    """One event file in the making: nobody sees it before it is published."""

    def write(self, records: Records) -> None:
        """Append some records."""

    def settle(self) -> None:
        """Bring it to the disk: from here on nothing is in the way of its publication."""

    def named(self, claim: Claim, first_wall_time: float) -> tuple[str, int]:
        """Return the name that it is to have, and its size in bytes."""

    def publish(self, claim: Claim, name: str) -> None:
        """Make it visible, in one step, in place of what the claim says."""

    def discard(self) -> None:
        """Leave what stood before."""


class Draft(Protocol):
    """What is to be known of a run, ready to be put beside it."""

    def publish(self) -> None:
        """Put it there, in one step."""

    def discard(self) -> None:
        """Leave what stood before."""


class Sink(Protocol):
    """Where the runs of an ingest go."""

    def standing(self, run: Run, stamps: tuple[Stamp, ...], options: Mapping[str, Any]) -> Standing:
        """Return what stands in the place of a run that is to be made from some sources."""

    def alone(self, run: Run | None) -> AbstractContextManager[None]:
        """Keep others from publishing a run meanwhile, or any for None, where that can be done."""

    def open_run(self, run: Run) -> OpenRun:
        """Begin the event file of a run."""

    def draft(self, claim: Claim, entry: Entry) -> Draft:
        """Make ready what says beside a run what it was made from."""

    def retire(self, run: Run, name: str) -> None:
        """Remove the event file of a run that its sources no longer make."""

    def path(self, run: Run, name: str) -> str:
        """Return where the event file of a run is, for people."""

    def orphans(
        self, folders: Sequence[str], planned: Collection[str]
    ) -> Iterable[tuple[str, str]]:
        """Return each source below some folders that is gone, and the run that it made."""


SINKS: dict[str, Callable[[str, str, str], Sink]] = {
    "directory": DirectorySink,
    "discard": DiscardSink,
    "nowhere": NowhereSink,
}
"""Each is made from the logdir, the identifier in file names, and what to do if a run exists."""


def open_sink(kind: str, logdir: str, identifier: str, if_exists: str) -> Sink:
    """Return the sink of a kind for a logdir."""
    return SINKS[kind](logdir, identifier, if_exists)


__all__ = ["SINKS", "Claim", "Draft", "Entry", "OpenRun", "Sink", "Stamp", "Standing", "open_sink"]
