"""The names of arrays in a run: paths, told apart where several series have the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tbconvert.cells import Findings
from tbconvert.model import Origin, Problem, RawTensor, Series
from tbconvert.normalize.remarks import Remarks
from tbconvert.normalize.snapshots import is_gradient
from tbconvert.normalize.tags import TagNames


@dataclass(frozen=True, slots=True)
class _Owner:
    """The series that has a name, the last step that it has there, and its file."""

    series: str
    step: int
    uri: str


class SeriesNames:
    """Gives the arrays of each snapshot of a run their names.

    A series that goes on where another one with the same arrays ended is its continuation
    (``epoch_8``, then ``final``). One that has steps of its time is another model, and what
    they have in common gets its word in front.
    """

    def __init__(self, findings: Findings, remarks: Remarks, tags: TagNames) -> None:
        self._findings = findings
        self._remarks = remarks
        self._tags = tags
        self._files: dict[tuple[str, int], str] = {}
        self._owners: dict[str, _Owner] = {}
        self._apart: set[tuple[str, str]] = set()

    def settle(
        self,
        tensors: Iterable[RawTensor],
        names: frozenset[str],
        series: Series,
        step: int,
        where: Origin,
    ) -> dict[str, str]:
        """Return the names of some arrays of a snapshot by those of the file; say what is shared.

        ``names`` are those of all arrays of the file, at ``where``.
        """
        former = self._files.setdefault((series.name, step), where.uri)
        at = _Owner(series.name, step, former)
        given = {tensor.name: self._path(tensor.name, names, series, where) for tensor in tensors}
        if former != where.uri and any(self._owners.get(name) == at for name in given.values()):
            said = f"step {step} is that of {former} already"
            self._findings.note(Problem(where, said, "--on-duplicate says which of them stays"))
        told: list[tuple[str, _Owner]] = []
        for raw, name in given.items():
            if not self._tags.is_wanted(raw):
                continue
            owner = self._owners.get(name)
            key = (series.name, name)
            if owner is not None and owner.series != series.name and owner.step >= step:
                if key not in self._apart:
                    told.append((name, owner))
                self._apart.add(key)
            if key in self._apart:
                given[raw] = f"{_word(series)}/{name}"
            else:
                self._owners[name] = _Owner(series.name, step, where.uri)
        if told:
            self._tell(told, series, step, where)
        return given

    def _tell(
        self, told: list[tuple[str, _Owner]], series: Series, step: int, where: Origin
    ) -> None:
        """Say which file has the first of some names too, and what it is called here."""
        name, owner = told[0]
        twin = self._files.get((owner.series, step))
        said = f"{name!r} at step {step} is that of {twin} already"
        if twin is None:
            said = f"{name!r} is that of {owner.uri} already, which has the later step {owner.step}"
        more = f", and so on for {len(told) - 1} more" if len(told) > 1 else ""
        said = f"{said}: here it is {f'{_word(series)}/{name}'!r}{more}"
        self._findings.note(Problem(where, said, "--rename gives it another name"))

    def _path(self, name: str, names: frozenset[str], series: Series, where: Origin) -> str:
        path = _as_path(name, names)
        if path != name:
            said = f"dots in names stand for layers: {name!r} is {path!r}"
            self._remarks.say_once("dots", where, said, "--rename gives other names")
        if series.is_apart and is_gradient(series.name) and not is_gradient(path):
            return f"{path}/grad"
        return f"{series.prefix}/{path}" if series.prefix else path


def _word(series: Series) -> str:
    return series.name.strip("/") or "arrays"


def _as_path(name: str, names: frozenset[str]) -> str:
    """Return the name of an array with its layers apart: ``conv1.weight`` as ``conv1/weight``.

    What stands before a dot is no layer if it is an array itself: the name was told apart
    from that one's when the file was read, and that was said.
    """
    if "/" in name or "." not in name.strip("."):
        return name
    whole, dot, last = name.rpartition(".")
    if last.isdecimal() and whole in names:
        return _as_path(whole, names) + dot + last
    return name.replace(".", "/")
