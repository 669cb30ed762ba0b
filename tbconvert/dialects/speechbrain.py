"""train_log.txt of SpeechBrain's FileTrainLogger: a line for each epoch, and one for a test."""

from tbconvert.dialects.dialect import Mark, beside
from tbconvert.dialects.generic import on_generic

SPEECHBRAIN = on_generic(
    "speechbrain",
    "train_log.txt of SpeechBrain",
    Mark(formats=("text",), columns=("epoch", "train loss", "valid *")),
    sample="tbconvert ingest results/CRDNN/1234/ --logdir runs",
    steps=("epoch",),
    marker=b" - train loss: ",
    pattern=(
        r"(?P<key>[A-Za-z]\w*(?: \w+)*): (?P<value>[-+]?\d[-+.\deE]*|nan|-?inf)(?=,| - |\s*$)",
    ),
    stock_names=("train_log",),
    # what the program printed has the same lines once more
    copies=beside("train_log*.txt", "log.txt"),
)
