"""Every loss against PyTorch's: values, types and gradients, as a function and as a layer."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import tinytorch.autograd  # noqa: F401  records
from tinytorch import losses
from tinytorch.tensor import Tensor, tensor

REDUCTIONS = ("none", "mean", "sum")
SHAPES = ((), (4,), (2, 3), (0, 2), (2, 3, 2))
RNG = np.random.default_rng(5)
INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def _same_numbers_in_any_order():
    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state


def normal(*shape, dtype=np.float32, scale=2.0):
    return np.asarray(RNG.normal(size=shape) * scale, dtype)


def probabilities(*shape):
    return np.asarray(RNG.uniform(0.02, 0.98, shape), np.float32)


def distributions(shape, dim):
    x = RNG.uniform(0.1, 1.0, shape)
    return (x / x.sum(dim, keepdims=True)).astype(np.float32)


def signs(*shape):
    return RNG.choice([-1, 1], shape)


def both(value):
    """An array as our tensor and as PyTorch's; anything else as it is."""
    if isinstance(value, np.ndarray | np.generic):
        return tensor(value), torch.from_numpy(np.array(value))
    return value, value


def agree(mine, theirs, *arrays, **settings):
    """Call both on the same arrays, and hold result and gradients of ours against PyTorch's."""
    pairs = [both(array) for array in arrays]
    for ours, reference in pairs:
        if reference.is_floating_point():
            ours.requires_grad_()
            reference.requires_grad_()
    options = {name: both(value) for name, value in settings.items()}
    out = mine(*[ours for ours, _ in pairs], **{n: ours for n, (ours, _) in options.items()})
    expected = theirs(*[r for _, r in pairs], **{n: r for n, (_, r) in options.items()})
    assert isinstance(out, Tensor)
    close(out, expected)
    g = normal(*expected.shape)
    out.backward(tensor(g, dtype=out.dtype))
    expected.backward(torch.from_numpy(g).to(expected.dtype))
    for ours, reference in pairs:
        if reference.grad is not None:
            close(ours.grad, reference.grad)


def close(ours, reference):
    array = np.ascontiguousarray(ours.detach().numpy()).reshape(ours.shape)
    torch.testing.assert_close(torch.from_numpy(array), reference.detach(), equal_nan=True)


# --- numbers


@pytest.mark.parity("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mse_loss", {}),
        ("l1_loss", {}),
        ("huber_loss", {}),
        ("huber_loss", {"delta": 0.5}),
        ("huber_loss", {"delta": 3}),
        ("smooth_l1_loss", {}),
        ("smooth_l1_loss", {"beta": 0.0}),
        ("smooth_l1_loss", {"beta": 0.25}),
        ("smooth_l1_loss", {"beta": 2}),
    ],
)
def test_numbers(name, settings, shape, reduction):
    mine, theirs = getattr(losses, name), getattr(F, name)
    x, y = normal(*shape), normal(*shape)
    agree(mine, theirs, x, y, reduction=reduction, **settings)
    agree(mine, theirs, x.astype(np.float64), y.astype(np.float64), reduction=reduction, **settings)
    agree(mine, theirs, x.T, y.T, reduction=reduction, **settings)
    if name != "huber_loss":  # PyTorch's does not promote types
        agree(mine, theirs, x, y.astype(np.float64), reduction=reduction, **settings)
        agree(mine, theirs, x, y.astype(np.int64), reduction=reduction, **settings)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"])
def test_numbers_at_kinks_and_far_out(name):
    x = np.float32([0, 1, -1, 1e18, -1e18, INF, NAN])
    agree(getattr(losses, name), getattr(F, name), x, np.zeros_like(x), reduction="none")


# --- yes or no


@pytest.mark.parity("binary_cross_entropy", "binary_cross_entropy_with_logits")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_yes_or_no(shape, reduction, weighted):
    p, x, y = probabilities(*shape), normal(*shape), probabilities(*shape)
    settings = {"reduction": reduction, "weight": probabilities(*shape[-1:]) if weighted else None}
    agree(losses.binary_cross_entropy, F.binary_cross_entropy, p, y, **settings)
    agree(losses.binary_cross_entropy, F.binary_cross_entropy, p, np.round(y), **settings)
    mine, theirs = losses.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits
    agree(mine, theirs, x, y, **settings)
    agree(mine, theirs, x.astype(np.float64), y.astype(np.float64), **settings)
    agree(mine, theirs, x.T, y.T, reduction=reduction)
    agree(mine, theirs, x, y, pos_weight=probabilities(*shape[-1:]) * 3, **settings)


def test_certain_probabilities():
    p, y = np.float32([0, 0, 1, 1, 0.3]), np.float32([0, 1, 0, 1, 1])
    for reduction in REDUCTIONS:
        agree(losses.binary_cross_entropy, F.binary_cross_entropy, p, y, reduction=reduction)


def test_huge_logits():
    x = np.float32([1e4, -1e4, 1e30, -1e30, 90, -90, 0, NAN])
    for y in (np.zeros_like(x), np.ones_like(x), np.full_like(x, 0.25)):
        mine, theirs = losses.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits
        agree(mine, theirs, x, y, reduction="none")
        agree(mine, theirs, x, y, reduction="none", pos_weight=np.float32([3]))


# --- classes

SCORES = ((3,), (4, 3), (0, 3), (4, 1), (5, 120), (2, 120, 3), (2, 3, 4), (2, 3, 2, 2), (2, 3, 0))


def classes_for(shape):
    """Classes for scores of this shape."""
    single = len(shape) == 1
    count = shape[0] if single else shape[1]
    return np.asarray(RNG.integers(0, count, () if single else (shape[0], *shape[2:]))), count


def targets_for(shape):
    """Classes for scores of this shape, with none, some or all of them ignored."""
    target, _ = classes_for(shape)
    yield target, {}
    yield target, {"ignore_index": 0}
    yield np.where(RNG.uniform(size=target.shape) < 0.5, target, -100), {}
    yield np.full_like(target, -100), {}
    yield np.full_like(target, 77), {"ignore_index": 77}


@pytest.mark.parity("nll_loss", "cross_entropy")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SCORES)
@pytest.mark.parametrize("weighted", [False, True])
def test_classes(shape, reduction, weighted):
    x = normal(*shape)
    count = classes_for(shape)[1]
    for target, settings in targets_for(shape):
        settings["reduction"] = reduction
        if weighted:
            settings["weight"] = probabilities(count)
        agree(losses.nll_loss, F.nll_loss, x, target, **settings)
        for smoothing in (0.0, 0.1, 1.0):
            options = {**settings, "label_smoothing": smoothing}
            agree(losses.cross_entropy, F.cross_entropy, x, target, **options)


@pytest.mark.parity("cross_entropy")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SCORES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_probabilities_of_classes(shape, reduction, weighted, smoothing):
    dim = min(len(shape) - 1, 1)
    settings = {"reduction": reduction, "label_smoothing": smoothing}
    if weighted:
        settings["weight"] = probabilities(shape[dim])
    x, y = normal(*shape), distributions(shape, dim)
    agree(losses.cross_entropy, F.cross_entropy, x, y, **settings)
    x, y = x.astype(np.float64), y.astype(np.float64)
    settings.pop("weight", None)
    agree(losses.cross_entropy, F.cross_entropy, x, y, **settings)


def test_the_type_where_scores_and_probabilities_differ():
    x, y = normal(4, 3), distributions((4, 3), 1).astype(np.float64)
    out = losses.cross_entropy(tensor(x), tensor(y)).data
    expected = F.cross_entropy(torch.tensor(x), torch.tensor(y)).numpy()
    assert out.dtype == expected.dtype
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@pytest.mark.parametrize("count", [2, 120])
def test_extreme_logits(count):
    x = np.zeros((7, count), np.float32)
    x[0, 0], x[1, 1], x[2, 0], x[3, 0], x[4] = 1e4, 1e4, INF, -INF, -INF
    x[5, 1], x[6, 1] = NAN, -INF
    target = np.zeros(7, np.int64)
    for smoothing in (0.0, 0.1):
        settings = {"reduction": "none", "label_smoothing": smoothing}
        agree(losses.cross_entropy, F.cross_entropy, x, target, **settings)
    ignored = np.array([0, 0, -100, -100, -100, -100, 0])
    agree(losses.cross_entropy, F.cross_entropy, x, ignored)
    agree(losses.cross_entropy, F.cross_entropy, x.astype(np.float64)[:2], target[:2])


def test_other_layouts_and_types():
    x, target = normal(3, 4), np.array([0, 2, 1, 1])
    agree(losses.cross_entropy, F.cross_entropy, x.T, target)
    agree(losses.cross_entropy, F.cross_entropy, x.T.astype(np.float64), target)
    agree(losses.cross_entropy, F.cross_entropy, x.T, target.astype(np.uint8))
    pixels = normal(2, 5, 6, 3).transpose(0, 3, 1, 2)
    agree(losses.cross_entropy, F.cross_entropy, pixels, RNG.integers(0, 3, (2, 5, 6)))


# --- distributions and vectors


@pytest.mark.parity("kl_div")
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("log_target", [False, True])
def test_divergence(shape, reduction, log_target):
    x, y = np.log(probabilities(*shape)), probabilities(*shape)
    if log_target:
        y = np.log(y)
    settings = {"reduction": reduction, "log_target": log_target}
    agree(losses.kl_div, F.kl_div, x, y, **settings)
    agree(losses.kl_div, F.kl_div, x, y.astype(np.float64), **settings)


def test_divergence_from_no_probability():
    x, y = normal(3), np.float32([0, 0.5, -0.5])
    mine = losses.kl_div(tensor(x), tensor(y), reduction="none")
    close(mine, F.kl_div(torch.tensor(x), torch.tensor(y), reduction="none"))


@pytest.mark.parity("hinge_embedding_loss")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_hinge(shape, reduction, margin):
    x = np.abs(normal(*shape))
    settings = {"reduction": reduction, "margin": margin}
    for target in (signs(*shape), signs(*shape).astype(np.float32)):
        agree(
            losses.hinge_embedding_loss, F.hinge_embedding_loss, x, np.asarray(target), **settings
        )
    edge = np.float32([1.0, 1.0, 0.0, 2.0])
    target = np.array([1, -1, 0, 0])  # 0 is neither: both parts count
    agree(losses.hinge_embedding_loss, F.hinge_embedding_loss, edge, target, reduction=reduction)


@pytest.mark.parity("cosine_embedding_loss")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5,), (6, 3), (0, 3)])
@pytest.mark.parametrize("margin", [0.0, 0.4, -0.5])
def test_cosine(shape, reduction, margin):
    settings = {"reduction": reduction, "margin": margin}
    target = np.asarray(signs(*shape[:-1]))
    mine, theirs = losses.cosine_embedding_loss, F.cosine_embedding_loss
    agree(mine, theirs, normal(*shape), normal(*shape), target, **settings)
    agree(mine, theirs, np.zeros(shape, np.float32), normal(*shape), target, **settings)


@pytest.mark.parity("triplet_margin_loss")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(4,), (5, 3), (2, 3, 4), (0, 3)])
@pytest.mark.parametrize("margin", [1.0, 4.0])
@pytest.mark.parametrize("p", [2.0, 1.0, 3.0, INF])
@pytest.mark.parametrize("swap", [False, True])
def test_triplets(shape, reduction, margin, p, swap):
    settings = {"reduction": reduction, "margin": margin, "p": p, "swap": swap}
    mine, theirs = losses.triplet_margin_loss, F.triplet_margin_loss
    agree(mine, theirs, normal(*shape), normal(*shape), normal(*shape), **settings)


def test_equal_triplets():
    x = normal(3, 4)
    agree(losses.triplet_margin_loss, F.triplet_margin_loss, x, x, x, swap=True)


# --- layers

WEIGHT = np.float32([1, 2, 0.5])
CLASSES = (normal(4, 3), np.array([0, 2, 1, 1]))
NUMBERS = (normal(4, 3), normal(4, 3))
BINARY = (probabilities(4, 3), probabilities(4, 3))
LOGARITHMS = (np.log(probabilities(4, 3)), probabilities(4, 3))
EMBEDDED = (normal(4, 3), normal(4, 3), signs(4))
TRIPLETS = (normal(4, 3), normal(4, 3), normal(4, 3))
LAYERS = [
    ("MSELoss", NUMBERS, [], {}),
    ("L1Loss", NUMBERS, [], {}),
    ("HuberLoss", NUMBERS, ["sum", 0.5], {}),
    ("HuberLoss", NUMBERS, [], {"delta": 2.0}),
    ("SmoothL1Loss", NUMBERS, [], {"beta": 0.5}),
    ("CrossEntropyLoss", CLASSES, [], {"ignore_index": 1, "label_smoothing": 0.2}),
    ("CrossEntropyLoss", CLASSES, [WEIGHT], {}),
    ("NLLLoss", CLASSES, [WEIGHT], {"ignore_index": 1}),
    ("BCELoss", BINARY, [WEIGHT], {}),
    ("BCEWithLogitsLoss", BINARY, [WEIGHT], {"pos_weight": WEIGHT}),
    ("KLDivLoss", LOGARITHMS, [], {"reduction": "batchmean"}),
    ("KLDivLoss", LOGARITHMS, [], {"reduction": "sum", "log_target": True}),
    ("HingeEmbeddingLoss", (np.abs(normal(4)), signs(4)), [0.5], {}),
    ("CosineEmbeddingLoss", EMBEDDED, [0.2], {}),
    ("TripletMarginLoss", TRIPLETS, [2.0, 1.0, 1e-5, True], {}),
]


@pytest.mark.parity("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
@pytest.mark.parity("CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss")
@pytest.mark.parity("HingeEmbeddingLoss", "CosineEmbeddingLoss", "TripletMarginLoss")
@pytest.mark.parametrize(("name", "inputs", "args", "settings"), LAYERS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_layers(name, inputs, args, settings, reduction):
    if name != "HuberLoss" or not args:
        settings = {"reduction": reduction, **settings}
    ours, reference = (
        getattr(module, name)(
            *[both(value)[which] for value in args],
            **{key: both(value)[which] for key, value in settings.items()},
        )
        for which, module in enumerate((losses, torch.nn))
    )
    agree(ours, reference, *inputs)
    assert ours.state_dict().keys() == reference.state_dict().keys()
