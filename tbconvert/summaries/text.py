"""A string → what the Text dashboard draws."""

from __future__ import annotations

from tbconvert.model import Tag, TensorPoint


def text_point(tag: Tag, step: int, wall_time: float, text: str) -> TensorPoint:
    """Return a text at one step: a tensor of one string and no dimension.

    The dashboard draws such a string as Markdown; a tensor of one dimension it would draw
    as a table (TensorBoard's text plugin).
    """
    return TensorPoint(tag, step, wall_time, "text", (text.encode("utf-8", "replace"),))
