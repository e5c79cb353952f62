"""The update rules: all of them over the same problems, and what each setting does."""

import numpy as np
import pytest

from tinytorch.optim import SGD, Adagrad, Adam, AdamW, Lion, Muon, RMSprop
from tinytorch.tensor import Tensor, float64, tensor


def quadratic(p):
    """An ill-conditioned bowl, its bottom at (1, 2; 3, 4)."""
    scale = np.array([[1.0, 3.0], [10.0, 30.0]])
    away = p - np.array([[1.0, 2.0], [3.0, 4.0]])
    return (scale * away**2).sum(), 2 * scale * away


def rosenbrock(p):
    """A curved valley for each row, its lowest point at (1, 1)."""
    x, y = p[:, :1], p[:, 1:]
    value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    dx = -2 * (1 - x) - 400 * x * (y - x**2)
    return value.sum(), np.concatenate([dx, 200 * (y - x**2)], axis=1)


@pytest.mark.parametrize("problem", [quadratic, rosenbrock])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_optimizer_gets_nearer_to_the_minimum(make, problem, dtype):
    p = Tensor(np.array([[-0.5, 0.5], [0.5, -0.5]]), dtype=dtype)
    optimizer = make([p])
    before, _ = problem(p.numpy())
    for _ in range(500):
        p.grad = Tensor(problem(p.numpy())[1].astype(dtype))
        optimizer.step()
    after, _ = problem(p.numpy())
    assert after < 0.1 * before
    assert p.dtype == dtype


def steps(optimizer_class, settings):
    """Where some steps lead a 2×2 matrix; the second is such that Lion's betas decide its signs."""
    p = tensor([[0.5, -1.0], [2.0, -0.25]], dtype=float64)
    optimizer = optimizer_class([p], **settings)
    for first, second in ((1.0, -2.0), (-0.05, 0.4), (-1.0, 3.0)):
        p.grad = tensor([[first, second], [second, -2 * first]], dtype=float64)
        optimizer.step()
    return p.numpy()


EFFECTS = [
    (SGD, {}, {"lr": 0.5}),
    (SGD, {}, {"momentum": 0.9}),
    (SGD, {"momentum": 0.9}, {"dampening": 0.5}),
    (SGD, {"momentum": 0.9}, {"nesterov": True}),
    (SGD, {}, {"weight_decay": 0.1}),
    (SGD, {}, {"maximize": True}),
    (Adagrad, {}, {"lr": 0.5}),
    (Adagrad, {}, {"lr_decay": 0.5}),
    (Adagrad, {}, {"weight_decay": 0.1}),
    (Adagrad, {}, {"initial_accumulator_value": 0.5}),
    (Adagrad, {}, {"eps": 0.5}),
    (Adagrad, {}, {"maximize": True}),
    (RMSprop, {}, {"lr": 0.5}),
    (RMSprop, {}, {"alpha": 0.5}),
    (RMSprop, {}, {"eps": 0.5}),
    (RMSprop, {}, {"weight_decay": 0.1}),
    (RMSprop, {}, {"momentum": 0.5}),
    (RMSprop, {}, {"centered": True}),
    (RMSprop, {}, {"maximize": True}),
    (Adam, {}, {"lr": 0.5}),
    (Adam, {}, {"betas": (0.5, 0.999)}),
    (Adam, {}, {"betas": (0.9, 0.5)}),
    (Adam, {}, {"eps": 0.5}),
    (Adam, {}, {"weight_decay": 0.1}),
    (Adam, {"betas": (0.9, 0.5)}, {"amsgrad": True}),
    (Adam, {}, {"maximize": True}),
    (AdamW, {}, {"lr": 0.5}),
    (AdamW, {}, {"betas": (0.5, 0.999)}),
    (AdamW, {}, {"betas": (0.9, 0.5)}),
    (AdamW, {}, {"eps": 0.5}),
    (AdamW, {}, {"weight_decay": 0.1}),
    (AdamW, {"betas": (0.9, 0.5)}, {"amsgrad": True}),
    (AdamW, {}, {"maximize": True}),
    (Lion, {}, {"lr": 0.5}),
    (Lion, {}, {"betas": (0.1, 0.99)}),
    (Lion, {}, {"betas": (0.9, 0.01)}),
    (Lion, {}, {"weight_decay": 0.1}),
    (Muon, {}, {"lr": 0.5}),
    (Muon, {}, {"weight_decay": 0.5}),
    (Muon, {}, {"momentum": 0.5}),
    (Muon, {}, {"nesterov": False}),
    (Muon, {}, {"ns_coefficients": (2.0, -1.5, 0.5)}),
    (Muon, {}, {"eps": 100.0}),
    (Muon, {}, {"ns_steps": 2}),
    (Muon, {}, {"adjust_lr_fn": "match_rms_adamw"}),
]


@pytest.mark.parametrize(("optimizer_class", "base", "change"), EFFECTS)
def test_every_setting_has_an_effect(optimizer_class, base, change):
    settings = {"lr": 0.1, **base}
    changed = steps(optimizer_class, {**settings, **change})
    assert not np.allclose(steps(optimizer_class, settings), changed, atol=1e-4)


def test_the_table_above_has_every_setting():
    for optimizer_class in (SGD, Adagrad, RMSprop, Adam, AdamW, Lion, Muon):
        settings = optimizer_class([tensor([[1.0]])]).defaults.keys()
        changed = {name for c, _, change in EFFECTS for name in change if c is optimizer_class}
        assert changed == settings


@pytest.mark.parametrize("optimizer_class", [SGD, Adagrad, RMSprop, Adam, AdamW])
def test_maximize_climbs_the_negative(optimizer_class):
    def place(sign, **settings):
        p = tensor([1.0, -2.0])
        optimizer = optimizer_class([p], lr=0.1, weight_decay=0.3, **settings)
        for gradient in ([1.0, -2.0], [0.5, 3.0]):
            p.grad = sign * tensor(gradient)
            optimizer.step()
        return p.tolist()

    assert place(1, maximize=True) == place(-1)


NEGATIVE = [
    (SGD, ("lr", "momentum", "weight_decay")),
    (Adagrad, ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")),
    (RMSprop, ("lr", "alpha", "eps", "weight_decay", "momentum")),
    (Adam, ("lr", "eps", "weight_decay")),
    (AdamW, ("lr", "eps", "weight_decay")),
    (Lion, ("lr", "weight_decay")),
    (Muon, ("lr", "weight_decay", "eps", "ns_steps")),
]


@pytest.mark.parametrize(("optimizer_class", "names"), NEGATIVE)
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_negative_settings_are_errors(optimizer_class, names, value):
    for name in names:
        message = f"{optimizer_class.__name__}: {name} is {value}, expected at least 0"
        with pytest.raises(ValueError, match=message):
            optimizer_class([tensor([[1.0]])], **{name: value})


@pytest.mark.parametrize(
    ("optimizer_class", "settings", "message"),
    [
        (SGD, {"momentum": 0.0, "nesterov": True}, "SGD: nesterov needs momentum"),
        (SGD, {"momentum": 0.9, "dampening": 0.1, "nesterov": True}, "no dampening, got momentum"),
        (Adam, {"betas": (0.9, 1.0)}, r"Adam: betas\[1\] is 1.0, expected from 0 to below 1"),
        (AdamW, {"betas": (-0.1, 0.9)}, r"AdamW: betas\[0\] is -0.1"),
        (Lion, {"betas": (0.9, float("nan"))}, r"Lion: betas\[1\] is nan"),
        (Adam, {"betas": (0.9,)}, r"Adam: betas is \(0.9,\), expected 2 numbers"),
        (Adam, {"betas": 0.9}, "Adam: betas is 0.9, expected 2 numbers"),
        (Muon, {"momentum": 1.0}, "Muon: momentum is 1.0, expected from 0 to below 1"),
        (Muon, {"ns_coefficients": (1.0, 2.0)}, "Muon: ns_coefficients is .* expected 3 numbers"),
        (Muon, {"adjust_lr_fn": "none"}, "adjust_lr_fn is 'none', expected original or match_rms"),
    ],
)
def test_wrong_settings_are_errors(optimizer_class, settings, message):
    with pytest.raises(ValueError, match=message):
        optimizer_class([tensor([[1.0]])], **settings)


@pytest.mark.parametrize("value", ["0.1", None, tensor(0.1)])
def test_settings_are_numbers(make, value):
    with pytest.raises(TypeError, match=r"lr is (str|NoneType|Tensor), expected a number"):
        make([tensor([[1.0]])], lr=value)


def test_a_setting_that_an_optimizer_does_not_have_is_an_error():
    with pytest.raises(TypeError, match="fused"):
        Adam([tensor([1.0])], fused=True)


def test_muon_takes_matrices_only():
    message = r"Muon: params\[1\] has shape \(2,\), expected a matrix; give the others to AdamW"
    with pytest.raises(ValueError, match=message):
        Muon([tensor([[1.0]]), tensor([1.0, 2.0])])


def test_momentum_may_be_switched_on_later():
    for optimizer_class in (SGD, RMSprop):
        p = tensor([1.0])
        p.grad = tensor([1.0])
        optimizer = optimizer_class([p])
        optimizer.step()
        optimizer.param_groups[0]["momentum"] = 0.9
        optimizer.step()
        assert optimizer.state[p]["momentum_buffer"].shape == (1,)


def test_lion_moves_every_element_by_the_rate():
    p = tensor([1.0, 1.0, 1.0])
    p.grad = tensor([1e-6, -1e6, 0.0])
    Lion([p], lr=0.25).step()
    assert p.tolist() == [0.75, 1.25, 1]


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (5, 5), (1, 4), (4, 1)])
@pytest.mark.parametrize("nesterov", [False, True])
def test_muon_follows_its_paper_written_out(shape, nesterov):
    rng = np.random.default_rng(0)
    start = rng.standard_normal(shape)
    p = Tensor(start)
    optimizer = Muon([p], lr=0.02, weight_decay=0.1, momentum=0.9, nesterov=nesterov)
    w, b = start.copy(), np.zeros(shape)
    for _ in range(100):
        g = rng.standard_normal(shape) + w
        p.grad = Tensor(g)
        optimizer.step()
        b = 0.9 * b + 0.1 * g
        x = 0.1 * g + 0.9 * b if nesterov else b
        x = x / np.linalg.norm(x)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x - 4.7750 * (a @ x) + 2.0315 * (a @ a @ x)
        w = w - 0.02 * 0.1 * w - 0.02 * max(1, shape[0] / shape[1]) ** 0.5 * x
    np.testing.assert_allclose(p.numpy(), w, rtol=1e-9, atol=1e-12)


def test_muon_makes_every_direction_as_long():
    p = tensor(np.zeros((4, 6)))
    rng = np.random.default_rng(1)
    p.grad = Tensor(rng.standard_normal((4, 6)) * [[1000.0], [10.0], [1.0], [1.0]])
    Muon([p], lr=1.0, weight_decay=0.0, ns_steps=10).step()
    lengths = np.linalg.svd(p.numpy(), compute_uv=False)
    assert lengths.max() < 1.3
    assert lengths.min() > 0.6


def test_lion_follows_its_paper_written_out():
    rng = np.random.default_rng(0)
    start = rng.standard_normal((3, 4))
    p = Tensor(start)
    optimizer = Lion([p], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    w, m = start.copy(), np.zeros((3, 4))
    for _ in range(100):
        g = rng.standard_normal((3, 4)) + w
        p.grad = Tensor(g)
        optimizer.step()
        w = w - 0.01 * (np.sign(0.9 * m + 0.1 * g) + 0.1 * w)
        m = 0.99 * m + 0.01 * g
    np.testing.assert_allclose(p.numpy(), w, rtol=1e-9, atol=1e-12)
