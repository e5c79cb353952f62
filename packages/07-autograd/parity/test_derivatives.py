"""Gradients, products and second derivatives of small networks, against torch.autograd."""

import numpy as np
import pytest
import torch
from torch.autograd.gradcheck import GradcheckError as TorchGradcheckError
from torch.utils.checkpoint import checkpoint as torch_checkpoint

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.layers import linear
from tinytorch.tensor import Tensor


def arrays(*shapes, dtype=np.float32):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def both(given, requires_grad=True):
    """The same leaves here and there."""
    ours = [Tensor(a, dtype=a.dtype, requires_grad=requires_grad) for a in given]
    theirs = [torch.tensor(a, requires_grad=requires_grad) for a in given]
    return ours, theirs


def same(ours, theirs):
    """Structures of tensors are equal, in shape, type and value."""
    if theirs is None:
        assert ours is None
    elif isinstance(theirs, tuple | list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        torch.testing.assert_close(torch.tensor(ours.detach().numpy()), theirs.detach())


def network(lib, affine):
    """A multilayer perceptron with a bit of everything, in the functions that both have."""

    def forward(x, w1, b1, w2, b2):
        h = lib.tanh(affine(x, w1, b1))
        h = h * lib.exp(h * 0.1) + lib.sqrt(h * h + 1.0)
        h = lib.cat([h[:, :2], h[:, 2:] * 0.5], 1)
        z = affine(h, w2, b2)
        return z - lib.logsumexp(z, 1, keepdim=True)

    return forward


OURS = network(tt, linear)
THEIRS = network(torch, torch.nn.functional.linear)
SHAPES = [(5, 3), (4, 3), (4,), (2, 4), (2,)]


@pytest.mark.parity("backward")
def test_backward():
    ours, theirs = both(arrays(*SHAPES))
    OURS(*ours)[:, 0].mean().backward()
    THEIRS(*theirs)[:, 0].mean().backward()
    same([t.grad for t in ours], [t.grad for t in theirs])
    for lib, args, forward in ((ag, ours, OURS), (torch.autograd, theirs, THEIRS)):
        out = forward(*args)
        lib.backward([out[:, 0].mean(), out[:, 1].sum()], inputs=args[:2])
    same([t.grad for t in ours], [t.grad for t in theirs])


@pytest.mark.parity("grad")
def test_grad():
    ours, theirs = both(arrays(*SHAPES, (7,)))
    (v,) = arrays((5, 2))
    found = ag.grad(OURS(*ours[:5]), ours, Tensor(v), allow_unused=True)
    same(
        found, torch.autograd.grad(THEIRS(*theirs[:5]), theirs, torch.tensor(v), allow_unused=True)
    )
    found = ag.grad(OURS(*ours[:5]), ours, Tensor(v), materialize_grads=True)
    same(
        found,
        torch.autograd.grad(THEIRS(*theirs[:5]), theirs, torch.tensor(v), materialize_grads=True),
    )


@pytest.mark.parity("grad")
def test_double_backward():
    """A gradient penalty, as in WGAN-GP: the gradient of a function of gradients."""
    ours, theirs = both(arrays(*SHAPES))
    for lib, args, forward in ((ag, ours, OURS), (torch.autograd, theirs, THEIRS)):
        out = forward(*args)[:, 0].sum()
        (by_x,) = lib.grad(out, args[0], create_graph=True)
        (out + (by_x * by_x).sum()).backward()
    same([t.grad for t in ours], [t.grad for t in theirs])


@pytest.mark.parity("grad")
def test_third_derivative():
    for_each = []
    for lib, x in (
        (ag, Tensor([0.3, 0.7], requires_grad=True)),
        (torch.autograd, torch.tensor([0.3, 0.7], requires_grad=True)),
    ):
        functions = tt if lib is ag else torch
        y = (functions.sin(x) * functions.exp(x)).sum()
        for _ in range(3):
            (g,) = lib.grad(y, x, create_graph=True)
            y = g.sum()
        for_each.append(g)
    same(*for_each)


FUNCTIONS = {
    "one to one": (lambda lib, x: lib.exp(x) * x.sum(), [(3,)]),
    "matrices": (lambda lib, x, y: lib.tanh(x @ y), [(2, 3), (3, 2)]),
    "several results": (lambda lib, x, y: (x * y, (x * x).sum()), [(3,), (3,)]),
    "unused": (lambda lib, x, y: x * x, [(2,), (2,)]),
    "linear": (lambda lib, x: x * 3.0, [(2, 2)]),
}


@pytest.mark.parity("jacobian", "vjp", "jvp")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_jacobian_vjp_and_jvp(name, dtype):
    func, shapes = FUNCTIONS[name]
    ours, theirs = both(arrays(*shapes, dtype=dtype), requires_grad=False)
    for form in (tuple, lambda inputs: inputs[0]) if len(shapes) == 1 else (tuple,):
        mine = lambda *args: func(tt, *args)  # noqa: E731
        reference = lambda *args: func(torch, *args)  # noqa: E731
        a, b = form(ours), form(theirs)
        same(ag.jacobian(mine, a), torch.autograd.functional.jacobian(reference, b))
        directions, torch_directions = both(arrays(*shapes, dtype=dtype), requires_grad=False)
        same(
            ag.jvp(mine, a, form(directions)),
            torch.autograd.functional.jvp(reference, b, form(torch_directions)),
        )
        out = reference(*theirs)
        cotangents = arrays(
            *([z.shape for z in out] if isinstance(out, tuple) else [out.shape]), dtype=dtype
        )
        u, torch_u = both(cotangents, requires_grad=False)
        if not isinstance(out, tuple):
            u, torch_u = u[0], torch_u[0]
        else:
            u, torch_u = tuple(u), tuple(torch_u)
        same(ag.vjp(mine, a, u), torch.autograd.functional.vjp(reference, b, torch_u))


@pytest.mark.parity("hessian")
@pytest.mark.parametrize(
    ("func", "shapes"),
    [
        (lambda lib, x: lib.exp(x).sum() * (x * x).sum(), [(3,)]),
        (lambda lib, x, y: lib.tanh(x @ y).sum(), [(2, 3), (3, 2)]),
        (lambda lib, x, y: (x * x).sum(), [(2,), (2,)]),
        (lambda lib, x: x.sum(), [(2,)]),
    ],
)
def test_hessian(func, shapes):
    ours, theirs = both(arrays(*shapes), requires_grad=False)
    for form in (tuple, lambda inputs: inputs[0]) if len(shapes) == 1 else (tuple,):
        same(
            ag.hessian(lambda *args: func(tt, *args), form(ours)),
            torch.autograd.functional.hessian(lambda *args: func(torch, *args), form(theirs)),
        )


def test_hooks_and_retained_gradients():
    seen = {"ours": [], "theirs": []}
    ours, theirs = both(arrays((3,), (3,)))
    for name, (x, w) in (("ours", ours), ("theirs", theirs)):
        h = x * w
        h.retain_grad()
        h.register_hook(lambda g: g * 2.0)
        handle = h.register_hook(lambda g, seen=seen[name]: seen.append(("removed", g.tolist())))
        h.register_hook(lambda g, seen=seen[name]: seen.append(("result", g.tolist())))
        x.register_hook(lambda g, seen=seen[name]: seen.append(("leaf", g.tolist())))
        handle.remove()
        y = (h * h).sum() + x.sum()
        y.backward(retain_graph=True)
        y.backward()
        seen[name].append(("retained", h.grad.tolist()))
    assert [what for what, _ in seen["ours"]] == [what for what, _ in seen["theirs"]]
    for (_, mine), (_, reference) in zip(seen["ours"], seen["theirs"], strict=True):
        np.testing.assert_allclose(mine, reference, rtol=1.3e-6, atol=1e-5)
    same([t.grad for t in ours], [t.grad for t in theirs])


@pytest.mark.parity("no_grad", "enable_grad", "set_grad_enabled", "is_grad_enabled")
def test_modes():
    found = []
    for lib in (ag, torch):
        states = [lib.is_grad_enabled()]
        with lib.no_grad():
            states.append(lib.is_grad_enabled())
            with lib.enable_grad():
                states.append(lib.is_grad_enabled())
            states.append(lib.is_grad_enabled())
        with lib.set_grad_enabled(False):
            states.append(lib.is_grad_enabled())
        lib.set_grad_enabled(False)
        states.append(lib.is_grad_enabled())
        lib.set_grad_enabled(True)

        @lib.no_grad()
        def inside(lib=lib):
            return lib.is_grad_enabled()

        states += [inside(), lib.is_grad_enabled()]
        found.append(states)
    assert found[0] == found[1]


@pytest.mark.parity("checkpoint")
def test_checkpoint():
    ours, theirs = both(arrays(*SHAPES))
    out = ag.checkpoint(lambda x, w1, b1: OURS(x, w1, b1, *ours[3:]), *ours[:3])
    out[:, 0].mean().backward()
    reference = torch_checkpoint(
        lambda x, w1, b1: THEIRS(x, w1, b1, *theirs[3:]), *theirs[:3], use_reentrant=False
    )
    reference[:, 0].mean().backward()
    same(out, reference)
    same([t.grad for t in ours], [t.grad for t in theirs])


@pytest.mark.parity("Function")
def test_function():
    def define(lib, functions):
        class LogCosh(lib.Function):
            @staticmethod
            def forward(ctx, x, scale):
                ctx.save_for_backward(x)
                ctx.scale = scale
                y = x * scale
                return functions.log((functions.exp(y) + functions.exp(-y)) / 2.0), y.detach() * 2.0

            @staticmethod
            def backward(ctx, g, g_y):
                (x,) = ctx.saved_tensors
                assert ctx.needs_input_grad == (True, False)
                return (g * functions.tanh(x * ctx.scale) + g_y * 2.0) * ctx.scale, None

        return LogCosh

    ours, theirs = both(arrays((4,)))
    found = []
    for lib, functions, (x,) in ((ag, tt, ours), (torch.autograd, torch, theirs)):
        z, y = define(lib, functions).apply(x, 0.5)
        (first,) = lib.grad(z.sum() + (y * y).sum(), x, create_graph=True)
        (second,) = lib.grad((first * first).sum(), x)
        found.append([z, y, first, second])
    same(*found)


@pytest.mark.parity("gradcheck", "gradgradcheck", "GradcheckError")
def test_gradcheck():
    (x,), (torch_x,) = both(arrays((3,), dtype=np.float64))
    for lib, functions, t in ((ag, tt, x), (torch.autograd, torch, torch_x)):
        assert lib.gradcheck(lambda t, f=functions: f.tanh(t) * t, t)
        assert lib.gradgradcheck(lambda t, f=functions: f.tanh(t) * t, t)

        class Wrong(lib.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2.0

            @staticmethod
            def backward(ctx, g):
                return g * 3.0

        assert not lib.gradcheck(Wrong.apply, t, raise_exception=False)
        error = ag.GradcheckError if lib is ag else TorchGradcheckError
        assert issubclass(error, RuntimeError)
        with pytest.raises(error):
            lib.gradcheck(Wrong.apply, t)


@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")
@pytest.mark.filterwarnings("ignore:Error detected in")
@pytest.mark.parity("detect_anomaly")
def test_detect_anomaly():
    (x,), (torch_x,) = both([np.zeros(1, np.float32)])
    for lib, functions, t in ((ag, tt, x), (torch.autograd, torch, torch_x)):
        with lib.detect_anomaly():
            functions.log(t).backward()  # infinite is fine
            with pytest.raises(RuntimeError, match=r"(?i)sqrt.* nan"):
                (functions.sqrt(t) * 0.0).backward()
