"""`Function`: a computation with a derivative of its own."""

import gc
import weakref

import numpy as np
import pytest

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, observe, tensor


def leaf(data, dtype="float64"):
    return Tensor(data, dtype=dtype, requires_grad=True)


class Exp(ag.Function):
    """Saves its result."""

    @staticmethod
    def forward(ctx, x):
        z = tt.exp(x)
        ctx.save_for_backward(z)
        return z

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        return g * z


class Power(ag.Function):
    """Has an argument that is no tensor, and sets an attribute."""

    @staticmethod
    def forward(ctx, x, exponent):
        ctx.save_for_backward(x)
        ctx.exponent = exponent
        return x**exponent

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * ctx.exponent * x ** (ctx.exponent - 1), None


class Polar(ag.Function):
    """Two arguments, two results; saves an argument, a result and nothing."""

    @staticmethod
    def forward(ctx, r, phi):
        x, y = r * tt.cos(phi), r * tt.sin(phi)
        ctx.save_for_backward(r, x, None, y, phi)
        return x, y

    @staticmethod
    def backward(ctx, gx, gy):
        _r, x, nothing, y, phi = ctx.saved_tensors
        assert nothing is None
        by_r = gx * tt.cos(phi) + gy * tt.sin(phi) if ctx.needs_input_grad[0] else None
        by_phi = gy * x - gx * y if ctx.needs_input_grad[1] else None
        return by_r, by_phi


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (Exp.apply, [leaf([0.5, -1.0])]),
        (Exp.apply, [leaf(0.5)]),
        (Exp.apply, [leaf(np.ones((0, 2)))]),
        (lambda x: Power.apply(x, 3), [leaf([0.5, -1.0])]),
        (Polar.apply, [leaf([1.0, 2.0]), leaf([0.3, 0.4])]),
        (Polar.apply, [leaf([1.0, 2.0]), tensor([0.3, 0.4])]),
        (lambda r: Polar.apply(r, leaf([0.3, 0.4]))[1], [leaf([1.0, 2.0])]),
        (lambda x: Exp.apply(Exp.apply(x) * x), [leaf([0.1, 0.2])]),
    ],
)
def test_first_and_second_derivatives_are_right(func, args):
    assert ag.gradcheck(func, args)
    assert ag.gradgradcheck(func, args)


def test_third_derivative():
    x = leaf(0.5)
    y = Exp.apply(x)
    for _ in range(3):
        (y,) = ag.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(np.exp(0.5))


def test_forward_is_not_recorded_and_backward_only_under_create_graph():
    modes = []

    class Watch(ag.Function):
        @staticmethod
        def forward(ctx, x):
            modes.append(ag.is_grad_enabled())
            return x * 2.0

        @staticmethod
        def backward(ctx, g):
            modes.append(ag.is_grad_enabled())
            return g * 2.0

    x = leaf(1.0)
    Watch.apply(x).backward()
    Watch.apply(x).backward(create_graph=True)
    assert modes == [False, False, False, True]


def test_nothing_is_recorded_where_nothing_needs_it():
    assert not Exp.apply(tensor(1.0)).requires_grad
    with ag.no_grad():
        assert not Exp.apply(leaf(1.0)).requires_grad


def test_needs_input_grad_says_what_is_wanted():
    seen = []

    class Add(ag.Function):
        @staticmethod
        def forward(ctx, x, y, scale):
            seen.append(ctx.needs_input_grad)
            return x + y

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, g, None

    x, y = leaf(1.0), leaf(2.0)
    ag.grad(Add.apply(x, y, 3.0), y)
    assert seen == [(True, True, False), (False, True, False)]


def test_results_marked_or_integers_have_no_gradient():
    class Sorted(ag.Function):
        @staticmethod
        def forward(ctx, x):
            values, indices = tt.sort(x)
            copy = x * 1.0
            ctx.mark_non_differentiable(copy)
            ctx.save_for_backward(indices)
            return values, indices, copy

        @staticmethod
        def backward(ctx, g, g_indices, g_copy):
            assert g_indices.tolist() == [0, 0]
            assert g_copy.tolist() == [0.0, 0.0]
            (indices,) = ctx.saved_tensors
            return tt.scatter(tt.zeros_like(g), 0, indices, g)

    x = leaf([2.0, 1.0])
    values, indices, copy = Sorted.apply(x)
    assert [t.requires_grad for t in (values, indices, copy)] == [True, False, False]
    (values * tensor([10.0, 1.0])).sum().backward()
    assert x.grad.tolist() == [1.0, 10.0]


def test_returning_the_argument_itself():
    class Straight(ag.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 7.0

    x = leaf([1.0])
    y = Straight.apply(x)
    assert y is not x
    y.backward()
    assert x.grad.tolist() == [7.0]
    assert x.is_leaf


def test_a_gradient_is_summed_to_the_shape_and_type_of_its_argument():
    class Outer(ag.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g, g

    x, y = leaf([1.0, 2.0], "float32"), leaf([[3.0], [4.0]])
    Outer.apply(x, y).sum().backward()
    assert (x.grad.tolist(), x.grad.dtype) == ([2.0, 2.0], np.dtype("float32"))
    assert y.grad.tolist() == [[2.0], [2.0]]


def test_a_saved_result_makes_no_cycle():
    gc.collect()
    gc.disable()
    try:
        y = Exp.apply(leaf([1.0, 2.0]))
        node = weakref.ref(y.node)
        del y
        assert node() is None
    finally:
        gc.enable()


def test_a_freed_graph_frees_what_was_saved_and_says_so():
    y = Exp.apply(leaf(1.0))
    y.backward()
    with pytest.raises(RuntimeError, match=r"graph behind Exp was freed"):
        y.backward()


def test_a_retained_graph_goes_again():
    x = leaf(1.0)
    y = Exp.apply(x)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == pytest.approx(2 * np.e)


def bad(forward=None, backward=None):
    class Bad(ag.Function):
        pass

    if forward:
        Bad.forward = staticmethod(forward)
    if backward:
        Bad.backward = staticmethod(backward)
    return Bad


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (bad(), NotImplementedError, "forward is not defined"),
        (bad(lambda ctx, x: x * 1.0), NotImplementedError, "backward is not defined"),
        (
            bad(lambda ctx, x: 3.0),
            TypeError,
            "Bad: forward returned float, expected a Tensor or a tuple of Tensors",
        ),
        (
            bad(lambda ctx, x: x * 1.0, lambda ctx, g: (g, g)),
            RuntimeError,
            "Bad: backward returned 2 gradients, expected one for each of the 1 arguments",
        ),
        (
            bad(lambda ctx, x: x * 1.0, lambda ctx, g: 3.0),
            TypeError,
            "Bad: backward returned float for argument 0, expected a Tensor or None",
        ),
        (
            bad(lambda ctx, x: x * 1.0, lambda ctx, g: tt.ones(3)),
            ValueError,
            r"Bad: backward returned a gradient of shape \(3,\) for argument 0, .* shape \(2,\)",
        ),
        (
            bad(lambda ctx, x: x * 1.0, lambda ctx, g: tt.ones(())),
            ValueError,
            r"gradient of shape \(\) for argument 0",
        ),
    ],
)
def test_errors(function, kind, message):
    with pytest.raises(kind, match=message):
        function.apply(leaf([1.0, 2.0])).sum().backward()


def test_what_was_saved_is_out_of_reach_outside_backward():
    contexts = []

    class Square(ag.Function):
        @staticmethod
        def forward(ctx, x):
            contexts.append(ctx)
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            assert len(ctx.saved_tensors) == 1
            return None

    x = leaf(1.0)
    Square.apply(x).backward()
    assert contexts[0].saved_tensors == ()
    assert x.grad is None


def test_a_call_and_its_derivative_are_events():
    events = []
    x = leaf([1.0])
    with observe(events.append):
        Exp.apply(x).backward()
    whole = [(event.name, event.phase) for event in events if event.source is Exp]
    assert whole == [("Exp", "forward")]
    inner = [event for event in events if event.name == "exp"]
    assert inner[0].parent.name == "Exp"
    assert ("Exp", "backward") in [(event.name, event.phase) for event in events]
