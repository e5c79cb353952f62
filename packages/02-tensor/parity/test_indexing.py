"""Indexing reads and writes what PyTorch's does, with the same gradients."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

X = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)
SMALL = X[0]
I = np.array([0, 2, 2])  # noqa: E741
J = np.array([[0, -1], [1, 1]])
MASK = X > 0

BASIC = [
    0,
    -1,
    (1, 2),
    (1, 2, 3),
    (),
    ...,
    None,
    (None, 1, None, ..., None),
    (..., 1),
    slice(1, None, 2),
    (slice(None), slice(-2, 9), slice(3, 1)),
]
ADVANCED = [
    I,
    J,
    [0, 2],
    [],
    [True, False, True],
    (I, I),
    (I, J[:, :1] * 0),
    (slice(None), I),
    (slice(None), J, I[:2]),
    (I, slice(None), I),
    (..., I),
    (..., I, None),
    (None, I, None, I),
    (0, slice(None), I),  # NumPy puts the dimension of I first here
    (slice(None), 0, I),
    (I, 0, slice(1, 3)),
    (slice(0, 2), I, 1),
    (I, I, I),
    MASK,
    MASK[:, :, 0],
    (slice(None), MASK[0]),
    (MASK[:, 0, 0], 0),
    (MASK[:, 0, 0], slice(None), I),
    np.array(1),
    np.array(True),
    True,
    False,
]
KEYS = [*BASIC, *ADVANCED]


def key_for(wrap, key):
    if isinstance(key, tuple):
        return tuple(key_for(wrap, part) for part in key)
    return wrap(key) if isinstance(key, np.ndarray) else key


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_reading(agree, key):
    agree(
        lambda x: x[key_for(tt.from_numpy, key)],
        lambda x: x[key_for(torch.from_numpy, key)],
        X,
    )


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_writing(key):
    ours, theirs = tt.tensor(X), torch.tensor(X)
    ours[key_for(tt.from_numpy, key)] = -1
    theirs[key_for(torch.from_numpy, key)] = -1
    assert ours.tolist() == theirs.tolist()
    shape = tuple(theirs[key_for(torch.from_numpy, key)].shape)
    distinct = not isinstance(key, np.ndarray | tuple)  # where a place comes twice, order decides
    value = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    value = value if distinct else np.zeros_like(value)
    ours[key_for(tt.from_numpy, key)] = tt.from_numpy(value)
    theirs[key_for(torch.from_numpy, key)] = torch.from_numpy(value).float()
    assert ours.tolist() == theirs.tolist()


def test_many_reads_of_one_tensor(agree):
    def function(x):
        return x[0] * x[1, :, :5] + x[:, 1][2] + x[-1, 0, 0] + x[[0, 0, 1]][1]

    agree(function, function, X)


SIDE = np.array([[0, 3, 0], [4, 4, 1]])
ONCE = np.array([[0, 3, 1], [4, 2, 1]])
SRC = X[1]


@pytest.mark.parity(
    "gather", "scatter", "scatter_add", "index_select", "take_along_dim", "masked_select"
)
@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("gather", (SMALL, 1, SIDE)),
        ("gather", (SMALL.T, 0, SIDE)),
        ("gather", (SMALL, -1, SIDE[:, :0])),
        ("gather", (SMALL, 0, SIDE % 4)),
        ("scatter", (SMALL, 1, ONCE, SRC[:2, :3].copy())),
        ("scatter", (SMALL, 1, ONCE, 0.5)),
        ("scatter_add", (SMALL, 1, SIDE, SRC[:2, :3].copy())),
        ("scatter_add", (SMALL.T, 0, SIDE, SRC[:2, :3].copy())),
        ("scatter_add", (SMALL, 0, SIDE % 4, SRC)),
        ("index_select", (SMALL, 0, I)),
        ("index_select", (SMALL, 1, I[:0])),
        ("index_select", (SMALL.T, -1, I)),
        ("take_along_dim", (SMALL, SIDE[:1, :], 1)),
        ("take_along_dim", (SMALL, SIDE[:, :1] % 4, 0)),
        ("take_along_dim", (SMALL, SIDE)),
        ("masked_select", (SMALL, SMALL > 0)),
        ("masked_select", (SMALL, SMALL[0] > 0)),
        ("masked_select", (SMALL[0], SMALL > 0)),
        ("masked_select", (SMALL, SMALL > 99)),
    ],
)
def test_functions(agree, name, inputs):
    gradients = not (name == "scatter_add" and inputs[3] is SRC)  # there PyTorch has none
    agree(getattr(tt, name), getattr(torch, name), *inputs, gradients=gradients)
    integers = [
        (x * 9).astype(np.int64) if isinstance(x, np.ndarray) and x.dtype == np.float32 else x
        for x in inputs
    ]
    if not isinstance(inputs[-1], float):
        agree(getattr(tt, name), getattr(torch, name), *integers)


@pytest.mark.parity("one_hot")
def test_one_hot(agree):
    for arguments in ((I,), (I, 5), (J * 0, 1), (np.array(2),), (I[:0], 3)):
        agree(tt.one_hot, torch.nn.functional.one_hot, *arguments)


@pytest.mark.parity("index_select")
def test_index_select_by_a_single_number(agree):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    agree(tt.index_select, torch.index_select, x, 1, np.array(2))
    agree(tt.index_select, torch.index_select, x[0], 0, np.array(2))
