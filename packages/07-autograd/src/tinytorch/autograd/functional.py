"""Gradients as functions: of tensors that were computed, and of functions still to be called.

`backward` and `grad` walk a graph that exists. `vjp`, `jvp`, `jacobian` and `hessian` take a
function, build its graph at the given inputs, and walk it as often as they must. All are made of
the one pass in `engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tinytorch.tensor as tt
from tinytorch.autograd import starting
from tinytorch.tensor import Tensor, enable_grad

Tensors = Tensor | Sequence[Tensor]
Function = Callable[..., Any]


def backward(
    tensors: Tensors,
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of `tensors`, summed, to the `grad` of the leaves they were computed from.

    Args:
        tensors: the outputs, one or several.
        grad_tensors: the gradient of each, of its shape; None stands for 1, for a single number.
        retain_graph: keep what the graph saved, for a further pass; by default, `create_graph`.
        create_graph: record the pass itself, for derivatives of higher order.
        inputs: the tensors to compute gradients for, instead of all leaves.

    Raises:
        RuntimeError: if a tensor requires no gradient, or one of several elements comes without its
            gradient.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> backward([x * x, x * 3.0], [tensor([1.0, 1.0]), tensor([1.0, 0.0])])
        >>> x.grad
        tensor([5., 4.])
    """
    outputs = _tensors("backward", "tensors", tensors)
    targets = None if inputs is None else _tensors("backward", "inputs", inputs)
    if targets == ():
        raise RuntimeError("backward: inputs is empty, expected at least one tensor")
    starting.backward(
        outputs,
        _gradients("backward", "grad_tensors", grad_tensors, outputs),
        retain_graph=retain_graph,
        create_graph=create_graph,
        inputs=targets,
    )


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs`, summed, by each of `inputs`; no tensor's `grad` changes.

    Args:
        outputs: what is differentiated, one tensor or several.
        inputs: by what, leaves or results.
        grad_outputs: the gradient of each output, of its shape; None stands for 1, for a single
            number.
        retain_graph: keep what the graph saved, for a further pass; by default, `create_graph`.
        create_graph: record the pass itself, for derivatives of higher order.
        allow_unused: give None for an input without influence, which is an error otherwise.
        materialize_grads: give zeros for an input without influence.

    Raises:
        RuntimeError: if a tensor requires no gradient, or an input has no influence on the outputs.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x = tensor(3.0, requires_grad=True)
        >>> (slope,) = grad(x * x, x, create_graph=True)
        >>> slope, grad(slope, x)
        (tensor(6., grad_fn=<add>), (tensor(2.),))
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "grad: allow_unused is False, expected True or None with materialize_grads"
        )
    results = _tensors("grad", "outputs", outputs)
    targets = _tensors("grad", "inputs", inputs)
    found = starting.gradients(
        results,
        targets,
        _gradients("grad", "grad_outputs", grad_outputs, results),
        retain_graph=retain_graph,
        create_graph=create_graph,
    )
    if materialize_grads:
        return tuple(_zeros(x) if g is None else g for x, g in zip(targets, found, strict=True))
    if not allow_unused and None in found:
        raise RuntimeError(
            f"grad: input {found.index(None)} has no influence on the outputs; "
            "pass allow_unused=True to get None for it"
        )
    return tuple(found)


def vjp(
    func: Function, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False
) -> tuple[Any, Any]:
    """The product of a vector with the Jacobian: $v^T J$, in one backward pass.

    Args:
        func: from tensors to a tensor or a tuple of tensors.
        inputs: where it is differentiated.
        v: the vector, of the shapes of the outputs; may be left out for a single number.
        create_graph: record what is computed, for derivatives of higher order.

    Returns:
        the outputs, and the product: of the inputs' shapes, a tuple where they were one.

    Raises:
        ValueError: if `v` has other shapes than the outputs.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> vjp(lambda x, y: x * y, (tensor([1.0, 2.0]), tensor([3.0, 4.0])), tensor([1.0, 10.0]))
        (tensor([3., 8.]), (tensor([ 3., 40.]), tensor([ 1., 20.])))
    """
    with enable_grad():
        at = _Inputs("vjp", inputs, create_graph)
        outputs, single = at.call(func)
        vectors = _vectors("vjp", v, outputs, "outputs")
        products = _pulled(outputs, at.tensors, vectors, create_graph)
        return _given(outputs, single, create_graph), _given(products, at.single, create_graph)


def jvp(
    func: Function, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False
) -> tuple[Any, Any]:
    """The product of the Jacobian with a vector, $J v$: the derivative along the direction `v`.

    The engine only goes backward. But $u^T J$ is linear in $u$, and its derivative by $u$, along
    $v$, is $J v$: two backward passes, the second through the first.

    Args:
        func: from tensors to a tensor or a tuple of tensors.
        inputs: where it is differentiated.
        v: the direction, of the shapes of the inputs; may be left out for a single number.
        create_graph: record what is computed, for derivatives of higher order.

    Returns:
        the outputs, and the product: of the outputs' shapes, a tuple where they were one.

    Raises:
        ValueError: if `v` has other shapes than the inputs.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> jvp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 10.0]))
        (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        at = _Inputs("jvp", inputs, create_graph)
        outputs, single = at.call(func)
        vectors = _vectors("jvp", v, at.tensors, "inputs")
        probes = tuple(_zeros(z).requires_grad_() for z in outputs)
        pulled = _pulled(outputs, at.tensors, probes, create_graph=True)
        products = _pulled(pulled, probes, vectors, create_graph)
        return _given(outputs, single, create_graph), _given(products, single, create_graph)


def jacobian(func: Function, inputs: Tensors, create_graph: bool = False) -> Any:
    """All derivatives of all outputs by all inputs, by a backward pass for each output's element.

    Args:
        func: from tensors to a tensor or a tuple of tensors.
        inputs: where it is differentiated.
        create_graph: record what is computed, for derivatives of higher order.

    Returns:
        a tensor of the shape of the output followed by that of the input; a tuple of them where
        `inputs` is a tuple, and a tuple of such where the outputs are one.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> jacobian(lambda x: x * x, tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    with enable_grad():
        at = _Inputs("jacobian", inputs, create_graph)
        outputs, single = at.call(func)
        blocks = [
            _given(_rows(z, at.tensors, create_graph), at.single, create_graph) for z in outputs
        ]
        return blocks[0] if single else tuple(blocks)


def hessian(func: Function, inputs: Tensors, create_graph: bool = False) -> Any:
    """All second derivatives of a function to a single number: the Jacobian of its gradient.

    Args:
        func: from tensors to a tensor with one element.
        inputs: where it is differentiated.
        create_graph: record what is computed, for derivatives of higher order.

    Returns:
        a tensor of the input's shape, twice; where `inputs` is a tuple, a tuple of tuples of them.

    Raises:
        ValueError: if the function returns more, or less, than one number.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> hessian(lambda x, y: x * x * y, (tensor(3.0), tensor(5.0)))
        ((tensor(10.), tensor(6.)), (tensor(6.), tensor(0.)))
    """

    def gradient(*tensors: Tensor) -> Any:
        with enable_grad():
            at = _Inputs("hessian", tensors, create_graph=True)
            outputs, single = at.call(func)
            if not single or outputs[0].data.size != 1:
                got = (
                    f"a tensor of shape {outputs[0].shape}" if single else f"{len(outputs)} tensors"
                )
                raise ValueError(f"hessian: func returned {got}, expected a single number")
            return _pulled(outputs, at.tensors, [_ones(outputs[0])], create_graph=True)

    found = jacobian(gradient, inputs, create_graph)
    return found[0] if isinstance(inputs, Tensor) else found


class _Inputs:
    """The inputs of a function to be differentiated, and whether they were one Tensor.

    They enter as tensors of their own, so that what is captured elsewhere does not count; with
    `create_graph` they stay linked to the graph that they come from.
    """

    def __init__(self, operation: str, inputs: Tensors, create_graph: bool) -> None:
        self.operation = operation
        self.single = isinstance(inputs, Tensor)
        self.tensors = tuple(
            tt.cast(x, dtype=x.dtype)
            if create_graph and x.requires_grad
            else x.detach().requires_grad_()
            for x in _tensors(operation, "inputs", inputs)
        )

    def call(self, func: Function) -> tuple[tuple[Tensor, ...], bool]:
        """The outputs, and whether they are one Tensor."""
        outputs = func(*self.tensors)
        return _tensors(self.operation, "what func returned", outputs), isinstance(outputs, Tensor)


def _pulled(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    vectors: Sequence[Tensor],
    create_graph: bool,
) -> tuple[Tensor, ...]:
    """The vectors pulled back from the outputs to the inputs; zeros where there is no influence."""
    recorded = [(z, v) for z, v in zip(outputs, vectors, strict=True) if z.requires_grad]
    if not recorded:
        return tuple(_zeros(x) for x in inputs)
    found = starting.gradients(
        [z for z, _ in recorded],
        inputs,
        [v for _, v in recorded],
        retain_graph=True,
        create_graph=create_graph,
    )
    return tuple(_zeros(x) if g is None else g for x, g in zip(inputs, found, strict=True))


def _rows(output: Tensor, inputs: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    """The Jacobian of one output by each input."""
    basis = np.eye(output.data.size, dtype=output.dtype).reshape(output.data.size, *output.shape)
    unit = [Tensor.from_array(basis[i, ...]) for i in range(len(basis))]  # 0-d arrays, no scalars
    rows = [_pulled([output], inputs, [v], create_graph) for v in unit]
    if not rows:
        return [Tensor.from_array(np.zeros(output.shape + x.shape, x.dtype)) for x in inputs]
    return [
        tt.reshape(tt.stack(column), output.shape + x.shape)
        for x, column in zip(inputs, zip(*rows, strict=True), strict=True)
    ]


def _given(tensors: Sequence[Tensor], single: bool, create_graph: bool) -> Any:
    """What the caller gets: one Tensor or a tuple, outside the graph unless it was asked for."""
    results = tuple(tensors) if create_graph else tuple(t.detach() for t in tensors)
    return results[0] if single else results


def _vectors(
    operation: str, v: Tensors | None, like: Sequence[Tensor], what: str
) -> Sequence[Tensor]:
    if v is None:
        if len(like) != 1 or like[0].data.size != 1:
            shapes = ", ".join(str(t.shape) for t in like)
            raise ValueError(
                f"{operation}: v is missing, expected tensors of the shapes of the {what}: {shapes}"
            )
        return [_ones(like[0])]
    vectors = _tensors(operation, "v", v)
    if [t.shape for t in vectors] != [t.shape for t in like]:
        got, expected = (", ".join(str(t.shape) for t in ts) for ts in (vectors, like))
        raise ValueError(f"{operation}: v has shape {got}, expected that of the {what}: {expected}")
    return vectors


def _tensors(operation: str, argument: str, given: Any) -> tuple[Tensor, ...]:
    """One Tensor or several as a tuple."""
    tensors = (given,) if isinstance(given, Tensor) else given
    if not isinstance(tensors, tuple | list) or not all(isinstance(t, Tensor) for t in tensors):
        kinds = (
            [type(t).__name__ for t in tensors]
            if isinstance(tensors, tuple | list)
            else type(given).__name__
        )
        raise TypeError(
            f"{operation}: {argument} is {kinds}, expected a Tensor or a sequence of them"
        )
    return tuple(tensors)


def _gradients(
    operation: str, argument: str, given: Any, outputs: Sequence[Tensor]
) -> Sequence[Tensor | None]:
    """A gradient, or None, for each output."""
    if given is None:
        return [None] * len(outputs)
    gradients = [given] if isinstance(given, Tensor) else list(given)
    _tensors(operation, argument, [g for g in gradients if g is not None])
    if len(gradients) != len(outputs):
        raise ValueError(
            f"{operation}: {argument} has {len(gradients)} gradients, expected one for each of the "
            f"{len(outputs)} outputs"
        )
    return gradients


def _zeros(tensor: Tensor) -> Tensor:
    return Tensor.from_array(np.zeros_like(tensor.data))


def _ones(tensor: Tensor) -> Tensor:
    return Tensor.from_array(np.ones_like(tensor.data))
