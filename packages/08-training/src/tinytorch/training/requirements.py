"""What a Trainer needs its arguments and batches to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinytorch.layers import Module
from tinytorch.optim import LRScheduler, Optimizer, ReduceLROnPlateau
from tinytorch.training.callback import Callback
from tinytorch.training.metric import Metric

COLUMNS = "epoch", "step", "lr", "loss", "seconds"  # of the history, whatever the metrics are


def check_kind(name: str, value: Any, kind: type) -> None:
    """Raise TypeError unless the argument is an object of a kind."""
    if not isinstance(value, kind):
        got = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
        article = "an" if kind.__name__[0] in "IO" else "a"
        raise TypeError(f"Trainer: {name} is {got}, expected {article} {kind.__name__}")


def check_count(what: str, value: Any) -> None:
    """Raise unless a number is an integer from 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is {value!r}, expected an integer")
    if value < 1:
        raise ValueError(f"{what} is {value}, expected at least 1")


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
        check_kind(f"metrics[{name!r}]", metric, Metric)
        if name in COLUMNS:
            raise ValueError(
                f"Trainer: metrics has {name!r}, which the history's own column is named, choose "
                "another name"
            )


def checked_callbacks(callbacks: Any) -> list[Callback]:
    """The callbacks as a list; raises unless they are some."""
    check_kind("callbacks", callbacks, Iterable)
    listed = list(callbacks)
    for i, callback in enumerate(listed):
        check_kind(f"callbacks[{i}]", callback, Callback)
    return listed


def check_scheduler(scheduler: Any, interval: Any, optimizer: Optimizer) -> None:
    """Raise unless the scheduler is one of this optimizer, and may be stepped so often."""
    if interval not in ("step", "epoch"):
        raise ValueError(f"Trainer: scheduler_interval is {interval!r}, expected 'step' or 'epoch'")
    if scheduler is None:
        return
    if not isinstance(scheduler, LRScheduler | ReduceLROnPlateau):
        raise TypeError(
            f"Trainer: scheduler is {type(scheduler).__name__}, expected an LRScheduler"
        )
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


def parts(batch: Any) -> Any:
    """The parts of a batch, inputs and then targets."""
    if isinstance(batch, list | tuple) and len(batch) >= 2:
        return batch
    has = f" of {len(batch)}" if isinstance(batch, list | tuple) else ""
    raise TypeError(
        f"Trainer: a batch is a {type(batch).__name__}{has}, expected a list or tuple of inputs "
        "and targets; for other batches override compute_loss"
    )
