"""Logs: what a run has measured, in files that others read while it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinytorch.setup import replacing
from tinytorch.tensor.dims import integer
from tinytorch.training.callback import Callback
from tinytorch.training.requirements import check_path
from tinytorch.training.saving import PathLike

if TYPE_CHECKING:
    from tinytorch.training.events import EventFile
    from tinytorch.training.trainer import Trainer


class CSVLogger(Callback):
    """Keeps the history in a CSV file.

    After each epoch the whole file is written anew, and takes the old one's place in one step:
    whoever looks finds a whole table, and a resumed run leaves no epoch twice. A run that begins,
    and is not to go on with one that was killed, refuses a file that is there.

    Args:
        path: of the file; its folder is made if it is missing.

    Raises:
        TypeError: if it is no path.

    Example:
        >>> callback = CSVLogger("runs/mlp/history.csv")
    """

    def __init__(self, path: PathLike) -> None:
        check_path("CSVLogger: path", path)
        self.path = Path(path)

    def on_fit_start(self, trainer: Trainer) -> None:
        """Find out now whether the file can be written; a resumed run writes what it has.

        Raises:
            FileExistsError: if a run begins, and the file is there.
        """
        if trainer.step == 0 and not trainer.resumable and self.path.is_file():
            raise FileExistsError(
                f"CSVLogger: {self.path} is of another run; go on with that one by "
                "fit(…, resume=…), remove the file, or choose another path"
            )
        if len(trainer.history):
            trainer.history.to_csv(self.path)
            return
        probe = self.path.with_name(f".{self.path.name}.probe")
        with replacing(probe):
            pass
        probe.unlink()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the history."""
        trainer.history.to_csv(self.path)


class TensorBoardLogger(Callback):
    """Writes the scalars of a run for TensorBoard: `tensorboard --logdir folder`.

    `step/loss`, `step/lr` and, where it is clipped, `step/grad_norm` are of single updates;
    `epoch/…` are the numbers in a row of the history. All stand at the number of updates so far.
    What was written is on the disk at the end of each epoch. Each call of `fit` writes a file of
    its own, and marks all that an earlier one wrote of later steps as void: a resumed run has each
    step once. So a folder is for one run.

    Args:
        folder: made if it is missing.
        every_steps: how many updates from one `step/…` to the next.

    Raises:
        ImportError: without tensorboardX, which the extra `tensorboard` brings.
        TypeError: if the folder is no path, or every_steps no integer.
        ValueError: if it is not at least 1.

    Example:
        >>> callback = TensorBoardLogger("runs/mlp", every_steps=10)
    """

    def __init__(self, folder: PathLike, every_steps: int = 1) -> None:
        check_path("TensorBoardLogger: folder", folder)
        integer("TensorBoardLogger", "every_steps", every_steps, least=1)
        try:
            from tinytorch.training.events import EventFile
        except ImportError:
            raise ImportError(
                "TensorBoardLogger: tensorboardX is not installed; pip install tensorboardX "
                "brings it"
            ) from None
        self._make_file = EventFile
        self.folder = Path(folder)
        self.every_steps = every_steps
        self._file: EventFile | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin a file after the step at which the run is."""
        if trainer.batch == 0:
            self._file = self._make_file(self.folder, trainer.step + 1)
            return
        # In the middle of an epoch no row stands at this step; it may, if the run was killed when
        # the epoch had just ended. So the step itself is written again.
        self._file = self._make_file(self.folder, trainer.step)
        self.on_step_end(trainer)

    def on_step_end(self, trainer: Trainer) -> None:
        """Write the numbers of an update."""
        if self._file is not None and trainer.step % self.every_steps == 0:
            self._file.add("step", trainer.latest, trainer.step)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the numbers of an epoch, and bring all to the disk."""
        if self._file is not None:
            numbers = {
                name: value
                for name, value in trainer.history.last.items()
                if name not in ("epoch", "step") and isinstance(value, int | float)
            }
            self._file.add("epoch", numbers, trainer.step)
            self._file.flush()

    def on_fit_end(self, trainer: Trainer) -> None:
        """Close the file, also after an error."""
        if self._file is not None:
            self._file.close()
            self._file = None
