"""The layer against PyTorch's: parameters, values, weights, gradients, by settings."""

import itertools

import numpy as np
import pytest
import torch

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.attention import MultiheadAttention
from tinytorch.tensor import tensor

RNG = np.random.default_rng(0)


def same(ours, other, **tolerance):
    torch.testing.assert_close(
        torch.from_numpy(np.array(ours.detach().data)), other.detach(), **tolerance
    )


def layers(*arguments, dtype="float32", **settings):
    """One of each, with the same parameters; biases too are drawn."""
    other = torch.nn.MultiheadAttention(*arguments, **settings, dtype=getattr(torch, dtype))
    mine = MultiheadAttention(*arguments, **settings, dtype=dtype)
    with torch.no_grad():
        for parameter in other.parameters():
            if parameter.ndim == 1:
                parameter.normal_()
    assert list(mine.state_dict()) == list(other.state_dict())
    mine.load_state_dict({key: value.numpy() for key, value in other.state_dict().items()})
    return mine, other


def both(shape, dtype="float32"):
    array = RNG.standard_normal(shape).astype(dtype)
    return tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def run(mine, other, inputs, others, **how):
    """Call both, and compare values, weights, and the gradients of everything."""
    theirs = {
        name: torch.from_numpy(x) if isinstance(x, np.ndarray) else x for name, x in how.items()
    }
    ours = {name: tensor(x) if isinstance(x, np.ndarray) else x for name, x in how.items()}
    out, weights = mine(*inputs, **ours)
    expected, looked = other(*others, **theirs)
    same(out, expected)
    assert (weights is None) == (looked is None)
    loss, goal = (out * out).sum(), (expected * expected).sum()
    if weights is not None:
        same(weights, looked)
        loss, goal = loss + (weights**3).sum(), goal + (looked**3).sum()
    loss.backward()
    goal.backward()
    # Sums of many products, in another order.
    loose = {"rtol": 1e-4, "atol": 1e-4} if out.dtype == "float32" else {}
    for a, b in zip((*inputs, *mine.parameters()), (*others, *other.parameters()), strict=True):
        same(a.grad, b.grad, **loose)


PLACES = [  # batch_first, and shapes of queries and keys, without features
    (False, (5,), (5,)),
    (False, (4,), (6,)),
    (False, (5, 3), (5, 3)),
    (True, (3, 5), (3, 5)),
    (True, (3, 4), (3, 6)),
]


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("weights", [None, "averaged", "each"])
@pytest.mark.parametrize(
    ("batch_first", "places", "others", "inputs"),
    [
        (*place, inputs)
        for place in PLACES
        for inputs in ("self", "pair", "three", "sizes")
        if inputs != "self" or place[1] == place[2]
    ],
)
def test_values_weights_and_gradients(batch_first, places, others, inputs, weights, bias, dtype):
    sizes = {"kdim": 6, "vdim": 10} if inputs == "sizes" else {}
    mine, other = layers(8, 2, bias=bias, batch_first=batch_first, **sizes, dtype=dtype)
    query = both((*places, 8), dtype)
    key = both((*others, sizes.get("kdim", 8)), dtype)
    value = both((*others, sizes.get("vdim", 8)), dtype)
    given = {"self": [query] * 3, "pair": [query, key, key]}.get(inputs, [query, key, value])
    how = {"need_weights": weights is not None, "average_attn_weights": weights != "each"}
    run(mine, other, *zip(*given, strict=True), **how)


def attn_mask(kind, batch, heads, queries, keys):
    shape = (batch * heads, queries, keys) if kind.startswith("3") else (queries, keys)
    if kind.endswith("bool"):
        hidden = RNG.random(shape) > 0.6
        hidden[..., 0] = False  # a row that is all hidden is nan there
        return hidden
    return RNG.standard_normal(shape).astype("float32")


def padding_mask(kind, batch, keys):
    hidden = np.arange(keys) >= RNG.integers(1, keys + 1, (batch, 1))
    return hidden if kind == "bool" else np.where(hidden, np.float32(-np.inf), np.float32(0.5))


# PyTorch wants two masks of one type, or warns.
MASKS = [
    (mask, padding)
    for mask, padding in itertools.product(
        (None, "2 bool", "3 bool", "2 numbers", "3 numbers"), (None, "bool", "numbers")
    )
    if (mask or padding) and (mask is None or padding is None or mask.endswith(padding))
]


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize(("mask", "padding"), MASKS)
def test_masks(mask, padding, batch, need_weights):
    mine, other = layers(8, 2, batch_first=True)
    leading = () if batch is None else (batch,)
    query, key = both((*leading, 4, 8)), both((*leading, 6, 8))
    how = {"need_weights": need_weights, "average_attn_weights": False}
    if mask:
        how["attn_mask"] = attn_mask(mask, batch or 1, 2, 4, 6)
    if padding:
        hidden = padding_mask(padding, batch or 1, 6)
        how["key_padding_mask"] = hidden if batch else hidden[0]
    run(mine, other, *zip(query, key, key, strict=True), **how)


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("mask", ["as well", "none"])
def test_causality_which_needs_a_mask_there(need_weights, padded, mask):
    mine, other = layers(8, 2, batch_first=True)
    x, y = both((3, 5, 8))
    above = np.triu(np.ones((5, 5), bool), 1)
    padding = padding_mask("bool", 3, 5) if padded else None
    ours = {"key_padding_mask": None if padding is None else tensor(padding)}
    theirs = {"key_padding_mask": None if padding is None else torch.from_numpy(padding)}
    if mask == "as well":
        ours["attn_mask"] = tensor(above)
    how = {"need_weights": need_weights, "is_causal": True}
    out, weights = mine(x, x, x, **ours, **how)
    expected, looked = other(y, y, y, attn_mask=torch.from_numpy(above), **theirs, **how)
    same(out, expected)
    if need_weights:
        same(weights, looked)
    with pytest.raises(RuntimeError, match="Need attn_mask"):
        other(y, y, y, **how)


@pytest.mark.parity("MultiheadAttention")
def test_where_all_keys_are_hidden_theirs_is_nan():
    mine, other = layers(8, 2, batch_first=True)
    x, y = both((1, 3, 8))
    hidden = np.ones((1, 3), bool)
    out, weights = mine(x, x, x, tensor(hidden))
    expected, looked = other(y, y, y, torch.from_numpy(hidden))
    assert torch.isnan(expected).all()
    assert torch.isnan(looked).all()
    assert out[0, 0].tolist() == mine.out_proj.bias.tolist()
    assert not weights.data.any()


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("kv_heads", [1, 2])
@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("need_weights", [False, True])
def test_shared_heads_and_windows_are_repeated_rows_and_masks_there(kv_heads, window, need_weights):
    mine = MultiheadAttention(
        8, 4, num_kv_heads=kv_heads, window=window, batch_first=True, dtype="float64"
    )
    other = torch.nn.MultiheadAttention(8, 4, batch_first=True, dtype=torch.float64)

    def repeated(rows):  # each head's rows, as often as it is shared
        heads = np.split(rows, len(rows) // 2)
        q, k, v = heads[:4], heads[4 : 4 + kv_heads], heads[4 + kv_heads :]
        share = 4 // kv_heads
        return np.concatenate([*q, *np.repeat(k, share, 0), *np.repeat(v, share, 0)])

    other.load_state_dict(
        {
            name: torch.from_numpy(repeated(x.data) if name.startswith("in_proj") else x.data)
            for name, x in mine.state_dict().items()
        }
    )
    x, y = both((3, 6, 8), "float64")
    i, j = np.indices((6, 6))
    hidden = (j > i) | (i - j >= (window or 9))
    out, weights = mine(x, x, x, need_weights=need_weights, is_causal=True)
    expected, looked = other(y, y, y, need_weights=need_weights, attn_mask=torch.from_numpy(hidden))
    same(out, expected)
    if need_weights:
        same(weights, looked)
    out.sum().backward()
    expected.sum().backward()
    same(x.grad, y.grad)


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("how", [{}, {"kdim": 24}, {"kdim": 16, "vdim": 48}])
def test_parameters_start_alike(how):
    torch.manual_seed(0)
    mine, other = MultiheadAttention(64, 4, **how), torch.nn.MultiheadAttention(64, 4, **how)
    theirs = dict(other.named_parameters())
    assert list(dict(mine.named_parameters())) == list(theirs)
    for name, parameter in mine.named_parameters():
        drawn = theirs[name].detach().numpy()
        assert parameter.shape == drawn.shape
        if parameter.ndim == 1:
            assert not parameter.data.any()
            assert not drawn.any()
        else:
            assert parameter.data.std() == pytest.approx(drawn.std(), rel=0.1)
            assert abs(parameter.data).max() == pytest.approx(abs(drawn).max(), rel=0.05)


@pytest.mark.parity("MultiheadAttention")
@pytest.mark.parametrize("need_weights", [False, True])
def test_dropout_in_training_only(need_weights):
    mine, other = layers(8, 2, 0.4, batch_first=True)
    x, y = both((20, 30, 8))
    run(mine.eval(), other.eval(), (x, x, x), (y, y, y), need_weights=need_weights)
    _, weights = mine.train()(x, x, x, average_attn_weights=False)
    _, looked = other.train()(y, y, y, average_attn_weights=False)
    share = (weights.data == 0).mean(), (looked == 0).float().mean().item()
    assert share[0] == pytest.approx(share[1], abs=0.02)
    assert share[0] == pytest.approx(0.4, abs=0.02)
