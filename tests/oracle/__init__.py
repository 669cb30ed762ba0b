"""Somebody else's programs, to read back what tbconvert wrote.

``served = read_back(logdir); served["run"]["loss"].steps``: the common case. It reads with
three independent readers and fails unless all of them show the same.
"""

from oracle.agree import read_back
from oracle.command import Forked, ingest
from oracle.data_server import TensorBoard
from oracle.series import Logdir, Series

__all__ = ["Forked", "Logdir", "Series", "TensorBoard", "ingest", "read_back"]
