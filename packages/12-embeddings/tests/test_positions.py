"""Positions that are added: which ones, and what is refused."""

import math

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import (
    LearnedPositions,
    RotaryEmbedding,
    SinusoidalPositions,
    sinusoidal_encoding,
)
from tinytorch.tensor import allclose, arange, observe, ones, randn, tensor, zeros

LAYERS = [LearnedPositions(16, 6), SinusoidalPositions(16, 6), RotaryEmbedding(6, 16)]
each_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)

# --- the waves


@pytest.mark.parametrize("dim", [1, 2, 5, 8])
@pytest.mark.parametrize("base", [10000.0, 50])
def test_each_number_is_a_wave_at_its_position(dim, base):
    found = sinusoidal_encoding(7, dim, base, dtype="float64")
    assert found.dtype == "float64"
    for p in range(7):
        for i in range(dim):
            angle = p / base ** ((i - i % 2) / dim)
            expected = math.cos(angle) if i % 2 else math.sin(angle)
            assert found[p, i].item() == pytest.approx(expected, abs=1e-12)


def test_waves_of_no_length():
    assert sinusoidal_encoding(0, 4).shape == (0, 4)
    assert sinusoidal_encoding(3, 0).shape == (3, 0)
    assert sinusoidal_encoding(2, 3).dtype == "float32"


def test_far_positions_keep_their_digits():
    found = sinusoidal_encoding(100_001, 2)
    assert found[100_000, 0].item() == pytest.approx(math.sin(100_000), abs=1e-7)


# --- where tokens stand


@each_layer
@pytest.mark.parametrize("shape", [(5, 6), (2, 5, 6), (2, 3, 5, 6), (0, 5, 6), (2, 0, 6)])
def test_offsets_and_positions_say_the_same(layer, shape):
    x = randn(*shape)
    length = shape[-2]
    for offset in (0, 4, 16 - length):
        found = layer(x, offset=offset)
        assert found.shape == shape
        places = arange(offset, offset + length)
        assert allclose(layer(x, positions=places), found)
        assert allclose(layer(x, positions=places.int()), found)
        if len(shape) > 2:
            assert allclose(layer(x, positions=places.unsqueeze(0)), found)
            same = places.unsqueeze(0).expand(shape[0], length)
            assert allclose(layer(x, positions=same), found)


@each_layer
def test_each_text_of_a_batch_has_its_own_positions(layer):
    x, places = randn(2, 3, 4, 6), tensor([[0, 1, 2, 3], [15, 9, 9, 0]])
    found = layer(x, positions=places)
    for text in (0, 1):
        for i in range(4):
            alone = layer(x[text, :, i : i + 1], offset=places[text, i].item())
            assert allclose(found[text, :, i : i + 1], alone)


def test_positions_learn_what_their_tokens_say():
    for how in ({"offset": 3}, {"positions": tensor([3, 4])}, {"positions": tensor([[3, 4]] * 2)}):
        layer = LearnedPositions(6, 2)
        layer(ones(2, 2, 2), **how).sum().backward()
        assert layer.weight.grad[:, 0].tolist() == [0, 0, 0, 2, 2, 0]
    layer(ones(1, 2, 2), positions=tensor([5, 5])).sum().backward()
    assert layer.weight.grad[5].tolist() == [2, 2]


@each_layer
def test_rows_are_slices_or_are_looked_up(layer):
    seen = []
    with observe(seen.append):
        layer(zeros(2, 4, 6), offset=2)
        layer(zeros(2, 4, 6), positions=tensor([1, 2, 3, 3]))
    tables = [*layer.parameters(), *layer.buffers()]
    read = [event for event in seen if event.name in ("getitem", "take_rows")]
    assert len(read) == 2 * len(tables)
    for event in read:
        assert any(argument is table for argument in event.args for table in tables)


def test_what_is_saved():
    assert list(LearnedPositions(4, 2).state_dict()) == ["weight"]
    assert not SinusoidalPositions(4, 2).state_dict()
    assert not RotaryEmbedding(4).state_dict()


def test_learned_positions_start_small():
    layer = LearnedPositions(1000, 50)
    assert abs(layer.weight.std().item() - 0.02) < 5e-4
    before = layer.weight.tolist()
    layer.reset_parameters()
    assert layer.weight.tolist() != before


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize(
    "make", [lambda: LearnedPositions(8, 4), lambda: SinusoidalPositions(8, 4)]
)
def test_other_types(make, dtype):
    layer = make().to(dtype)
    assert layer(zeros(2, 4, dtype=dtype)).dtype == dtype


def test_what_they_show():
    assert repr(LearnedPositions(64, 16)) == "LearnedPositions(64, 16)"
    assert repr(SinusoidalPositions(64, 16)) == "SinusoidalPositions(64, 16)"
    assert repr(SinusoidalPositions(64, 16, 50.0)) == "SinusoidalPositions(64, 16, base=50.0)"


# --- what is refused


@each_layer
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((zeros(2, 10, 6), 7), IndexError, "10 tokens from position 7 on end at 17, expected at"),
        ((zeros(17, 6),), IndexError, "expected at most max_positions, which is 16"),
        ((zeros(2, 6), -1), ValueError, "offset is -1, expected at least 0"),
        ((zeros(2, 6), 1.0), TypeError, "offset is 1.0, expected an integer"),
        ((zeros(2, 6), 1, tensor([0, 1])), ValueError, "offset is 1 and positions are given too"),
        ((zeros(2, 6), 0, [0, 1]), TypeError, "positions is of type list"),
        ((zeros(2, 6), 0, ones(2)), TypeError, "positions has type float32"),
        (
            (zeros(2, 6), 0, tensor([3, 16])),
            IndexError,
            r"positions\[1\] is 16, expected 0 to 15 \(max_positions is 16\)",
        ),
        ((zeros(1, 2, 6), 0, tensor([[3, -1]])), IndexError, r"positions\[0, 1\] is -1"),
        (
            (zeros(3, 2, 6), 0, tensor([0, 1, 2])),
            ValueError,
            r"positions have shape \(3,\), expected \(2,\) or \(3, 2\) for an input of shape",
        ),
        ((zeros(2, 6), 0, tensor([[0, 1]])), ValueError, r"shape \(1, 2\), expected \(2,\) for an"),
        ((zeros(3, 2, 6), 0, tensor([[0, 1]] * 2)), ValueError, r"positions have shape \(2, 2\)"),
        ((zeros(2, 6).data,), TypeError, "input is of type ndarray"),
        ((arange(6),), TypeError, "input has type int64"),
        ((zeros(6),), ValueError, r"input has shape \(6,\), expected \(…, T, (head_)?dim\)"),
        ((zeros(2, 5),), ValueError, "and (head_)?dim is 6"),
    ],
)
def test_what_is_refused(layer, arguments, error, message):
    with pytest.raises(error, match=f"^{type(layer).__name__}: .*{message}"):
        layer(*arguments)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sinusoidal_encoding(-1, 2), ValueError, "sinusoidal_encoding: length is -1"),
        (lambda: sinusoidal_encoding(1, 2.5), TypeError, "sinusoidal_encoding: dim is 2.5"),
        (lambda: sinusoidal_encoding(1, 2, 0), ValueError, "sinusoidal_encoding: base is 0"),
        (lambda: sinusoidal_encoding(1, 2, "a"), TypeError, "sinusoidal_encoding: base is 'a'"),
        (lambda: SinusoidalPositions(0, 2), ValueError, "SinusoidalPositions: max_positions is 0"),
        (lambda: SinusoidalPositions(2, 0), ValueError, "SinusoidalPositions: dim is 0"),
        (lambda: SinusoidalPositions(2, 2, -1), ValueError, "SinusoidalPositions: base is -1"),
        (lambda: LearnedPositions(0, 2), ValueError, "LearnedPositions: max_positions is 0"),
        (lambda: LearnedPositions(2, True), TypeError, "LearnedPositions: dim is True"),
    ],
)
def test_what_cannot_be_made(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_after_an_error_all_is_as_before():
    layer = LearnedPositions(4, 2)
    x = np.zeros((1, 2, 2), np.float32)
    before = layer(tensor(x)).tolist()
    with pytest.raises(IndexError):
        layer(tensor(x), offset=3)
    assert layer(tensor(x)).tolist() == before
    assert layer.weight.grad is None
