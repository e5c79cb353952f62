"""Trainer: the loop of training, with all that is easily forgotten in it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from tinytorch.autograd import no_grad
from tinytorch.layers import Module
from tinytorch.optim import LRScheduler, Optimizer, ReduceLROnPlateau, clip_grad_norm_
from tinytorch.tensor import Tensor, cat
from tinytorch.tensor.dims import integer
from tinytorch.training import resuming, weighing
from tinytorch.training.callback import Callback
from tinytorch.training.checkpoint import latest_checkpoint, load_checkpoint
from tinytorch.training.history import History
from tinytorch.training.metric import Metric
from tinytorch.training.progress import ProgressBar
from tinytorch.training.requirements import (
    check_batch,
    check_batches,
    check_kind,
    check_loss,
    check_metrics,
    check_norm,
    check_optimizer,
    check_path,
    check_progress,
    checked_callbacks,
    checked_found,
    checked_interval,
    parts,
)
from tinytorch.training.running import Running


class Trainer:
    r"""Trains a model, evaluates it, and predicts with it.

    A batch is a list or tuple whose last part are the targets, and whose other parts the model is
    called with. Batches of any other form need `compute_loss` overridden.

    With `accumulation_steps` $k$, an update follows the gradient of the loss over $k$ batches,

    $$g = \frac{\sum_i n_i \nabla \ell_i}{\sum_i n_i},$$

    where batch $i$ has the mean loss $\ell_i$ over $n_i$ items (see `items`): the gradient of one
    large batch, also when the last batch is short.

    Args:
        model: what is trained, in place.
        optimizer: of the model's parameters.
        loss: a function or layer of (outputs, targets) that gives a mean.
        scheduler: of the optimizer's learning rate; stepped here.
        scheduler_interval: whether it is stepped after each update, "step", or after each epoch,
            "epoch". It must be said, but for two: a `OneCycleLR` is stepped after each update
            unless told otherwise, and a `ReduceLROnPlateau` always after an epoch, with the
            validation loss, or the training loss if nothing is validated.
        metrics: metrics by the names that the history will have for them, and with `val_` before
            them for the validation; each is computed over the training batches, as the model was
            when it saw them, and over the validation data.
        accumulation_steps: how many batches make one update.
        max_grad_norm: what the norm of all gradients together is clipped to, if anything.
        callbacks: what else happens, and when.
        progress: whether to show a `ProgressBar`, in a terminal or in Jupyter.

    Attributes:
        epoch: the number of epochs that are complete.
        batch: the number of batches of the running epoch that are done.
        step: the number of updates so far.
        latest: of the last update: `loss`, `lr`, and `grad_norm` if it is clipped; empty if all of
            its targets were ignored, so that it changed nothing.
        history: a row for each epoch; see `History`.
        epochs: the number of epochs at which `fit` will end.
        steps_per_epoch: the number of updates in an epoch, or None if the data does not tell.
        stopped: the reason for which `fit` ended early, or None.
        resumable: whether `fit` was called with `resume`, so that a killed run may have begun.

    Raises:
        TypeError: if an argument is not of the kind that is said here.
        ValueError: if a number is out of range, a metric's name is taken, or the optimizer and
            the scheduler do not belong to the rest; or if `scheduler_interval` has to be said.

    Example:
        >>> from tinytorch.layers import Linear
        >>> from tinytorch.losses import mse_loss
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> model = Linear(1, 1)
        >>> trainer = Trainer(model, SGD(model.parameters(), lr=0.1), mse_loss)
        >>> x = tensor([[-1.0], [0.0], [1.0]])
        >>> history = trainer.fit([(x, 2 * x + 1)], epochs=200)
        >>> round(model(tensor([[3.0]])).item(), 2)
        7.0
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        loss: Callable[[Any, Any], Tensor],
        *,
        scheduler: LRScheduler | ReduceLROnPlateau | None = None,
        scheduler_interval: Literal["step", "epoch"] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        accumulation_steps: int = 1,
        max_grad_norm: float | None = None,
        callbacks: Iterable[Callback] = (),
        progress: bool = True,
    ) -> None:
        check_kind("model", model, Module)
        check_optimizer(optimizer, model)
        check_loss(loss)
        interval = checked_interval(scheduler, scheduler_interval, optimizer)
        integer("Trainer", "accumulation_steps", accumulation_steps, least=1)
        check_norm(max_grad_norm)
        metrics = {} if metrics is None else metrics
        check_metrics(metrics)
        check_progress(progress)
        given = checked_callbacks(callbacks)
        if progress and not any(isinstance(callback, ProgressBar) for callback in given):
            given.append(ProgressBar())
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.scheduler = scheduler
        self.scheduler_interval = interval
        self.metrics = dict(metrics)
        self.accumulation_steps = accumulation_steps
        self.max_grad_norm = max_grad_norm
        self.callbacks = given
        self.epoch = self.batch = self.step = self.epochs = 0
        self.latest: dict[str, float] = {}
        self.history = History()
        self.stopped: str | None = None
        self.resumable = False
        self.train_batches: Any = None
        self.validation_batches: Any = None
        self.validation_state: Any = None  # theirs, if any, when they were gone through last
        self.running = Running(metrics)
        self.ended = False  # whether the running epoch has no further batches

    # --- what a subclass may say otherwise

    def compute_loss(self, batch: Any) -> tuple[Tensor, Any, Any]:
        """The loss of a batch, the model's outputs, and the targets."""
        *inputs, targets = parts(batch)
        outputs = self.model(*inputs)
        return self.loss(outputs, targets), outputs, targets

    def _takes_parts(self) -> bool:
        return type(self).compute_loss is Trainer.compute_loss

    def items(self, targets: Any) -> float:
        """How many items the loss of a batch is a mean of."""
        return weighing.items(self.loss, targets)

    # --- training

    def fit(
        self,
        train: Iterable[Any],
        epochs: int,
        *,
        validation: Iterable[Any] | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
        """Train for some epochs, and evaluate after each.

        Args:
            train: batches, to be gone through once an epoch: a DataLoader, a list. A run can be
                resumed amid an epoch if they can tell where they are (`state_dict`,
                `load_state_dict`), or are the same in each epoch.
            epochs: how many. Of a run that is resumed: how many in all, so that the same call
                starts a run, goes on with it when it was killed, and does nothing when it is done.
            validation: batches to evaluate the model with after each epoch.
            resume: a checkpoint, or a folder in which the latest one is taken, and that may have
                none yet. See `ModelCheckpoint`.

        Returns:
            the history, of earlier calls too.

        Raises:
            FloatingPointError: if the loss is infinite or NaN, or, with `max_grad_norm`, a
                gradient. The weights are as they were after the update before, and no later
                checkpoint was written.
            TypeError: if an argument is not of the kind that is said here, or a batch is not.
            ValueError: if there are no batches, samples come instead of them, or the checkpoint
                does not fit.
        """
        integer("fit", "epochs", epochs, least=1)
        check_batches("fit: train", train, self._takes_parts())
        if validation is not None:
            check_batches("fit: validation", validation, self._takes_parts())
        if resume is not None:
            check_path("fit: resume", resume)
        if validation is not self.validation_batches:
            self.validation_state = None
        self.train_batches, self.validation_batches = train, validation
        self.batch, self.ended, self.running = 0, False, Running(self.metrics)
        self.stopped = None
        self.resumable = resume is not None
        self.epochs = self.epoch + epochs
        if resume is not None:
            self.epochs = epochs
            path = Path(resume)
            single = path.suffix == ".safetensors" or path.is_file()
            found = path if single else latest_checkpoint(path)
            if found is not None:
                self.load_state_dict(load_checkpoint(found))
        with self._telling():
            # Where the state is from amid an epoch, that one runs to its end in any case.
            while self.epoch < self.epochs and (self.stopped is None or self.batch):
                self._tell("on_epoch_start")
                self._train_epoch()
                self._end_epoch()
                self._tell("on_epoch_end")
                self._tell("on_save")
        return self.history

    def stop(self, reason: str) -> None:
        """Let `fit` end after the running epoch."""
        self.stopped = reason

    @property
    def steps_per_epoch(self) -> int | None:
        """The number of updates in an epoch, or None if the data does not tell."""
        try:
            batches = len(self.train_batches)
        except TypeError:
            return None
        return math.ceil(batches / self.accumulation_steps)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell the callbacks when `fit` begins, and in any case when it ends."""
        with ExitStack() as ends:  # each is called, even if one before it fails
            for callback in reversed(self.callbacks):
                ends.callback(callback.on_fit_end, self)
            ends.callback(self.optimizer.zero_grad)
            try:
                self._tell("on_fit_start")
                yield
            except BaseException as error:
                for callback in self.callbacks:
                    callback.on_error(self, error)
                raise

    def _tell(self, moment: str) -> None:
        for callback in self.callbacks:
            getattr(callback, moment)(self)

    def _train_epoch(self) -> None:
        self.model.train()
        self.optimizer.zero_grad()
        batches = 0  # since the last update
        counts: list[float] = []  # the items of those batches that have any
        for batch in self._batches():
            self._differentiate(batch, counts)
            batches += 1
            self.batch += 1
            if batches == self.accumulation_steps:
                self._update(counts)
                batches, counts = 0, []
        self.ended = True
        if self.batch == 0:
            raise ValueError(
                f"fit: train gave no batch in epoch {self.epoch + 1}, expected some; an iterator "
                "can be gone through only once: pass a list, or a DataLoader"
            )
        if batches:
            self._update(counts)

    def _batches(self) -> Iterator[Any]:
        """The batches of the epoch that are still to come."""
        if self.ended:
            return iter(())  # what was resumed had seen the last one
        if hasattr(self.train_batches, "load_state_dict"):
            return iter(self.train_batches)  # it knows where it is
        return islice(self.train_batches, self.batch, None)

    def _differentiate(self, batch: Any, counts: list[float]) -> None:
        """Add up the gradients of a batch, and note how many items it has."""
        loss, outputs, targets = checked_found(self.compute_loss(batch))
        items = self.items(targets)
        if items == 0:
            return  # every target is ignored
        value = loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(self._diverged(f"the loss is {value}", self.batch + 1))
        counts.append(items)
        # The sum is divided when the last batch has come. Small types hold no large numbers of
        # items, so the first batch's is the unit.
        (loss if self.accumulation_steps == 1 else loss * (items / counts[0])).backward()
        self.running.add(value, items, outputs, targets)

    def _update(self, counts: list[float]) -> None:
        """Make one step with the gradients of batches of so many items."""
        self.latest = {}
        if counts:
            self.latest = {"loss": self.running.loss_since(), "lr": self.lr}
            if self.accumulation_steps > 1:
                self._divide_gradients(sum(counts) / counts[0])
            if self.max_grad_norm is not None:
                self.latest["grad_norm"] = self._clip(self.max_grad_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
        self.step += 1
        if self.scheduler is not None and self.scheduler_interval == "step":
            self.scheduler.step()  # type: ignore[call-arg]
        self._tell("on_step_end")
        self._tell("on_save")

    def _divide_gradients(self, divisor: float) -> None:
        with no_grad():
            for parameter in self._parameters():
                if parameter.grad is not None:
                    parameter.grad.mul_(1 / divisor)

    def _clip(self, max_norm: float) -> float:
        try:
            norm = clip_grad_norm_(self._parameters(), max_norm, error_if_nonfinite=True)
        except RuntimeError as error:
            what = "a gradient is infinite or NaN"
            raise FloatingPointError(self._diverged(what, self.batch)) from error
        return float(norm.item())

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    @property
    def lr(self) -> float:
        """The learning rate of the optimizer's first group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def _diverged(self, what: str, batch: int) -> str:
        return (
            f"fit: {what} in batch {batch} of epoch {self.epoch + 1}, after {self.step} "
            f"updates; the learning rate is {self.lr:g}. A smaller one, or max_grad_norm, may "
            "help; tinytorch.autograd.detect_anomaly() names the operation"
        )

    def _end_epoch(self) -> None:
        """Evaluate, add a row to the history, and let the schedule see it."""
        row = {"epoch": self.epoch + 1, "step": self.step, "lr": self.lr}
        row |= self.running.values("fit")
        if self.validation_batches is not None:
            found = self.evaluate(self.validation_batches)
            row |= {f"val_{name}": value for name, value in found.items()}
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(row.get("val_loss", row["loss"]))
        elif self.scheduler is not None and self.scheduler_interval == "epoch":
            self.scheduler.step()
        self.epoch += 1
        self.batch, self.ended = 0, False
        self.history.append({**row, "seconds": self.running.seconds()})
        self.running = Running(self.metrics)

    # --- using what was trained

    def evaluate(self, batches: Iterable[Any]) -> dict[str, float]:
        """The mean loss and the metrics over all items, in evaluation mode and unrecorded.

        Args:
            batches: as for `fit`.

        Raises:
            TypeError: if `batches` are none, or one that is not in a list.
            ValueError: if there is no batch, or no item that counts; or if `fit` is amid an epoch
                of these very batches and they tell where they are: they would lose their place.
        """
        check_batches("evaluate: batches", batches, self._takes_parts())
        amid = self.batch > 0 and not self.ended
        if amid and batches is self.train_batches and hasattr(batches, "state_dict"):
            raise ValueError(
                "evaluate: batches is the loader that fit is amid an epoch of, which would lose "
                "its place; expected another loader of the same data"
            )
        running = Running(self.metrics)
        with evaluating(self.model):
            for batch in batches:
                loss, outputs, targets = checked_found(self.compute_loss(batch))
                items = self.items(targets)
                if items:
                    running.add(loss.item(), items, outputs, targets)
        if batches is self.validation_batches and hasattr(batches, "state_dict"):
            self.validation_state = resuming.copied(batches.state_dict())
        return running.values("evaluate")

    def predict(self, batches: Iterable[Any]) -> Tensor:
        """The model's outputs for all batches, one after the other along dim 0.

        Args:
            batches: as for `fit`, targets included, which are passed over; or Tensors, each the
                one input of the model.

        Raises:
            TypeError: if `batches` are none, or a single Tensor, or hold a NumPy array.
            ValueError: if there is no batch, or samples come instead.
        """
        if isinstance(batches, Tensor):
            raise TypeError("predict: batches is a Tensor, expected a list of them: [tensor]")
        check_batches("predict: batches", batches, parts=False)
        with evaluating(self.model):
            outputs = [self.model(*_inputs(batch)) for batch in batches]
        if not outputs:
            raise ValueError("predict: batches is empty, expected at least one batch")
        joined: Tensor = cat(outputs)
        return joined

    # --- saving and going on

    def state_dict(self) -> dict[str, Any]:
        """All that a run depends on: Tensors, and values that JSON can hold.

        The Tensors are the run's own memory, and change as it goes on.
        """
        return resuming.state_of(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned, in this process or another.

        Raises:
            ValueError: that lists all that does not fit; nothing has been changed then.
        """
        resuming.load_state(self, state_dict)


def _inputs(batch: Any) -> Any:
    """The inputs of a batch that may have no targets."""
    if isinstance(batch, list | tuple) and len(batch) == 1:
        (batch,) = batch  # as of a TensorDataset with one Tensor
    if isinstance(batch, Tensor):
        check_batch(batch)
        return [batch]
    return parts(batch)[:-1]


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """A block in evaluation mode, unrecorded; after it every module is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
