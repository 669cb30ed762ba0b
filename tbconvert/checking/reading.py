"""What an event file holds, as it is read back: its digests, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tbconvert import storage
from tbconvert.decode import read_events
from tbconvert.decode.parts import Damage, Mark, Part, Scalars, Value
from tbconvert.digests import EVENT, Digests, Points, Told, kind_of
from tbconvert.errors import SourceError


@dataclass(frozen=True, slots=True)
class Contents:
    """What one event file holds.

    ``is_sound`` tells that each record is as its checksum says. The file ``grew`` while it was
    read; what came is left out. ``failed`` is why it cannot be read, or not any further.
    """

    name: str
    told: Told
    is_sound: bool = True
    grew: bool = False
    failed: SourceError | None = None

    @property
    def tags(self) -> set[str]:
        """The tags of its points."""
        return {tag for kind, tags in self.told.items() if kind != EVENT for tag in tags}

    @property
    def points(self) -> int:
        """How many points it has; what has no tag is none."""
        kinds = (tags for kind, tags in self.told.items() if kind != EVENT)
        return sum(point[0] for tags in kinds for point in tags.values())


def contents_of(name: str, path: str, see: Callable[[Part], None]) -> Contents:
    """Read an event file as far as it can be read; ``see`` is told of all that is in it."""
    digests, is_sound = Digests(), True

    def take(part: Part) -> None:
        nonlocal is_sound
        if isinstance(part, Damage):
            is_sound = False
        else:
            take_down_part(digests, part)
        see(part)

    try:
        grew = read_parts(path, take)
    except SourceError as err:
        return Contents(name, digests.told(), False, failed=err)
    return Contents(name, digests.told(), is_sound, grew)


def read_parts(path: str, see: Callable[[Part], None]) -> bool:
    """Tell ``see`` of all parts of an event file as it is now; return whether it grew meanwhile.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    with storage.open_file(path) as file:
        before = file.state()
        for part in read_events(file, file.size):
            see(part)
        return file.state() != before


def take_down_part(points: Points, part: Scalars | Value | Mark) -> None:
    """Take down what was read, as ``output`` does what is written."""
    match part:
        case Scalars():
            values = part.values.reshape(-1, 1)
            points.add_scalars((part.tag,), part.steps, part.wall_times, values)
        case Mark():
            points.add_value(EVENT, part.what, part.step, part.wall_time, part.content)
        case Value():
            kind = kind_of(part.message.WhichOneof("value"))
            points.add_value(kind, part.tag, part.step, part.wall_time, part.payload)
