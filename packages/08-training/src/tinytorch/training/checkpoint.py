"""Checkpoints: a whole run in one safetensors file, from which it goes on as if never interrupted.

The Tensors of the run's state are the tensors of the file; all else is JSON in its metadata, with
the place of each Tensor marked by its name. Nothing in such a file can run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.setup import replacing
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer
from tinytorch.training.callback import Callback
from tinytorch.training.monitor import Monitor
from tinytorch.training.requirements import check_path
from tinytorch.training.saving import PathLike, load, load_metadata, save

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer

KEY = "tinytorch.training"  # of the metadata
NAME = re.compile(r"step-(\d+)\.safetensors")
# What a run that was killed while it wrote leaves: our temporary files, and safetensors' own.
LEFT = re.compile(
    r"\.(\.probe|step-\d+\.safetensors|best\.safetensors)\.[0-9a-f]{16}\.tmp"
    r"|\.probe|\.tmp[A-Za-z0-9]{6}"
)


def save_checkpoint(state: Mapping[str, Any], path: PathLike) -> None:
    """Write a state, such as `Trainer.state_dict()`, into one file that is whole or not there.

    Args:
        state: nested dictionaries, lists and tuples of Tensors, numbers, strings, None; NumPy's
            arrays come back as Tensors.
        path: of the file, which is replaced in one step.

    Raises:
        TypeError: for a value of another kind, which is named.
        OSError: if the file cannot be written; what was there is as it was.

    Example:
        >>> import tempfile
        >>> from tinytorch.tensor import ones
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint({"step": 3, "w": ones(2)}, f"{folder}/a.safetensors")
        ...     load_checkpoint(f"{folder}/a.safetensors")
        {'step': 3, 'w': tensor([1., 1.])}
    """
    tensors: dict[str, Tensor | np.ndarray] = {}
    plain = _flatten(state, "", tensors)
    save(tensors, path, {KEY: json.dumps(plain)})


def load_checkpoint(path: PathLike) -> Any:
    """Read what `save_checkpoint` wrote.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not whole, or no checkpoint.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint({"seeds": (1, 2), "best": None}, f"{folder}/a.safetensors")
        ...     load_checkpoint(f"{folder}/a.safetensors")
        {'seeds': (1, 2), 'best': None}
    """
    metadata = load_metadata(path)
    if KEY not in metadata:
        raise ValueError(
            f"load_checkpoint: {path} is no checkpoint of a run, it lacks the metadata {KEY!r}; "
            "weights alone are read by model.load_state_dict(load(path))"
        )
    tensors = load(path)
    try:
        return _unflatten(json.loads(metadata[KEY]), tensors)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"load_checkpoint: {path} is damaged: {error!r}") from error


def _flatten(value: Any, path: str, tensors: dict[str, Tensor | np.ndarray]) -> Any:
    """The value as JSON can hold it; its Tensors and arrays go into `tensors`, by their path."""
    if isinstance(value, Tensor | np.ndarray):
        while path in tensors:  # {"a": {"b": …}, "a.b": …}
            path += "'"
        tensors[path] = value
        return {"$tensor": path}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str | int | float | None):
                raise TypeError(f"save_checkpoint: {path} has the key {key!r}, expected a str")
        items = [
            [key, _flatten(part, f"{path}.{key}".strip("."), tensors)]
            for key, part in value.items()
        ]
        plain = all(type(key) is str and not key.startswith("$") for key in value)
        return dict(items) if plain else {"$items": items}
    if isinstance(value, list | tuple):
        parts = [_flatten(part, f"{path}.{i}".strip("."), tensors) for i, part in enumerate(value)]
        return parts if isinstance(value, list) else {"$tuple": parts}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"save_checkpoint: {path} is {type(value).__name__}, expected Tensors, numbers, strings, "
        "None, and dictionaries, lists and tuples of them"
    )


def _unflatten(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unflatten(part, tensors) for part in value]
    if not isinstance(value, dict):
        return value
    if "$tensor" in value:
        return tensors[value["$tensor"]]
    if "$tuple" in value:
        return tuple(_unflatten(part, tensors) for part in value["$tuple"])
    items = value["$items"] if "$items" in value else value.items()
    return {key: _unflatten(part, tensors) for key, part in items}


def latest_checkpoint(folder: PathLike) -> Path | None:
    """The checkpoint in a folder that has the most steps, or None if there is none.

    Example:
        >>> latest_checkpoint("a/folder/that/is/not/there")
    """
    found = _checkpoints(Path(folder))
    return found[max(found)] if found else None


def _checkpoints(folder: Path) -> dict[int, Path]:
    """The checkpoints in a folder by their step."""
    if not folder.is_dir():
        return {}
    named = ((NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return {int(match[1]): path for match, path in named if match}


class ModelCheckpoint(Callback):
    """Saves the run after each epoch, and the best weights.

    `folder/step-00001876.safetensors` is a whole run after so many updates:
    `trainer.fit(…, resume=folder)` goes on from the latest, to the same end, bit for bit, as if it
    had never been interrupted (on the same machine, with the same number of threads).
    `folder/best.safetensors` holds the weights alone: `model.load_state_dict(load(path))`.

    Args:
        folder: made if it is missing.
        monitor: the column of the history that says which epoch is the best, such as "val_loss";
            None keeps no best weights.
        mode: whether the lowest ("min") or the highest ("max") is the best; may be left out for a
            loss.
        every_steps: how many updates after which to save, besides at the end of each epoch.
        keep: how many checkpoints stay; older ones are removed when a new one is complete.

    Raises:
        TypeError: if the folder is no path, or a number no integer.
        ValueError: if one is out of range, or the mode is missing.

    Example:
        >>> callback = ModelCheckpoint("runs/mlp", monitor="val_accuracy", mode="max")
    """

    def __init__(
        self,
        folder: PathLike,
        *,
        monitor: str | None = None,
        mode: str | None = None,
        every_steps: int | None = None,
        keep: int = 1,
    ) -> None:
        check_path("ModelCheckpoint: folder", folder)
        self.monitor = None if monitor is None else Monitor("ModelCheckpoint", monitor, mode)
        for name, number in (("every_steps", every_steps), ("keep", keep)):
            if number is not None:
                integer("ModelCheckpoint", name, number, least=1)
        self.folder = Path(folder)
        self.every_steps = every_steps
        self.keep = keep

    @property
    def best_path(self) -> Path:
        """Where the best weights are."""
        return self.folder / "best.safetensors"

    def on_fit_start(self, trainer: Trainer) -> None:
        """Find out now whether the folder can be written to, and is not another run's."""
        if self.monitor is not None:
            self.monitor.check(trainer)
            if trainer.step == 0:
                self.monitor.reset()  # of another run
        with replacing(self.folder / ".probe"):
            pass
        (self.folder / ".probe").unlink()
        for path in self.folder.iterdir():
            if LEFT.fullmatch(path.name) and path.is_file():
                path.unlink()
        latest = latest_checkpoint(self.folder)
        if latest is not None and int(NAME.fullmatch(latest.name)[1]) > trainer.step:  # type: ignore[index]
            raise FileExistsError(
                f"ModelCheckpoint: {latest} has more updates than the {trainer.step} of this run, "
                f"and would be taken for its latest; go on with it by fit(…, resume="
                f"{str(self.folder)!r}), move it away, or choose another folder"
            )

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Save the weights if they are the best."""
        if self.monitor is not None and self.monitor.improves(trainer):
            self._check_weights(trainer)
            row = {name: str(value) for name, value in trainer.history.last.items()}
            save(trainer.model.state_dict(), self.best_path, row)

    def on_save(self, trainer: Trainer) -> None:
        """Save the run after an epoch, and where `every_steps` says so."""
        ended = trainer.batch == 0
        if ended or (self.every_steps is not None and trainer.step % self.every_steps == 0):
            self._save(trainer)

    def on_error(self, trainer: Trainer, error: BaseException) -> None:
        """Say where the run can go on."""
        latest = latest_checkpoint(self.folder)
        if latest is not None:
            error.add_note(f"ModelCheckpoint: the last checkpoint is {latest}")

    def _save(self, trainer: Trainer) -> None:
        self._check_weights(trainer)
        path = self.folder / f"step-{trainer.step:08}.safetensors"
        save_checkpoint(trainer.state_dict(), path)
        found = _checkpoints(self.folder)
        for step in sorted(found)[: -self.keep]:
            found[step].unlink()

    def _check_weights(self, trainer: Trainer) -> None:
        """Raise if a weight is infinite or NaN: what was saved before is worth more."""
        for name, parameter in trainer.model.named_parameters():
            if not np.isfinite(parameter.data).all():
                raise FloatingPointError(
                    f"ModelCheckpoint: {name} is infinite or NaN after {trainer.step} updates, "
                    "nothing was saved"
                )

    def state_dict(self) -> dict[str, Any]:
        """The best value so far."""
        return {} if self.monitor is None else self.monitor.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the best value of another run."""
        if self.monitor is not None and state_dict:
            self.monitor.load_state_dict(state_dict)
