"""The layers compute what the functions compute, and are modules as any other."""

import numpy as np
import pytest

from tinytorch import losses
from tinytorch.layers import Module, Sequential
from tinytorch.tensor import tensor

X = tensor([[0.1, 0.9], [0.5, 0.4]])
Y = tensor([[1.0, 0.2], [0.3, 0.8]])
CLASSES = tensor([0, 1])
SIGNS = tensor([1, -1])
WEIGHT = tensor([0.5, 2.0])

CASES = [
    ("MSELoss", "mse_loss", (X, Y), [], {"reduction": "sum"}),
    ("L1Loss", "l1_loss", (X, Y), [], {"reduction": "sum"}),
    ("HuberLoss", "huber_loss", (X, Y), ["sum", 0.1], {}),
    ("SmoothL1Loss", "smooth_l1_loss", (X, Y), [], {"reduction": "sum", "beta": 0.1}),
    ("NLLLoss", "nll_loss", (X, CLASSES), [WEIGHT], {"reduction": "sum", "ignore_index": 1}),
    (
        "CrossEntropyLoss",
        "cross_entropy",
        (X, CLASSES),
        [WEIGHT],
        {"reduction": "sum", "ignore_index": 1, "label_smoothing": 0.3},
    ),
    ("BCELoss", "binary_cross_entropy", (X, Y), [WEIGHT], {"reduction": "sum"}),
    (
        "BCEWithLogitsLoss",
        "binary_cross_entropy_with_logits",
        (X, Y),
        [WEIGHT],
        {"reduction": "sum", "pos_weight": WEIGHT},
    ),
    ("KLDivLoss", "kl_div", (X, Y), [], {"reduction": "batchmean", "log_target": True}),
    (
        "HingeEmbeddingLoss",
        "hinge_embedding_loss",
        (X, SIGNS + 0 * CLASSES.unsqueeze(1)),
        [0.3],
        {"reduction": "sum"},
    ),
    ("CosineEmbeddingLoss", "cosine_embedding_loss", (X, Y, SIGNS), [0.3], {"reduction": "sum"}),
    (
        "TripletMarginLoss",
        "triplet_margin_loss",
        (X, Y, Y + 1),
        [5.0, 1.0, 1e-3, True],
        {"reduction": "sum"},
    ),
]


def test_every_layer_is_here():
    assert {case[0] for case in CASES} == {name for name in losses.__all__ if not name.islower()}


@pytest.mark.parametrize(("layer", "function", "inputs", "args", "settings"), CASES)
def test_a_layer_is_its_function(layer, function, inputs, args, settings):
    function, layer = getattr(losses, function), getattr(losses, layer)
    made = layer(*args, **settings)
    assert isinstance(made, Module)
    np.testing.assert_array_equal(
        made(*inputs).numpy(), function(*inputs, *args, **settings).numpy()
    )
    np.testing.assert_array_equal(layer()(*inputs).numpy(), function(*inputs).numpy())
    # Each setting tells: without it the number is another one.
    assert made(*inputs).item() != layer()(*inputs).item()


def test_reductions_of_a_layer():
    assert losses.MSELoss(reduction="none")(X, Y).shape == (2, 2)
    with pytest.raises(ValueError, match=r"^mse_loss: reduction is 'typo'"):
        losses.MSELoss(reduction="typo")(X, Y)


def test_settings_can_be_changed():
    loss = losses.CrossEntropyLoss()
    loss.label_smoothing = 0.5
    loss.weight = WEIGHT
    expected = losses.cross_entropy(X, CLASSES, WEIGHT, label_smoothing=0.5)
    assert loss(X, CLASSES).item() == expected.item()
    assert list(loss.state_dict()) == ["weight"]


def test_weights_go_with_the_model():
    loss = losses.BCEWithLogitsLoss(WEIGHT, pos_weight=WEIGHT + 1)
    model = Sequential(loss)
    assert [name for name, _ in model.named_buffers()] == ["0.weight", "0.pos_weight"]
    assert not list(model.parameters())
    model.double()
    assert loss.weight.dtype == loss.pos_weight.dtype == "float64"
    assert loss(X.double(), Y.double()).dtype == "float64"
    assert WEIGHT.tolist() == [0.5, 2.0]


def test_weights_are_part_of_the_state():
    state = losses.CrossEntropyLoss(WEIGHT).state_dict()
    other = losses.CrossEntropyLoss(tensor([1.0, 1.0]))
    other.load_state_dict(state)
    assert other.weight.tolist() == WEIGHT.tolist()
    assert losses.CrossEntropyLoss().state_dict() == {}


def test_repr():
    assert repr(losses.MSELoss()) == "MSELoss(reduction='mean')"
    assert repr(losses.HuberLoss(delta=2.0)) == "HuberLoss(reduction='mean', delta=2.0)"
    assert (
        repr(losses.NLLLoss(WEIGHT)) == "NLLLoss(weight=(2,), ignore_index=-100, reduction='mean')"
    )


def test_a_weight_that_is_no_tensor():
    with pytest.raises(TypeError, match="register_buffer: weight is list, expected a Tensor"):
        losses.CrossEntropyLoss([1.0, 2.0])


def test_settings_are_given_by_name():
    with pytest.raises(TypeError):
        losses.MSELoss("sum")
    with pytest.raises(TypeError, match="size_average"):
        losses.MSELoss(size_average=True)
