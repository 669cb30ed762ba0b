"""What each framework calls things: data that ``plan`` looks up and ``normalize`` obeys.

To add a dialect: a module with one ``Dialect``, and a row here. Of those that claim a file the
one is taken whose mark says most; among equals, the one that stands first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tbconvert.dialects.acme import ACME, ACME_EVALUATOR, ACME_LEARNER
from tbconvert.dialects.algoperf import ALGOPERF
from tbconvert.dialects.allennlp import ALLENNLP
from tbconvert.dialects.baselines import BASELINES
from tbconvert.dialects.caffe import CAFFE
from tbconvert.dialects.catboost import CATBOOST
from tbconvert.dialects.chainer import CHAINER
from tbconvert.dialects.claims import claimants
from tbconvert.dialects.cyclegan import CYCLEGAN
from tbconvert.dialects.d3rlpy import D3RLPY
from tbconvert.dialects.deeplabcut import DEEPLABCUT
from tbconvert.dialects.deepmd import DEEPMD
from tbconvert.dialects.deepxde import DEEPXDE
from tbconvert.dialects.detectron2 import DETECTRON2
from tbconvert.dialects.detr import DETR
from tbconvert.dialects.dialect import Adapter, Dialect, Mark, Peek, beside
from tbconvert.dialects.dllogger import DLLOGGER
from tbconvert.dialects.dllogger_console import DLLOGGER_CONSOLE
from tbconvert.dialects.dreamer import DREAMER
from tbconvert.dialects.dvclive import DVCLIVE
from tbconvert.dialects.fairseq import FAIRSEQ
from tbconvert.dialects.fastai import FASTAI
from tbconvert.dialects.flair import FLAIR
from tbconvert.dialects.generic import GENERIC
from tbconvert.dialects.keras import KERAS
from tbconvert.dialects.keras_tuner import KERAS_TUNER
from tbconvert.dialects.lightgbm import LIGHTGBM
from tbconvert.dialects.lightning import LIGHTNING
from tbconvert.dialects.llamafactory import LLAMAFACTORY
from tbconvert.dialects.lm_eval import LM_EVAL
from tbconvert.dialects.ludwig import LUDWIG
from tbconvert.dialects.mlagents import MLAGENTS
from tbconvert.dialects.mlflow import MLFLOW, MLFLOW_SETTINGS
from tbconvert.dialects.mlperf import MLPERF
from tbconvert.dialects.mmcv import MMCV
from tbconvert.dialects.mmengine import MMENGINE
from tbconvert.dialects.monitor import MONITOR
from tbconvert.dialects.nanogpt import BUILD_NANOGPT, LLM_C
from tbconvert.dialects.neat import NEAT
from tbconvert.dialects.nequip import NEQUIP
from tbconvert.dialects.open_clip import OPEN_CLIP
from tbconvert.dialects.openai import OPENAI
from tbconvert.dialects.optuna import OPTUNA
from tbconvert.dialects.own import own_dialects
from tbconvert.dialects.peft import PEFT
from tbconvert.dialects.pymarl import PYMARL
from tbconvert.dialects.ray import RAY
from tbconvert.dialects.rlkit import RLKIT
from tbconvert.dialects.sacred import SACRED
from tbconvert.dialects.skorch import SKORCH
from tbconvert.dialects.speechbrain import SPEECHBRAIN
from tbconvert.dialects.spinningup import SPINNINGUP
from tbconvert.dialects.stylegan import STYLEGAN
from tbconvert.dialects.swift import SWIFT
from tbconvert.dialects.tensorboard_csv import TENSORBOARD_CSV
from tbconvert.dialects.tensorboardx import TENSORBOARDX
from tbconvert.dialects.timm import TIMM
from tbconvert.dialects.torchrl import TORCHRL, TORCHRL_SETTINGS
from tbconvert.dialects.trainer import TRAINER
from tbconvert.dialects.ultralytics import ULTRALYTICS
from tbconvert.dialects.wandb_api import WANDB_API
from tbconvert.dialects.wandb_chart import WANDB_CHART
from tbconvert.dialects.wandb_history import WANDB_FOLDER, WANDB_HISTORY
from tbconvert.dialects.wandb_runs import WANDB_RUNS
from tbconvert.dialects.xgboost import XGBOOST
from tbconvert.dialects.yolov5 import YOLOV5
from tbconvert.extensions import extensions

DIALECTS: tuple[Dialect, ...] = (
    ACME,
    ACME_EVALUATOR,
    ACME_LEARNER,
    ALGOPERF,
    ALLENNLP,
    BASELINES,
    BUILD_NANOGPT,
    CAFFE,
    CATBOOST,
    CHAINER,
    CYCLEGAN,
    D3RLPY,
    DEEPLABCUT,
    DEEPMD,
    DEEPXDE,
    DETECTRON2,
    DETR,
    DLLOGGER,
    DLLOGGER_CONSOLE,
    DREAMER,
    DVCLIVE,
    FAIRSEQ,
    FASTAI,
    FLAIR,
    KERAS,
    KERAS_TUNER,
    LIGHTGBM,
    LIGHTNING,
    LLAMAFACTORY,
    LLM_C,
    LM_EVAL,
    LUDWIG,
    MLAGENTS,
    MLFLOW,
    MLFLOW_SETTINGS,
    MLPERF,
    MMCV,
    MMENGINE,
    MONITOR,
    NEAT,
    NEQUIP,
    OPENAI,
    OPEN_CLIP,
    OPTUNA,
    PEFT,
    PYMARL,
    RAY,
    RLKIT,
    SACRED,
    SKORCH,
    SPEECHBRAIN,
    SPINNINGUP,
    STYLEGAN,
    SWIFT,
    TENSORBOARDX,
    TENSORBOARD_CSV,
    TIMM,
    TORCHRL,
    TORCHRL_SETTINGS,
    TRAINER,
    ULTRALYTICS,
    WANDB_API,
    WANDB_CHART,
    WANDB_FOLDER,
    WANDB_HISTORY,
    WANDB_RUNS,
    XGBOOST,
    YOLOV5,
    GENERIC,
)

_OWN: dict[str, Dialect] = {}
"""Those of the user: a source names its dialect, and each process has to know it."""


def know(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Take the dialects that a configuration describes, and no others; they are asked first.

    Raises
    ------
    UsageError
        What describes one makes no sense.
    """
    others = (*extensions("tbconvert.dialects", Dialect), *DIALECTS) if tables else ()
    own = own_dialects(tables, others)
    if own != _OWN:
        _OWN.clear()
        _OWN.update(own)


def known() -> tuple[Dialect, ...]:
    """Return all dialects: the user's own, those of other packages, and the table.

    Raises
    ------
    UsageError
        What another package adds is no dialect.
    """
    return (*own(), *DIALECTS)


def own() -> tuple[Dialect, ...]:
    """Return the dialects that are not in the table: of the configuration, of other packages."""
    return (*_OWN.values(), *extensions("tbconvert.dialects", Dialect))


def by_name(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises
    ------
    KeyError
        There is none.
    """
    for dialect in known():
        if dialect.name == name:
            return dialect
    raise KeyError(name)


def detect(peek: Peek) -> tuple[Dialect, tuple[str, ...]]:
    """Return the dialect of a file, and the names of those that fit it as well."""
    first, *others = claimants(peek, known()) or (GENERIC,)
    return first, tuple(dialect.name for dialect in others)


__all__ = [
    "DIALECTS",
    "GENERIC",
    "Adapter",
    "Dialect",
    "Mark",
    "Peek",
    "beside",
    "by_name",
    "detect",
    "know",
    "known",
    "own",
]
