"""Normalisation against its formulas, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.autograd as ag
from tinytorch.setup import manual_seed
from tinytorch.spatial import BatchNorm1d, BatchNorm2d, GroupNorm, batch_norm, group_norm
from tinytorch.tensor import Tensor, arange, float16, float64, no_grad, ones, randn, tensor, zeros

RNG = np.random.default_rng(0)


def by_formula(x, over, eps=1e-5):
    x = x.astype(np.float64)
    return (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + eps)


# --- batch norm


@given(
    shape=st.sampled_from([(4, 3), (2, 3, 5), (3, 3, 2, 4), (1, 3, 2, 1)]),
    scale=st.floats(0.1, 100),
    shift=st.floats(-100, 100),
)
def test_a_batch_gets_mean_0_and_variance_1(shape, scale, shift):
    x = (RNG.standard_normal(shape) * scale + shift).astype(np.float32)
    over = (0, *range(2, x.ndim))
    out = batch_norm(Tensor(x), None, None, training=True)
    np.testing.assert_allclose(out.data, by_formula(x, over), rtol=1e-3, atol=1e-4)


def test_weight_and_bias_stretch_and_shift():
    x, w, b = RNG.standard_normal((4, 3, 5)), RNG.standard_normal(3), RNG.standard_normal(3)
    expected = by_formula(x, (0, 2)) * w[:, None] + b[:, None]
    for dtype in ("float32", "float64"):
        out = batch_norm(
            *(Tensor(x, dtype), None, None), *(Tensor(w, dtype), Tensor(b, dtype)), training=True
        )
        assert out.dtype == dtype
        np.testing.assert_allclose(out.data, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("offset", [1e2, 1e4, 1e6])
def test_a_large_mean_costs_no_digits(offset):
    x = (RNG.standard_normal((16, 2, 32, 32)) + offset).astype(np.float32)
    out = batch_norm(Tensor(x), None, None, training=True)
    np.testing.assert_allclose(out.data, by_formula(x, (0, 2, 3)), rtol=1e-4, atol=1e-5)
    grouped = group_norm(Tensor(x), 1)
    np.testing.assert_allclose(grouped.data, by_formula(x, (1, 2, 3)), rtol=1e-4, atol=1e-5)


def test_equal_values_become_the_bias():
    x = zeros(3, 2, 4) + 1e6
    out = batch_norm(x, None, None, None, tensor([1.0, 2.0]), training=True, eps=1e-12)
    assert out[:, 1].tolist() == [[2.0] * 4] * 3


def test_running_statistics_follow_the_batches():
    x = RNG.standard_normal((4, 2, 3)).astype(np.float32)
    mean, var = tensor([1.0, 2.0]), tensor([3.0, 4.0])
    batch_norm(Tensor(x, requires_grad=True), mean, var, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.data, 0.75 * np.array([1, 2]) + 0.25 * x.mean((0, 2)), 1e-6)
    unbiased = x.var((0, 2), ddof=1)
    np.testing.assert_allclose(var.data, 0.75 * np.array([3, 4]) + 0.25 * unbiased, 1e-6)
    assert not mean.requires_grad


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    x = RNG.standard_normal((4, 2, 3)).astype(np.float32)
    mean, var, w, b = tensor([1.0, 2.0]), tensor([3.0, 4.0]), tensor([5.0, 6.0]), tensor([7.0, 8.0])
    expected = (x - mean.data[:, None]) / np.sqrt(var.data[:, None] + 1e-5)
    np.testing.assert_allclose(batch_norm(Tensor(x), mean, var).data, expected, 1e-4, 1e-5)
    expected = expected * w.data[:, None] + b.data[:, None]
    np.testing.assert_allclose(batch_norm(Tensor(x), mean, var, w, b).data, expected, 1e-4, 1e-5)
    assert mean.tolist() == [1, 2]
    assert var.tolist() == [3, 4]


def test_a_graph_from_before_notices_that_running_statistics_were_written():
    mean, var = zeros(2), ones(2)
    weight = ones(2).requires_grad_()
    out = weight * mean  # keeps the mean
    batch_norm(randn(4, 2), mean, var, training=True)
    with pytest.raises(RuntimeError, match="written into after the forward pass"):
        out.sum().backward()


def test_the_gradient_does_not_feel_a_shift():
    x = randn(4, 3, 5).requires_grad_()
    batch_norm(x, None, None, training=True)[:, :, 0].sum().backward()
    np.testing.assert_allclose(x.grad.data.sum((0, 2)), 0, atol=1e-5)


def test_nothing_of_the_input_s_size_is_kept_but_the_input():
    x = randn(4, 3, 5, 5).requires_grad_()
    out = batch_norm(x, None, None, ones(3), zeros(3), training=True)
    (node,) = out.grad_fn.parents  # the result is one of three
    (centre, inverse), kept, *_ = node.saved
    assert kept is x.data
    assert centre.size == inverse.size == 3


def test_half_precision_is_computed_in_single():
    x = (RNG.standard_normal((8, 2, 16)) * 200).astype(np.float16)  # the squares overflow
    x_mean, x_var = zeros(2, dtype=float16), ones(2, dtype=float16)
    out = batch_norm(Tensor(x), x_mean, x_var, training=True, momentum=0.001)
    assert out.dtype == x_mean.dtype == float16
    np.testing.assert_allclose(out.data, by_formula(x, (0, 2)), atol=2e-3)
    assert np.isfinite(x_var.data).all()
    leaf = Tensor(x, requires_grad=True)
    group_norm(leaf, 2).sum().backward()
    assert leaf.grad.dtype == float16
    assert batch_norm(leaf, x_mean, x_var).dtype == float16


@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4, 4), (2, 3, 0)])
def test_an_empty_batch_teaches_nothing(shape):
    mean, var = zeros(3), ones(3)
    x, w = zeros(*shape).requires_grad_(), ones(3).requires_grad_()
    out = batch_norm(x, mean, var, w, training=True)
    out.sum().backward()
    assert out.shape == x.grad.shape == shape
    assert (mean.tolist(), var.tolist(), w.grad.tolist()) == ([0] * 3, [1] * 3, [0] * 3)
    assert batch_norm(x, mean, var).shape == shape
    assert group_norm(x, 3).shape == shape


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_its_channel(bad):
    x = RNG.standard_normal((3, 2, 4)).astype(np.float32)
    x[1, 0, 2] = bad
    out = batch_norm(Tensor(x), None, None, training=True).data
    assert np.isnan(out[:, 0]).all()
    assert np.isfinite(out[:, 1]).all()
    grouped = group_norm(Tensor(x), 2).data
    assert np.isnan(grouped[1, 0]).all()
    assert np.isnan(grouped).sum() == 4


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: batch_norm([1.0], None, None), TypeError, "batch_norm: input is of type list"),
        (lambda: batch_norm(arange(4), None, None), TypeError, "batch_norm: input has type int64"),
        (lambda: batch_norm(ones(3), None, None), ValueError, r"input has shape \(3,\), expected"),
        (
            lambda: batch_norm(ones(2, 3), None, None),
            ValueError,
            "batch_norm: running_mean is None, expected the running statistics",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(3), None, training=True),
            ValueError,
            "batch_norm: one of running_mean and running_var is None, expected both or neither",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(4), ones(3)),
            ValueError,
            r"batch_norm: running_mean has shape \(4,\), expected \(3,\)",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(3), ones(3), ones(3, 1)),
            ValueError,
            r"batch_norm: weight has shape \(3, 1\), expected \(3,\)",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(3), ones(3), None, 5.0),
            TypeError,
            "batch_norm: bias is of type float, expected a Tensor",
        ),
        (
            lambda: batch_norm(ones(1, 3, 1, 1), None, None, training=True),
            ValueError,
            "expected more than one value per channel in training; use a larger batch",
        ),
        (
            lambda: batch_norm(ones(2, 3), None, None, training=True, eps=0),
            ValueError,
            "batch_norm: eps is 0, expected a positive number in training",
        ),
        (
            lambda: batch_norm(ones(2, 3), None, None, training=True, momentum="a"),
            TypeError,
            "batch_norm: momentum is 'a', expected a number",
        ),
        (
            lambda: batch_norm(ones(2, 3).data, None, None, training=True),
            TypeError,
            "batch_norm: input is of type ndarray, expected a Tensor",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(3).data, ones(3)),
            TypeError,
            "batch_norm: running_mean is of type ndarray, expected a Tensor",
        ),
        (
            lambda: batch_norm(ones(2, 3), zeros(3), ones(3), eps=-0.1),
            ValueError,
            "batch_norm: eps is -0.1, expected at least 0",
        ),
        (lambda: group_norm(ones(2, 4), 2, eps=-1), ValueError, "group_norm: eps is -1, expected"),
        (lambda: group_norm(ones(2, 4).data, 2), TypeError, "group_norm: input is of type ndarray"),
        (lambda: BatchNorm2d(2, eps="x"), TypeError, "BatchNorm2d: eps is 'x', expected a number"),
        (lambda: BatchNorm2d(2, eps=-1), ValueError, "BatchNorm2d: eps is -1, expected at least 0"),
        (lambda: BatchNorm1d(2, momentum="x"), TypeError, "BatchNorm1d: momentum is 'x', expecte"),
        (lambda: GroupNorm(2, 4, eps=-1), ValueError, "GroupNorm: eps is -1, expected at least 0"),
        (lambda: group_norm(arange(4), 2), TypeError, "group_norm: input has type int64"),
        (lambda: group_norm(ones(3), 1), ValueError, r"group_norm: input has shape \(3,\)"),
        (
            lambda: group_norm(ones(2, 4), 3),
            ValueError,
            "group_norm: num_groups is 3, expected a divisor of the 4 channels",
        ),
        (lambda: group_norm(ones(2, 4), 0), ValueError, "group_norm: num_groups is 0"),
        (lambda: group_norm(ones(2, 4), 2.0), TypeError, "num_groups is 2.0, expected an integer"),
        (
            lambda: group_norm(ones(2, 4), 2, ones(2)),
            ValueError,
            r"group_norm: weight has shape \(2,\), expected \(4,\)",
        ),
        (
            lambda: group_norm(ones(1, 2), 2),
            ValueError,
            "group_norm: .*expected more than one value per group for 2 groups",
        ),
        (lambda: BatchNorm1d(0), ValueError, "BatchNorm1d: num_features is 0, expected at least 1"),
        (lambda: BatchNorm2d(2.0), TypeError, "BatchNorm2d: num_features is 2.0"),
        (lambda: BatchNorm2d(2, device="cuda"), ValueError, "BatchNorm2d: device is 'cuda'"),
        (lambda: GroupNorm(2, 0), ValueError, "GroupNorm: num_channels is 0"),
        (lambda: GroupNorm(3, 4), ValueError, "GroupNorm: num_groups is 3, expected a divisor"),
        (
            lambda: BatchNorm1d(3)(ones(2, 3, 4, 4)),
            ValueError,
            r"BatchNorm1d: input has shape \(2, 3, 4, 4\), expected \(N, C\) or \(N, C, L\)",
        ),
        (
            lambda: BatchNorm2d(3)(ones(3, 4, 4)),
            ValueError,
            r"BatchNorm2d: input has shape \(3, 4, 4\), expected \(N, C, H, W\)",
        ),
        (
            lambda: BatchNorm2d(3)(ones(2, 4, 4, 4)),
            ValueError,
            "BatchNorm2d: input has 4 channels, expected 3",
        ),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_running_statistics_of_integers_are_refused_before_any_is_written():
    mean, var = zeros(3), ones(3).long()
    with pytest.raises(TypeError, match="batch_norm: running_var has type int64, expected float"):
        batch_norm(ones(2, 3), mean, var, training=True)
    assert mean.tolist() == [0.0] * 3


# --- the layers


def test_a_layer_trains_and_evaluates():
    manual_seed(0)
    layer = BatchNorm2d(3, momentum=0.5)
    x = randn(4, 3, 2, 2) * 2 + 1
    np.testing.assert_allclose(layer(x).data, by_formula(x.data, (0, 2, 3)), 1e-4, 1e-5)
    np.testing.assert_allclose(layer.running_mean.data, 0.5 * x.data.mean((0, 2, 3)), 1e-5)
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    expected = batch_norm(x, layer.running_mean, layer.running_var)
    assert layer(x).tolist() == expected.tolist()
    assert layer.num_batches_tracked.item() == 1


def test_without_momentum_the_running_statistics_are_averages():
    layer = BatchNorm1d(2, momentum=None, dtype=float64)
    batches = [Tensor(RNG.standard_normal((5, 2))) for _ in range(4)]
    for batch in batches:
        layer(batch)
    np.testing.assert_allclose(
        layer.running_mean.data, np.mean([b.data.mean(0) for b in batches], 0)
    )
    np.testing.assert_allclose(
        layer.running_var.data, np.mean([b.data.var(0, ddof=1) for b in batches], 0)
    )
    assert layer.eval()(batches[0]).shape == (5, 2)


def test_without_running_statistics_evaluation_is_training():
    layer = BatchNorm1d(2, track_running_stats=False, momentum=None)
    x = randn(5, 2)
    assert layer(x).tolist() == layer.eval()(x).tolist()
    assert list(layer.state_dict()) == ["weight", "bias"]
    layer.reset_running_stats()
    assert layer.running_mean is None


def test_tracking_can_be_stopped():
    layer = BatchNorm1d(2)
    layer.track_running_stats = False
    x = randn(5, 2) + 3
    layer(x)
    assert layer.running_mean.tolist() == [0, 0]
    np.testing.assert_allclose(layer.eval()(x).data, x.data, 1e-4)


def test_a_failed_batch_leaves_no_trace():
    layer = BatchNorm1d(2)
    with pytest.raises(ValueError, match="more than one value per channel"):
        layer(ones(1, 2))
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_mean.tolist() == [0, 0]


def test_parameters_and_state():
    layer = BatchNorm2d(3)
    state = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert list(layer.state_dict()) == state
    assert layer.num_batches_tracked.dtype == "int64"
    layer(randn(2, 3, 2, 2))
    with no_grad():
        layer.weight.mul_(5)
    other = BatchNorm2d(3)
    other.load_state_dict(layer.state_dict())
    assert other.running_var.tolist() == layer.running_var.tolist()
    layer.reset_parameters()
    fresh = BatchNorm2d(3)
    for name, value in layer.state_dict().items():
        assert value.tolist() == fresh.state_dict()[name].tolist()
    assert [p.shape for p in BatchNorm2d(3, bias=False).parameters()] == [(3,)]
    assert not list(BatchNorm2d(3, affine=False).parameters())
    assert BatchNorm2d(3, dtype=float64).running_var.dtype == float64
    layer.double()
    assert layer.running_mean.dtype == "float64"
    assert layer.num_batches_tracked.dtype == "int64"


def test_group_norm_as_a_layer():
    layer = GroupNorm(2, 4)
    x = randn(3, 4, 5)
    expected = by_formula(x.data.reshape(3, 2, 10), (2,)).reshape(3, 4, 5)
    np.testing.assert_allclose(layer(x).data, expected, 1e-4, 1e-5)
    assert layer(x).tolist() == group_norm(x, 2, layer.weight, layer.bias).tolist()
    assert list(layer.state_dict()) == ["weight", "bias"]
    with no_grad():
        layer.weight.zero_()
        layer.bias.fill_(3)
    layer.reset_parameters()
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([1] * 4, [0] * 4)
    bare = GroupNorm(2, 4, affine=False)
    bare.reset_parameters()
    assert not list(bare.parameters())


def test_repr():
    assert repr(BatchNorm2d(3)) == (
        "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
    )
    assert repr(GroupNorm(2, 4, bias=False)) == (
        "GroupNorm(2, 4, eps=1e-05, affine=True, bias=False)"
    )


def test_the_statistics_have_gradients_too():
    from tinytorch.spatial.normalizing import normalize

    x = randn(3, 2, 4, dtype=float64).requires_grad_()
    for groups in (None, 2):
        _, mean, _ = normalize(x, None, None, groups=groups, eps=1e-5)
        (g,) = ag.grad(mean.sum(), x)
        assert np.allclose(g.data, 1 / (12 if groups is None else 4))
