"""Dropout of channels against PyTorch: other random numbers, the same values."""

import pytest
import torch
from torch import nn

import tinytorch.spatial as sp
from tinytorch.tensor import ones


@pytest.mark.parity("dropout2d", "Dropout2d")
@pytest.mark.filterwarnings("ignore:dropout2d. Received a 3D input")  # PyTorch's; we take it so too
@pytest.mark.parametrize("shape", [(20, 50, 3, 2), (20, 50, 6)])
@pytest.mark.parametrize("p", [0.2, 1.0])
def test_channels_are_dropped_and_scaled_alike(shape, p):
    theirs = nn.functional.dropout2d(torch.ones(shape), p).reshape(1000, 6).numpy()
    for found in (sp.dropout2d(ones(*shape), p), sp.Dropout2d(p)(ones(*shape))):
        rows = found.data.reshape(1000, 6)
        for each in (rows, theirs):
            assert (each == each[:, :1]).all()
        assert set(rows.ravel()) == set(theirs.ravel())
        assert abs((rows[:, 0] == 0).mean() - (theirs[:, 0] == 0).mean()) < 0.1
    x = ones(*shape)
    assert sp.Dropout2d(p).eval()(x) is x
