"""Callback: what else happens at certain moments of a training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer


class Callback:
    """The base of callbacks: override the moments that matter. Every method gets the trainer.

    Callbacks are called in the order in which they are given. They may read everything of the
    trainer, and call `trainer.stop(reason)`.

    Raises:
        TypeError: when a class is made with a method `on_…` that is none of these moments.

    Example:
        >>> class Lines(Callback):
        ...     def on_epoch_end(self, trainer):
        ...         row = trainer.history.last
        ...         print(f"epoch {row['epoch']}: {row['loss']:.3f}")
    """

    def __init_subclass__(cls, **settings: Any) -> None:
        """Raise TypeError for a method that looks like a moment, and would never be called."""
        super().__init_subclass__(**settings)
        moments = [name for name in vars(Callback) if name.startswith("on_")]
        for name in dir(cls):
            if name.startswith("on_") and name not in moments and callable(getattr(cls, name)):
                raise TypeError(
                    f"{cls.__name__}: {name} is no moment of a training, expected "
                    f"{', '.join(moments)}; a method for other use has another name"
                )

    def on_fit_start(self, trainer: Trainer) -> None:
        """`fit` begins; what is to be resumed has been read."""

    def on_epoch_start(self, trainer: Trainer) -> None:
        """An epoch begins, or goes on in the middle (`trainer.batch`) in a resumed run."""

    def on_step_end(self, trainer: Trainer) -> None:
        """The weights were updated; `trainer.latest` holds the loss and the rate of this step."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """An epoch has ended and been evaluated; `trainer.history.last` says what came of it."""

    def on_save(self, trainer: Trainer) -> None:
        """All callbacks have seen the update, or (`trainer.batch == 0`) the epoch: save the run."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """`fit` ends, also by an error: clear away what `on_fit_start` made."""

    def on_error(self, trainer: Trainer, error: BaseException) -> None:
        """`fit` ends by this error, which cannot be held up; a note may be added to it."""

    def state_dict(self) -> dict[str, Any]:
        """What has to be remembered when a run goes on: values that JSON can hold, and Tensors.

        NumPy's arrays may be among them; they come back from a file as Tensors.
        """
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned in another run."""
