"""The parts of event files → what TensorBoard's two readers will serve of them, and what not."""

from tbconvert.serving.examination import Examination, Served, Shown
from tbconvert.serving.finding import Finding, Severity, counted
from tbconvert.serving.logdir import logdir_findings
from tbconvert.serving.names import MARK
from tbconvert.serving.series import Steps

__all__ = [
    "MARK",
    "Examination",
    "Finding",
    "Served",
    "Severity",
    "Shown",
    "Steps",
    "counted",
    "logdir_findings",
]
