"""Save memory by computing twice.

A backward pass needs what the forward pass saved, and in a deep network that is most of the memory.
A checkpoint saves only the inputs of a part of the network. When the backward pass gets there, the
part runs again, recorded this time, and the pass goes on through what it recorded. So gradients
reach whatever the part used, captured parameters too, and derivatives of any order exist. (Chen,
Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from tinytorch.autograd.graph import NO_SETTINGS, Node, Part
from tinytorch.autograd.recorder import record
from tinytorch.setup import generator, use_generator
from tinytorch.tensor import Tensor, enable_grad, is_grad_enabled
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.recording import Leaf
from tinytorch.tensor.writes import tick


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool = False,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call `function(*args, **kwargs)` and keep only its inputs; the backward pass calls it again.

    Args:
        function: from anything to a tensor, or a tuple or list that may hold tensors. It must
            compute the same both times.
        args: its arguments.
        use_reentrant: only False, the way that PyTorch recommends.
        preserve_rng_state: give it the same random numbers both times, as dropout needs.
        kwargs: its keyword arguments.

    Returns:
        what the function returns.

    Raises:
        ValueError: if `use_reentrant` is True.
        RuntimeError: in the backward pass, if the second call returns something else.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x, w = tensor(2.0, requires_grad=True), tensor(3.0, requires_grad=True)
        >>> checkpoint(lambda x: x * w * x, x).backward()
        >>> x.grad, w.grad
        (tensor(12.), tensor(4.))
    """
    if use_reentrant:
        raise ValueError("checkpoint: use_reentrant is True, expected False")
    if not is_grad_enabled():
        return function(*args, **kwargs)
    again = _Again(function, args, kwargs, preserve_rng_state)
    if not observers:
        return _recorded(again, function(*args, **kwargs))
    with emitting("checkpoint", "forward", checkpoint, args, kwargs) as event:
        event.result = _recorded(again, function(*args, **kwargs))
    return event.result


def _recorded(again: _Again, returned: Any) -> Any:
    """Put one node in the place of all that a call has recorded.

    The call ran recorded, and its graph is dropped here: only so is it known what the function
    captured. That takes, for a moment, the memory that its part of the backward pass will take
    anyway.
    """
    results = _as_list(returned)
    for i, z in enumerate(results):
        if isinstance(z, Tensor) and z.node is not None and z.node.number > again.start:
            again.places.append(i)
    if not again.places:
        return returned
    new = [results[i] for i in again.places]
    parents = _captured([z.node for z in new], again.start)
    node = record(RULE, parents, tuple(z.data for z in new), NO_SETTINGS)
    node.saved = (again, again.arrays(parents))
    for index, (i, z) in enumerate(zip(again.places, new)):
        results[i] = Tensor.from_array(z.data, Part(node, index, z.data))
    return _like(returned, results)


def _captured(nodes: Iterable[Any], start: int) -> list[Any]:
    """What is older than `start` behind these nodes: arguments and captured tensors."""
    stack = list(nodes)
    seen = set(stack)
    older = []
    while stack:
        node = stack.pop()
        if node.number < start:
            older.append(node)
            continue
        for parent in node.parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return older


class _Again:
    """A call that can be made a second time.

    Attributes:
        start: when it was made the first time.
        places: the positions of the results that have gradients.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        preserve_rng_state: bool,
    ) -> None:
        self.function = function
        # Tensors of its own: whatever becomes of the caller's, these keep their place in the graph.
        self.args = [_twin(x) for x in args]
        self.kwargs = {name: _twin(x) for name, x in kwargs.items()}
        self.generator = copy.deepcopy(generator()) if preserve_rng_state else None
        self.places: list[int] = []
        self.start = tick()

    def arrays(self, parents: Iterable[Any]) -> tuple[np.ndarray, ...]:
        """What must not be written into before the second call."""
        leaves = [parent.tensor() for parent in parents if isinstance(parent, Leaf)]
        tensors = (*self.args, *self.kwargs.values(), *leaves)
        return tuple(t.data for t in tensors if isinstance(t, Tensor))

    def call(self) -> list[Any]:
        """Make it, recorded, with the random numbers of the first time."""
        same = use_generator(copy.deepcopy(self.generator)) if self.generator else nullcontext()
        with enable_grad(), same:
            return _as_list(self.function(*self.args, **self.kwargs))


class _CheckpointRule:
    """The rule of a checkpoint's node; see `Rule` for what the engine asks of it."""

    name = "checkpoint"
    direct = False
    expands = True
    fused = True
    into = None
    definition = None

    def expanded(self, node: Node, g: Sequence[Any]) -> Iterator[tuple[Tensor, Any]]:
        """The results of the second call, each with its gradient."""
        again = node.saved[0]
        results = again.call()
        for index, i in enumerate(again.places):
            z = results[i] if i < len(results) else None
            if not isinstance(z, Tensor) or z.shape != node.shape[index]:
                got = z.shape if isinstance(z, Tensor) else type(z).__name__
                raise RuntimeError(
                    f"checkpoint: result {i} has shape {node.shape[index]}, and was {got} when "
                    "it was computed again; the function must do the same both times"
                )
            if g[index] is not None:
                yield z, g[index]


RULE = _CheckpointRule()


def _twin(x: Any) -> Any:
    return Tensor.from_array(x.data, x.node) if isinstance(x, Tensor) else x


def _as_list(returned: Any) -> list[Any]:
    return list(returned) if isinstance(returned, tuple | list) else [returned]


def _like(returned: Any, results: list[Any]) -> Any:
    """The results in the form in which the function returned them."""
    if isinstance(returned, tuple | list):
        return results if isinstance(returned, list) else tuple(results)
    return results[0]
