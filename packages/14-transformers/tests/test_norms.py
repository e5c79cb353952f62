"""Norms of each token by itself: values, several dimensions, hard numbers, and what is refused."""

import math
import pickle

import numpy as np
import pytest

import tinytorch.autograd
from tinytorch.autograd import gradcheck, gradgradcheck
from tinytorch.tensor import Tensor, allclose, randn, tensor, zeros
from tinytorch.transformers import LayerNorm, RMSNorm, layer_norm, rms_norm

NORMS = {"layer_norm": layer_norm, "rms_norm": rms_norm}
each_norm = pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
each_layer = pytest.mark.parametrize("layer", [LayerNorm, RMSNorm])
NAN = math.nan


def literally(norm, row, eps):
    """A row's numbers, one by one, in Python's floats."""
    centre = sum(row) / len(row) if norm is layer_norm else 0.0
    size = sum((x - centre) ** 2 for x in row) / len(row)
    return [(x - centre) / math.sqrt(size + eps) for x in row]


@each_norm
@pytest.mark.parametrize("eps", [1e-5, 0.5, 0])
def test_values_by_the_formula(norm, eps):
    x = randn(7, 5).double()
    expected = [literally(norm, row, eps) for row in x.tolist()]
    assert allclose(norm(x, 5, eps=eps), tensor(expected).double())


@each_norm
def test_several_dimensions_are_one_row(norm):
    x, weight = randn(2, 3, 4, 5), randn(4, 5)
    found = norm(x, (4, 5), weight)
    assert allclose(found, norm(x.reshape(6, 20), 20, weight.flatten()).reshape(x.shape))
    assert norm(x, [2, 3, 4, 5]).shape == x.shape


def test_weight_and_bias():
    x, weight, bias = randn(3, 4), randn(4), randn(4)
    plain = layer_norm(x, 4)
    assert allclose(layer_norm(x, 4, weight, bias), plain * weight + bias, atol=1e-6)
    assert allclose(layer_norm(x, 4, bias=bias), plain + bias, atol=1e-6)
    assert allclose(rms_norm(x, 4, weight), rms_norm(x, 4) * weight, atol=1e-6)


def test_a_norm_by_the_mean_square_has_the_types_own_epsilon():
    assert rms_norm(zeros(2) + 1e-4, 2)[0].item() == pytest.approx(
        1e-4 / math.sqrt(1e-8 + np.finfo(np.float32).eps), rel=1e-5
    )
    assert rms_norm(zeros(2).double() + 1e-4, 2)[0].item() == pytest.approx(1.0, rel=1e-6)


@each_norm
@pytest.mark.parametrize("shape", [(0, 4), (2, 0, 4), (3, 0)])
def test_nothing_gives_nothing(norm, shape):
    x = zeros(*shape, requires_grad=True)
    out = norm(x, shape[-1])
    assert out.shape == shape
    out.sum().backward()
    assert x.grad.shape == shape


@each_norm
def test_a_row_that_is_broken_breaks_no_other(norm):
    x = tensor([[1.0, 2.0, 4.0], [NAN, 2.0, 4.0], [math.inf, 2.0, 4.0], [3.0, -1.0, 0.0]])
    out = norm(x, 3)
    assert allclose(out[::3], norm(x[::3], 3))
    assert out[1].isnan().all()
    assert out[2, 0].isnan()


@each_norm
def test_a_row_of_one_number_over_and_over(norm):
    out = norm(zeros(2, 8) + 3, 8, eps=1e-5)
    assert allclose(out, zeros(2, 8) + (0 if norm is layer_norm else 1), atol=1e-5)
    assert norm(zeros(2, 8), 8, eps=1e-5).tolist() == zeros(2, 8).tolist()


@each_norm
def test_a_large_mean_does_not_drown_the_rest(norm):
    x = tensor([[1e4, 1e4 + 1, 1e4 + 2, 1e4 + 3]])
    expected = tensor([literally(norm, x[0].tolist(), 1e-5)])
    assert allclose(norm(x, 4, eps=1e-5), expected, rtol=1e-4)


@each_norm
def test_half_precision_is_computed_in_single(norm):
    x = (randn(4, 600) * 300).half()  # squares beyond what float16 holds
    out = norm(x, 600)
    assert out.dtype == np.float16
    assert allclose(out.float(), norm(x.float(), 600), rtol=1e-3, atol=1e-3)


@each_norm
def test_derivatives_of_first_and_second_order(norm):
    x, weight = randn(3, 2, 2).double().requires_grad_(), randn(2, 2).double().requires_grad_()
    assert gradcheck(lambda x, weight: norm(x, (2, 2), weight, eps=0.1), (x, weight))
    assert gradgradcheck(lambda x, weight: norm(x, (2, 2), weight, eps=0.1), (x, weight))


@each_norm
def test_a_penalty_on_a_gradient_sees_what_was_kept(norm):
    """The mean and the root depend on the input: as constants, they would make this wrong."""
    x = randn(3, 4).double().requires_grad_()

    def penalty(x):
        (slope,) = tinytorch.autograd.grad(norm(x, 4).pow(3).sum(), x, create_graph=True)
        return slope.square().sum()

    (found,) = tinytorch.autograd.grad(penalty(x), x)
    step = 1e-6
    for place in ((0, 0), (2, 3)):
        ends = []
        for sign in (1, -1):
            moved = x.detach().clone()
            moved[place] = moved[place] + sign * step
            ends.append(penalty(moved.requires_grad_()).item())
        assert found[place].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


@each_layer
def test_a_layer_is_its_function(layer):
    norm = layer((3, 4), eps=0.1)
    x = randn(2, 3, 4)
    for parameter in norm.parameters():
        parameter.data[:] = randn(3, 4).data
    expected = {LayerNorm: layer_norm, RMSNorm: rms_norm}[layer](
        x, (3, 4), *norm.parameters(), eps=0.1
    )
    assert norm(x).tolist() == expected.tolist()
    assert pickle.loads(pickle.dumps(norm))(x).tolist() == expected.tolist()
    norm.reset_parameters()
    assert norm.weight.tolist() == [[1.0] * 4] * 3


@each_layer
def test_a_layer_without_parameters(layer):
    norm = layer(4, elementwise_affine=False)
    assert list(norm.parameters()) == []
    assert norm(randn(2, 4)).shape == (2, 4)
    assert layer(4, dtype="float64").weight.dtype == np.float64


def test_a_layer_norm_without_a_bias():
    norm = LayerNorm(4, bias=False)
    assert [name for name, _ in norm.named_parameters()] == ["weight"]
    assert repr(norm) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=False)"
    assert repr(LayerNorm(4)) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)"
    assert repr(RMSNorm([2, 3])) == "RMSNorm((2, 3), eps=None, elementwise_affine=True)"


@each_norm
def test_shapes_that_do_not_fit(norm):
    name = norm.__name__
    with pytest.raises(ValueError, match=rf"{name}: input has shape \(2, 3\), expected \(…, 4"):
        norm(zeros(2, 3), 4)
    with pytest.raises(ValueError, match=rf"{name}: input has shape \(3,\), expected \(…, 2, 3"):
        norm(zeros(3), (2, 3))
    with pytest.raises(ValueError, match=rf"{name}: weight has shape \(3,\), expected \(4,\)"):
        norm(zeros(2, 4), 4, zeros(3))
    with pytest.raises(ValueError, match=r"normalized_shape is .*, expected at least one"):
        norm(zeros(2, 4), ())
    with pytest.raises(TypeError, match="normalized_shape"):
        norm(zeros(2, 4), 4.0)


def test_a_bias_that_does_not_fit():
    with pytest.raises(ValueError, match=r"layer_norm: bias has shape \(1,\), expected \(4,\)"):
        layer_norm(zeros(2, 4), 4, bias=zeros(1))


def test_float16_has_the_epsilon_of_float32():
    assert rms_norm((zeros(2) + 1e-3).half(), 2)[0].item() == pytest.approx(0.945, abs=1e-3)


@each_norm
def test_other_kinds_are_refused(norm):
    with pytest.raises(TypeError, match=norm.__name__):
        norm(tensor([1, 2]), 2)
    with pytest.raises(TypeError, match=norm.__name__):
        norm([1.0, 2.0], 2)
    with pytest.raises(TypeError, match="eps"):
        norm(zeros(2), 2, eps="small")


@each_layer
def test_a_layer_refuses_what_it_cannot_do(layer):
    with pytest.raises(ValueError, match=f"{layer.__name__}: device"):
        layer(4, device="cuda")
    with pytest.raises(ValueError, match=f"{layer.__name__}: normalized_shape"):
        layer(())


def test_nothing_of_the_caller_is_written_to():
    x = randn(3, 4).requires_grad_()
    weight = randn(4).requires_grad_()
    before, seed = x.tolist(), randn(3, 4)
    given = seed.tolist()
    for norm in NORMS.values():
        out = norm(x, 4, weight)
        out.backward(Tensor(seed.data))
    assert x.tolist() == before
    assert seed.tolist() == given


@each_norm
@pytest.mark.parametrize("dtype", ["float16", "float64", "int64"])
def test_parameters_of_another_type_are_refused(norm, dtype):
    """A promoted result would be of a type that nobody asked for."""
    with pytest.raises(
        TypeError, match=rf"{norm.__name__}: weight has type {dtype}, expected that"
    ):
        norm(randn(2, 3), 3, zeros(3).to(dtype))


def test_a_bias_of_another_type_is_refused():
    with pytest.raises(TypeError, match="layer_norm: bias has type float64, expected that of in"):
        layer_norm(randn(2, 3), 3, None, zeros(3).double())
