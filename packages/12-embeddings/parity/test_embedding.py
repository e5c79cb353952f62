"""The table of vectors against PyTorch's."""

import numpy as np
import pytest
import torch
from torch import nn

import tinytorch.autograd
from tinytorch import layers, optim
from tinytorch.embeddings import Embedding, embedding
from tinytorch.tensor import Tensor, tensor

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((20, 6)).astype(np.float32)
SETTINGS = [
    {},
    {"padding_idx": 3},
    {"padding_idx": -1},
    {"max_norm": 2.0},
    {"max_norm": 1.5, "norm_type": 1.0},
    {"max_norm": 0.5, "norm_type": float("inf")},
    {"max_norm": 2.0, "norm_type": 0},
    {"max_norm": 0.0},
    {"scale_grad_by_freq": True},
    {"scale_grad_by_freq": True, "padding_idx": 0, "max_norm": 2.5, "norm_type": 3},
]


def equal(ours, theirs, **tolerance):
    torch.testing.assert_close(torch.from_numpy(ours.data), theirs.detach(), **tolerance)


@pytest.mark.parity("embedding")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("ids", [(200,), (2, 5), (0,), (), (4, 0)])
def test_values_gradients_and_the_table_itself(ids, dtype, settings):
    array = RNG.integers(20, size=ids)
    g = RNG.standard_normal((*ids, 6)).astype(dtype)
    table = TABLE.astype(dtype)
    ours, theirs = Tensor(table).requires_grad_(), torch.tensor(table, requires_grad=True)
    found = embedding(tensor(array), ours, **settings)
    expected = nn.functional.embedding(torch.tensor(array), theirs, **settings)
    # float16: PyTorch adds up in it, we in float32; and its norms are rounded to it.
    loose = {"rtol": 1e-2, "atol": 2e-2} if dtype == "float16" else {}
    equal(found, expected, **loose)
    equal(ours.detach(), theirs, **loose)
    found.backward(Tensor(g))
    expected.backward(torch.tensor(g))
    equal(ours.grad, theirs.grad, **loose)


@pytest.mark.parity("embedding")
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_numbers_of_either_type(dtype):
    array = RNG.integers(20, size=(3, 4)).astype(dtype)
    expected = nn.functional.embedding(torch.tensor(array), torch.tensor(TABLE))
    equal(embedding(tensor(array), tensor(TABLE)), expected)


@pytest.mark.parity("embedding")
@pytest.mark.parametrize("settings", [{}, {"padding_idx": 3}], ids=str)
def test_second_derivatives(settings):
    array = RNG.integers(20, size=(8,))
    ours, theirs = Tensor(TABLE).requires_grad_(), torch.tensor(TABLE, requires_grad=True)
    found = embedding(tensor(array), ours, **settings)
    expected = nn.functional.embedding(torch.tensor(array), theirs, **settings)
    (first,) = tinytorch.autograd.grad(found.pow(3).sum(), ours, create_graph=True)
    (their_first,) = torch.autograd.grad(expected.pow(3).sum(), theirs, create_graph=True)
    first.square().sum().backward()
    their_first.square().sum().backward()
    equal(ours.grad, theirs.grad)


@pytest.mark.parity("Embedding")
@pytest.mark.parametrize("settings", SETTINGS[:5], ids=str)
def test_the_layer(settings):
    theirs = nn.Embedding(20, 6, **settings)
    ours = Embedding(20, 6, **settings)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({"weight": tensor(theirs.weight.detach().numpy())})
    ids = RNG.integers(20, size=(3, 7))
    equal(ours(tensor(ids)), theirs(torch.tensor(ids)))
    if "padding_idx" in settings:
        row = settings["padding_idx"]
        assert Embedding(20, 6, **settings).weight[row].tolist() == theirs.weight[row].tolist()


@pytest.mark.parity("Embedding")
def test_a_pretrained_table():
    ours = Embedding.from_pretrained(tensor(TABLE), padding_idx=2, norm_type=1)
    theirs = nn.Embedding.from_pretrained(torch.tensor(TABLE), padding_idx=2, norm_type=1)
    assert repr(ours) == repr(theirs)
    assert ours.weight.requires_grad == theirs.weight.requires_grad
    equal(ours.weight, theirs.weight)


@pytest.mark.parity("Embedding")
def test_a_tied_table_learns_alike():
    ours = layers.Sequential(Embedding(20, 6), layers.Linear(6, 20, bias=False))
    theirs = nn.Sequential(nn.Embedding(20, 6), nn.Linear(6, 20, bias=False))
    for model, table in ((ours, tensor(TABLE)), (theirs, torch.tensor(TABLE))):
        model[1].weight = model[0].weight
        model.load_state_dict({"0.weight": table, "1.weight": table})
    assert len(list(ours.parameters())) == len(list(theirs.parameters())) == 1
    our_steps = optim.AdamW(ours.parameters(), lr=0.1)
    their_steps = torch.optim.AdamW(theirs.parameters(), lr=0.1)
    for _ in range(3):
        ids = RNG.integers(20, size=(2, 9))
        for model, optimizer, batch in (
            (ours, our_steps, tensor(ids)),
            (theirs, their_steps, torch.tensor(ids)),
        ):
            optimizer.zero_grad()
            model(batch).square().mean().backward()
            optimizer.step()
    equal(ours[1].weight.detach(), theirs[0].weight)
