"""What a Trainer needs its arguments and batches to be."""

from __future__ import annotations

from typing import Any

from tinytorch.optim import LRScheduler, Optimizer, ReduceLROnPlateau


def check_kind(name: str, value: Any, kind: type) -> None:
    """Raise TypeError unless the argument is an object of a kind."""
    if not isinstance(value, kind):
        got = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
        raise TypeError(f"Trainer: {name} is {got}, expected a {kind.__name__}")


def check_count(what: str, value: Any) -> None:
    """Raise unless a number is an integer from 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is {value!r}, expected an integer")
    if value < 1:
        raise ValueError(f"{what} is {value}, expected at least 1")


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
