"""What stands where a run is to be written, and what may become of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tbconvert.errors import TargetError
from tbconvert.model import Run
from tbconvert.storage import LEDGER_NAME, open_input
from tbconvert.version import __version__
from tbconvert.write.event_files import event_file_pattern
from tbconvert.write.ledger import Entry, Ledger, Stamp, parse_ledger
from tbconvert.write.logdir import Logdir


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


class Standing:
    """What stands in the place of a run that is to be made from some sources, with some options.

    Its ledger is read once: in a store that is a request.
    """

    def __init__(
        self,
        logdir: Logdir,
        run: Run,
        stamps: tuple[Stamp, ...],
        options: Mapping[str, Any],
        *,
        identifier: str,
        if_exists: str,
    ) -> None:
        self._logdir = logdir
        self._run = run
        self._stamps = stamps
        self._options = options
        self._our_name = re.compile(event_file_pattern(identifier))
        self._if_exists = if_exists
        ledger = parse_ledger(logdir.text(run, LEDGER_NAME))
        self._entries = ledger.entries if ledger else ()
        self._mine = next((entry for entry in self._entries if entry.is_of(stamps)), None)

    def unchanged(self) -> Entry | None:
        """Return the ingest that made the run from the very same sources, if all of it stands."""
        is_alone = len(self._entries) == 1 or self._if_exists != "replace"
        mine = self._mine if is_alone else None
        return mine if mine is not None and self._still_holds(mine) else None

    def claim(self) -> Claim:
        """Say whether the run may be written, and in place of what.

        Raises
        ------
        TargetError
            Something else stands there, and ``if_exists`` does not say what to do with it.
        """
        run, others = self._run, tuple(one for one in self._entries if one is not self._mine)
        standing = {name for name in self._logdir.names(run) if "tfevents" in name}
        own = Ledger(self._entries).names(run)
        if not self._entries or not own <= standing:
            # a kill between two renames leaves a file that no ledger knows by its name yet;
            # where there are more, they came of other logs
            unknown = set(filter(self._our_name.fullmatch, standing - own))
            own |= unknown if len(unknown) == 1 else set()
        foreign = standing - own
        is_occupied = foreign or (others and self._if_exists != "replace")
        if is_occupied and self.unchanged() is None:
            if self._if_exists == "skip":
                return Claim(run, left_alone=True)
            if self._if_exists != "add":
                raise self._occupied(foreign, others)
        keeps = others if self._if_exists == "add" else ()
        kept = Ledger(keeps).names(run)
        return Claim(
            run,
            replaces=tuple(sorted((own - kept) & standing)),
            taken=tuple(sorted(foreign | kept)),
            keeps=keeps,
            former=self._mine,
        )

    def _still_holds(self, entry: Entry) -> bool:
        stamps, options = self._stamps, self._options
        return (
            entry.tbconvert == __version__
            and len(stamps) > 0  # else nobody can tell whether a program would do the same again
            and entry.options == (options and json.loads(json.dumps(options)))
            and _has_digests(entry, self._run)
            and all(
                self._logdir.size(run, name) == size
                for run, (name, size) in entry.event_files.items()
            )
            and [old.uri for old in entry.sources] == [new.uri for new in stamps]
            and all(_same(old, new) for old, new in zip(entry.sources, stamps, strict=True))
        )

    def _occupied(self, foreign: set[str], others: tuple[Entry, ...]) -> TargetError:
        if unknown := set(filter(self._our_name.fullmatch, foreign)):
            what = f"holds {min(unknown)}, and no {LEDGER_NAME} tells what it was made from"
            choices = "--if-exists add writes beside it"
        elif foreign:
            what = f"holds {min(foreign)}, which tbconvert did not write"
            choices = "--if-exists add writes beside it"
        elif gone := others[0].gone(self._stamps):
            what = f"was made from {gone} too, which is not among the sources any more"
            choices = "--if-exists replace leaves out what came of it"
        else:
            what = f"was made {others[0].maker()}, not from this source"
            choices = "--if-exists replace puts this in its place, add writes beside it"
        place = self._logdir.path(self._run, "")
        return TargetError(place, what, f"--run gives another name, {choices}")


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
