"""Turn a module's numbers into another type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinytorch.tensor import zeros

if TYPE_CHECKING:
    from tinytorch.layers.module import Module


def convert(module: Module, *target: Any, **named: Any) -> None:
    """Do what `Tensor.to` does to all parameters and buffers of floating point, in their place.

    Gradients are converted too. Tensors of other types stay what they are.

    Raises:
        TypeError: if the target is not of floating point; nothing has been changed then.
    """
    example = zeros(0).to(*target, **named)
    if example.dtype.kind != "f":
        raise TypeError(f"to: parameters are of floating point, got {example.dtype}")
    for tensor in (*module.parameters(), *module.buffers()):
        converted = tensor.detach()
        if tensor.dtype.kind == "f":
            converted = converted.to(*target, **named)
        if converted.dtype != tensor.dtype:
            gradient, tensor.grad = tensor.grad, None
            tensor.data = converted.data
            tensor.grad = None if gradient is None else gradient.detach().to(converted.dtype)
