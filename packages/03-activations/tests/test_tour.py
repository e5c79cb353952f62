"""A tour: what the package offers, each thing once."""

import numpy as np

import tinytorch.activations as F
from tinytorch.tensor import rand, randn, tensor


def test_two_linear_maps_are_one():
    x, A, B = randn(5, 4), randn(4, 8), randn(8, 3)
    np.testing.assert_allclose(((x @ A) @ B).data, (x @ (A @ B)).data, rtol=1e-3, atol=1e-4)


def test_a_bend_between_them_makes_two_layers_more_than_one():
    # |x| = relu(x) + relu(-x): two layers, and no linear map does it.
    x = tensor([[-2.0], [0.5], [3.0]])
    hidden = F.relu(x @ tensor([[1.0, -1.0]]))
    assert (hidden @ tensor([[1.0], [1.0]])).tolist() == [[2.0], [0.5], [3.0]]


def test_rectifiers_keep_what_is_positive():
    x = tensor([-1.0, 0.0, 2.0])
    assert F.relu(x).tolist() == [0.0, 0.0, 2.0]
    assert F.leaky_relu(x, 0.25).tolist() == [-0.25, 0.0, 2.0]
    for function in (F.elu, F.softplus):
        assert abs(function(tensor([50.0])).item() - 50.0) < 1e-6


def test_saturating_functions_end_at_a_level():
    x = tensor([-100.0, 0.0, 100.0])
    np.testing.assert_allclose(F.sigmoid(x).data, [0.0, 0.5, 1.0], atol=1e-30)
    assert F.tanh(x).tolist() == [-1.0, 0.0, 1.0]


def test_gates_let_large_numbers_through_and_small_ones_not():
    for gate in (F.silu, F.gelu, F.hardswish, F.mish):
        np.testing.assert_allclose(gate(tensor([-90.0, 0.0, 90.0])).data, [0, 0, 90], atol=1e-30)


def test_softmax_makes_probabilities_of_scores():
    scores = tensor([[2.0, 1.0, 0.0], [1000.0, 1000.0, -1000.0]])
    p = F.softmax(scores, dim=1)
    np.testing.assert_allclose(p.data.sum(1), [1.0, 1.0], rtol=1e-6)
    assert p.data[1].tolist() == [0.5, 0.5, 0.0]
    # The probability has gone to 0, its logarithm has not gone to -inf.
    np.testing.assert_allclose(F.log_softmax(scores, dim=1).data[1, 2], -2000.69, rtol=1e-5)


def test_all_of_them_take_arrays_too():
    x = rand(3).data
    assert type(F.gelu(x)) is np.ndarray
    assert type(F.softmax(x, dim=0)) is np.ndarray
