"""A derivative of one's own: `Function`.

A table of rules differentiates a primitive. Sometimes the derivative belongs to a whole computation
instead: because a simpler or more stable formula is known, because the true one is useless
(rounding: zero nearly everywhere), or because less memory would do. A `Function` is such a
computation, with its derivative beside it.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.autograd.graph import NO_SETTINGS, Node, Part, parts
from tinytorch.autograd.recorder import record
from tinytorch.tensor import Tensor, is_grad_enabled, no_grad
from tinytorch.tensor.observing import emitting, observers


class Context:
    """What `forward` leaves for `backward`; other plain values may be set as attributes.

    Attributes:
        needs_input_grad: for each argument of `forward`, whether its gradient is wanted.
        saved_tensors: in `backward`, what `save_for_backward` was given.
        constant: the results that `mark_non_differentiable` named.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Tensor | None, ...] = ()
        self.constant: tuple[Tensor, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep arguments, results or tensors between; do not set tensors as attributes."""
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *results: Tensor) -> None:
        """Say that these results have no gradient; integer results need not be marked."""
        self.constant = results


class Function:
    """A computation with a derivative of its own; call it by `apply`.

    Subclasses write two static methods. `forward(ctx, *args)` computes, unrecorded, a tensor or a
    tuple of tensors. `backward(ctx, *grads)` gets the gradient of each result and returns one for
    each argument, None where there is none. It gets and returns Tensors, and is itself
    differentiated where derivatives of higher order are asked for.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> class Cube(Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return g * 3.0 * x * x
        >>> x = tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Compute the results; `ctx` is a `Context`."""
        raise NotImplementedError("Function: forward is not defined; write it as a static method")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Compute the gradient of each argument from that of each result."""
        raise NotImplementedError("Function: backward is not defined; write it as a static method")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call `forward`, and record the call as one node.

        Raises:
            TypeError: if `forward` returns anything but tensors.
        """
        if not observers:
            return cls._applied(args)
        with emitting(cls.__name__, "forward", cls, args, NO_SETTINGS) as event:
            event.result = cls._applied(args)
        return event.result

    @classmethod
    def _applied(cls, args: tuple[Any, ...]) -> Any:
        parents = [x.node if isinstance(x, Tensor) else None for x in args]
        ctx = Context(tuple(parent is not None for parent in parents))
        with no_grad():
            returned = cls.forward(ctx, *args)
        results = returned if isinstance(returned, tuple) else (returned,)
        for z in results:
            if not isinstance(z, Tensor):
                raise TypeError(
                    f"{cls.__name__}: forward returned {type(z).__name__}, expected a Tensor or a "
                    "tuple of Tensors"
                )
        # New Tensors around the arrays: a result that was saved does not hold its own node.
        nodes: Sequence[Any] = [None] * len(results)
        if is_grad_enabled() and any(ctx.needs_input_grad):
            nodes = _nodes(cls, ctx, parents, results)
        ctx.saved_tensors = ()
        found = tuple(
            Tensor.from_array(z.data, node) for z, node in zip(results, nodes, strict=True)
        )
        return found if isinstance(returned, tuple) else found[0]


def _nodes(
    function: type[Function],
    ctx: Context,
    parents: Sequence[Any],
    results: tuple[Tensor, ...],
) -> Sequence[Any]:
    """The node of each result; None for one without gradient."""
    rule = FunctionRule(function)
    node = record(rule, parents, tuple(z.data for z in results), NO_SETTINGS)
    nodes = [
        None if any(z is constant for constant in ctx.constant) else part
        for z, part in zip(results, parts(node, [z.data for z in results]))
    ]
    recall = _Recall(ctx, node, results, nodes)
    node.saved = (recall, tuple(array for array, _, _ in recall.saved if array is not None))
    return nodes


class _Recall:
    """What the node of a `Function` saves: the context, and tensors as arrays with their nodes."""

    def __init__(
        self, ctx: Context, node: Node, results: Sequence[Tensor], nodes: Sequence[Any]
    ) -> None:
        self.ctx = ctx
        self.node = weakref.ref(node)
        self.results = [(z.shape, z.dtype) for z in results]
        self.saved: list[tuple[Any, Any, int | None]] = []
        for t in ctx.saved_tensors:
            index = next((i for i, z in enumerate(results) if z is t and nodes[i]), None)
            self.saved.append((None, None, None) if t is None else (t.data, t.node, index))

    def tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved, as Tensors that are part of the graph again."""
        owner: Any = self.node()
        return tuple(
            None
            if array is None
            else Tensor.from_array(array, node if index is None else Part(owner, index, array))
            for array, node, index in self.saved
        )


class FunctionRule:
    """The rule of a node that a `Function` made; see `Rule` for what the engine asks of it."""

    direct = False
    expands = False
    fused = True
    into = None
    definition = None

    def __init__(self, function: type[Function]) -> None:
        self.function = function
        self.name = function.__name__

    def gradients(
        self, g: Sequence[Any], parents: Sequence[Any], saved: Sequence[Any], _: Any
    ) -> Sequence[Any]:
        """What `backward` returns: a gradient, or None, for each argument."""
        recall = saved[0]
        ctx = recall.ctx
        ctx.needs_input_grad = tuple(parent is not None for parent in parents)
        ctx.saved_tensors = recall.tensors()
        try:
            returned = self.function.backward(ctx, *map(_gradient, g, recall.results))
        finally:
            ctx.saved_tensors = ()
        gradients = returned if isinstance(returned, tuple) else (returned,)
        if len(gradients) != len(parents):
            raise RuntimeError(
                f"{self.name}: backward returned {len(gradients)} gradients, expected one for each "
                f"of the {len(parents)} arguments of forward (None where there is none)"
            )
        for i, (gradient, parent) in enumerate(zip(gradients, parents)):
            if gradient is not None and parent is not None:
                self._check(i, gradient, parent.shape)
        if is_grad_enabled():
            return gradients
        # Views: who knows what else holds these arrays.
        return [None if gradient is None else gradient.data[...] for gradient in gradients]

    def _check(self, i: int, gradient: Any, shape: tuple[int, ...]) -> None:
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"{self.name}: backward returned {type(gradient).__name__} for argument {i}, "
                "expected a Tensor or None"
            )
        lead = gradient.ndim - len(shape)
        if lead < 0 or any(n not in (1, m) for n, m in zip(shape, gradient.shape[lead:])):
            raise ValueError(
                f"{self.name}: backward returned a gradient of shape {gradient.shape} for argument "
                f"{i}, which has shape {shape}"
            )


def _gradient(g: Any, like: tuple[tuple[int, ...], Any]) -> Tensor:
    """The gradient of a result as a Tensor; zeros where none has arrived."""
    if g is None:
        return Tensor.from_array(np.zeros(*like))
    return g if isinstance(g, Tensor) else Tensor.from_array(g)
