"""What a recorded call leaves behind: a node. `recorder.py` makes nodes, `engine.py` walks them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.autograd.rules import Rule
from tinytorch.tensor import Tensor
from tinytorch.tensor.writes import tick

NO_SETTINGS: dict[str, Any] = {}
GradientHook = Callable[[Tensor], Tensor | None]


class Node:
    """A recorded call.

    It holds what the backward pass needs, as arrays, and nothing else: no Tensors, and never its
    own output's, for that would be a cycle which only the garbage collector could free.

    Attributes:
        number: when it was recorded, on the process's clock; backward goes in falling order of it.
        shape: of the result; of several results, a list of their shapes.
        dtype: of the result.
        rule: the derivative rule of the implementation that ran.
        parents: for each input its `Node` or `Leaf`, or None where it needs no gradient.
        saved: the result and the inputs, in the rule's order: an array where the rule uses it, a
            shape where that is enough, else None. None instead of the tuple once a pass has freed
            it.
        settings: the keyword arguments of the call.
        hooks: who wants to see the gradient of the result.
    """

    __slots__ = (
        "__weakref__",
        "dtype",
        "hooks",
        "number",
        "parents",
        "rule",
        "saved",
        "settings",
        "shape",
    )

    number: int
    shape: Any
    dtype: Any
    rule: Rule
    parents: tuple[Any, ...]
    saved: Any
    settings: dict[str, Any]
    hooks: Hooks | None

    @property
    def name(self) -> str:
        """The name of the operation."""
        return self.rule.name

    def __repr__(self) -> str:
        return f"<{self.name} {self.shape}>"

    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved, with arrays as Tensors that are part of the graph again."""
        result, *inputs = self.saved
        if self.rule.fused:
            if self.rule.definition is None:
                _refuse_constants(self.rule, result)
        else:
            if isinstance(self.shape, list) and result is not None:
                result = tuple(map(Tensor.from_array, result, parts(self, result)))
            else:
                result = _as_tensor(result, self)
        return (result, *map(_as_tensor, inputs, self.parents))


def _refuse_constants(rule: Rule, saved: Any) -> None:
    """Raise where floats that a kernel saved would be constants to a derivative of second order."""
    arrays = saved if isinstance(saved, tuple | list) else (saved,)
    if any(isinstance(a, np.ndarray | np.generic) and a.dtype.kind == "f" for a in arrays):
        raise RuntimeError(
            f"{rule.name}: saves floating point arrays, which create_graph would take for "
            "constants; give the primitive a definition"
        )


def _as_tensor(saved: Any, node: Any) -> Any:
    return Tensor.from_array(saved, node) if isinstance(saved, np.ndarray) else saved


class Part(Node):
    """One of several results of a node, its only parent; it hands its gradient on by its index."""

    __slots__ = ("index",)

    def __init__(self, owner: Node, index: int, array: np.ndarray) -> None:
        self.number = tick()
        self.shape = array.shape
        self.dtype = array.dtype
        self.rule = owner.rule
        self.parents = (owner,)
        self.saved = ()
        self.settings = NO_SETTINGS
        self.hooks = None
        self.index = index


def parts(node: Node, arrays: Sequence[np.ndarray]) -> tuple[Part | None, ...]:
    """A node for each of several results; None for integers, which have no gradient."""
    return tuple(
        Part(node, i, array) if array.dtype.kind == "f" else None for i, array in enumerate(arrays)
    )


class Hooks:
    """Who wants to see a gradient: functions, and perhaps the tensor that retains it."""

    __slots__ = ("functions", "retained")

    def __init__(self) -> None:
        self.functions: dict[int, GradientHook] = {}
        self.retained: weakref.ref[Tensor] | None = None

    def run(self, g: Any) -> Any:
        """Show the gradient to every function, and return what became of it."""
        gradient = g if isinstance(g, Tensor) else Tensor.from_array(g)
        for hook in tuple(self.functions.values()):
            replacement = hook(gradient)
            if replacement is not None:
                gradient = _checked(replacement, gradient)
        return gradient if isinstance(g, Tensor) else gradient.data


def _checked(replacement: Any, gradient: Tensor) -> Tensor:
    """What a hook returned, if it can take the gradient's place."""
    if not isinstance(replacement, Tensor):
        raise TypeError(f"hook: returned {type(replacement).__name__}, expected a Tensor or None")
    if replacement.shape != gradient.shape or replacement.dtype != gradient.dtype:
        raise ValueError(
            f"hook: returned a gradient of shape {replacement.shape} and type {replacement.dtype}, "
            f"expected {gradient.shape} and {gradient.dtype}"
        )
    return replacement
