"""Scaled dot-product attention: shapes, what is hidden, numbers at their limits, gradients."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.attention import scaled_dot_product_attention
from tinytorch.attention.attend import attend, attend_plainly
from tinytorch.autograd import grad, gradcheck, gradgradcheck
from tinytorch.setup import manual_seed
from tinytorch.tensor import (
    Tensor,
    allclose,
    float16,
    no_grad,
    ones,
    tensor,
    zeros,
)

RNG = np.random.default_rng(0)
PLAIN = {"scale": 0.5, "is_causal": False, "offset": 0, "window": None}


def draw(*shapes, dtype="float64", requires_grad=False):
    return [
        Tensor(RNG.standard_normal(s).astype(dtype), requires_grad=requires_grad) for s in shapes
    ]


def by_formula(q, k, v, seen=None, added=0.0, scale=None):
    """Row by row, in float64; `seen` is (L, S) or broadcasts to the scores."""
    q, k, v = (x.detach().data.astype(np.float64) for x in (q, k, v))
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    if q.ndim > 2:  # each key head as often as it is shared
        k, v = (np.repeat(x, q.shape[-3] // x.shape[-3], -3) for x in (k, v))
    scores = q @ k.swapaxes(-1, -2) * scale + added
    seen = np.broadcast_to(True if seen is None else seen, scores.shape)
    out = np.zeros((*q.shape[:-1], v.shape[-1]))
    for place in np.ndindex(*q.shape[:-1]):
        chosen = seen[place]
        if chosen.any():
            exps = np.exp(scores[place][chosen] - scores[place][chosen].max())
            out[place] = exps @ v[place[:-1]][chosen] / exps.sum()
    return out


def one_of_both(plainly, *tensors, **how):
    """What the definition makes, or the kernel."""
    settings = {**PLAIN, **how}
    return attend_plainly(*tensors, **settings)[0] if plainly else attend(*tensors, **settings)


def causal(queries, keys, offset=0, window=None):
    distance = np.arange(keys) - np.arange(queries)[:, None] - offset
    return (distance <= 0) & (distance > -(window or math.inf))


class TestShapes:
    @pytest.mark.parametrize("batch", [(), (3,), (2, 3), (2, 2, 3)])
    @pytest.mark.parametrize(("queries", "keys"), [(4, 4), (2, 5), (5, 2), (1, 1), (1, 6), (6, 1)])
    def test_any_batch_and_lengths(self, batch, queries, keys):
        q, k, v = draw((*batch, queries, 4), (*batch, keys, 4), (*batch, keys, 3))
        found = scaled_dot_product_attention(q, k, v)
        np.testing.assert_allclose(found.data, by_formula(q, k, v))
        found = scaled_dot_product_attention(q, k, v, is_causal=True)
        np.testing.assert_allclose(found.data, by_formula(q, k, v, causal(queries, keys)))

    @pytest.mark.parametrize("is_causal", [False, True])
    def test_without_queries_there_is_nothing(self, is_causal):
        q, k, v = draw((2, 0, 4), (2, 3, 4), (2, 3, 5), requires_grad=True)
        out = scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        assert out.shape == (2, 0, 5)
        out.sum().backward()
        assert q.grad.shape == (2, 0, 4)
        assert not k.grad.data.any()

    @pytest.mark.parametrize("is_causal", [False, True])
    def test_without_keys_there_are_zeros(self, is_causal):
        q, k, v = draw((2, 3, 4), (2, 0, 4), (2, 0, 5), requires_grad=True)
        out = scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        assert out.tolist() == zeros(2, 3, 5).tolist()
        out.sum().backward()
        assert q.grad.tolist() == zeros(2, 3, 4).tolist()
        assert k.grad.shape == (2, 0, 4)

    @pytest.mark.parametrize("shape", [(0, 2, 3, 4), (2, 0, 3, 4)])
    def test_without_samples_or_heads_there_is_nothing(self, shape):
        (x,) = draw(shape)
        assert scaled_dot_product_attention(x, x, x, is_causal=True).shape == shape

    def test_without_features_all_keys_fit_alike(self):
        v = tensor([[1.0], [3.0]])
        assert scaled_dot_product_attention(ones(1, 0), ones(2, 0), v).tolist() == [[2.0]]

    @pytest.mark.parametrize("shared", [1, 2, 4])
    def test_neighbouring_heads_share_keys(self, shared):
        q, k, v = draw((2, 4, 3, 4), (2, shared, 5, 4), (2, shared, 5, 2))
        found = scaled_dot_product_attention(q, k, v, enable_gqa=True)
        np.testing.assert_allclose(found.data, by_formula(q, k, v))

    def test_memory_may_lie_in_any_order(self):
        x = RNG.standard_normal((2, 5, 3, 4, 6))  # (N, L, 3, H, E), as one product makes them
        q, k, v = (tensor(x)[:, :, i].transpose(1, 2) for i in range(3))
        backwards = Tensor.from_array(v.data[..., ::-1])
        for values in (v, backwards):
            found = scaled_dot_product_attention(q, k, values)
            np.testing.assert_allclose(found.data, by_formula(q, k, values))

    def test_nothing_given_is_written_into(self):
        arrays = [RNG.standard_normal((2, 3, 4)) for _ in range(3)]
        mask, before = RNG.standard_normal((3, 3)), [a.copy() for a in arrays]
        for array in (*arrays, mask):
            array.flags.writeable = False
        leaves = [Tensor.from_array(a).requires_grad_() for a in (*arrays, mask)]
        scaled_dot_product_attention(*leaves, is_causal=True).sum().backward()
        assert all((a == b).all() for a, b in zip(arrays, before, strict=True))


class TestHidden:
    @pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (1, 3, 1, 5), (4, 5), (5,), ()])
    def test_masks_broadcast(self, shape):
        q, k, v = draw((2, 3, 4, 2), (2, 3, 5, 2), (2, 3, 5, 2))
        seen = np.asarray(RNG.random(shape) > 0.3)
        found = scaled_dot_product_attention(q, k, v, attn_mask=tensor(seen))
        np.testing.assert_allclose(found.data, by_formula(q, k, v, seen))
        added = np.asarray(RNG.standard_normal(shape))
        found = scaled_dot_product_attention(q, k, v, attn_mask=tensor(added, dtype="float64"))
        np.testing.assert_allclose(found.data, by_formula(q, k, v, added=added))

    @pytest.mark.parametrize("window", [None, 1, 2, 3, 50])
    @pytest.mark.parametrize("is_causal", [False, True])
    def test_offsets_and_windows(self, window, is_causal):
        q, k, v = draw((2, 4, 3), (2, 6, 3), (2, 6, 3))
        for offset in (-6, -4, -2, 0, 2, 5, 6, 9):
            distance = np.arange(6) - np.arange(4)[:, None] - offset
            seen = np.abs(distance) < (window or math.inf)
            if is_causal:
                seen &= distance <= 0
            found = scaled_dot_product_attention(
                q, k, v, is_causal=is_causal, offset=offset, window=window
            )
            np.testing.assert_allclose(found.data, by_formula(q, k, v, seen))

    def test_a_causal_window_of_one_returns_the_values(self):
        q, k, v = draw((2, 4, 3), (2, 4, 3), (2, 4, 3))
        found = scaled_dot_product_attention(q, k, v, is_causal=True, window=1)
        np.testing.assert_allclose(found.data, v.data)

    @pytest.mark.parametrize("as_numbers", [False, True])
    def test_masks_and_settings_hide_together(self, as_numbers):
        q, k, v = draw((2, 4, 3), (2, 4, 3), (2, 4, 3))
        seen = RNG.random((2, 4, 4)) > 0.3
        mask = tensor(np.where(seen, 0.0, -np.inf)) if as_numbers else tensor(seen)
        found = scaled_dot_product_attention(q, k, v, mask, is_causal=True)
        np.testing.assert_allclose(found.data, by_formula(q, k, v, seen & causal(4, 4)))

    @pytest.mark.parametrize("plainly", [False, True])
    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    @pytest.mark.parametrize(
        "how",
        [
            {"mask": tensor([[True, True], [False, False]])},
            {"mask": tensor([[0.0, 0.0], [-np.inf, -np.inf]])},
            {"is_causal": True, "offset": -1, "flip": True},
        ],
    )
    def test_a_query_that_sees_nothing_gets_zeros_and_gives_none(self, how, dtype, plainly):
        how = dict(how)
        mask, flip = how.pop("mask", None), how.pop("flip", False)
        if mask is not None and mask.dtype != bool:
            mask = mask.to(dtype)
        blind, sighted = (0, 1) if flip else (1, 0)
        q, k, v = draw((1, 2, 3), (1, 2, 3), (1, 2, 3), dtype=dtype, requires_grad=True)
        out = one_of_both(plainly, q, k, v, mask, **how)
        assert out[0, blind].tolist() == [0, 0, 0]
        assert np.isfinite(out.data).all()
        assert out[0, sighted].data.any()
        out[0, blind].sum().backward()
        for leaf in (q, k, v):
            assert not leaf.grad.data.any()  # a nan would be true

    def test_a_mask_that_is_written_into_later_is_noticed(self):
        q, k, v = draw((1, 2, 3), (1, 2, 3), (1, 2, 3), requires_grad=True)
        mask = tensor([[True, True], [True, False]])
        out = scaled_dot_product_attention(q, k, v, mask)
        mask[0, 1] = False
        with pytest.raises(RuntimeError, match="attend"):
            grad(out.sum(), q, create_graph=True)


class TestLimits:
    @pytest.mark.parametrize("plainly", [False, True])
    def test_huge_scores_choose_one_key(self, plainly):
        q, k = tensor([[[100.0, 0.0], [0.0, 100.0]]]), tensor([[[100.0, 0.0], [0.0, -100.0]]])
        v = tensor([[[1.0], [2.0]]])
        for leaf in (q, k, v):
            leaf.requires_grad_()
        out = one_of_both(plainly, q, k, v, scale=1.0)
        assert out.tolist() == [[[1.0], [1.0]]]  # scores of 1e4 and 0; of 0 and -1e4
        out.sum().backward()
        assert all(np.isfinite(leaf.grad.data).all() for leaf in (q, k, v))

    @pytest.mark.parametrize("plainly", [False, True])
    @pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
    def test_a_strange_query_spoils_its_own_row_only(self, strange, plainly):
        q, k, v = draw((2, 4, 3), (2, 5, 3), (2, 5, 3), dtype="float32")
        k[0, :2, 2] = tensor([1.0, -1.0])  # scores of inf and of -inf
        clean = one_of_both(plainly, q, k, v)
        q[0, 1, 2] = strange
        found = one_of_both(plainly, q, k, v)
        assert np.isnan(found.data[0, 1]).all()
        others = np.ones((2, 4), bool)
        others[0, 1] = False
        assert (found.data[others] == clean.data[others]).all()

    @pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("how", [{"is_causal": True}, {"window": 2}, "mask"])
    def test_a_strange_key_is_not_felt_where_it_is_hidden(self, strange, how):
        q, k, v = draw((1, 4, 3), (1, 4, 3), (1, 4, 3), dtype="float32")
        mask = tensor(causal(4, 4)) if how == "mask" else None
        how = {} if mask is not None else how
        clean = scaled_dot_product_attention(q, k, v, mask, **how)
        k[0, 3] = strange
        found = scaled_dot_product_attention(q, k, v, mask, **how)
        with np.errstate(invalid="ignore"):  # of products that are hidden afterwards
            plain, _ = attend_plainly(q, k, v, mask, **{**PLAIN, **how})
        for out in (found, plain):
            assert np.isfinite(out.data[0, :2]).all()
        assert found[0, :2].tolist() == clean[0, :2].tolist()

    @pytest.mark.parametrize("is_causal", [False, True])
    def test_half_precision_is_computed_in_single(self, is_causal):
        q, k, v = draw((2, 4, 64), (2, 4, 64), (2, 4, 8), dtype="float16", requires_grad=True)
        with no_grad():
            q *= 100
            k *= 100  # scores over 65,504
        out = scaled_dot_product_attention(q, k, v, is_causal=is_causal)
        assert out.dtype == float16
        seen = causal(4, 4) if is_causal else None
        np.testing.assert_allclose(out.data, by_formula(q, k, v, seen), atol=2e-3)
        out.sum().backward()
        for leaf in (q, k, v):
            assert leaf.grad.dtype == float16
            assert np.isfinite(leaf.grad.data).all()

    def test_types_are_kept(self):
        for dtype in ("float16", "float32", "float64"):
            (x,) = draw((2, 3, 4), dtype=dtype)
            assert scaled_dot_product_attention(x, x, x, is_causal=True).dtype == dtype
            assert scaled_dot_product_attention(x, x, x, dropout_p=0.5).dtype == dtype

    def test_arrays_in_an_array_out(self):
        q, k, v = (x.data for x in draw((1, 2, 3), (1, 2, 3), (1, 2, 3)))
        found = attend(q, k, v, **PLAIN)
        assert type(found) is np.ndarray
        plain, weights = attend_plainly(q, k, v, **PLAIN)
        np.testing.assert_allclose(found, plain)
        np.testing.assert_allclose(weights.sum(-1), 1)


class TestGradients:
    def test_of_a_mask_that_is_learned(self):
        q, k, v = draw((2, 3, 2), (2, 4, 2), (2, 4, 2))
        (bias,) = draw((3, 4), requires_grad=True)
        gradcheck(lambda m: scaled_dot_product_attention(q, k, v, m), (bias,))
        gradgradcheck(lambda m: scaled_dot_product_attention(q, k, v, m, is_causal=True), (bias,))

    def test_of_one_tensor_in_all_places(self):
        (x,) = draw((2, 3, 2), requires_grad=True)
        gradcheck(lambda x: scaled_dot_product_attention(x, x, x, is_causal=True), (x,))
        gradgradcheck(lambda x: scaled_dot_product_attention(x, x, x, is_causal=True), (x,))

    def test_of_several_uses_add_up(self):
        q, k, v = draw((2, 3, 2), (2, 3, 2), (2, 3, 2), requires_grad=True)
        first = scaled_dot_product_attention(q, k, v)
        second = scaled_dot_product_attention(k, q, v, is_causal=True)
        together = grad((first * second).sum(), [q, k, v])
        apart = [
            grad((scaled_dot_product_attention(q, k, v) * second.detach()).sum(), [q, k, v]),
            grad(
                (scaled_dot_product_attention(k, q, v, is_causal=True) * first.detach()).sum(),
                [q, k, v],
            ),
        ]
        for whole, one, other in zip(together, *apart, strict=True):
            assert allclose(whole, one + other)

    def test_a_pass_can_be_repeated(self):
        q, k, v = draw((2, 3, 2), (2, 3, 2), (2, 3, 2), requires_grad=True)
        out = scaled_dot_product_attention(q, k, v, dropout_p=0.3).sum()
        first = grad(out, [q, k, v], retain_graph=True)
        assert all(
            a.tolist() == b.tolist() for a, b in zip(first, grad(out, [q, k, v]), strict=True)
        )

    @pytest.mark.parametrize("mask", [None, tensor(causal(3, 4, 1))])
    def test_the_recorded_pass_gives_the_same(self, mask):
        q, k, v = draw((2, 4, 3, 2), (2, 2, 4, 2), (2, 2, 4, 2), requires_grad=True)
        out = scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
        weights = Tensor(RNG.standard_normal(out.shape))
        plain = grad(out, [q, k, v], weights, retain_graph=True)
        recorded = grad(out, [q, k, v], weights, create_graph=True)
        for a, b in zip(plain, recorded, strict=True):
            assert allclose(a, b)
            assert b.requires_grad

    def test_one_matrix_of_queries_by_keys_is_kept_for_each_head(self):
        q, k, v = draw((2, 4, 64, 8), (2, 2, 96, 8), (2, 2, 96, 8), dtype="float32")
        q.requires_grad_()
        out = scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        saved, *inputs = out.node.saved
        assert [x.data is y for x, y in zip((q, k, v), inputs)] == [True] * 3
        assert inputs[3:] == [None, None]
        exps, inverse, kept = saved
        assert exps.nbytes == 2 * 4 * 64 * 96 * 4
        assert inverse.nbytes == 2 * 4 * 64 * 4
        assert kept is out.data
        owned = exps if exps.base is None else exps.base
        assert owned.nbytes == exps.nbytes  # no view of something larger

    def test_nothing_is_kept_where_nothing_is_recorded(self):
        (x,) = draw((1, 3, 2), requires_grad=True)
        with no_grad():
            assert scaled_dot_product_attention(x, x, x).node is None


class TestDropout:
    def test_a_seed_repeats_it(self):
        (x,) = draw((2, 5, 4))
        results = []
        for _ in range(2):
            manual_seed(3)
            results.append(scaled_dot_product_attention(x, x, x, dropout_p=0.5).tolist())
        assert results[0] == results[1]
        assert results[0] != scaled_dot_product_attention(x, x, x, dropout_p=0.5).tolist()

    def test_the_expectation_stays(self):
        q, k = draw((1, 1, 4), (1, 6, 4), dtype="float32")
        many = q.expand(4000, 1, 4), k.expand(4000, 6, 4), ones(4000, 6, 1)
        found = scaled_dot_product_attention(*many, dropout_p=0.25).data
        assert abs(found.mean() - 1) < 0.05
        assert found.std() > 0.1

    def test_weights_are_dropped_and_the_others_divided(self):
        v = ones(4, 1)
        found = scaled_dot_product_attention(ones(1000, 2), ones(4, 2), v, dropout_p=0.75)
        assert set(np.unique(found.data)) == {0, 1, 2, 3, 4}  # each kept quarter counts four times

    def test_all_can_be_dropped(self):
        (x,) = draw((2, 3, 4), requires_grad=True)
        out = scaled_dot_product_attention(x, x, x, dropout_p=1.0)
        assert not out.data.any()
        out.sum().backward()
        assert not x.grad.data.any()


lengths = st.integers(1, 6)


class TestAlgebra:
    @given(lengths, st.integers(0, 5), st.one_of(st.none(), lengths), st.integers(0, 2**32 - 1))
    def test_a_causal_result_does_not_depend_on_later_tokens(self, length, cut, window, seed):
        rng = np.random.default_rng(seed)
        cut = min(cut, length)
        q, k, v = (rng.standard_normal((2, length, 3)) for _ in range(3))
        other = [x.copy() for x in (q, k, v)]
        for x in other:
            x[:, cut:] = rng.standard_normal((2, length - cut, 3)) * 100
        first, second = (
            scaled_dot_product_attention(*map(tensor, x), is_causal=True, window=window)
            for x in ((q, k, v), other)
        )
        np.testing.assert_allclose(first.data[:, :cut], second.data[:, :cut], atol=1e-12)

    @given(lengths, lengths, st.one_of(st.none(), lengths), st.booleans(), st.integers(0, 99))
    def test_an_offset_is_a_slice_of_the_whole(self, length, start, window, is_causal, seed):
        rng = np.random.default_rng(seed)
        start = min(start, length)
        q, k, v = (tensor(rng.standard_normal((2, length, 3))) for _ in range(3))
        how = {"is_causal": is_causal, "window": window}
        whole = scaled_dot_product_attention(q, k, v, **how)
        part = scaled_dot_product_attention(q[:, start:], k, v, **how, offset=start)
        np.testing.assert_allclose(part.data, whole.data[:, start:], atol=1e-12)
        if window is not None and is_causal and start < length:  # a cache may forget
            first = max(0, start + 1 - window)
            kept = scaled_dot_product_attention(
                q[:, start:], k[:, first:], v[:, first:], **how, offset=start - first
            )
            np.testing.assert_allclose(kept.data, whole.data[:, start:], atol=1e-12)

    @given(lengths, lengths, st.integers(0, 99))
    def test_the_order_of_keys_says_nothing_and_that_of_queries_that_of_results(
        self, queries, keys, seed
    ):
        rng = np.random.default_rng(seed)
        q = rng.standard_normal((2, queries, 3))
        k, v = (rng.standard_normal((2, keys, 3)) for _ in range(2))
        rows, columns = rng.permutation(queries), rng.permutation(keys)
        first = scaled_dot_product_attention(*map(tensor, (q, k, v)))
        second = scaled_dot_product_attention(
            *map(tensor, (q[:, rows], k[:, columns], v[:, columns]))
        )
        np.testing.assert_allclose(second.data, first.data[:, rows], atol=1e-12)

    @given(st.integers(0, 99), st.floats(-1e3, 1e3))
    def test_a_number_added_to_all_scores_of_a_query_changes_nothing(self, seed, shift):
        rng = np.random.default_rng(seed)
        q, k, v = (tensor(rng.standard_normal((2, 3, 4))) for _ in range(3))
        plain = scaled_dot_product_attention(q, k, v)
        shifted = scaled_dot_product_attention(q, k, v, tensor([[shift]], dtype="float64"))
        np.testing.assert_allclose(shifted.data, plain.data, atol=1e-9)

    @given(st.integers(0, 99), lengths)
    def test_kernel_and_definition_agree(self, seed, keys):
        rng = np.random.default_rng(seed)
        q = tensor(rng.standard_normal((2, 4, 3, 2)))
        k, v = (tensor(rng.standard_normal((2, 2, keys, 2))) for _ in range(2))
        masks = None, tensor(rng.random((3, keys)) > 0.5)
        keeps = None, tensor((rng.random((2, 4, 3, keys)) > 0.5) * 2.0)
        for mask, keep in itertools.product(masks, keeps):
            plain, _ = attend_plainly(q, k, v, mask, keep, **{**PLAIN, "window": 2})
            found = attend(q, k, v, mask, keep, **{**PLAIN, "window": 2})
            np.testing.assert_allclose(found.data, plain.data, atol=1e-12)


X = zeros(2, 3, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: f(X.data, X, X), TypeError, "query is of type ndarray, expected a Tensor"),
        (lambda f: f(X, [1.0], X), TypeError, "key is of type list, expected a Tensor"),
        (lambda f: f(X.to("int64"), X, X), TypeError, "query has type int64, expected floating"),
        (lambda f: f(X, X.double(), X), TypeError, "key has type float64, expected that of query"),
        (lambda f: f(zeros(4), X, X), ValueError, r"query has shape \(4,\), expected \(…, L, E\)"),
        (lambda f: f(X, X[0], X), ValueError, "key has shape .*, expected as many dimensions as q"),
        (lambda f: f(X, zeros(2, 3, 5), X), ValueError, "key has 5 features, expected those of qu"),
        (
            lambda f: f(X, X, zeros(2, 2, 4)),
            ValueError,
            r"value has shape \(2, 2, 4\), expected \(2, 3, V\), as key has",
        ),
        (
            lambda f: f(zeros(1, 2, 3, 4), zeros(2, 2, 3, 4), zeros(2, 2, 3, 4)),
            ValueError,
            "expected the same dimensions before the heads",
        ),
        (
            lambda f: f(X, zeros(1, 3, 4), zeros(1, 3, 4)),
            ValueError,
            "query has 2 heads and key 1, expected as many, or enable_gqa=True",
        ),
        (
            lambda f: f(zeros(4, 3, 4), zeros(3, 3, 4), zeros(3, 3, 4), enable_gqa=True),
            ValueError,
            "query has 4 heads and key 3, expected a divisor",
        ),
        (
            lambda f: f(X, zeros(0, 3, 4), zeros(0, 3, 4), enable_gqa=True),
            ValueError,
            "query has 2 heads and key 0",
        ),
        (lambda f: f(X, X, X, [True]), TypeError, "attn_mask is of type list, expected a Tensor"),
        (lambda f: f(X, X, X, ones(3, 3).to("int64")), TypeError, "attn_mask is of type int64"),
        (lambda f: f(X, X, X, ones(3, 3).double()), TypeError, "attn_mask is of type float64"),
        (lambda f: f(X, X, X, ones(3, 2)), ValueError, r"attn_mask has shape \(3, 2\), expected o"),
        (lambda f: f(X, X, X, ones(1, 1, 3, 3)), ValueError, "that broadcasts to .2, 3, 3."),
        (lambda f: f(X, X, X, dropout_p=1.5), ValueError, "dropout_p is 1.5, expected from 0 to 1"),
        (lambda f: f(X, X, X, dropout_p="a"), TypeError, "dropout_p is 'a', expected a number"),
        (lambda f: f(X, X, X, dropout_p=math.nan), ValueError, "dropout_p is nan"),
        (lambda f: f(X, X, X, scale="a"), TypeError, "scale is 'a', expected a number"),
        (lambda f: f(X, X, X, scale=tensor(1.0)), TypeError, "scale is a setting, not a tensor"),
        (lambda f: f(X, X, X, offset=1.0), TypeError, "offset is 1.0, expected an integer"),
        (lambda f: f(X, X, X, is_causal="no"), TypeError, "is_causal is 'no', expected True or F"),
        (lambda f: f(X, X, X, is_causal=None), TypeError, "is_causal is None, expected True or F"),
        (lambda f: f(X, X, X, enable_gqa=1), TypeError, "enable_gqa is 1, expected True or False"),
        (lambda f: f(X, X, X, window=0), ValueError, "window is 0, expected at least 1"),
        (lambda f: f(X, X, X, window=2.0), TypeError, "window is 2.0, expected an integer"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=f"scaled_dot_product_attention: .*{message}"):
        call(scaled_dot_product_attention)
