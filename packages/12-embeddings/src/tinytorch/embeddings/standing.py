"""Where tokens stand: the rows of tables that hold something for each position.

They are slices of a table, or rows that are looked up; nothing is made from the shape of the input.
"""

from __future__ import annotations

from typing import Any

from tinytorch.embeddings.lookup import take_rows
from tinytorch.embeddings.numbers import check_ids
from tinytorch.tensor import Tensor, reshape
from tinytorch.tensor.dims import integer


def rows_at(
    name: str, input: Tensor, tables: list[Tensor], offset: Any, positions: Tensor | None
) -> list[Tensor]:
    """What each table holds for the tokens of an input, in a shape that broadcasts with it.

    Args:
        name: of the layer, for errors.
        input: (…, T, D).
        tables: (max_positions, D') each.
        offset: where the first token stands, the others behind it.
        positions: where each token stands, (T,), or (B, T) or (1, T) for an input
            (B, …, T, D); or None.

    Returns:
        for each table (T, D'), or (B, 1 …, T, D').

    Raises:
        TypeError: if `offset` is no integer, or `positions` no tensor of them.
        ValueError: if both are given, `offset` is negative, or `positions` has another shape.
        IndexError: for a position that is not in the table.
    """
    length, rows = input.shape[-2], tables[0].shape[0]
    offset = integer(name, "offset", offset, 0)
    if positions is None:
        if offset + length > rows:
            raise IndexError(
                f"{name}: {length} tokens from position {offset} on end at {offset + length}, "
                f"expected at most max_positions, which is {rows}"
            )
        return [table[offset : offset + length] for table in tables]
    if offset:
        raise ValueError(
            f"{name}: offset is {offset} and positions are given too, expected one of them"
        )
    check_ids(name, "positions", positions, rows, "max_positions")
    fitting: list[tuple[int, ...]] = [(length,)]
    if input.ndim > 2:
        fitting += [(input.shape[0], length), (1, length)]
    if positions.shape not in fitting:
        raise ValueError(
            f"{name}: positions have shape {positions.shape}, expected "
            f"{' or '.join(map(str, fitting[:2]))} for an input of shape {input.shape}"
        )
    found = [take_rows(positions, table) for table in tables]
    if positions.ndim == 1:
        return found
    between = (1,) * (input.ndim - 3)
    return [reshape(x, (x.shape[0], *between, *x.shape[1:])) for x in found]


def check_features(name: str, input: Any, what: str, dim: int) -> None:
    """Raise unless the input is a tensor of floating point, (…, T, dim).

    Args:
        name: of the layer, for errors.
        input: the argument.
        what: the last dimension's name.
        dim: its length.

    Raises:
        TypeError: if it is no tensor of floating point.
        ValueError: if it has another shape.
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            f"{name}: input is of type {type(input).__name__}, expected a Tensor; make it one with "
            "tensor(...)"
        )
    if input.dtype.kind != "f":
        raise TypeError(
            f"{name}: input has type {input.dtype}, expected floating point; use input.float()"
        )
    if input.ndim < 2 or input.shape[-1] != dim:
        raise ValueError(
            f"{name}: input has shape {input.shape}, expected (…, T, {what}), and {what} is {dim}"
        )
