"""One thing that TensorBoard will not show as it is in the files, or that is odd about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tbconvert.model import Tag

Severity = Literal["loss", "hint"]
"""A loss: points are not served, or not the same by both readers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what TensorBoard does and why, and what to do about it.

    ``code`` is a stable word; ``run_file`` the event file, "" for the whole run; ``tag`` None
    where all are meant.
    """

    code: str
    severity: Severity
    run_file: str
    tag: Tag | None
    said: str
    cure: str

    def __str__(self) -> str:
        place = "".join(
            f"{part}: "
            for part in (self.run_file, f"tag {self.tag!r}" if self.tag is not None else "")
            if part
        )
        return f"{place}{self.said}" + (f"; {self.cure}" if self.cure else "")


def counted(count: int, noun: str) -> str:
    """Return "1 point", "2 points"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
