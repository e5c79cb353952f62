"""Start a pass: at which outputs, towards which inputs, and what is done with what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.autograd.engine import Pass
from tinytorch.tensor import Tensor, set_grad_enabled
from tinytorch.tensor.recording import Leaf


def backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of `tensors`, summed, to the `grad` of leaves; or only of `inputs`."""
    retain_graph = create_graph if retain_graph is None else retain_graph
    run = Pass(create_graph, retain_graph)
    with set_grad_enabled(create_graph), np.errstate(all="ignore"):
        _start(run, tensors, gradients, inputs, "backward")
        run.run()
        run.run_leaf_hooks()
        run.add_to_retained()
        if inputs is None:
            run.add_to_leaves()
            return
        found = _found(run, inputs)
        for tensor, gradient in zip(inputs, found, strict=True):
            retains = tensor.node.hooks is not None and tensor.node.hooks.retained is not None
            if gradient is not None and not retains:
                run.add_to_grad(tensor, tensor.node, gradient)


def gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    grad_outputs: Sequence[Tensor | None],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> list[Tensor | None]:
    """The gradients of `outputs`, summed, by each of `inputs`; None for one without influence."""
    retain_graph = create_graph if retain_graph is None else retain_graph
    run = Pass(create_graph, retain_graph)
    with set_grad_enabled(create_graph), np.errstate(all="ignore"):
        _start(run, outputs, grad_outputs, inputs, "grad")
        run.run()
        run.run_leaf_hooks()
        run.add_to_retained()
    return [
        g if g is None or isinstance(g, Tensor) else Tensor.from_array(g.copy())
        for g in _found(run, inputs)
    ]


def _start(
    run: Pass,
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    inputs: Sequence[Tensor] | None,
    operation: str,
) -> None:
    """Put the outputs' gradients into the pass, and aim it at `inputs`."""
    if inputs is not None and not inputs:
        raise ValueError(f"{operation}: inputs is empty, expected at least one tensor")
    for tensor in (*tensors, *(inputs or ())):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{operation}: got {type(tensor).__name__}, expected a Tensor")
        if not tensor.requires_grad:
            raise RuntimeError(
                f"{operation}: a tensor of shape {tensor.shape} does not require a gradient; set "
                "requires_grad on what it is computed from, and compute it after importing "
                "tinytorch.autograd, outside no_grad"
            )
    if inputs is not None:
        run.aim([tensor.node for tensor in inputs], [tensor.node for tensor in tensors])
    for tensor, gradient in zip(tensors, gradients, strict=True):
        if gradient is None:
            if tensor.data.size != 1:
                raise RuntimeError(
                    f"{operation}: the output has shape {tensor.shape}, expected a single number; "
                    "reduce it to one, or pass the output's gradient"
                )
            gradient = Tensor.from_array(np.ones_like(tensor.data))
        elif not isinstance(gradient, Tensor):
            raise TypeError(
                f"{operation}: gradient is {type(gradient).__name__}, expected a Tensor or None"
            )
        elif gradient.shape != tensor.shape:
            raise ValueError(
                f"{operation}: gradient has shape {gradient.shape}, the output {tensor.shape}"
            )
        run.add(tensor.node, gradient)


def _found(run: Pass, inputs: Sequence[Tensor]) -> list[Any]:
    assert run.targets is not None
    return [
        run.sums.get(t.node) if isinstance(t.node, Leaf) else run.targets[t.node] for t in inputs
    ]
