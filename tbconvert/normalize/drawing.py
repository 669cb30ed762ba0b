"""Which arrays of a run become pictures, in which colours; remembers what spans snapshots."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Origin, RawTensor
from tbconvert.normalize.first_layer import FirstLayer
from tbconvert.normalize.pictures import (
    PictureError,
    Way,
    default_way,
    find_way,
    parse_rule,
    pictures,
    way_if_asked,
)
from tbconvert.normalize.remarks import Remarks
from tbconvert.options import Options
from tbconvert.summaries.image import Scale, to_pixels


class Drawing:
    """Draws the arrays of one run.

    Raises
    ------
    UsageError
        The options name a way to draw that there is not.
    """

    def __init__(self, options: Options, remarks: Remarks) -> None:
        self._options = options
        self._remarks = remarks
        self._rules = tuple(map(parse_rule, options.image))
        self._first_layer = FirstLayer()
        self._scales: dict[str, Scale] = {}
        self._names: set[str] = set()
        self._large: dict[str, tuple[Origin, str, str]] = {}

    def meet(self, names: Iterable[str], where: Origin) -> None:
        """Look which rules match none of the arrays so far, those of a snapshot among them."""
        new = set(names) - self._names
        self._names |= new
        for rule in self._rules if new else ():
            key = ("unmatched", rule)
            if any(fnmatchcase(name, rule.pattern) for name in self._names):
                self._remarks.withdraw(key)
                continue
            near = difflib.get_close_matches(rule.pattern.strip("*"), sorted(self._names))
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else ""
            said = f"--image '{rule.pattern}={rule.way}' matches no array"
            self._remarks.say(key, where, said, hint)

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
                self._say_once("pixels", tensor, where, f"no picture of it: {err}")
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
            if role == "weight":
                self._first_layer.pass_by(tensor)
            return way
        way = self._first_layer.way(tensor) if role == "weight" else None
        if way is not None:
            said = f"taken for a layer that sees images: drawn as {way}"
            hint = f"--image '{tensor.name}=matrix' overrules, or off"
            self._say_once("first", tensor, where, said, hint)
            return way
        of_array = (tensor.name, tensor.shape, tensor.dtype, role)
        way = default_way(*of_array)
        large = way_if_asked(*of_array) if way is None else None
        if large is not None and where is not None:
            self._pass_over(tensor, large, where)
        return way

    def _pass_over(self, tensor: RawTensor, way: Way, where: Origin) -> None:
        """Say of which weights there is no picture since nobody asked for one so large."""
        if tensor.name in self._large:
            return
        shape = " × ".join(map(str, tensor.shape))
        said = f"no picture of it: {shape} is too large to be drawn unasked"
        self._large[tensor.name] = where, said, f"--image '{tensor.name}={way}' draws it"
        first, said, hint = next(iter(self._large.values()))
        more = len(self._large) - 1
        others = f"; nor of {more} more array{'s' * (more > 1)}" if more else ""
        self._remarks.say("large", first, said + others, hint)

    def _say_once(
        self, kind: str, tensor: RawTensor, where: Origin | None, said: str, hint: str = ""
    ) -> None:
        if where is not None:
            self._remarks.say_once((kind, tensor.name), where, said, hint)


def _common(images: Iterable[tuple[str, NDArray[Any]]]) -> Scale:
    """Return the scale of all of some images."""
    scale = Scale()
    for _, image in images:
        scale = scale.union(Scale.of(image))
    return scale
