"""find_lr: the range test, which learning rates a model can be trained with."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.setup import generator, use_generator
from tinytorch.tensor.dims import integer
from tinytorch.training.callback import Callback
from tinytorch.training.history import History
from tinytorch.training.resuming import copied
from tinytorch.training.trainer import Trainer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class LRFinding:
    """What `find_lr` has seen, update by update.

    Attributes:
        rates: the learning rates.
        losses: the loss of the batch that the rate's update followed from.
        smoothed: their running mean.

    Example:
        >>> finding = LRFinding([0.01, 0.1, 1.0], [2.0, 1.0, 4.0], [2.0, 1.5, 2.5])
        >>> finding.suggestion
        0.01
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float]

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss is least.

        There the loss has begun to grow; a tenth of it still falls fast. The steepest descent,
        which others suggest, is often but the noise of the batches.

        Raises:
            ValueError: if the loss falls nowhere.
        """
        least = self._least()
        if least == 0:
            raise ValueError(
                f"LRFinding: the loss falls nowhere from {self.rates[0]:.3g} to "
                f"{self.rates[-1]:.3g}; look at plot(), and give find_lr a smaller min_lr or more "
                "steps"
            )
        return self.rates[least] / 10

    def _least(self) -> int:
        return int(np.argmin(self.smoothed))

    def plot(self, axes: Axes | None = None) -> Figure:
        """The losses over the rates, and the suggestion.

        The loss axis shows where the loss falls and begins to grow; how far it explodes at the end
        is cut off.

        Args:
            axes: to draw on; by default those of a new figure.

        Raises:
            ImportError: without matplotlib, which the extra `plots` brings.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError(
                "LRFinding.plot: matplotlib is not installed; pip install matplotlib brings it"
            ) from None
        if axes is None:
            axes = Figure(figsize=(5, 3.5), layout="constrained").add_subplot()
        axes.plot(self.rates, self.losses, color="C0", alpha=0.3, label="loss")
        axes.plot(self.rates, self.smoothed, color="C0", label="smoothed")
        least = self._least()
        if least > 0:
            low = min(self.losses[: least + 1] + self.smoothed[: least + 1])
            high = max(self.smoothed[: least + 1])
            margin = (high - low) / 4
            axes.set_ylim(low - margin, high + margin)
            rate = self.suggestion
            axes.axvline(rate, color="C1", linestyle="--", label=f"suggestion: {rate:.2g}")
        axes.set_xscale("log")
        axes.set_title("Learning rate range test")
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        return axes.figure  # type: ignore[return-value]


def find_lr(
    trainer: Trainer,
    batches: Iterable[Any],
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    diverge: float = 4.0,
) -> LRFinding:
    r"""Train with a rate that grows from update to update, see when the loss falls, and undo it.

    Update $i$ of $n$ is made with the rate $\eta_i = \eta_0 (\eta_{n-1} / \eta_0)^{i / (n-1)}$.
    The losses $\ell_i$ are smoothed by

    $$s_i = \frac{(1 - \beta) \sum_{j \le i} \beta^{i-j} \ell_j}{1 - \beta^{i+1}}.$$

    Afterwards the model, the optimizer, the scheduler, the random numbers, the loader and the
    trainer are as they were, also after an error. Callbacks are not called.

    Args:
        trainer: whose model, loss, optimizer, accumulation and clipping are tried.
        batches: as for `Trainer.fit`; gone through several times where they are few.
        min_lr: $\eta_0$, of the optimizer's first group; other groups keep their ratio to it.
        max_lr: $\eta_{n-1}$.
        steps: $n$.
        smoothing: $\beta$, from 0, which smoothes nothing, to below 1.
        diverge: how many times the least smoothed loss ends the test.

    Raises:
        FloatingPointError: if the loss is infinite or NaN from the start.
        TypeError: if `batches` is an iterator, which would be used up; or if trainer or steps is of
            another kind than said here.
        ValueError: if there are no batches, or a number is out of range.

    Source:
        L. N. Smith, Cyclical learning rates for training neural networks, 2017,
        https://arxiv.org/abs/1506.01186; the smoothing, the end by divergence and the tenth are
        fastai's.

    Example:
        >>> from tinytorch.layers import Linear
        >>> from tinytorch.losses import mse_loss
        >>> from tinytorch.optim import SGD
        >>> from tinytorch.tensor import tensor
        >>> model = Linear(1, 1)
        >>> trainer = Trainer(model, SGD(model.parameters(), lr=0.1), mse_loss)
        >>> x = tensor([[-1.0], [0.0], [1.0]])
        >>> finding = find_lr(trainer, [(x, 2 * x + 1)])
        >>> 0.01 < finding.suggestion < 1
        True
    """
    if not isinstance(trainer, Trainer):
        raise TypeError(f"find_lr: trainer is {type(trainer).__name__}, expected a Trainer")
    if isinstance(batches, Iterator):
        raise TypeError(
            f"find_lr: batches is a {type(batches).__name__}, which would be used up; expected a "
            "list, or a DataLoader"
        )
    if not 0 < min_lr < max_lr < math.inf:
        raise ValueError(
            f"find_lr: min_lr is {min_lr} and max_lr {max_lr}, expected 0 < min_lr < max_lr"
        )
    integer("find_lr", "steps", steps, least=2)
    if not 0 <= smoothing < 1:
        raise ValueError(f"find_lr: smoothing is {smoothing}, expected from 0 to below 1")
    if not diverge > 1:
        raise ValueError(f"find_lr: diverge is {diverge}, expected a number above 1")
    if trainer.optimizer.param_groups[0]["lr"] == 0:
        raise ValueError("find_lr: the rate of the optimizer's first group is 0, expected above 0")
    rates = np.geomspace(min_lr, max_lr, steps).tolist()
    sweep = _Sweep(rates, smoothing, diverge)
    # A trainer of its own on the same model and optimizer: counters and history are not touched.
    trial = copy.copy(trainer)
    trial.callbacks, trial.metrics, trial.scheduler = [sweep], {}, None
    trial.epoch, trial.step, trial.latest, trial.history = 0, 0, {}, History()
    with _undoing(trainer, batches), np.errstate(over="ignore", invalid="ignore"):
        try:
            trial.fit(sweep.cycled(batches), epochs=1)
        except FloatingPointError as error:
            if not sweep.losses:
                raise FloatingPointError(
                    "find_lr: the loss or a gradient is infinite or NaN from the start; look at "
                    "the data and the model, no learning rate helps"
                ) from error
    return LRFinding(sweep.tried, sweep.losses, sweep.smoothed)


class _Sweep(Callback):
    """Sets the rate of each update, and notes the loss."""

    def __init__(self, rates: list[float], smoothing: float, diverge: float) -> None:
        self.rates, self.smoothing, self.diverge = rates, smoothing, diverge
        self.tried: list[float] = []
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self.mean = 0.0  # before it is divided by the sum of its weights
        self.ended = False

    def cycled(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The batches, again and again, until the test ends."""
        while not self.ended:
            empty = True
            for batch in batches:
                empty = False
                yield batch
                if self.ended:
                    break
            if empty:
                raise ValueError("find_lr: batches is empty, expected at least one batch")

    def on_fit_start(self, trainer: Trainer) -> None:
        groups = trainer.optimizer.param_groups
        self.ratios = [group["lr"] / groups[0]["lr"] for group in groups]
        self.set(trainer)

    def on_step_end(self, trainer: Trainer) -> None:
        if trainer.latest:  # it is empty where every target was ignored
            self.note(trainer.latest["lr"], trainer.latest["loss"])
            trainer.latest = {}
        self.ended |= trainer.step == len(self.rates)
        if not self.ended:
            self.set(trainer)

    def note(self, rate: float, loss: float) -> None:
        self.tried.append(rate)
        self.losses.append(loss)
        self.mean = self.smoothing * self.mean + (1 - self.smoothing) * loss
        self.smoothed.append(self.mean / (1 - self.smoothing ** len(self.losses)))
        least = min(self.smoothed)
        self.ended = self.smoothed[-1] > least + (self.diverge - 1) * abs(least)

    def set(self, trainer: Trainer) -> None:
        rate = self.rates[trainer.step]
        for group, ratio in zip(trainer.optimizer.param_groups, self.ratios):
            group["lr"] = rate * ratio


@contextmanager
def _undoing(trainer: Trainer, batches: Any) -> Iterator[None]:
    """A block after which model, optimizer, loader and random numbers are as they were."""
    model, optimizer = trainer.model, trainer.optimizer
    stateful: list[Any] = [model, optimizer]
    if hasattr(batches, "load_state_dict"):
        stateful.append(batches)
    states = [copied(part.state_dict()) for part in stateful]
    modes = [(module, module.training) for module in model.modules()]
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    for parameter, _ in gradients:
        parameter.grad = None
    try:
        with use_generator(copy.deepcopy(generator())):
            yield
    finally:
        for part, state in zip(stateful, states):
            part.load_state_dict(state)
        for module, mode in modes:
            module.training = mode
        for parameter, gradient in gradients:
            parameter.grad = gradient
