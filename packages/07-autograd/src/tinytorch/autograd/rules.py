"""Seam 2: derivative rules.

    defvjp(mul, lambda g, _z, _x, y: g * y, lambda g, _z, x, _y: g * x)

A rule takes the output's gradient `g`, the output `z`, the inputs, and all settings by keyword; it
returns the gradient of one input. How its parameters are named tells what has to be kept for it:

    x          the array itself
    x_shape    only its shape
    _x         nothing

Rules never mention broadcasting: the engine sums each gradient to its input's shape and type. They
run on arrays in an ordinary pass and on Tensors where derivatives of higher order are asked for, so
they speak only in operators, primitives and `.shape`, `.ndim`, `.dtype`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tinytorch.tensor import Implementation, Primitive, Tensor

if TYPE_CHECKING:
    from tinytorch.autograd.graph import Node

UNUSED, SHAPE, ARRAY = 0, 1, 2
VJP = Callable[..., Any]


class Rule:
    """The derivative of a primitive: a function for each input, or one for all of them.

    Attributes:
        name: of the primitive.
        functions: one for each input, or empty.
        joint: the one function for all inputs, or None.
        into: the rule as an addition into a buffer of the input's shape, or None.
        fused: whether the kernel says itself what is saved, in the place of the result.
        definition: what is differentiated instead under `create_graph`, or None.
        expands: whether the rule goes on with a graph that it builds during the pass (see
            `checkpoint`).
        direct: whether the engine's written-out path applies.
        fast: whether the recorder's does.
        first, second, both: for that, what to keep when that input needs a gradient.
    """

    __slots__ = (
        "_kept", "_uses", "both", "definition", "direct", "fast", "first", "functions", "fused",
        "into", "joint", "name", "second",
    )  # fmt: skip

    expands = False

    def __init__(
        self, primitive: Primitive, functions: Sequence[VJP], joint: VJP | None, into: VJP | None
    ) -> None:
        self.name = primitive.name
        self.into = into
        self.fused = primitive.fused
        self.definition = primitive.definition
        self._uses = [_uses(function, primitive) for function in functions or (joint,) if function]
        columns = zip(*(_stretched(uses, len(primitive.inputs)) for uses in self._uses))
        if self.definition is not None or any({SHAPE, ARRAY} <= set(uses) for uses in columns):
            functions = list(map(_given_shapes, functions, self._uses))
            joint = _given_shapes(joint, self._uses[0]) if joint else None
        self.functions = tuple(functions)
        self.joint = joint
        self._kept: dict[tuple[bool, ...], tuple[int, ...]] = {}
        count = len(functions)
        self.direct = count in (1, 2) and into is None and not primitive.several
        self.fast = 0 < count == primitive.simple and not any(SHAPE in u for u in self._uses)
        if self.fast:
            self.both = self.keeps((True,) * count)
            self.first = self.keeps((True, False)[:count])
            self.second = self.keeps((False, True)) if count == 2 else self.first

    def keeps(self, needs: tuple[bool, ...]) -> tuple[int, ...]:
        """UNUSED, SHAPE or ARRAY for the result and each input, given which inputs need one."""
        found = self._kept.get(needs)
        if found is None:
            if self.definition is not None:  # it runs again on all of them
                of_rules: list[tuple[int, ...]] = [(ARRAY,)]
            elif self.joint is not None:
                of_rules = self._uses
            else:
                of_rules = [uses for uses, needed in zip(self._uses, needs, strict=True) if needed]
            stretched = [_stretched(uses, len(needs)) for uses in of_rules]
            found = self._kept[needs] = tuple(map(max, zip(*stretched, strict=True)))
        return found

    def gradients(
        self, g: Any, parents: Sequence[Any], saved: Sequence[Any], settings: dict[str, Any]
    ) -> Sequence[Any]:
        """The gradient of each input whose parent is not None; `saved` holds arrays, or Tensors."""
        if self.joint is not None:
            needs = tuple(parent is not None for parent in parents)
            return self.joint(g, *saved, needs=needs, **settings)  # type: ignore[no-any-return]
        return [
            None if parent is None else function(g, *saved, **settings)
            for function, parent in zip(self.functions, parents, strict=True)
        ]

    def expanded(self, node: Node, g: Any) -> Iterator[tuple[Tensor, Any]]:
        """The results of the definition, run on what the node saved, each with its gradient."""
        assert self.definition is not None
        _, *inputs = node.saved_tensors()
        results = self.definition(*inputs, **node.settings)
        if isinstance(results, Tensor):
            yield results, g
        else:
            yield from ((z, part) for z, part in zip(results, g, strict=True) if part is not None)


def defvjp(target: Primitive | Implementation, *functions: VJP, into: VJP | None = None) -> None:
    """Define the derivative of a primitive by a rule for each of its inputs.

    Each rule is called as `rule(g, z, *inputs, **settings)` and returns the gradient of its input;
    what it uses of its arguments it tells by their names, see this module's description.

    Args:
        target: the primitive, which means the implementation that it was defined with; or another
            implementation of it.
        functions: a rule for each input, in order. It returns a new array, or one that it was
            given, never one that it keeps: the gradients of leaves are written into.
        into: for a primitive with one input whose gradient is zero almost everywhere, `into(buffer,
            g, **settings)` adds the gradient into a buffer of the input's shape. All calls on one
            tensor then share one buffer.

    Raises:
        TypeError: if the number of rules is not the number of inputs.

    Example:
        >>> from tinytorch.tensor import primitive, tensor
        >>> @primitive
        ... def cube(input):
        ...     return input * input * input
        >>> defvjp(cube, lambda g, _z, x: 3 * g * x * x)
        >>> x = tensor([2.0], requires_grad=True)
        >>> cube(x).backward()
        >>> x.grad
        tensor([12.])
    """
    primitive, implementation = _both(target)
    if primitive.variadic or len(functions) != len(primitive.inputs):
        expected = (
            "one joint rule: defvjp_joint"
            if primitive.variadic
            else f"{len(primitive.inputs)} rules"
        )
        raise TypeError(f"defvjp: {primitive.name} needs {expected}, got {len(functions)} rules")
    implementation.rule = Rule(primitive, functions, None, into)


def defvjp_joint(target: Primitive | Implementation, function: VJP) -> None:
    """Define the derivative of a primitive by one rule for all its inputs.

    The rule is called as `rule(g, z, *inputs, needs=..., **settings)` and returns a gradient, or
    None, for each input; `needs` tells which inputs need one. For a fused primitive, whose kernel
    returns (result, saved), `z` is what it saved; for one with several results, `g` is a list with
    None for results that were not used.

    Args:
        target: the primitive, which means the implementation that it was defined with; or another
            implementation of it.
        function: the rule.

    Example:
        >>> from tinytorch.tensor import primitive, tensor
        >>> @primitive
        ... def product(input, other):
        ...     return input * other
        >>> defvjp_joint(product, lambda g, _z, x, y, needs: (g * y, g * x))
        >>> x = tensor([2.0], requires_grad=True)
        >>> product(x, tensor([5.0])).backward()
        >>> x.grad
        tensor([5.])
    """
    primitive, implementation = _both(target)
    implementation.rule = Rule(primitive, (), function, None)


def _both(target: Primitive | Implementation) -> tuple[Primitive, Implementation]:
    if isinstance(target, Primitive):
        return target, target.default
    return target.primitive, target


def _uses(function: VJP, primitive: Primitive) -> tuple[int, ...]:
    """What a rule needs of the result and of each input, by the names of its parameters."""
    names = list(inspect.signature(function).parameters)[1:]
    names = names[: 2 + len(primitive.inputs) if primitive.variadic else 1 + len(primitive.inputs)]
    return tuple(
        UNUSED if name.startswith("_") else SHAPE if name.endswith("_shape") else ARRAY
        for name in names
    )


def _given_shapes(function: VJP, uses: tuple[int, ...]) -> VJP:
    """The rule, given shapes where it names them, though whole arrays are kept for others."""
    if SHAPE not in uses:
        return function

    def rule(g: Any, *saved: Any, **settings: Any) -> Any:
        given = [
            getattr(x, "shape", ()) if use == SHAPE and not isinstance(x, tuple) else x
            for use, x in zip(_stretched(uses, len(saved) - 1), saved, strict=True)
        ]
        return function(g, *given, **settings)

    return rule


def _stretched(uses: tuple[int, ...], inputs: int) -> tuple[int, ...]:
    """`uses` for this many inputs: the last name stands for all that follow, as in `*xs`."""
    return uses[: 1 + inputs] + uses[-1:] * (1 + inputs - len(uses))
