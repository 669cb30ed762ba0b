"""The parts of event files → what TensorBoard's two readers will serve of them, and what not."""

from tbconvert.serving.examination import Examination, Served, Shown
from tbconvert.serving.finding import Finding, Severity
from tbconvert.serving.logdir import logdir_findings
from tbconvert.serving.series import Steps

__all__ = [
    "Examination",
    "Finding",
    "Served",
    "Severity",
    "Shown",
    "Steps",
    "logdir_findings",
]
