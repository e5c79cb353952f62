"""Ad hoc loops forget validation, saving, stopping: train with one call.

`Trainer` holds the loop and nothing else (`trainer.py`): it goes through the batches, updates,
evaluates. What else happens at its moments is a `Callback` of a few lines: a progress bar, early
stopping, logs, checkpoints. What a run depends on is taken out of it and put back in one place
(`resuming.py`), written as one file that is whole or not there (`saving.py`, `checkpoint.py`). So a
killed run goes on to the same end, bit for bit. Metrics add up batch by batch what they need to
give the value over all samples (`metric.py`); the history has a row for each epoch.

Read `trainer.py` first, then `callback.py` and `stopping.py`, the shortest of those that do a job.
"""

from tinytorch.training.callback import Callback
from tinytorch.training.checkpoint import (
    ModelCheckpoint,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from tinytorch.training.classification import Accuracy, BinaryAccuracy, ConfusionMatrix, Perplexity
from tinytorch.training.history import History
from tinytorch.training.logs import CSVLogger, TensorBoardLogger
from tinytorch.training.lr_finder import LRFinding, find_lr
from tinytorch.training.metric import Mean, Metric
from tinytorch.training.per_class import F1Score, Precision, Recall
from tinytorch.training.plotting import plot_confusion_matrix, plot_history
from tinytorch.training.progress import ProgressBar
from tinytorch.training.regression import MeanAbsoluteError, MeanSquaredError, R2Score
from tinytorch.training.saving import load, load_metadata, save
from tinytorch.training.stopping import EarlyStopping
from tinytorch.training.trainer import Trainer

__all__ = [
    # the loop, and what else happens in it
    "Trainer",
    "Callback",
    "ModelCheckpoint",
    "EarlyStopping",
    "ProgressBar",
    "CSVLogger",
    "TensorBoardLogger",
    # a first learning rate
    "find_lr",
    "LRFinding",
    # metrics
    "Metric",
    "Mean",
    "Accuracy",
    "BinaryAccuracy",
    "ConfusionMatrix",
    "Perplexity",
    "Precision",
    "Recall",
    "F1Score",
    "MeanSquaredError",
    "MeanAbsoluteError",
    "R2Score",
    # what a run has measured
    "History",
    "plot_history",
    "plot_confusion_matrix",
    # files
    "save",
    "load",
    "load_metadata",
    "save_checkpoint",
    "load_checkpoint",
    "latest_checkpoint",
]

__version__ = "0.1.0"
