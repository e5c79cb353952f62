"""Tensors print as in PyTorch."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

RNG = np.random.default_rng(0)
CASES = [
    np.array(1.5, np.float32),
    np.array(3),
    np.array(True),
    np.array(1e10, np.float32),
    np.arange(3.0),
    np.arange(24).reshape(2, 3, 4),
    np.zeros((0, 3), np.float32),
    np.zeros(0, np.int64),
    np.zeros((2, 0), np.int64),
    np.float32([1, 2000]),
    np.float32([1e-5, 1]),
    np.float32([1e9]),
    np.float32([np.nan, 1.5, np.inf, -np.inf]),
    np.float32([[1.5, -2], [3, 4]]),
    np.array([True, False]),
    np.arange(5, dtype=np.uint8),
    np.arange(3, dtype=np.float16),
    np.arange(50.0),
    np.zeros((2, 2, 3, 2), np.float32),
    RNG.standard_normal(37).astype(np.float32),
    RNG.standard_normal((40, 3)).astype(np.float32),
]


@pytest.mark.parametrize("array", CASES, ids=range(len(CASES)))
def test_repr(array):
    theirs = repr(torch.from_numpy(array)).replace("torch.", "")
    assert repr(tt.from_numpy(array)) == theirs


def test_a_long_tensor_leaves_out_the_same_elements():
    """Its lines may break elsewhere."""
    for array in (RNG.integers(0, 1000, (20, 70)), RNG.standard_normal((3, 40))):
        theirs = repr(torch.from_numpy(array)).replace("torch.", "")
        assert repr(tt.from_numpy(array)).split() == theirs.split()
