"""The recorder that this package installs in the seam of `tinytorch.tensor`: it makes the nodes."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.autograd import starting
from tinytorch.autograd.graph import NO_SETTINGS, GradientHook, Hooks, Node, parts
from tinytorch.autograd.rules import ARRAY, SHAPE
from tinytorch.tensor import Tensor
from tinytorch.tensor.primitive import Implementation
from tinytorch.tensor.recording import HookHandle, Leaf
from tinytorch.tensor.writes import tick

_new = object.__new__


class GraphRecorder:
    """The recorder that this package installs: it makes nodes, and starts passes over them."""

    # `unary` and `binary` are `general` written out for calls without settings.

    def unary(self, implementation: Implementation, parent: Any, x: Any, out: Any) -> Any:
        """The node of a call with one input and no settings."""
        rule = implementation.rule
        if rule is None or not rule.fast:
            return self.general(implementation, (parent,), (x,), NO_SETTINGS, out, None)
        keep_z, keep_x = rule.both
        node = _new(Node)
        node.number = tick()
        node.shape = out.shape
        node.dtype = out.dtype
        node.rule = rule
        node.parents = (parent,)
        node.saved = (out if keep_z else None, x if keep_x else None)
        node.settings = NO_SETTINGS
        node.hooks = None
        return node

    def binary(
        self, implementation: Implementation, p: Any, q: Any, x: Any, y: Any, out: Any
    ) -> Any:
        """The node of a call with two inputs and no settings."""
        rule = implementation.rule
        if rule is None or not rule.fast:
            return self.general(implementation, (p, q), (x, y), NO_SETTINGS, out, None)
        keep_z, keep_x, keep_y = (
            rule.second if p is None else rule.first if q is None else rule.both
        )
        node = _new(Node)
        node.number = tick()
        node.shape = out.shape
        node.dtype = out.dtype
        node.rule = rule
        node.parents = (p, q)
        node.saved = (out if keep_z else None, x if keep_x else None, y if keep_y else None)
        node.settings = NO_SETTINGS
        node.hooks = None
        return node

    def general(
        self,
        implementation: Implementation,
        parents: Sequence[Any],
        arrays: Sequence[Any],
        settings: dict[str, Any],
        out: Any,
        saved: Any,
    ) -> Any:
        """The node of any call; for a tuple of results a tuple with one for each."""
        rule = implementation.rule
        if rule is None and not implementation.primitive.fused:
            rule = implementation.primitive.default.rule  # the kernel saves nothing: it will do
        if rule is None:
            raise NotImplementedError(
                f"{implementation.primitive.name}: no derivative rule is defined; give it one with "
                "tinytorch.autograd.defvjp, or call it inside `with no_grad():`"
            )
        if out.__class__ is not tuple and out.dtype.kind != "f":
            return None  # integers have no gradient
        node = record(rule, parents, out, settings)
        keeps = rule.keeps(tuple(parent is not None for parent in parents))
        result = saved if rule.fused else _kept(keeps[0], out)
        node.saved = (result, *map(_kept, keeps[1:], arrays))
        if isinstance(node.shape, list):
            return parts(node, out)
        return node

    def backward(self, tensor: Tensor, gradient: Tensor | None, **options: Any) -> None:
        """Add d tensor / d leaf to the `grad` of each leaf."""
        starting.backward([tensor], [gradient], **options)

    def register_hook(self, tensor: Tensor, hook: GradientHook) -> HookHandle:
        """Have `hook` see, and perhaps replace, the gradient of `tensor`."""
        if not callable(hook):
            raise TypeError(f"register_hook: hook is {type(hook).__name__}, expected a function")
        hooks = _hooks_of(tensor, "register_hook")
        return HookHandle(hooks.functions, hook)

    def retain_grad(self, tensor: Tensor) -> None:
        """Keep the gradient of a result in its `grad`; a leaf's is kept anyway."""
        hooks = _hooks_of(tensor, "retain_grad")
        if not isinstance(tensor.node, Leaf):
            hooks.retained = weakref.ref(tensor)


def record(rule: Any, parents: Sequence[Any], out: Any, settings: dict[str, Any]) -> Node:
    """A new node with nothing saved yet."""
    node = _new(Node)
    node.number = tick()
    if isinstance(out, tuple):
        node.shape, node.dtype = [z.shape for z in out], None
    else:
        node.shape, node.dtype = out.shape, out.dtype
    node.rule = rule
    node.parents = tuple(parents)
    node.saved = ()
    node.settings = settings
    node.hooks = None
    return node


def _kept(use: int, value: Any) -> Any:
    """What a node keeps of a result or an input: it, its shape, or nothing."""
    if use == SHAPE:
        return np.shape(value)
    return value if use == ARRAY else None


def _hooks_of(tensor: Tensor, operation: str) -> Hooks:
    node = tensor.node
    if node is None:
        raise RuntimeError(f"{operation}: the tensor does not require a gradient")
    if node.hooks is None:
        node.hooks = Hooks()
    return node.hooks  # type: ignore[no-any-return]
