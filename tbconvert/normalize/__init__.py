"""Raw → Summary: tables under the file's own names become points of tags.

``runs`` tells the runs of a table apart and, by ``columns``, what each column is; ``table``
turns the rows of one run into rows of tags; ``order`` makes the steps of each tag rise.
"""

from tbconvert.normalize.columns import Layout
from tbconvert.normalize.order import (
    Gather,
    NotARestart,
    Order,
    Replay,
    StepsGoBack,
    Streaming,
    Survey,
)
from tbconvert.normalize.runs import Part, RunSplitter
from tbconvert.normalize.table import Normalizer
from tbconvert.normalize.times import last_reading

__all__ = [
    "Gather",
    "Layout",
    "Normalizer",
    "NotARestart",
    "Order",
    "Part",
    "Replay",
    "RunSplitter",
    "StepsGoBack",
    "Streaming",
    "Survey",
    "last_reading",
]
