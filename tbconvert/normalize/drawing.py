"""Which arrays of a run become pictures, in which colours; remembers what spans snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Findings, Origin, Problem, RawTensor
from tbconvert.normalize.pictures import (
    PictureError,
    Way,
    default_way,
    find_way,
    first_layer_way,
    parse_rule,
    pictures,
)
from tbconvert.options import Options
from tbconvert.summaries.image import Scale, to_pixels


class Drawing:
    """Draws the arrays of one run.

    Raises
    ------
    UsageError
        The options name a way to draw that there is not.
    """

    def __init__(self, options: Options, findings: Findings) -> None:
        self._options = options
        self._findings = findings
        self._rules = tuple(map(parse_rule, options.image))
        self._first_matrix: str | None = None
        self._scales: dict[str, Scale] = {}
        self._said: set[tuple[str, str]] = set()

    def is_only_drawn(self, tensor: RawTensor, role: str) -> bool:
        """Tell whether an array is images, of which neither distribution nor curves say much."""
        way = self._way(tensor, role, None)
        return way is not None and way.kind == "images"

    def measure(self, tensor: RawTensor, array: NDArray[Any], role: str) -> None:
        """Let an array count for the scale that all pictures of it are to have.

        Raises
        ------
        ValueError
            It is of a type that is not drawn.
        """
        known = self._scales.get(tensor.name, Scale())
        found = _common(self._images(tensor, array, role, None))
        self._scales[tensor.name] = known.union(found)

    def drawn(
        self, tensor: RawTensor, array: NDArray[Any], role: str, where: Origin
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Yield the pictures of an array: what is put behind its tag, and the pixels."""
        images = list(self._images(tensor, array, role, where))
        scale: Scale | None = None
        if self._options.image_scale == "run":
            scale = self._scales.get(tensor.name)
        elif self._options.image_scale == "snapshot":
            scale = _common(images)
        # samples are pictures of something, which has no such colours
        colormap = "gray" if role == "sample" else self._options.colormap
        for suffix, image in images:
            try:
                yield suffix, to_pixels(image, scale, self._options.bad_color, colormap)
            except ValueError as err:
                hint = "--bad-color wants a number for each channel"
                self._say_once("pixels", tensor, where, f"no picture of it: {err}", hint)
                return

    def _images(
        self, tensor: RawTensor, array: NDArray[Any], role: str, where: Origin | None
    ) -> Iterator[tuple[str, NDArray[Any]]]:
        way = self._way(tensor, role, where)
        if way is None:
            return
        try:
            found = pictures(array, way, self._options.max_images)
        except PictureError as err:
            self._say_once("misfit", tensor, where, f"no picture of it: {err}", "--image says how")
            return
        if found.left_out:
            is_tiled = way.kind == "tile"
            what = "filters" if is_tiled else "images"
            said = f"{found.left_out} more {what} of it were left out"
            hint = "" if is_tiled else "--max-images takes more"
            self._say_once("more", tensor, where, said, hint)
        yield from found.images

    def _way(self, tensor: RawTensor, role: str, where: Origin | None) -> Way | None:
        way = find_way(self._rules, tensor.name)
        if way is not None:
            return way
        if role == "weight" and len(tensor.shape) == 2:
            self._first_matrix = self._first_matrix or tensor.name
            if self._first_matrix == tensor.name:
                way = first_layer_way(tensor.shape, tensor.name)
            if way is not None:
                said = f"taken for a layer that sees images: drawn as {way}"
                hint = f"--image '{tensor.name}=matrix' overrules, or off"
                self._say_once("first", tensor, where, said, hint)
                return way
        return default_way(tensor.name, tensor.shape, tensor.dtype, role)

    def _say_once(
        self, kind: str, tensor: RawTensor, where: Origin | None, said: str, hint: str
    ) -> None:
        if where is not None and (kind, tensor.name) not in self._said:
            self._said.add((kind, tensor.name))
            self._findings.note(Problem(where, said, hint))


def _common(images: Iterable[tuple[str, NDArray[Any]]]) -> Scale:
    """Return the scale of all of some images."""
    scale = Scale()
    for _, image in images:
        scale = scale.union(Scale.of(image))
    return scale
