"""Rotary positions: what turning keeps, and what it tells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import (
    LinearScaling,
    Llama3Scaling,
    NTKScaling,
    RotaryEmbedding,
    RotaryScaling,
    YaRNScaling,
)
from tinytorch.embeddings.rotary import rotate
from tinytorch.tensor import Tensor, allclose, randn, tensor

both = pytest.mark.parametrize("interleaved", [False, True])


def by_formula(x, positions, frequencies, interleaved):
    """Pair by pair, in float64."""
    out = np.array(x, np.float64)
    half = len(frequencies)
    for t, p in enumerate(positions):
        for i, f in enumerate(frequencies):
            a, b = (2 * i, 2 * i + 1) if interleaved else (i, half + i)
            c, s = np.cos(p * f), np.sin(p * f)
            out[..., t, a] = x[..., t, a] * c - x[..., t, b] * s
            out[..., t, b] = x[..., t, b] * c + x[..., t, a] * s
    return out


# --- turning


@both
@pytest.mark.parametrize("rotary_dim", [None, 2, 6])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_pairs_are_turned_by_their_formula(interleaved, rotary_dim, dtype):
    rotary = RotaryEmbedding(6, 32, 100.0, interleaved=interleaved, rotary_dim=rotary_dim).to(dtype)
    x = randn(2, 3, 5, 6).to(dtype)
    turned = rotary_dim or 6
    frequencies = 100.0 ** -(np.arange(0, turned, 2) / turned)
    found = rotary(x, offset=20)
    assert found.dtype == dtype
    expected = by_formula(x.data.astype(np.float64), range(20, 25), frequencies, interleaved)
    tolerance = 2e-2 if dtype == "float16" else 1e-5
    np.testing.assert_allclose(found.data, expected, rtol=tolerance, atol=tolerance)


@both
@given(
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 2000),
    dim=st.sampled_from([2, 4, 10, 64]),
)
def test_norms_stay(interleaved, seed, offset, dim):
    x = np.random.default_rng(seed).standard_normal((2, 3, dim)).astype(np.float32)
    found = RotaryEmbedding(dim, interleaved=interleaved)(Tensor(x), offset=offset)
    np.testing.assert_allclose(
        np.linalg.norm(found.data, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-5
    )


@both
@given(seed=st.integers(0, 2**32 - 1), m=st.integers(0, 900), n=st.integers(0, 900))
def test_products_depend_on_the_distance_only(interleaved, seed, m, n):
    rng = np.random.default_rng(seed)
    q, k = (Tensor(rng.standard_normal((1, 16))) for _ in range(2))
    rotary = RotaryEmbedding(16, interleaved=interleaved)
    near, far = (
        (rotary(q, offset=m + by) * rotary(k, offset=n + by)).sum().item() for by in (0, 1000)
    )
    assert near == pytest.approx(far, abs=1e-5)


@both
def test_the_way_back_turns_back(interleaved):
    rotary = RotaryEmbedding(8, interleaved=interleaved)
    x = randn(2, 5, 8, requires_grad=True)
    out = rotary(x, offset=7)
    out.backward(out.detach())
    assert allclose(x.grad, x.detach(), atol=1e-6)


def test_the_conventions_are_one_another_s_in_another_order():
    order = [0, 4, 1, 5, 2, 6, 3, 7]  # halves, put into neighbours
    x = randn(3, 8)
    halves, neighbours = RotaryEmbedding(8), RotaryEmbedding(8, interleaved=True)
    assert allclose(halves(x)[:, order], neighbours(x[:, order]))


@both
def test_memory_in_any_order(interleaved):
    rotary = RotaryEmbedding(4, interleaved=interleaved)
    x = randn(2, 3, 5, 4)
    expected = rotary(x)
    kept = x.tolist()
    for dims in ((0, 2, 1, 3), (3, 2, 1, 0), (0, 1, 3, 2)):
        back = np.argsort(dims)
        stored = Tensor.from_array(x.data.transpose(dims).copy().transpose(back))
        assert allclose(rotary(stored), expected)
    assert allclose(rotary(x[:1].expand(2, 3, 5, 4)), expected[:1].expand(2, 3, 5, 4))
    assert x.tolist() == kept


@both
def test_what_is_not_finite_stays_in_its_pair(interleaved):
    x = np.ones((1, 4), np.float32)
    x[0, 0] = np.nan
    found = rotate(
        x, np.ones((1, 2), np.float32), np.ones((1, 2), np.float32), interleaved=interleaved
    )
    pair = [0, 1] if interleaved else [0, 2]
    assert np.isnan(found[0, pair]).all()
    assert np.isfinite(np.delete(found[0], pair)).all()


def test_what_it_shows():
    assert repr(RotaryEmbedding(8)) == "RotaryEmbedding(8, max_positions=2048, base=10000.0)"
    layer = RotaryEmbedding(8, 4, 50.0, LinearScaling(2.0), interleaved=True, rotary_dim=4)
    assert repr(layer) == (
        "RotaryEmbedding(8, max_positions=4, base=50.0, scaling=LinearScaling(factor=2.0), "
        "interleaved=True, rotary_dim=4)"
    )


# --- longer texts

FREQUENCIES = 10000.0 ** -(np.arange(0, 64, 2) / 64)


def test_linear_scaling_squeezes_positions():
    x = randn(1, 8)
    squeezed, plain = RotaryEmbedding(8, scaling=LinearScaling(4.0)), RotaryEmbedding(8)
    assert allclose(squeezed(x, offset=40), plain(x, offset=10), atol=1e-5)


@pytest.mark.parametrize(
    "scaling",
    [NTKScaling(8.0), Llama3Scaling(8.0, 1.0, 4.0, 512), YaRNScaling(8.0, 512)],
    ids=lambda scaling: type(scaling).__name__,
)
def test_the_shortest_wave_stays_and_the_longest_is_slowed_down(scaling):
    found = scaling(FREQUENCIES)
    ratio = FREQUENCIES / found
    assert ratio[0] == pytest.approx(1)
    assert ratio[-1] == pytest.approx(8)
    assert (np.diff(ratio) > -1e-12).all()
    assert (np.diff(found) < 0).all()


def test_yarn_turns_and_stretches():
    x = randn(3, 64)
    rotary = RotaryEmbedding(64, scaling=YaRNScaling(4.0, 512))
    ratio = np.linalg.norm(rotary(x).data, axis=-1) / np.linalg.norm(x.data, axis=-1)
    np.testing.assert_allclose(ratio, 0.1 * np.log(4) + 1, rtol=1e-5)
    assert YaRNScaling(4.0, 512, attention_factor=1.5).magnitude == 1.5
    assert YaRNScaling(0.5, 512).magnitude == 1.0
    assert LinearScaling(4.0).magnitude == 1.0


def test_yarn_s_two_bounds_may_meet():
    found = YaRNScaling(4.0, 4)(FREQUENCIES)  # no wave turns so often within four positions
    np.testing.assert_allclose(found, [1.0, *FREQUENCIES[1:] / 4])


def test_yarn_s_upper_bound_is_the_length_of_the_vector():
    frequencies = np.array([1.0, 10**-0.5])  # D = 4; the wave that turns once would be number 4
    np.testing.assert_allclose(YaRNScaling(4.0, 512)(frequencies) / frequencies, [1.0, 0.75])


def test_a_scaling_of_one_s_own():
    class Frozen(RotaryScaling):
        def __call__(self, frequencies):
            return frequencies * 0

    x = randn(3, 4)
    assert allclose(RotaryEmbedding(4, scaling=Frozen())(x), x)
    with pytest.raises(NotImplementedError, match="RotaryScaling: defines no __call__"):
        RotaryEmbedding(4, scaling=RotaryScaling())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: RotaryEmbedding(5), ValueError, "head_dim is 5, expected an even number"),
        (lambda: RotaryEmbedding(0), ValueError, "head_dim is 0, expected at least 2"),
        (lambda: RotaryEmbedding(4, 0), ValueError, "max_positions is 0, expected at least 1"),
        (lambda: RotaryEmbedding(4, 8, 0.0), ValueError, "base is 0.0, expected above 0"),
        (lambda: RotaryEmbedding(4, scaling=2.0), TypeError, "scaling is 2.0, expected a Rotary"),
        (lambda: RotaryEmbedding(5, rotary_dim=3), ValueError, "rotary_dim is 3, expected an even"),
        (lambda: RotaryEmbedding(4, rotary_dim=6), ValueError, "up to head_dim, which is 4"),
        (lambda: RotaryEmbedding(4, rotary_dim=0), ValueError, "rotary_dim is 0, expected at leas"),
        (lambda: LinearScaling(0.0), ValueError, "LinearScaling: factor is 0.0, expected above 0"),
        (lambda: LinearScaling("a"), TypeError, "LinearScaling: factor is 'a'"),
        (lambda: NTKScaling(2.0)(np.ones(1)), ValueError, "rotary_dim of at least 4"),
        (lambda: YaRNScaling(2.0, 512)(np.ones(1)), ValueError, "YaRNScaling: there is one freq"),
        (lambda: YaRNScaling(2.0, 512.5), TypeError, "original_max_positions is 512.5"),
        (lambda: YaRNScaling(2.0, 0), ValueError, "original_max_positions is 0"),
        (lambda: YaRNScaling(2.0, 512, 1.0, 32.0), ValueError, "beta_slow is 32.0 and beta_fast"),
        (lambda: Llama3Scaling(8.0, 4.0, 4.0, 512), ValueError, "low_freq_factor is 4.0 and high"),
    ],
)
def test_what_cannot_be_made(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_odd_head_may_be_turned_in_part():
    x = tensor([[1.0, 2.0, 3.0]] * 2)
    assert RotaryEmbedding(3, rotary_dim=2)(x)[:, 2].tolist() == [3, 3]
