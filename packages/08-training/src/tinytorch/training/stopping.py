"""EarlyStopping: an end to a training that no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer
from tinytorch.training.callback import Callback
from tinytorch.training.monitor import Monitor

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer


class EarlyStopping(Callback):
    """Stops a training whose monitored value has not improved for some epochs.

    A run that stopped and is resumed stays stopped; a further call of `fit` on the same Trainer
    waits for improvement anew. A run that begins knows nothing of another that had the same object.

    Args:
        monitor: the column of the history that should improve.
        mode: whether the lowest ("min") or the highest ("max") is the best; may be left out for a
            loss.
        patience: how many epochs in a row without improvement end the training.
        min_delta: by how much a value must be better than the best to count.
        restore_best: whether the model has the weights of the best epoch when `fit` has come to its
            end, early or not. They cost the memory of one more copy of the model, the time of
            copying it after each epoch that is the best, and as much in every checkpoint. After an
            error, or Ctrl-C, the weights stay as they are.

    Raises:
        TypeError: if patience is no integer.
        ValueError: if a number is out of range, or the mode is missing.

    Example:
        >>> callback = EarlyStopping("val_accuracy", mode="max", patience=5)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str | None = None,
        patience: int = 3,
        min_delta: float = 0.0,
        restore_best: bool = False,
    ) -> None:
        integer("EarlyStopping", "patience", patience, least=1)
        self.monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.patience = patience
        self.restore_best = restore_best
        self._waited = 0  # epochs since the best
        self._weights: dict[str, Tensor] = {}  # of the best epoch, never written into
        self._failed = False

    def on_fit_start(self, trainer: Trainer) -> None:
        """Forget an earlier run if one begins; wait anew, if this is not a run that has stopped."""
        self.monitor.check(trainer)
        self._failed = False
        if trainer.step == 0:
            self.monitor.reset()
            self._waited, self._weights = 0, {}
        if trainer.stopped is None and self._waited >= self.patience:
            self._waited = 0

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Keep the weights of the best epoch, and stop if it is long ago."""
        if self.monitor.improves(trainer):
            self._waited = 0
            if self.restore_best:
                state = trainer.model.state_dict()
                self._weights = {name: value.clone() for name, value in state.items()}
            return
        self._waited += 1
        if self._waited >= self.patience:
            best = self.monitor.best
            what = "was never a number" if best is None else f"was best, {best:.4g}, in epoch "
            epoch = "" if best is None else str(self.monitor.epoch)
            trainer.stop(f"EarlyStopping: {self.monitor.name} {what}{epoch}")

    def on_error(self, trainer: Trainer, error: BaseException) -> None:
        """Leave the weights as they are."""
        self._failed = True

    def on_fit_end(self, trainer: Trainer) -> None:
        """Give the model its best weights, if `fit` has come to its end."""
        ended = trainer.stopped is not None or trainer.epoch >= trainer.epochs
        if ended and self._weights and not self._failed:
            trainer.model.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """The best value and since when it has been waited, and the best weights."""
        return {**self.monitor.state_dict(), "waited": self._waited, "weights": self._weights}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the best value of another run.

        Raises:
            ValueError: if `restore_best` needs weights that the other run did not keep.
        """
        weights = dict(state_dict["weights"]) if self.restore_best else {}
        if self.restore_best and state_dict["best"] is not None and not weights:
            raise ValueError(
                f"EarlyStopping: the state has no weights of epoch {state_dict['epoch']}, "
                "expected restore_best=False, as in the run that it is of"
            )
        self.monitor.load_state_dict(state_dict)
        self._waited, self._weights = state_dict["waited"], weights
