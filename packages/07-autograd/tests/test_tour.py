"""What this package is for, in the order in which a reader meets it."""

import numpy as np
import pytest

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, primitive, tensor


def test_backward_finds_the_gradient_of_every_leaf():
    w = tensor([1.0, -2.0], requires_grad=True)
    b = tensor(0.5, requires_grad=True)
    x = tensor([3.0, 4.0])

    loss = (w * x + b).square().sum()
    loss.backward()

    # by hand: d loss / d (wx + b) = 2 (wx + b) = [7, -15]
    assert w.grad.tolist() == [21.0, -60.0]
    assert b.grad.tolist() == -8.0
    assert x.grad is None


def test_gradients_add_up_until_they_are_taken_away():
    w = tensor(2.0, requires_grad=True)
    (w * 3.0).backward()
    (w * 3.0).backward()
    assert w.grad.item() == 6.0
    w.grad = None
    (w * 3.0).backward()
    assert w.grad.item() == 3.0


def test_a_step_downhill():
    w = tensor([5.0], requires_grad=True)
    for _ in range(50):
        w.grad = None
        (w * w).sum().backward()
        with ag.no_grad():
            w -= 0.1 * w.grad
    assert abs(w.item()) < 1e-3


def test_grad_is_the_same_as_a_function_and_changes_no_tensor():
    x = tensor(3.0, requires_grad=True)
    (slope,) = ag.grad(x * x * x, x)
    assert slope.item() == 27.0
    assert x.grad is None


def test_derivatives_of_derivatives():
    x = tensor(2.0, requires_grad=True)
    y = x * x * x
    found = []
    for _ in range(4):
        (y,) = ag.grad(y, x, create_graph=True)
        found.append(y.item())
        if not y.requires_grad:
            break
    assert found[:3] == [12.0, 12.0, 6.0]


def test_jacobian_and_hessian():
    a = tensor([[1.0, 2.0], [3.0, 4.0]])
    x = tensor([1.0, 1.0])
    assert ag.jacobian(lambda x: a @ x, x).tolist() == a.tolist()
    assert ag.hessian(lambda x: (x * (a @ x)).sum(), x).tolist() == [[2.0, 5.0], [5.0, 8.0]]


def test_a_new_primitive_needs_one_line_of_calculus():
    @primitive
    def cube(input):
        return input * input * input

    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(NotImplementedError, match=r"cube: no derivative rule"):
        cube(x)

    ag.defvjp(cube, lambda g, _z, x: g * 3.0 * x * x)
    cube(x).sum().backward()
    assert x.grad.tolist() == [3.0, 12.0]
    ag.check_rule(cube, (2, 3))


def test_a_derivative_of_ones_own():
    class Clip(ag.Function):
        """Rounding has derivative zero; pretend that it is the identity."""

        @staticmethod
        def forward(ctx, x):
            return tt.round(x)

        @staticmethod
        def backward(ctx, g):
            return g

    x = tensor([0.4, 1.6], requires_grad=True)
    y = Clip.apply(x)
    y.sum().backward()
    assert y.tolist() == [0.0, 2.0]
    assert x.grad.tolist() == [1.0, 1.0]


def test_hooks_see_gradients_on_their_way():
    seen = []
    x = tensor(1.0, requires_grad=True)
    y = x * 2.0
    y.register_hook(lambda g: seen.append(g.item()))
    (y * 5.0).backward()
    assert seen == [5.0]


def test_a_checkpoint_computes_twice_and_keeps_little():
    calls = []

    def block(x):
        calls.append(x.shape)
        return tt.tanh(x * 2.0)

    x = tensor([0.1, 0.2], requires_grad=True)
    ag.checkpoint(block, x).sum().backward()
    assert len(calls) == 2
    again = tensor([0.1, 0.2], requires_grad=True)
    block(again).sum().backward()
    assert x.grad.tolist() == again.grad.tolist()


def test_the_line_where_a_gradient_became_nan():
    x = tensor([0.0], requires_grad=True)
    with ag.detect_anomaly():
        y = x.sqrt() * 0.0
        with pytest.raises(RuntimeError, match=r"sqrt made NaN.*y = x.sqrt"):
            y.backward()


def test_a_picture_of_the_graph():
    w, x = tensor([1.0], requires_grad=True), tensor([2.0])
    svg = ag.draw_graph((w * x).exp(), {"w": w})
    assert svg.startswith("<svg")
    assert all(f">{word}</text>" in svg for word in ("w", "mul", "exp"))


def test_arrays_are_never_recorded():
    x = tensor([1.0], requires_grad=True)
    with ag.no_grad():
        assert not (x * 2.0).requires_grad
    assert isinstance(tt.mul(np.ones(2), np.ones(2)), np.ndarray)
    assert isinstance(x * np.ones(1, np.float32), Tensor)
