"""Activations against torch.nn.functional: values, types, gradients, and what is refused."""

import numpy as np
import pytest
import torch
import torch.nn.functional as reference

import tinytorch.activations as F
import tinytorch.tensor as tt

RNG = np.random.default_rng(0)
INPUTS = {
    "matrix": RNG.normal(0.0, 3.0, (4, 5)).astype(np.float32),
    "0-d": np.array(0.7, np.float32),
    "no elements": np.zeros((0, 3), np.float32),
    "transposed": RNG.normal(0.0, 3.0, (2, 3)).astype(np.float32).T,
    "double": RNG.normal(0.0, 3.0, 7),
    "half": RNG.normal(0.0, 3.0, 7).astype(np.float16),
    "zeros": np.float32([0.0, -0.0]),
    "far out": np.float32([-1e4, -100.0, -25.0, -10.0, 10.0, 25.0, 100.0, 1e4]),
}
CALLS = {
    "relu": {},
    "leaky_relu": {},
    "leaky_relu 0.3": {"negative_slope": 0.3},
    "leaky_relu 2": {"negative_slope": 2.0},
    "elu": {},
    "elu 0.3": {"alpha": 0.3},
    "softplus": {},
    "softplus 2": {"beta": 2.0, "threshold": 3.0},
    "sigmoid": {},
    "tanh": {},
    "silu": {},
    "gelu": {},
    "gelu tanh": {"approximate": "tanh"},
    "hardswish": {},
    "mish": {},
}


@pytest.mark.parity("relu", "leaky_relu", "elu", "softplus", "sigmoid", "tanh")
@pytest.mark.parity("silu", "gelu", "hardswish", "mish")
@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize(("name", "settings"), CALLS.items(), ids=CALLS)
def test_activations(agree, name, settings, x):
    name = name.split()[0]
    agree(getattr(F, name), getattr(reference, name), x, **settings)


@pytest.mark.parity("relu", "leaky_relu", "elu", "softplus", "hardswish")
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "elu 0.3", "softplus", "hardswish"])
@pytest.mark.parametrize("copies", [1, 300])  # few elements are masked otherwise than many
@pytest.mark.parametrize("slope", [np.inf, -np.inf, np.nan])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of 0 · inf, in the forward pass
def test_infinite_gradients_stay_where_they_pass(agree, name, copies, slope):
    bends = np.float32([-np.inf, -30, -3, -1, 0, 1, 3, 30, np.inf, np.nan])
    if name.startswith(("elu", "hardswish")):  # at nan PyTorch's own vectors and scalars differ
        bends = bends[:-1]
    x = np.tile(bends, copies)
    ours, theirs = getattr(F, name.split()[0]), getattr(reference, name.split()[0])
    settings = CALLS[name]
    agree(lambda x: ours(x, **settings) * slope, lambda x: theirs(x, **settings) * slope, x)


@pytest.mark.parity("relu")
def test_a_row_of_zeros_under_a_root_has_no_gradient(agree):
    x = np.float32([[-1, -2], [3, 4]])
    agree(
        lambda x: F.relu(x) * (F.relu(x) ** 2).sum(1, keepdim=True).sqrt(),
        lambda x: torch.relu(x) * torch.relu(x).pow(2).sum(1, keepdim=True).sqrt(),
        x,
    )


@pytest.mark.parity("leaky_relu", "elu", "softplus")
def test_settings_by_position(agree):
    x = INPUTS["matrix"]
    agree(F.leaky_relu, reference.leaky_relu, x, 0.2)
    agree(F.elu, reference.elu, x, 0.5)
    agree(F.softplus, reference.softplus, x, 3.0, 2.0)


@pytest.mark.parity("softmax", "log_softmax")
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("dim", [0, -1])
@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
def test_scores(agree, name, dim, x):
    agree(getattr(F, name), getattr(reference, name), x, dim)


@pytest.mark.parity("softmax", "log_softmax")
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_scores_of_more_dimensions_masked_and_of_another_type(agree, name):
    ours, theirs = getattr(F, name), getattr(reference, name)
    x = RNG.normal(0.0, 3.0, (2, 3, 4)).astype(np.float32)
    for dim in range(-3, 3):
        agree(ours, theirs, x, dim)
    agree(ours, theirs, np.zeros((3, 0), np.float32), 1)
    x[0, 0, :] = x[1, :, 2] = -np.inf
    agree(ours, theirs, x, 1)
    for array in (x, np.array([1, 2, 3])):
        mine = ours(tt.from_numpy(array), 0, dtype=tt.float64)
        yours = theirs(torch.from_numpy(array), 0, dtype=torch.float64)
        torch.testing.assert_close(torch.from_numpy(mine.data), yours, equal_nan=True)


@pytest.mark.parity("softmax", "log_softmax")
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("shape", [(4, 2000), (1, 140_000)], ids=str)
def test_many_scores_in_half_precision(name, shape):
    x = np.random.default_rng(0).normal(0.0, 3.0, shape).astype(np.float16)
    mine, yours = getattr(F, name)(x, 1), getattr(reference, name)(torch.from_numpy(x), 1)
    torch.testing.assert_close(torch.from_numpy(mine), yours)


@pytest.mark.parity("relu", "sigmoid", "tanh")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("x", [np.array([-1, 0, 2]), np.array([True, False])], ids=str)
def test_integers_are_taken_or_refused_alike(agree, name, x):
    name, settings = name.split()[0], CALLS[name]
    ours, theirs = getattr(F, name), getattr(reference, name)
    try:
        theirs(torch.from_numpy(x), **settings)
    except RuntimeError:
        with pytest.raises(TypeError):
            ours(tt.from_numpy(x), **settings)
    else:
        agree(ours, theirs, x, **settings)


@pytest.mark.parity("gelu", "leaky_relu")
def test_the_largest_numbers():
    for x in (np.float32([2e38, -2e38]), np.float16([40000.0, -40000.0])):
        ours, theirs = tt.from_numpy(x), torch.from_numpy(x)
        pairs = [
            (F.gelu(ours, approximate="tanh"), reference.gelu(theirs, approximate="tanh")),
            (F.leaky_relu(ours, 0.0), reference.leaky_relu(theirs, 0.0)),
        ]
        for mine, other in pairs:
            torch.testing.assert_close(torch.from_numpy(mine.data), other)
    infinite = float("inf")
    assert F.leaky_relu(tt.tensor([infinite]), 0.0).item() == infinite
    assert reference.leaky_relu(torch.tensor([infinite]), 0.0).item() == infinite
