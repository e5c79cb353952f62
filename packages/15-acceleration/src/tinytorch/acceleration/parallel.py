"""One training step on several threads, each with a part of the batch.

Between two kernels that share their work, threads wait for each other, and what is small they do
not share at all. Here each goes through all of forward and backward by itself.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tinytorch.acceleration.threads import workers
from tinytorch.autograd.engine import Pass
from tinytorch.losses.classes import weighted_mean
from tinytorch.setup import generator, keyed_generator, use_generator
from tinytorch.spatial.normalizing import normalize
from tinytorch.tensor import (
    Implementation,
    Primitive,
    Tensor,
    enable_grad,
    implemented,
    is_grad_enabled,
    no_grad,
)
from tinytorch.tensor.dims import integer
from tinytorch.tensor.reductions import reduce_sum
from tinytorch.tensor.writes import tick

_one_at_a_time = threading.RLock()  # what a step refuses, it refuses for the whole process


def parallel_step(
    loss_fn: Callable[..., Tensor],
    batch: Tensor | Sequence[Tensor],
    threads: int | None = None,
    *,
    items: Callable[..., float] | None = None,
) -> Tensor:
    r"""The gradients of a batch's loss, added to `grad`; each thread computes those of a part.

    It does what `loss_fn(*batch).backward()` does, for a loss that is a mean. With means $\ell_i$
    over $n_i$ items the gradient is that of $\sum_i n_i \ell_i / \sum_i n_i$, added up in the order
    of the parts, so a run repeats itself. It equals the plain step's but for rounding; what is
    drawn at random, as by dropout, is drawn for each part from a stream of its own.

    Inside `with accelerate():` the threads are there already, which saves making them. There is one
    step at a time in a process: a second one, of another thread, waits for its end.

    Args:
        loss_fn: called with the parts of the batch's tensors; returns the mean loss over them. A
            loss that ends in a sum is refused; one that is a sum in a more hidden way would come
            out too small.
        batch: a Tensor, or several of one length, which are cut along dim 0.
        threads: how many parts there are at most; by default as many as `accelerate` has, or BLAS:
            one for each core, unless the user's environment says otherwise.
        items: called with the same, returns how many items the mean is over, or the sum of their
            weights; by default the number of samples. A loss that ignores targets or weights
            classes needs it.

    Returns:
        the mean loss over the batch. Its gradients are in `grad` already: there is nothing left to
        call `backward` on.

    Raises:
        RuntimeError: while nothing is recorded, or for a batch norm in training, whose statistics
            are those of the whole batch (where there is more than one part), or for a weighted mean
            without `items`, or inside a part of another step. No gradient has been changed then,
            nor by an error in `loss_fn`.
        TypeError: if the batch is no tensors, the loss is none, or a function is none.
        ValueError: if the batch is empty, its tensors differ in length, the loss is no single
            number or a sum, or `items` counts less than 0, nothing in all, or what is not finite.

    Example:
        >>> from tinytorch.layers import Linear
        >>> from tinytorch.losses import mse_loss
        >>> from tinytorch.tensor import ones
        >>> model = Linear(3, 1)
        >>> loss = parallel_step(lambda x, y: mse_loss(model(x), y), (ones(8, 3), ones(8, 1)))
        >>> model.weight.grad.shape
        (1, 3)
    """
    if isinstance(threads, Tensor):
        raise TypeError(
            "parallel_step: threads is a Tensor, expected an integer; several tensors are a batch "
            "together: (x, y)"
        )
    if threads is not None:
        threads = integer("parallel_step", "threads", threads, least=1)
    for name, function in (("loss_fn", loss_fn), ("items", items)):
        if not (callable(function) or (function is None and name == "items")):
            raise TypeError(f"parallel_step: {name} is {function!r:.60}, expected a function")
    tensors = [batch] if isinstance(batch, Tensor) else batch
    length = _length(tensors)
    if workers.alone:
        raise RuntimeError("parallel_step: called inside a part of another step, expected outside")
    if not is_grad_enabled():
        raise RuntimeError("parallel_step: nothing is recorded inside no_grad; call it outside")
    source = _Source()
    since = tick()

    def part(start: int, stop: int) -> tuple[Pass, Any, float]:
        parts = [tensor[start:stop] for tensor in tensors]
        with enable_grad(), use_generator(functools.partial(source.generator, start)):
            loss = loss_fn(*parts)
            _check_loss(loss)
            count = stop - start if items is None else _checked_count(items(*parts))
            # What was recorded before the step, every part goes through: none frees it.
            return Pass(create_graph=False, retain_graph=False, since=since), loss, count

    with _one_at_a_time, _threads(threads), _refusing(items is not None):
        found = workers.spread(part, length)
        total = sum(count for _, _, count in found)
        if not total:
            raise ValueError("parallel_step: items counts 0 in all, expected a loss over something")

        found = [(run, loss, count / total) for run, loss, count in found if count]

        def back(first: int, last: int) -> None:
            for run, loss, share in found[first:last]:
                with no_grad(), np.errstate(all="ignore"):
                    run.add(loss.node, np.full_like(loss.data, share))
                    run.run()

        workers.spread(back, len(found))
    whole = Pass(create_graph=False, retain_graph=False)
    with no_grad(), np.errstate(all="ignore"):
        for run, _, _ in found:
            for leaf, gradient in run.sums.items():
                whole.add(leaf, gradient)
        whole.run_leaf_hooks()
    for run in (*[run for run, _, _ in found], whole):
        run.add_to_retained()
    whole.add_to_leaves()
    mean = sum(loss.data * loss.dtype.type(share) for _, loss, share in found)
    return Tensor.from_array(np.asarray(mean))


class _Source:
    """The random numbers of a step: a stream for each part, all from one number of the caller's.

    That number is drawn only if a part draws any, so a step without chance does not disturb what
    the caller draws next.
    """

    def __init__(self) -> None:
        self._caller = generator()
        self._lock = threading.Lock()
        self._seed: int | None = None

    def generator(self, start: int) -> np.random.Generator:
        """The generator of the part that begins at sample `start`."""
        with self._lock:
            if self._seed is None:
                self._seed = int(self._caller.integers(2**63))
        return keyed_generator(self._seed, start)


def _length(tensors: Any) -> int:
    """How many samples a batch has."""
    if not isinstance(tensors, list | tuple):
        raise TypeError(
            f"parallel_step: batch is {type(tensors).__name__}, expected a Tensor or a list of them"
        )
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"parallel_step: batch holds {type(tensor).__name__}, expected Tensors")
    lengths = {len(tensor) if tensor.ndim else 0 for tensor in tensors}
    if len(lengths) != 1 or lengths == {0}:
        shapes = ", ".join(str(tensor.shape) for tensor in tensors)
        raise ValueError(
            f"parallel_step: batch has the shapes {shapes or 'of no tensor'}, expected one length "
            "in dim 0, of at least 1"
        )
    return lengths.pop()


def _checked_count(count: Any) -> float:
    try:
        number = float(count)
    except (TypeError, ValueError):
        raise TypeError(f"parallel_step: items returned {count!r:.60}, expected a number") from None
    if not 0 <= number < math.inf:
        raise ValueError(f"parallel_step: items returned {number}, expected a number from 0")
    return number


def _check_loss(loss: Any) -> None:
    if not isinstance(loss, Tensor):
        raise TypeError(f"parallel_step: loss_fn returned {type(loss).__name__}, expected a Tensor")
    if loss.data.size != 1:
        raise ValueError(
            f"parallel_step: loss_fn returned shape {loss.shape}, expected a single number: a mean"
        )
    if getattr(loss.node, "name", None) == reduce_sum.name:
        raise ValueError(
            "parallel_step: loss_fn returned a sum, expected a mean, which does not depend on how "
            "many samples a part has; divide it by their number"
        )
    if not loss.requires_grad:
        raise RuntimeError(
            "parallel_step: the loss requires no gradient; compute it from parameters, after "
            "importing tinytorch.autograd"
        )


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """So many threads for a block, or those that are there."""
    before = workers.count if workers.started else None
    if before is not None and count in (before, None):
        yield
        return
    workers.start(count)
    try:
        yield
    finally:
        workers.stop() if before is None else workers.start(before)


@contextmanager
def _refusing(counted: bool) -> Iterator[None]:
    """Raise, for a block, where a part of the batch does not tell what the whole would give."""
    refused: dict[Primitive, Callable[..., Any]] = {normalize: _refuse_batch_norm}
    if not counted:
        refused[weighted_mean] = _refuse_weighted_mean
    choices = {}
    for primitive, check in refused.items():
        usual = primitive.implementation
        kernel = functools.partial(check, usual.kernel)
        choices[primitive] = Implementation(primitive, kernel, usual.rule)
    with implemented(choices):
        yield


def _refuse_batch_norm(kernel: Any, *inputs: Any, groups: int | None, **settings: Any) -> Any:
    if groups is None and workers.alone:
        raise RuntimeError(
            "parallel_step: batch_norm in training takes its statistics over the whole batch, and "
            "a thread sees a part of it; use accelerate() alone, GroupNorm, or evaluation mode"
        )
    return kernel(*inputs, groups=groups, **settings)


def _refuse_weighted_mean(kernel: Any, *inputs: Any) -> Any:
    if workers.alone:
        raise RuntimeError(
            "parallel_step: the loss is a weighted mean, by class weights or without ignored "
            "targets; pass items=, a function that returns the sum of a part's weights"
        )
    return kernel(*inputs)
