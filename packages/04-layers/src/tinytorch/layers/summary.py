"""What a model consists of, as a table: shapes, parameters, bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from tinytorch.layers.module import Module
from tinytorch.layers.parameter import Parameter
from tinytorch.tensor import Tensor, no_grad, zeros
from tinytorch.tensor.dtypes import DTypeLike


@dataclasses.dataclass(frozen=True)
class Row:
    """One module of a model.

    Attributes:
        name: its path and class, such as `0 (Linear)`.
        output_shape: of what it returned, or None if it was not called or returned no tensor.
        parameters: how many numbers it learns itself, those of modules inside it not counted.
        bytes: of its own parameters and buffers.
    """

    name: str
    output_shape: tuple[int, ...] | None
    parameters: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class Summary:
    """The rows of a model and their totals; `str` makes a table of it.

    Attributes:
        rows: one for each module, in the order of definition.
        parameters: numbers, shared ones counted once.
        trainable: those that require a gradient.
        bytes: of parameters and buffers.
    """

    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    bytes: int

    def __str__(self) -> str:
        cells = [("module", "output shape", "parameters", "bytes")]
        for row in self.rows:
            shape = "" if row.output_shape is None else str(row.output_shape)
            cells.append((row.name, shape, f"{row.parameters:,}", f"{row.bytes:,}"))
        cells.append(("total", "", f"{self.parameters:,}", f"{self.bytes:,}"))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        head, *body, total = [
            f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {count:>{widths[2]}}  {size:>{widths[3]}}"
            for name, shape, count, size in cells
        ]
        rule = "-" * len(head)
        frozen = self.parameters - self.trainable
        notes = [f"not learned: {frozen:,}"] if frozen else []
        return "\n".join([head, rule, *body, rule, total, *notes])


def summary(
    model: Module, input_size: Sequence[int] | None = None, *, dtype: DTypeLike | None = None
) -> Summary:
    """What a model consists of; with an input's size, also the shapes inside it.

    Args:
        model: any module.
        input_size: the shape of an input, batch included, which is run through the model in
            evaluation mode. Afterwards the model is as it was.
        dtype: the type of that input.

    Example:
        >>> from tinytorch.layers import Linear, ReLU, Sequential
        >>> print(summary(Sequential(Linear(4, 3), ReLU(), Linear(3, 2)), (8, 4)))
        module        output shape  parameters  bytes
        ---------------------------------------------
        (Sequential)  (8, 2)                 0      0
        0 (Linear)    (8, 3)                15     60
        1 (ReLU)      (8, 3)                 0      0
        2 (Linear)    (8, 2)                 8     32
        ---------------------------------------------
        total                               23     92
    """
    shapes = {} if input_size is None else _shapes(model, zeros(*input_size, dtype=dtype))
    seen: set[int] = set()
    rows = []
    for path, module in model.named_modules():
        tensors = [t for _, t in (*module._own_parameters(), *module._own_buffers())]
        own = [t for t in tensors if id(t) not in seen]
        seen.update(map(id, own))
        name = f"{path} ({type(module).__name__})".strip()
        count = sum(t.numel() for t in own if isinstance(t, Parameter))
        rows.append(Row(name, shapes.get(module), count, sum(t.data.nbytes for t in own)))
    parameters = list(model.parameters())
    return Summary(
        tuple(rows),
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        sum(row.bytes for row in rows),
    )


def _shapes(model: Module, input: Tensor) -> dict[Module, tuple[int, ...]]:
    """The shape of what each module returns."""
    shapes: dict[Module, tuple[int, ...]] = {}

    def note(module: Module, _args: Any, result: Any) -> None:
        if isinstance(result, Tensor):
            shapes[module] = result.shape

    handles = [module.register_forward_hook(note) for module in model.modules()]
    training = {module: module.training for module in model.modules()}
    try:
        with no_grad():
            model.eval()(input)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in training.items():
            module.training = mode
    return shapes
