"""The linear map."""

from tinytorch.autograd.rules import defvjp
from tinytorch.layers.linear import linear
from tinytorch.tensor.products import matmul, transposed_matmul

defvjp(
    linear,
    lambda g, _z, _x, weight, _b: matmul(g, weight),
    lambda g, _z, x, _w, _b: transposed_matmul(g, x),
    lambda g, _z, _x, _w, _b: g,
)
