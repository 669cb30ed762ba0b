"""Runs as directories of event files: temporary, then published."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tbconvert.errors import TargetError
from tbconvert.model import Records, Run
from tbconvert.storage import LEDGER_NAME, open_input
from tbconvert.version import __version__
from tbconvert.write.ledger import Entry, Ledger, Stamp, parse_ledger
from tbconvert.write.logdir import Partial, open_logdir
from tbconvert.write.orphans import orphans


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What stands where a run is to be written.

    ``left_alone`` tells that it is to be passed over. Otherwise it may be written: in place
    of the files ``replaces``, beside the files ``taken``, and beside what the entries
    ``keeps`` say. ``former`` is the ingest of the same sources that is to be replaced.
    """

    run: Run
    left_alone: bool = False
    replaces: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    keeps: tuple[Entry, ...] = ()
    former: Entry | None = None


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

    def unchanged(
        self, run: Run, stamps: tuple[Stamp, ...], options: Mapping[str, Any]
    ) -> Entry | None:
        """Return the ingest that made a run from the very same sources, if all of it stands."""
        ledger = parse_ledger(self._logdir.text(run, LEDGER_NAME))
        if ledger is None or (len(ledger.entries) > 1 and self.if_exists == "replace"):
            return None
        mine = ledger.of(stamps)
        return mine if mine is not None and self._still_holds(run, mine, stamps, options) else None

    def claim(self, run: Run, stamps: tuple[Stamp, ...]) -> Claim:
        """Say what stands in a run's place, and whether it may be written.

        Raises
        ------
        TargetError
            Something else stands there, and ``if_exists`` does not say what to do with it.
        """
        ledger = parse_ledger(self._logdir.text(run, LEDGER_NAME))
        entries = ledger.entries if ledger else ()
        mine = ledger.of(stamps) if ledger else None
        others = tuple(entry for entry in entries if entry is not mine)

        standing = {name for name in self._logdir.names(run) if "tfevents" in name}
        own = ledger.names(run) if ledger else set()
        if not ledger or not own <= standing:
            # a kill between two renames leaves a file that no ledger knows by its name yet;
            # where there are more, they came of other logs
            unknown = set(filter(self._named_by_us, standing - own))
            own |= unknown if len(unknown) == 1 else set()
        foreign = standing - own
        if foreign or (others and self.if_exists != "replace"):
            if self.if_exists == "skip":
                return Claim(run, left_alone=True)
            if self.if_exists != "add":
                raise self._occupied(run, stamps, foreign, others)
        keeps = others if self.if_exists == "add" else ()
        kept = Ledger(keeps).names(run)
        return Claim(
            run,
            replaces=tuple(sorted((own - kept) & standing)),
            taken=tuple(sorted(foreign | kept)),
            keeps=keeps,
            former=mine,
        )

    def _still_holds(
        self,
        run: Run,
        entry: Entry,
        stamps: tuple[Stamp, ...],
        options: Mapping[str, Any],
    ) -> bool:
        return (
            entry.tbconvert == __version__
            and len(stamps) > 0  # else nobody can tell whether a program would do the same again
            and entry.options == (options and json.loads(json.dumps(options)))
            and _has_digests(entry, run)
            and all(
                self._logdir.size(run, name) == size
                for run, (name, size) in entry.event_files.items()
            )
            and [old.uri for old in entry.sources] == [new.uri for new in stamps]
            and all(_same(old, new) for old, new in zip(entry.sources, stamps, strict=True))
        )

    def _named_by_us(self, name: str) -> bool:
        return re.fullmatch(_event_file_pattern(self.identifier), name) is not None

    def _occupied(
        self, run: Run, stamps: tuple[Stamp, ...], foreign: set[str], others: tuple[Entry, ...]
    ) -> TargetError:
        if unknown := set(filter(self._named_by_us, foreign)):
            what = f"holds {min(unknown)}, and no {LEDGER_NAME} tells what it was made from"
            choices = "--if-exists add writes beside it"
        elif foreign:
            what = f"holds {min(foreign)}, which tbconvert did not write"
            choices = "--if-exists add writes beside it"
        elif gone := others[0].gone(stamps):
            what = f"was made from {gone} too, which is not among the sources any more"
            choices = "--if-exists replace leaves out what came of it"
        else:
            what = f"was made {others[0].maker()}, not from this source"
            choices = "--if-exists replace puts this in its place, add writes beside it"
        return TargetError(self._logdir.path(run, ""), what, f"--run gives another name, {choices}")

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


def _has_digests(entry: Entry, run: Run) -> bool:
    """Tell whether a run can be checked by what was noted; without, to make it again mends that.

    Where it has no event file itself, what came with digests tells it: the inputs.
    """
    return run in entry.digests if run in entry.event_files else bool(entry.inputs)


def _same(old: Stamp, new: Stamp) -> bool:
    """Tell whether a source is what it was: by size and time, or else by content."""
    if old.size != new.size:
        return False
    if new.sha256:
        return old.sha256 == new.sha256
    if old.mtime == new.mtime:
        return True
    with open_input(new.uri) as stream:
        while stream.read(1 << 20):
            pass
        return stream.sha256() == old.sha256


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


def event_file_name(wall_time: float, identifier: str, taken: tuple[str, ...] = ()) -> str:
    """Return the name of an event file whose first point has this time.

    Readers take the files of a run in string order, so the seconds are padded to the ten
    digits that TensorFlow's ``EventsWriter`` gives them; what ten digits cannot say is
    clamped. A number is added while the name is one of ``taken``.
    """
    seconds = min(max(math.floor(wall_time), 0), 9_999_999_999)
    name = f"events.out.tfevents.{seconds:010d}.{identifier}"
    number = 0
    while name in taken:
        number += 1
        name = f"events.out.tfevents.{seconds:010d}.{identifier}.{number}"
    return name


def _event_file_pattern(identifier: str) -> str:
    return rf"events\.out\.tfevents\.\d{{10}}\.{re.escape(identifier)}(\.\d+)?"
