"""Raw → Summary: tables and arrays under the file's own names become points of tags.

``runs`` tells the runs of a table apart and, by ``columns``, what each column is; ``table``
turns the rows of one run into rows of tags. ``snapshots`` tells what the arrays of a file are;
``tensors`` makes rows of tags of them, and of pictures by ``drawing``. ``order`` makes the
steps of each tag rise. ``settings`` are what a training was started with, and ``constants``
columns that turn out to be such. What arrays need is slow to import, and stands in no list here.
"""

from tbconvert.normalize.columns import Layout
from tbconvert.normalize.constants import ChangedLate
from tbconvert.normalize.graphs import graph_rows
from tbconvert.normalize.order import (
    Gather,
    NotARestart,
    Order,
    Replay,
    StepsGoBack,
    Streaming,
    Survey,
)
from tbconvert.normalize.rows import Rows
from tbconvert.normalize.runs import Part, RolesInDoubt, RunSplitter, Study
from tbconvert.normalize.segments import joined
from tbconvert.normalize.settings import (
    Settings,
    constants_remark,
    parse_settings,
    settings_points,
)
from tbconvert.normalize.table import Normalizer
from tbconvert.normalize.tags import TagNames
from tbconvert.normalize.times import last_reading

__all__ = [
    "ChangedLate",
    "Gather",
    "Layout",
    "Normalizer",
    "NotARestart",
    "Order",
    "Part",
    "Replay",
    "RolesInDoubt",
    "Rows",
    "RunSplitter",
    "Settings",
    "StepsGoBack",
    "Streaming",
    "Study",
    "Survey",
    "TagNames",
    "constants_remark",
    "graph_rows",
    "joined",
    "last_reading",
    "parse_settings",
    "settings_points",
]
