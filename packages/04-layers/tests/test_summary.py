"""The table of a model."""

import pytest

from tinytorch.layers import Dropout, Linear, Module, Sequential, summary
from tinytorch.tensor import zeros


def test_shared_parameters_count_once_and_frozen_ones_are_told():
    shared = Linear(3, 3)
    net = Sequential(shared, shared, Linear(3, 1).requires_grad_(False))
    found = summary(net)
    assert found.parameters == 12 + 4
    assert found.trainable == 12
    assert found.bytes == 64
    assert [row.output_shape for row in found.rows] == [None] * 3
    assert str(found).splitlines()[-1] == "not learned: 4"


def test_buffers_have_bytes_but_are_not_parameters():
    module = Module()
    module.register_buffer("table", zeros(10))
    found = summary(module)
    assert (found.parameters, found.bytes) == (0, 40)


def test_the_model_is_as_it_was_also_after_an_error():
    net = Sequential(Linear(2, 2), Dropout())
    net[1].eval()
    assert summary(net, (5, 2)).rows[0].output_shape == (5, 2)
    with pytest.raises(ValueError, match="linear: input has shape"):
        summary(net, (5, 3))
    assert [m.training for m in net.modules()] == [True, True, False]
    assert all(not module._hooks for module in net.modules())


def test_modules_that_return_no_tensor_have_no_shape():
    class Pair(Module):
        def forward(self, x):
            return x, x

    assert summary(Pair(), (1,)).rows[0].output_shape is None
