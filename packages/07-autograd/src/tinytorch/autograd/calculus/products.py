"""Derivatives of products of matrices: products of matrices."""

from __future__ import annotations

from typing import Any

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor.einsum import contract
from tinytorch.tensor.products import matmul, transposed_matmul
from tinytorch.tensor.shape import expand_to, reshape_to
from tinytorch.tensor.transposing import matrix_transpose


def _column(x: Any) -> Any:
    return reshape_to(x, shape=(*x.shape, 1))


def _row(x: Any) -> Any:
    return reshape_to(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def _matmul_by_input(g: Any, _z: Any, _x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return _column(g) * y
    if g.ndim < y.ndim:  # x is a vector
        product = matmul(y, _column(g))
        return reshape_to(product, shape=product.shape[:-1])
    return matmul(g, matrix_transpose(y))


def _matmul_by_other(g: Any, _z: Any, x: Any, y: Any) -> Any:
    if x.ndim == 1:
        return g * x if y.ndim == 1 else _column(x) * _row(g)
    if y.ndim == 1:
        return reshape_to(transposed_matmul(x, _column(g)), shape=y.shape)
    if y.ndim == 2:  # one product of two matrices, not a sum over the batch
        return transposed_matmul(x, g)
    return matmul(matrix_transpose(x), g)


defvjp(matmul, _matmul_by_input, _matmul_by_other)
defvjp(
    transposed_matmul,
    lambda g, _z, _x, y: matmul(y, matrix_transpose(g)),
    lambda g, _z, x, _y: matmul(x, g),
)


# --- einsum: the letters of the input are those of the result of the other product


def _contract_by_input(
    g: Any, _z: Any, x_shape: tuple[int, ...], y: Any, first: str, second: str, result: str
) -> Any:
    product = contract(g, y, first=result, second=second, result=first)
    # A dimension of y of length 1 stood for all of x's, and one of x for all of y's.
    shape = tuple([m if n == 1 else n for n, m in zip(x_shape, product.shape)])
    return product if product.shape == shape else expand_to(product, shape=shape)


def _contract_by_other(
    g: Any, _z: Any, x: Any, y_shape: tuple[int, ...], first: str, second: str, result: str
) -> Any:
    return _contract_by_input(g, None, y_shape, x, first=second, second=first, result=result)


defvjp(contract, _contract_by_input, _contract_by_other)
