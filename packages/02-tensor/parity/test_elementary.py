"""Elementary functions against PyTorch's."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

RNG = np.random.default_rng(0)
INPUTS = {
    "matrix": RNG.uniform(0.1, 2.0, (2, 3)).astype(np.float32),
    "0-d": np.array(0.7, np.float32),
    "no elements": np.zeros((0, 3), np.float32),
    "transposed": RNG.uniform(0.1, 2.0, (2, 3)).astype(np.float32).T,
    "double": RNG.uniform(0.1, 2.0, 3),
    "half": RNG.uniform(0.1, 2.0, 3).astype(np.float16),
    "negative": -RNG.uniform(0.1, 2.0, 3).astype(np.float32),
    "special": np.float32([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 1e-30]),
    "halves": np.float32([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]),
}
INTEGERS = {
    "integers": np.array([1, 2, -3]),
    "bytes": np.uint8([0, 1, 255]),
    "booleans": np.array([True, False]),
}
each = pytest.mark.parametrize(
    "x", [*INPUTS.values(), *INTEGERS.values()], ids=[*INPUTS, *INTEGERS]
)
NAMES = [
    "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal",
    "sin", "cos", "tan", "tanh", "erf",
]  # fmt: skip


@pytest.mark.parity("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal")
@pytest.mark.parity("sin", "cos", "tan", "tanh", "erf")
@pytest.mark.parametrize("name", NAMES)
@each
def test_functions(agree, name, x):
    if name in ("sin", "cos", "tan"):  # PyTorch itself has no digits of the sine of 1e30 in half
        x = x[np.abs(x) < 1e4] if x.dtype.kind == "f" and x.ndim == 1 else x
    agree(getattr(tt, name), getattr(torch, name), x)


@pytest.mark.parity("floor", "ceil", "trunc", "round")
@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round"])
@pytest.mark.parametrize(
    "x", [*INPUTS.values(), *list(INTEGERS.values())[:2]], ids=[*INPUTS, *list(INTEGERS)[:2]]
)
def test_roundings(agree, name, x):
    agree(getattr(tt, name), getattr(torch, name), x)


@pytest.mark.parity("round")
@pytest.mark.parametrize("decimals", [-1, 1, 3])
def test_round_to_decimals(agree, decimals):
    agree(tt.round, torch.round, RNG.uniform(-50, 50, (3, 4)).astype(np.float32), decimals=decimals)


@pytest.mark.parity("floor", "ceil", "trunc", "round", "sign")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of 0 · inf, in the forward pass
@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
@pytest.mark.parametrize("slope", [np.inf, np.nan])
def test_steps_are_flat_whatever_the_gradient(name, slope):
    x = tt.tensor([-1.5, 0.0, 2.5], requires_grad=True)
    y = torch.tensor([-1.5, 0.0, 2.5], requires_grad=True)
    (getattr(tt, name)(x) * slope).sum().backward()
    (getattr(torch, name)(y) * slope).sum().backward()
    assert x.grad.tolist() == y.grad.tolist() == [0.0, 0.0, 0.0]
