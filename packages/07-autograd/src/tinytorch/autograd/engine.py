"""The backward pass.

It starts at the outputs and visits nodes in falling order of their numbers, so a node is reached
only when every gradient that flows into it has arrived. Nothing recurses: what waits lies in a
heap. All sums are the pass's own until the end, when those of the leaves are added to `.grad` under
a lock; so a pass that fails changes no `.grad`, and threads may run passes over shared leaves.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from tinytorch.autograd.graph import Node, Part
from tinytorch.tensor import Tensor, clone
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.recording import Leaf
from tinytorch.tensor.shape import cast, sum_to_size
from tinytorch.tensor.writes import writes

_adding = threading.RLock()  # an observer of the sum may start a pass of its own


class Pass:
    """One backward pass.

    Attributes:
        create_graph: whether gradients are Tensors, recorded themselves, instead of arrays.
        retain_graph: whether nodes keep what they saved.
        since: where they don't, the time on the clock from which on they were recorded: what is
            older belongs to others too, and keeps it.
        sums: the gradient that has arrived so far, for each node that waits and each leaf; for a
            node with several results, a list.
        targets: with particular inputs asked for, their nodes and the gradients found; else None.
    """

    def __init__(self, create_graph: bool, retain_graph: bool, since: int = 0) -> None:
        self.create_graph = create_graph
        self.retain_graph = retain_graph
        self.since = since
        self.sums: dict[Any, Any] = {}
        self.targets: dict[Any, Any] | None = None
        self._useful: set[Any] = set()  # with targets: the nodes on a path to one of them
        self._seen: set[Any] = set()
        self._heap: list[int] = []  # numbers of the waiting nodes, negated: the highest comes first
        self._waiting: dict[int, Any] = {}
        self._owned: set[Any] = set()  # whose sum is an array that nothing else knows
        self._retained: list[tuple[Node, Any]] = []  # gradients of results that retain them
        self._kind = Tensor if create_graph else np.ndarray

    def add(
        self, parent: Any, gradient: Any, g: Any = None, known: Node | Sequence[Any] | None = None
    ) -> None:
        """Let a gradient arrive at a node or leaf.

        Args:
            parent: the node or leaf.
            gradient: what arrives; None for nothing.
            g: the gradient that the rule was given.
            known: the node whose rule it was, or the arrays that the rule may have returned though
                others hold them; None: others hold this one.
        """
        if gradient.__class__ is not self._kind:
            if gradient is None:
                return
            gradient = self._converted(gradient)
        if gradient.shape != parent.shape or gradient.dtype is not parent.dtype:
            gradient = _fitted(gradient, parent)
        sums = self.sums
        if parent not in sums:
            sums[parent] = gradient
            if parent.__class__ is not Leaf:
                self._await(parent)
            elif known is not None and gradient is not g and _is_fresh(gradient, known):
                self._owned.add(parent)
        elif parent in self._owned:
            np.add(sums[parent], gradient, sums[parent])
        else:
            total = sums[parent] + gradient
            if total.__class__ is not self._kind:  # the sum of two 0-d arrays is a scalar
                total = self._converted(total)
            sums[parent] = total
            if not self.create_graph:
                self._owned.add(parent)

    def aim(self, targets: Sequence[Any], roots: Sequence[Any]) -> None:
        """Compute only what leads from `roots` to `targets`, and note what arrives there."""
        self.targets = dict.fromkeys(targets)
        self._mark(roots)

    def run(self) -> None:
        """Visit every node that a gradient reaches, the latest first."""
        heap, waiting, sums = self._heap, self._waiting, self.sums
        plain = not self.create_graph and self.targets is None
        while heap:
            node = waiting.pop(heappop(heap))
            g = sums.pop(node)
            self._owned.discard(node)
            saved, rule = node.saved, node.rule
            if self.targets is not None and self._ends_at(node):
                self.targets[node] = self._seen_by_hooks(node, g)
                continue
            if saved is None:
                raise RuntimeError(
                    f"backward: the graph behind {node.name} was freed by an earlier pass; "
                    "call that one with retain_graph=True"
                )
            if node.number < writes.last:
                _check_unchanged(node)
            if node.hooks is not None:
                g = self._seen_by_hooks(node, g)
            if not (plain and rule.direct) or observers:
                self._visit(node, g)
            elif len(saved) == 2:
                gradient = rule.functions[0](g, *saved, **node.settings)
                self.add(node.parents[0], gradient, g, node)
            else:
                (p, q), (f, h), settings = node.parents, rule.functions, node.settings
                if p is not None:
                    self.add(p, f(g, *saved, **settings), g, node)
                if q is not None:
                    self.add(q, h(g, *saved, **settings), g, node)
            if not self.retain_graph and node.number > self.since:
                node.saved = None
                node.parents = ()

    def run_leaf_hooks(self) -> None:
        """Let the leaves' hooks see the sums, and replace them."""
        for leaf in self.sums:
            if leaf.hooks is not None:
                self.sums[leaf] = self._seen_by_hooks(leaf, self.sums[leaf])
                self._owned.discard(leaf)

    def add_to_leaves(self) -> None:
        """Add the sums to the leaves' `grad`."""
        for leaf, gradient in self.sums.items():
            tensor = leaf.tensor()
            if tensor is not None:
                self.add_to_grad(tensor, leaf, gradient)

    def add_to_retained(self) -> None:
        """Add their gradients to the `grad` of results that retain them."""
        for node, gradient in self._retained:
            tensor = node.hooks.retained() if node.hooks and node.hooks.retained else None
            if tensor is not None:
                self.add_to_grad(tensor, node, gradient)

    def add_to_grad(self, tensor: Tensor, node: Any, gradient: Any) -> None:
        """Add a gradient to `tensor.grad`, which shares its memory with nothing."""
        with _adding:
            before = tensor.grad
            if self.create_graph:
                tensor.grad = clone(gradient) if before is None else before + gradient
            elif before is None:
                alone = node in self._owned and gradient.flags.writeable
                tensor.grad = Tensor.from_array(gradient if alone else gradient.copy(order="K"))
            elif before.node is not None or not before.data.flags.writeable:
                tensor.grad = before.detach() + Tensor.from_array(gradient)
            else:
                np.add(before.data, gradient, out=before.data)
                writes.note(before.data)

    def _seen_by_hooks(self, node: Any, g: Any) -> Any:
        """The gradient of a node or leaf, after its hooks have seen it."""
        if node.hooks is None:
            return g
        g = node.hooks.run(g)
        if node.hooks.retained is not None:
            self._retained.append((node, g))
        return g

    def _ends_at(self, node: Any) -> bool:
        """Whether a node is a target behind which there is no other: its rule need not run."""
        assert self.targets is not None
        return node in self.targets and not any(p in self._useful for p in node.parents)

    def _visit(self, node: Any, g: Any) -> None:
        """What `run` does with a node, in general."""
        parents = node.parents
        if self.targets is not None:
            if node in self.targets:
                self.targets[node] = g
            parents = tuple(p if p in self._useful else None for p in parents)
        if isinstance(node, Part):
            self._add_part(parents[0], node, g)
        elif not observers:
            self._differentiate(node, g, parents)
        else:
            with emitting(node.name, "backward", node, (g,), node.settings) as event:
                event.result = self._differentiate(node, g, parents)

    def _differentiate(self, node: Any, g: Any, parents: Sequence[Any]) -> Any:
        """Apply a node's rule; return the gradients of its inputs, or None if it expanded."""
        rule = node.rule
        if rule.expands or (self.create_graph and rule.definition is not None):
            reached = [
                (tensor, gradient)
                for tensor, gradient in rule.expanded(node, g)
                if tensor.requires_grad
            ]
            if self.targets is not None:
                self._mark([tensor.node for tensor, _ in reached])
            for tensor, gradient in reached:
                self.add(tensor.node, gradient)
            return None
        if not any(parent is not None for parent in parents):
            return None
        if rule.into is not None and not self.create_graph:
            rule.into(self._buffer(parents[0]), g, **node.settings)
            return None
        saved = node.saved_tensors() if self.create_graph else node.saved
        gradients = rule.gradients(g, parents, saved, node.settings)
        # What a rule was given, or returned twice, is not the pass's own.
        given = [*node.saved, *node.settings.values(), *(g if isinstance(g, list) else (g,))]
        counts = Counter(map(id, (*_flat(given), *gradients)))
        for parent, gradient in zip(parents, gradients, strict=True):
            if parent is not None:
                alone = not observers and counts[id(gradient)] == 1
                self.add(parent, gradient, g, () if alone else None)
        return gradients

    def _add_part(self, owner: Any, part: Part, g: Any) -> None:
        if owner is None:
            return
        if owner not in self.sums:
            self.sums[owner] = [None] * len(owner.shape)
            self._await(owner)
        parts = self.sums[owner]
        before = parts[part.index]  # of the same result where a recorded rule used it once more
        parts[part.index] = g if before is None else self._converted(before + g)

    def _await(self, node: Any) -> None:
        number = -node.number
        self._waiting[number] = node
        heappush(self._heap, number)

    def _buffer(self, parent: Any) -> np.ndarray:
        """The sum of `parent` as an array of the pass's own; zeros if nothing has arrived there."""
        if parent not in self._owned:
            if parent in self.sums:
                self.sums[parent] = self.sums[parent].copy()
            else:
                self.add(parent, np.zeros(parent.shape, parent.dtype))
            self._owned.add(parent)
        return self.sums[parent]  # type: ignore[no-any-return]

    def _converted(self, gradient: Any) -> Any:
        """An array or scalar as a Tensor, or the other way round, as this pass wants it."""
        if self.create_graph:
            return (
                gradient
                if isinstance(gradient, Tensor)
                else Tensor.from_array(np.asarray(gradient))
            )
        return gradient.data if isinstance(gradient, Tensor) else np.asarray(gradient)

    def _mark(self, roots: Iterable[Any]) -> None:
        """Find the nodes behind `roots` that lie on a path to a target."""
        assert self.targets is not None
        found = []
        stack = [root for root in roots if root not in self._seen]
        self._seen.update(stack)
        while stack:
            node = stack.pop()
            found.append(node)
            for parent in getattr(node, "parents", ()):
                if parent is not None and parent not in self._seen:
                    self._seen.add(parent)
                    stack.append(parent)
        for node in sorted(found, key=lambda node: node.number):
            if node in self.targets or (
                node.__class__ is not Leaf
                and (node.rule.expands or any(parent in self._useful for parent in node.parents))
            ):
                self._useful.add(node)


def _fitted(gradient: Any, parent: Node | Leaf) -> Any:
    """A gradient of a broadcast input, summed to the input's shape and brought to its type."""
    if gradient.shape != parent.shape:
        try:
            gradient = sum_to_size(gradient, size=parent.shape)
        except (ValueError, IndexError) as error:
            raise RuntimeError(
                f"backward: a gradient of shape {gradient.shape} arrives at a tensor of shape "
                f"{parent.shape}; its rule is wrong, or `data` was replaced after the forward pass"
            ) from error
    return cast(gradient, dtype=parent.dtype) if gradient.dtype != parent.dtype else gradient


def _is_fresh(gradient: Any, known: Node | Sequence[Any]) -> bool:
    """Whether nothing but the pass holds this array: it is no view, and none of what is known."""
    if gradient.__class__ is not np.ndarray or gradient.base is not None:
        return False
    if isinstance(known, Node):
        known = (*known.saved, *known.settings.values())
    return all(gradient is not array for array in _flat(known))


def _check_unchanged(node: Node) -> None:
    for array in _flat(node.saved):
        if isinstance(array, np.ndarray) and writes.since(array) > node.number:
            raise RuntimeError(
                f"backward: {node.name} saved an array of shape {array.shape} that was written "
                "into after the forward pass; write after backward(), or into a clone"
            )


def _flat(saved: Iterable[Any]) -> Iterator[Any]:
    """What is in these tuples and lists, and in those inside them."""
    for item in saved:
        if isinstance(item, tuple | list):
            yield from _flat(item)
        else:
            yield item
