"""Which plugin and class a series is listed under: what the readers make of metadata."""

from __future__ import annotations

from typing import NamedTuple

from tbconvert.serving.nature import BLOBS, SCALAR, TENSOR, UNKNOWN, About, Form, Nature


class Listing(NamedTuple):
    """The plugin that a series is for, and its class; ``UNKNOWN`` is not listed."""

    plugin: str
    data_class: int

    @property
    def is_listed(self) -> bool:
        """Tell whether any dashboard can ask for the series."""
        return self.plugin != "" and self.data_class in (SCALAR, TENSOR, BLOBS)


CLASSES = {
    "scalars": SCALAR,
    **dict.fromkeys(
        ("histograms", "text", "hparams", "pr_curves", "mesh", "custom_scalars"), TENSOR
    ),
    **dict.fromkeys(
        (
            *("images", "audio", "graph_run_metadata", "graph_run_metadata_graph"),
            "graph_keras_model",
        ),
        BLOBS,
    ),
}
"""The class of what each plugin shows, unless metadata say another one."""

GRAPH_PLUGINS = {"graph_run_metadata", "graph_run_metadata_graph", "graph_keras_model"}

_IMPLIED: dict[Form, Listing] = {
    "simple_value": Listing("scalars", SCALAR),
    "histo": Listing("histograms", TENSOR),
    "image": Listing("images", BLOBS),
    "audio": Listing("audio", BLOBS),
}


def by_data_server(first: Nature) -> Listing:
    """Return where the data server lists a series by the first of its values."""
    about = first.about
    if about is not None and about.data_class != UNKNOWN:
        return Listing(about.plugin, about.data_class)
    if implied := _IMPLIED.get(first.form):
        return implied
    return Listing(about.plugin, CLASSES.get(about.plugin, UNKNOWN)) if about else _NOWHERE


def fits_data_server(nature: Nature, listing: Listing) -> bool:
    """Tell whether the data server can show a value in a series of a listing that has a class."""
    if listing.data_class == SCALAR:
        return nature.is_scalar
    if listing.data_class == TENSOR:
        return nature.is_tensor
    if nature.blobs == "audio":
        return listing.plugin == "audio"
    if nature.blobs == "graph":
        return listing.plugin in GRAPH_PLUGINS
    return nature.blobs == "any"


def own_metadata(nature: Nature) -> About | None:
    """Return the metadata of a value once the Python reader has put it into the new style."""
    implied = _IMPLIED.get(nature.form)
    return About(implied.plugin) if implied else nature.about


def by_python(nature: Nature, initial: About | None) -> Listing | None:
    """Return where the Python reader lists a series by a value with metadata, None without.

    ``initial`` are the metadata of the first value in the same file.
    """
    own = own_metadata(nature)
    if own is None:
        return None
    if nature.form not in _OF_EVENTS and initial and initial.data_class == UNKNOWN:
        return Listing(own.plugin, CLASSES.get(initial.plugin, own.data_class))
    return Listing(own.plugin, own.data_class)


def breaks_python(nature: Nature, initial: About | None) -> bool:
    """Tell whether the Python reader fails at a value."""
    is_sound = initial is not None and initial == About("audio")
    return nature.breaks or (nature.without_clips and is_sound)


def tensor_of_python(nature: Nature, initial: About | None) -> Nature | None:
    """Return what the Python reader keeps of a value under its tag, None if that is nothing."""
    if nature.node:
        return None
    if nature.has_tensor:
        return nature
    if initial is None or initial.data_class != UNKNOWN:
        return None
    if initial.plugin == "hparams":
        return _NULL
    return _SHAPE if initial.plugin in GRAPH_PLUGINS else None


_NOWHERE = Listing("", UNKNOWN)
_OF_EVENTS = {"graph_def", "tagged_run_metadata"}
# what that reader puts in place of a value that is not there
_NULL = Nature("tensor", is_array=True, trait="no value")
_SHAPE = Nature("tensor", is_array=False, trait="no value")
