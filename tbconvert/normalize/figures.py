"""Distributions of an array → the curves beside its histograms, or what is said in their stead."""

from __future__ import annotations

from dataclasses import dataclass

from tbconvert.model import Origin
from tbconvert.normalize.remarks import Remarks
from tbconvert.options import Options
from tbconvert.summaries.histogram import Distribution

_LEGIBLE = 32
"""Arrays of which all curves are drawn unless told otherwise; of more, the two that tell most."""


@dataclass(slots=True)
class _Gap:
    """Where numbers of an array first were in no histogram, and in how many more snapshots."""

    where: Origin
    said: str
    more: int = 0


class Figures:
    """The curves that tell how the arrays of one run are."""

    def __init__(self, options: Options, remarks: Remarks) -> None:
        self._asked = options.tensor_stats
        self._remarks = remarks
        self._few: bool | None = None
        self._bad: dict[str, set[str]] = {}
        self._gaps: dict[str, _Gap] = {}

    @property
    def are_wanted(self) -> bool:
        """Tell whether there are curves at all."""
        return self._asked is not False

    def settle(self, arrays: int, where: Origin) -> None:
        """Decide, at the first snapshot that has arrays, of how many all curves can be read."""
        if self._few is not None or not arrays:
            return
        self._few = self._asked is None and arrays > _LEGIBLE
        if self._few:
            said = f"{arrays} arrays: of each, only norm and update became curves"
            self._remarks.say_once("few", where, said, "--tensor-stats makes all of them")

    def of(self, name: str, found: Distribution) -> dict[str, float]:
        """Return the points, at one step, of the curves of an array."""
        curves: dict[str, float] = {}
        if found.finite:
            curves[f"{name}/norm"] = found.norm
            if not self._few:
                curves[f"{name}/mean"] = found.mean
                curves[f"{name}/std"] = found.std
                curves[f"{name}/min"] = found.minimum
                curves[f"{name}/max"] = found.maximum
        # a curve that is 0 all the time tells nothing: it begins where it tells something
        counts: dict[str, float] = {"nan_count": found.nans, "inf_count": found.infinities}
        if not self._few:
            counts["zero_fraction"] = found.zeros / max(found.size, 1)
        seen = self._bad.setdefault(name, set())
        for suffix, count in counts.items():
            if count or suffix in seen:
                seen.add(suffix)
                curves[f"{name}/{suffix}"] = float(count)
        return curves

    def miss(self, name: str, bad: int, size: int, where: Origin, hint: str = "") -> None:
        """Say that ``bad`` numbers of an array of some size are in no histogram, and on no curve.

        It is said where that is first so, with how many more snapshots have such numbers.
        """
        if not bad:
            return
        gap = self._gaps.get(name)
        if gap is None:
            are = "is" if bad == 1 else "are"
            said = f"{bad} of {size} numbers {are} NaN or infinite and in no histogram"
            self._gaps[name] = _Gap(where, said)
            self._remarks.say(("gap", name), where, said, hint)
            return
        gap.more += 1
        more = "1 more snapshot has" if gap.more == 1 else f"{gap.more} more snapshots have"
        self._remarks.say(("gap", name), gap.where, f"{gap.said}; {more} such numbers", hint)
