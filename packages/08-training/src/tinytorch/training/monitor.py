"""Monitor: a column of the history that tells whether an epoch was the best so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinytorch.training.requirements import COLUMNS

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer


def checked_mode(owner: str, name: str, mode: str | None) -> str:
    """Whether a smaller or a larger value of a column is the better one.

    Raises:
        ValueError: if it is neither "min" nor "max", or left out for what is no loss.
    """
    if mode is None and name in ("loss", "val_loss"):
        return "min"
    if mode not in ("min", "max"):
        raise ValueError(
            f"{owner}: mode is {mode!r} for {name!r}, expected 'min' or 'max': whether a "
            "smaller or a larger value is the better one"
        )
    return mode


class Monitor:
    """Compares the last row of the history with the best before it.

    Args:
        owner: of the monitor, for errors.
        name: of the column.
        mode: "min" or "max"; None is "min" for a loss.
        min_delta: by how much a value must be better to count.

    Attributes:
        best: the best value so far, or None.
        epoch: when it was reached.
    """

    def __init__(self, owner: str, name: str, mode: str | None, min_delta: float = 0.0) -> None:
        mode = checked_mode(owner, name, mode)
        if not 0 <= min_delta < math.inf:
            raise ValueError(f"{owner}: min_delta is {min_delta}, expected a number from 0")
        self.owner, self.name, self.mode, self.min_delta = owner, name, mode, min_delta
        self.reset()

    def reset(self) -> None:
        """Forget the best value: another run begins."""
        self.best: float | None = None
        self.epoch: int | None = None

    def improves(self, trainer: Trainer) -> bool:
        """Whether the last epoch was the best so far; if so, it is noted."""
        row = trainer.history.last
        if self.name not in row:
            raise ValueError(
                f"{self.owner}: monitor is {self.name!r}, expected one of the history's "
                f"{', '.join(row)}"
            )
        value = row[self.name]
        if not isinstance(value, int | float):
            raise TypeError(
                f"{self.owner}: monitor is {self.name!r}, which is {value!r}, expected a number"
            )
        sign = 1 if self.mode == "min" else -1
        if self.best is not None and not sign * (self.best - value) > self.min_delta:
            return False
        if math.isnan(value):
            return False
        self.best, self.epoch = value, row["epoch"]
        return True

    def check(self, trainer: Trainer) -> None:
        """Raise now if the column will not be there after the first epoch.

        What callbacks of the user's own, or a trainer's own `evaluate`, add to the history is not
        known before: with them, a column that is not there is found when the first epoch is over.

        Raises:
            ValueError: if it is of the validation, and nothing is validated; or of nothing.
        """
        if self.name.startswith("val_") and trainer.validation_batches is None:
            raise ValueError(
                f"{self.owner}: monitor is {self.name!r} and nothing is validated, expected "
                "fit(…, validation=…), or another monitor"
            )
        known = [*COLUMNS, *trainer.metrics]
        if trainer.validation_batches is not None:
            known += [f"val_{name}" for name in ("loss", *trainer.metrics)]
        kinds = [type(callback) for callback in trainer.callbacks]
        kinds += [kind for kind in type(trainer).__mro__ if "evaluate" in vars(kind)]
        ours = all(kind.__module__.startswith("tinytorch.training.") for kind in kinds)
        if ours and self.name not in known:
            raise ValueError(
                f"{self.owner}: monitor is {self.name!r}, expected one of the history's "
                f"{', '.join(known)}"
            )

    def state_dict(self) -> dict[str, Any]:
        """The best value, and when it was reached."""
        return {"monitor": self.name, "best": self.best, "epoch": self.epoch}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the best value of another run.

        Raises:
            ValueError: if it is of another column.
        """
        if state_dict["monitor"] != self.name:
            raise ValueError(
                f"{self.owner}: the state is of monitor {state_dict['monitor']!r}, expected "
                f"{self.name!r}"
            )
        self.best, self.epoch = state_dict["best"], state_dict["epoch"]
