"""Going on with a run: what it depends on, taken out of a Trainer and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.setup import get_rng_state, set_rng_state
from tinytorch.tensor import Tensor
from tinytorch.training.history import History
from tinytorch.training.running import Running

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer

PARTS = (
    *("model", "optimizer", "scheduler", "kinds", "train", "validation"),
    *("random", "progress", "callbacks"),
)


def state_of(trainer: Trainer) -> dict[str, Any]:
    """All that the further course of a run depends on, by part; the Tensors are its own memory."""
    state: dict[str, Any] = {
        name: part.state_dict() if hasattr(part, "state_dict") else None
        for name, part in _stateful(trainer).items()
    }
    # Not as they are now: somebody may have had a look at the first batch only.
    state["validation"] = trainer.validation_state
    state["kinds"] = _kinds(trainer)
    state["random"] = get_rng_state()
    state["progress"] = {
        "epoch": trainer.epoch,
        "batch": trainer.batch,
        "ended": trainer.ended,
        "step": trainer.step,
        "stopped": trainer.stopped,
        "latest": trainer.latest,
        "history": trainer.history.rows,
        "running": trainer.running.state_dict(),
    }
    state["callbacks"] = {name: callback.state_dict() for name, callback in _callbacks(trainer)}
    return state


def load_state(trainer: Trainer, state: Mapping[str, Any]) -> None:
    """Put a state back: all of it, or nothing if something does not fit.

    Raises:
        TypeError: if it is no dictionary.
        ValueError: that lists all that does not fit.
    """
    if not isinstance(state, Mapping):
        raise TypeError(
            f"Trainer: the state is {type(state).__name__}, expected what state_dict() returned"
        )
    missing = [name for name in PARTS if name not in state]
    if missing:
        raise ValueError(
            f"Trainer: the state lacks {', '.join(missing)}, expected what state_dict() returned"
        )
    before = copied(state_of(trainer))
    if hasattr(trainer.validation_batches, "state_dict"):
        before["validation"] = copied(trainer.validation_batches.state_dict())
    faults = _load(trainer, state)
    if faults:
        _load(trainer, before)
        listed = "\n".join(faults)
        raise ValueError(f"Trainer: the state does not fit this run:\n{listed}")
    if trainer.validation_batches is not None:
        trainer.validation_state = copied(state["validation"])


def _load(trainer: Trainer, state: Mapping[str, Any]) -> list[str]:
    """Put back every part that fits; returns what does not."""
    loads: dict[str, Callable[[Any], Any]] = {
        name: part.load_state_dict
        for name, part in _stateful(trainer).items()
        if name in ("model", "optimizer")
        or (hasattr(part, "load_state_dict") and state[name] is not None)
    }
    loads["random"] = set_rng_state
    loads["progress"] = lambda progress: _load_progress(trainer, progress)
    loads["callbacks"] = lambda states: _load_callbacks(trainer, states)
    kinds = state["kinds"] if isinstance(state["kinds"], Mapping) else {}
    faults = [
        f"{name}: this run has {ours}, the run of the state {kinds.get(name)}"
        for name, ours in _kinds(trainer).items()
        if ours != kinds.get(name)
    ]
    if _amid_other_data(trainer, state):
        faults.append("train: the run of the state was amid an epoch of another kind of data")
    for name, load in loads.items():
        try:
            load(state[name])
        except Exception as error:  # whatever it is, nothing must stay changed
            what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            faults.append(f"{name}: {what}")
    return faults


def _kinds(trainer: Trainer) -> dict[str, Any]:
    """The rules of the run, as far as its state does not tell them."""
    scheduler = trainer.scheduler
    return {
        "optimizer": type(trainer.optimizer).__name__,
        "scheduler": "none" if scheduler is None else type(scheduler).__name__,
        "accumulation_steps": trainer.accumulation_steps,
    }


def _amid_other_data(trainer: Trainer, state: Mapping[str, Any]) -> bool:
    """Whether the place in the epoch is told by the data in only one of the two runs."""
    progress = state["progress"]
    amid = isinstance(progress, Mapping) and progress.get("batch") and not progress.get("ended")
    data = trainer.train_batches
    tells = hasattr(data, "load_state_dict")
    return bool(amid) and data is not None and tells != (state["train"] is not None)


def _stateful(trainer: Trainer) -> dict[str, Any]:
    """What may have a state_dict of its own, in the order in which it is put back."""
    shared = trainer.validation_batches is trainer.train_batches
    return {
        "model": trainer.model,
        "optimizer": trainer.optimizer,
        "scheduler": trainer.scheduler,
        # Before the training batches: if both draw from one generator, its state is now theirs.
        "validation": None if shared else trainer.validation_batches,
        "train": trainer.train_batches,
    }


def _load_progress(trainer: Trainer, progress: Mapping[str, Any]) -> None:
    running = Running(trainer.metrics)
    running.load_state_dict(progress["running"])
    history = History()
    for row in progress["history"]:
        history.append(row)
    for name in ("epoch", "batch", "step"):
        if type(progress[name]) is not int or progress[name] < 0:
            raise ValueError(f"{name} is {progress[name]!r}, expected an integer from 0")
    kinds = {"ended": bool, "stopped": str | None, "latest": dict}
    for name, kind in kinds.items():
        if not isinstance(progress[name], kind):
            raise ValueError(f"{name} is {progress[name]!r}")
    names = "epoch", "batch", "ended", "step", "stopped", "latest"
    values = {name: progress[name] for name in names}
    vars(trainer).update(values, running=running, history=history)


def _callbacks(trainer: Trainer) -> Iterator[tuple[str, Any]]:
    """The callbacks by name; the second of a kind is called `Kind.2`."""
    counts: dict[str, int] = {}
    for callback in trainer.callbacks:
        kind = type(callback).__name__
        counts[kind] = counts.get(kind, 0) + 1
        yield (kind if counts[kind] == 1 else f"{kind}.{counts[kind]}"), callback


def _load_callbacks(trainer: Trainer, states: Mapping[str, Any]) -> None:
    """Callbacks that the other run did not have start anew."""
    if not isinstance(states, Mapping):
        raise ValueError(f"they are {type(states).__name__}, expected a state for each by name")
    for name, callback in _callbacks(trainer):
        if name in states:
            callback.load_state_dict(states[name])


def copied(value: Any) -> Any:
    """The same state, on memory of its own."""
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [copied(part) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    return value
