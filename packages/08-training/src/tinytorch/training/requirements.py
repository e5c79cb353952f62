"""What a Trainer needs its arguments and batches to be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sized
from typing import Any, Literal

import numpy as np

from tinytorch.layers import Module
from tinytorch.optim import LRScheduler, OneCycleLR, Optimizer, ReduceLROnPlateau
from tinytorch.tensor import Tensor
from tinytorch.training.callback import Callback
from tinytorch.training.metric import Metric

COLUMNS = "epoch", "step", "lr", "loss", "seconds"  # of the history, whatever the metrics are


def check_kind(name: str, value: Any, kind: type) -> None:
    """Raise TypeError unless the argument is an object of a kind."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "IO" else "a"
        raise TypeError(f"Trainer: {name} is {kind_of(value)}, expected {article} {kind.__name__}")


def kind_of(value: Any) -> str:
    """What an argument is, for errors."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def check_loss(loss: Any) -> None:
    """Raise unless it can be called with outputs and targets."""
    if isinstance(loss, type):
        name = loss.__name__
        raise TypeError(f"Trainer: loss is the class {name}, expected an object of it: {name}()")
    if not callable(loss):
        raise TypeError(f"Trainer: loss is {loss!r}, expected a function or a loss layer")


def check_progress(progress: Any) -> None:
    """Raise unless it says yes or no."""
    if not isinstance(progress, bool):
        raise TypeError(
            f"Trainer: progress is {kind_of(progress)}, expected True or False; a ProgressBar of "
            "your own is one of the callbacks, with progress=False"
        )


def check_path(what: str, value: Any) -> None:
    """Raise TypeError unless it is the path of a file or folder."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{what} is {value!r}, expected a path: a str, or a Path")


def check_norm(max_grad_norm: Any) -> None:
    """Raise unless gradients can be clipped to it, or needn't be clipped."""
    if max_grad_norm is None:
        return
    if not isinstance(max_grad_norm, int | float):
        raise TypeError(f"Trainer: max_grad_norm is {max_grad_norm!r}, expected a number")
    if not max_grad_norm > 0:
        raise ValueError(f"Trainer: max_grad_norm is {max_grad_norm}, expected a number above 0")


def check_optimizer(optimizer: Any, model: Module) -> None:
    """Raise unless it is an optimizer, and changes the model at all."""
    check_kind("optimizer", optimizer, Optimizer)
    owned = {id(parameter) for parameter in model.parameters()}
    if not any(id(p) in owned for group in optimizer.param_groups for p in group["params"]):
        raise ValueError(
            "Trainer: optimizer has none of the model's parameters, expected one made with "
            "model.parameters()"
        )


def check_metrics(metrics: Any) -> None:
    """Raise unless they are metrics by names that are free."""
    check_kind("metrics", metrics, Mapping)
    for name, metric in metrics.items():
        if not isinstance(name, str):
            raise TypeError(f"Trainer: metrics has a metric named {name!r}, expected a str")
        check_kind(f"metrics[{name!r}]", metric, Metric)
        if name in COLUMNS:
            raise ValueError(
                f"Trainer: metrics has {name!r}, which the history's own column is named, choose "
                "another name"
            )
        if name.startswith("val_"):
            raise ValueError(
                f"Trainer: metrics has {name!r}, expected a name without val_: the history has "
                "each metric under its name, and with val_ before it that of the validation"
            )


def checked_callbacks(callbacks: Any) -> list[Callback]:
    """The callbacks as a list; raises unless they are some."""
    check_kind("callbacks", callbacks, Iterable)
    listed = list(callbacks)
    for i, callback in enumerate(listed):
        check_kind(f"callbacks[{i}]", callback, Callback)
    return listed


def checked_interval(
    scheduler: Any, interval: Any, optimizer: Optimizer
) -> Literal["step", "epoch"] | None:
    """How often the scheduler is stepped.

    Raises:
        TypeError: if it is no scheduler.
        ValueError: if it is not one of this optimizer, or not to be stepped so often; or if that
            is not said, and the scheduler may be meant for either.
    """
    if interval not in ("step", "epoch", None):
        raise ValueError(f"Trainer: scheduler_interval is {interval!r}, expected 'step' or 'epoch'")
    if scheduler is None:
        if interval is not None:
            raise ValueError(
                f"Trainer: scheduler_interval is {interval!r} and there is no scheduler, expected "
                "both or neither"
            )
        return None
    if not isinstance(scheduler, LRScheduler | ReduceLROnPlateau):
        raise TypeError(f"Trainer: scheduler is {kind_of(scheduler)}, expected an LRScheduler")
    if isinstance(scheduler, ReduceLROnPlateau) and interval == "step":
        raise ValueError(
            "Trainer: a ReduceLROnPlateau looks at the loss of an epoch, expected "
            "scheduler_interval='epoch'"
        )
    if isinstance(scheduler, ReduceLROnPlateau) and scheduler.mode == "max":
        raise ValueError(
            "Trainer: a ReduceLROnPlateau is given the loss, of which less is better, expected "
            "mode='min'"
        )
    if scheduler.optimizer is not optimizer:
        raise ValueError("Trainer: scheduler is of another optimizer, expected one of this one")
    if interval is not None:
        return "step" if interval == "step" else "epoch"
    if isinstance(scheduler, ReduceLROnPlateau):
        return "epoch"
    if isinstance(scheduler, OneCycleLR):
        return "step"
    raise ValueError(
        f"Trainer: how often {type(scheduler).__name__} is to be stepped must be said, expected "
        "scheduler_interval='step', after each update, or 'epoch'"
    )


def check_batches(what: str, batches: Any, parts: bool) -> None:
    """Raise unless it can be gone through, and may hold batches.

    Args:
        what: the argument, for the error.
        batches: the argument.
        parts: whether a batch has several, so that a Tensor is none.

    Raises:
        TypeError: if it is nothing to go through, a data set, or itself one batch.
        ValueError: if it is empty.
    """
    if not isinstance(batches, Iterable):
        if hasattr(batches, "__getitem__"):
            raise TypeError(
                f"{what} is a {type(batches).__name__}, which has samples, not batches: wrap the "
                "data set in a DataLoader"
            )
        raise TypeError(f"{what} is {batches!r}, expected batches: a DataLoader, or a list")
    if isinstance(batches, Sized) and _length(batches) == 0:
        raise ValueError(f"{what} is empty, expected at least one batch")
    kinds = Tensor | np.ndarray
    among = batches if isinstance(batches, list | tuple) else [batches]
    if parts and all(isinstance(part, kinds) for part in among):
        has = "" if isinstance(batches, kinds) else " of Tensors or arrays"
        raise TypeError(
            f"{what} is a {type(batches).__name__}{has}, expected a list of batches, each with "
            "inputs and targets: [(inputs, targets)]"
        )


def _length(batches: Sized) -> int | None:
    """The number of batches, or None if they do not tell."""
    try:
        return len(batches)
    except TypeError:
        return None


def check_batch(batch: Any) -> None:
    """Raise where a batch, or its last part, is one sample's, or a NumPy array is among its parts.

    Raises:
        TypeError: for an array.
        ValueError: for a sample.
    """
    found = batch if isinstance(batch, list | tuple) else [batch]
    if found and (isinstance(found[-1], int | float) or getattr(found[-1], "ndim", None) == 0):
        raise ValueError(
            f"Trainer: a {type(batch).__name__} whose last part has no dims is one sample, not a "
            "batch: wrap the data set in a DataLoader"
        )
    if any(isinstance(part, np.ndarray) for part in found):
        raise TypeError("Trainer: a batch holds a NumPy array, expected a Tensor: tensor(array)")


def parts(batch: Any) -> Any:
    """The parts of a batch, inputs and then targets."""
    check_batch(batch)
    if isinstance(batch, list | tuple) and len(batch) >= 2:
        return batch
    has = f" of {len(batch)}" if isinstance(batch, list | tuple) else ""
    raise TypeError(
        f"Trainer: a batch is a {type(batch).__name__}{has}, expected a list or tuple of inputs "
        "and targets; for other batches override compute_loss"
    )


def checked_found(found: Any) -> tuple[Tensor, Any, Any]:
    """What `compute_loss` returned, or TypeError."""
    if isinstance(found, list | tuple) and len(found) == 3:
        loss, outputs, targets = found
        return loss, outputs, targets
    has = f" of {len(found)}" if isinstance(found, list | tuple) else ""
    raise TypeError(
        f"Trainer: compute_loss returned a {type(found).__name__}{has}, expected three things: "
        "the loss, the outputs and the targets"
    )
