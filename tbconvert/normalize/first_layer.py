"""Which matrix of a run sees pixels: the weights of its first layer."""

from __future__ import annotations

from tbconvert.model import RawTensor
from tbconvert.normalize.pictures import Way, first_layer_way, has_floats


class FirstLayer:
    """Finds the first matrix of a run that could see pixels, and knows it again by its name.

    A matrix does not see pixels where it follows one that came before it, its inputs being a
    side of that, or stands beside it, with as many outputs. Squares and vectors that came
    before tell nothing, and only matrices of floats count.
    """

    def __init__(self) -> None:
        self._name: str | None = None
        self._before: set[tuple[int, ...]] = set()

    def way(self, tensor: RawTensor) -> Way | None:
        """Return how a weight is drawn if it is of the first layer; None if it is not."""
        way = first_layer_way(tensor.shape, tensor.name) if has_floats(tensor.dtype) else None
        if self._name is None:
            if way is not None and not self._is_behind(tensor.shape, way):
                self._name = tensor.name
            else:
                self.pass_by(tensor)
        return way if self._name == tensor.name else None

    def pass_by(self, tensor: RawTensor) -> None:
        """Let a weight come before the others, without a look at whether it sees pixels."""
        is_oblong = tensor.ndim == 2 and tensor.shape[0] != tensor.shape[1]
        if is_oblong and min(tensor.shape) > 1 and has_floats(tensor.dtype):
            self._before.add(tensor.shape)

    def _is_behind(self, shape: tuple[int, ...], way: Way) -> bool:
        seen, told = (0, 1) if way.kind == "columns" else (1, 0)
        return any(shape[seen] in before or shape[told] == before[told] for before in self._before)
