"""Multi-head attention: its parts, its masks, its heads, and what it records."""

import copy
import itertools

import numpy as np
import pytest

from tinytorch.attention import MultiheadAttention, scaled_dot_product_attention
from tinytorch.autograd import gradcheck
from tinytorch.layers import Linear, linear
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, allclose, cat, no_grad, observe, randn, tensor, zeros

RNG = np.random.default_rng(0)


def built(*arguments, **settings):
    """A layer of float64 whose biases are not zero."""
    layer = MultiheadAttention(*arguments, dtype="float64", **settings)
    with no_grad():
        for parameter in layer.parameters():
            if parameter.ndim == 1:
                parameter.copy_(Tensor(RNG.standard_normal(parameter.shape)))
    return layer


def draw(*shape, dtype="float64"):
    return Tensor(RNG.standard_normal(shape).astype(dtype))


def by_hand(layer, query, key, value, attn_mask=None, **settings):
    """Of inputs without a batch: each head on its own, maps read off the parameters."""
    wide, narrow = layer.embed_dim, layer.num_kv_heads * layer.head_dim
    if layer.in_proj_weight is None:
        maps = [layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight]
    else:
        maps = layer.in_proj_weight.split((wide, narrow, narrow))
    biases = [None] * 3
    if layer.in_proj_bias is not None:
        biases = layer.in_proj_bias.split((wide, narrow, narrow))
    q, k, v = (linear(*each) for each in zip((query, key, value), maps, biases, strict=True))
    size, shared = layer.head_dim, layer.num_heads // layer.num_kv_heads
    heads = []
    for i in range(layer.num_heads):
        own, of = (
            slice(i * size, (i + 1) * size),
            slice(i // shared * size, (i // shared + 1) * size),
        )
        heads.append(
            scaled_dot_product_attention(
                q[:, own], k[:, of], v[:, of], attn_mask, window=layer.window, **settings
            )
        )
    return layer.out_proj(cat(heads, -1))


class TestHeads:
    @pytest.mark.parametrize("heads", [1, 2, 4])
    @pytest.mark.parametrize("kv_heads", [None, 1, 2])
    @pytest.mark.parametrize("need_weights", [False, True])
    def test_each_head_attends_on_its_own(self, heads, kv_heads, need_weights):
        kv_heads = kv_heads and min(kv_heads, heads)
        layer = built(8, heads, num_kv_heads=kv_heads)
        query, key = draw(3, 8), draw(5, 8)
        for inputs in ((query, query, query), (query, key, key), (query, key, draw(5, 8))):
            out, _ = layer(*inputs, need_weights=need_weights)
            assert allclose(out, by_hand(layer, *inputs), atol=1e-12)

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("kv_heads", [4, 2, 1])
    @pytest.mark.parametrize("sizes", [(5, 6), (8, 6), (5, 8), (5, 5)])
    def test_keys_and_values_may_have_other_sizes(self, sizes, kv_heads, bias):
        kdim, vdim = sizes
        layer = built(8, 4, kdim=kdim, vdim=vdim, num_kv_heads=kv_heads, bias=bias)
        assert layer.in_proj_weight is None
        assert layer.k_proj_weight.shape == (2 * kv_heads, kdim)
        assert layer.v_proj_weight.shape == (2 * kv_heads, vdim)
        key = draw(5, kdim)
        inputs = draw(3, 8), key, key if kdim == vdim else draw(5, vdim)
        assert allclose(layer(*inputs)[0], by_hand(layer, *inputs), atol=1e-12)

    @pytest.mark.parametrize(
        "how", [{"is_causal": True}, {"window": 2}, {"is_causal": True, "window": 1}]
    )
    @pytest.mark.parametrize("need_weights", [False, True])
    def test_settings_hide_keys(self, how, need_weights):
        how = dict(how)
        layer = built(8, 2, window=how.pop("window", None))
        x = draw(5, 8)
        out, weights = layer(x, x, x, need_weights=need_weights, **how)
        assert allclose(out, by_hand(layer, x, x, x, **how), atol=1e-12)
        if weights is not None:
            i, j = np.indices((5, 5))
            hidden = abs(i - j) >= (layer.window or 9)
            if how:
                hidden |= j > i
            assert ((weights.data == 0) == hidden).all()

    @pytest.mark.parametrize("need_weights", [False, True])
    @pytest.mark.parametrize("masked", [False, True])
    def test_batches_are_their_samples(self, need_weights, masked):
        first, second = built(8, 2), built(8, 2, batch_first=True)
        second.load_state_dict(first.state_dict())
        query, key, value = draw(3, 4, 8), draw(3, 5, 8), draw(3, 5, 8)
        mask = tensor(RNG.random((6, 4, 5)) > 0.7) if masked else None
        padding = tensor(np.arange(5) >= [[5], [3], [1]]) if masked else None
        how = {"need_weights": need_weights, "average_attn_weights": False}
        out, weights = second(query, key, value, padding, attn_mask=mask, **how)
        turned, same = first(
            *(x.transpose(0, 1) for x in (query, key, value)), padding, attn_mask=mask, **how
        )
        assert out.tolist() == turned.transpose(0, 1).tolist()
        for i in range(3):
            own = None if mask is None else mask[2 * i : 2 * i + 2]
            hidden = None if padding is None else padding[i]
            alone, looked = first(query[i], key[i], value[i], hidden, attn_mask=own, **how)
            assert alone.shape == (4, 8)
            assert allclose(alone, out[i], atol=1e-12)
            if need_weights:
                assert looked.shape == (2, 4, 5)
                assert allclose(looked, weights[i], atol=1e-12)
                assert weights.tolist() == same.tolist()

    def test_of_no_samples_and_of_no_tokens(self):
        layer = MultiheadAttention(8, 2, batch_first=True)
        for shape in ((0, 3, 8), (2, 0, 8), (0, 8)):
            x = zeros(*shape)
            for need_weights in (False, True):
                out, weights = layer(x, x, x, need_weights=need_weights)
                assert out.shape == shape
            assert weights.shape == (*shape[:-1], shape[-2])
        out, weights = layer(randn(2, 3, 8), zeros(2, 0, 8), zeros(2, 0, 8))
        assert allclose(out, layer.out_proj.bias.expand(2, 3, 8))
        assert weights.shape == (2, 3, 0)


class TestMasks:
    def test_true_hides(self):
        layer = built(8, 2)
        x = draw(4, 8)
        mask = tensor(RNG.random((4, 4)) > 0.6)
        out, weights = layer(x, x, x, attn_mask=mask)
        assert allclose(out, by_hand(layer, x, x, x, ~mask), atol=1e-12)
        assert ((weights.data == 0) == mask.data).all()

    @pytest.mark.parametrize("need_weights", [False, True])
    @pytest.mark.parametrize("batch", [False, True])
    def test_masks_of_bool_and_of_numbers_may_be_mixed(self, batch, need_weights):
        layer = built(8, 2, batch_first=True)
        x = draw(*[2] * batch, 4, 8)
        hidden = RNG.random((4 if batch else 2, 4, 4)) > 0.7
        padded = RNG.random((2, 4) if batch else 4) > 0.7
        results = []
        for as_numbers in itertools.product((False, True), repeat=2):
            mask, padding = (
                tensor(np.where(each, -np.inf, 0.0) if numbers else each)
                for each, numbers in zip((hidden, padded), as_numbers, strict=True)
            )
            results.append(layer(x, x, x, padding, need_weights, mask)[0])
        whole = hidden | np.repeat(padded, 2, 0)[:, None] if batch else hidden | padded
        results.append(layer(x, x, x, attn_mask=tensor(whole))[0])
        assert all(allclose(results[0], other, atol=1e-12) for other in results[1:])

    def test_a_mask_and_causality_hide_together(self):
        layer = built(8, 2)
        x = draw(4, 8)
        mask = tensor(RNG.random((4, 4)) > 0.7)
        together, _ = layer(x, x, x, attn_mask=mask, is_causal=True)
        whole = mask | tensor(np.triu(np.ones((4, 4), bool), 1))
        assert allclose(together, layer(x, x, x, attn_mask=whole)[0], atol=1e-12)

    @pytest.mark.parametrize("need_weights", [False, True])
    def test_where_all_keys_are_hidden_heads_give_zeros(self, need_weights):
        layer = MultiheadAttention(8, 2, batch_first=True)
        x = randn(2, 3, 8, requires_grad=True)
        padding = tensor([[True] * 3, [False] * 3])
        out, weights = layer(x, x, x, padding, need_weights)
        assert out[0].tolist() == layer.out_proj.bias.expand(3, 8).tolist()
        assert not need_weights or not weights[0].data.any()
        out.sum().backward()
        assert not x.grad[0].data.any()
        assert all(np.isfinite(p.grad.data).all() for p in layer.parameters())

    @pytest.mark.parametrize("need_weights", [False, True])
    def test_numbers_get_gradients(self, need_weights):
        layer = built(4, 2)
        x, mask, padding = draw(3, 2, 4), draw(4, 3, 3), draw(2, 3)
        mask.requires_grad_()
        padding.requires_grad_()
        gradcheck(lambda m, p: layer(x, x, x, p, need_weights, m)[0], (mask, padding))


class TestWeights:
    def test_they_add_up_and_are_averaged(self):
        layer = built(8, 4, batch_first=True)
        x = draw(2, 5, 8)
        _, each = layer(x, x, x, average_attn_weights=False)
        _, mean = layer(x, x, x)
        assert each.shape == (2, 4, 5, 5)
        assert allclose(each.sum(-1), zeros(2, 4, 5).double() + 1)
        assert allclose(each.mean(1), mean)
        assert layer(x, x, x, need_weights=False)[1] is None

    @pytest.mark.parametrize("need_weights", [False, True])
    def test_the_result_is_the_same_without_them(self, need_weights):
        layer = built(4, 2, num_kv_heads=1)
        x = draw(3, 2, 4).requires_grad_()
        gradcheck(lambda x: layer(x, x, x, need_weights=need_weights, is_causal=True)[0], (x,))
        assert allclose(layer(x, x, x)[0], layer(x, x, x, need_weights=need_weights)[0], atol=1e-12)

    def test_they_are_differentiable(self):
        layer = built(4, 2)
        x = draw(3, 4).requires_grad_()
        gradcheck(lambda x: layer(x, x, x)[1], (x,))


class TestDropout:
    @pytest.mark.parametrize("need_weights", [False, True])
    def test_in_training_only_and_repeated_by_a_seed(self, need_weights):
        layer = built(8, 2, dropout=0.5)
        x = draw(6, 8)

        def run():
            manual_seed(1)
            return layer(x, x, x, need_weights=need_weights)[0]

        assert run().tolist() == run().tolist()
        dropped = run()
        layer.eval()
        assert not allclose(run(), dropped)
        assert allclose(run(), by_hand(layer, x, x, x), atol=1e-12)

    def test_weights_are_those_that_values_got(self):
        layer = built(8, 2, dropout=0.5)
        x = draw(6, 8)
        _, weights = layer(x, x, x, average_attn_weights=False)
        assert 10 < (weights.data == 0).sum() < 62  # of 72
        manual_seed(0)
        without, _ = layer(x, x, x, need_weights=False)
        manual_seed(0)
        assert allclose(layer(x, x, x)[0], without, atol=1e-12)

    def test_all_may_be_dropped(self):
        layer = built(8, 2, dropout=1.0)
        x = draw(6, 8)
        assert allclose(layer(x, x, x)[0], layer.out_proj.bias.expand(6, 8))


class TestParameters:
    def test_names_and_shapes(self):
        def shapes(**settings):
            return {
                k: v.shape for k, v in MultiheadAttention(8, 4, **settings).state_dict().items()
            }

        out = {"out_proj.weight": (8, 8), "out_proj.bias": (8,)}
        assert shapes() == {"in_proj_weight": (24, 8), "in_proj_bias": (24,), **out}
        assert shapes(bias=False) == {"in_proj_weight": (24, 8), "out_proj.weight": (8, 8)}
        assert shapes(num_kv_heads=1)["in_proj_weight"] == (12, 8)
        assert shapes(num_kv_heads=1)["in_proj_bias"] == (12,)
        maps = {"q_proj_weight": (8, 8), "k_proj_weight": (8, 3), "v_proj_weight": (8, 8)}
        assert shapes(kdim=3) == {**maps, "in_proj_bias": (24,), **out}

    @pytest.mark.parametrize("how", [{}, {"kdim": 16}, {"num_kv_heads": 2}])
    def test_where_they_start(self, how):
        layer = MultiheadAttention(32, 4, **how)
        for name, parameter in layer.named_parameters():
            if parameter.ndim == 1:
                assert not parameter.data.any()
                continue
            fans = sum(parameter.shape)
            bound = 32**-0.5 if name == "out_proj.weight" else (6 / fans) ** 0.5
            assert abs(parameter.data).max() <= bound
            assert parameter.data.std() == pytest.approx(bound / 3**0.5, rel=0.1)

    def test_they_can_be_drawn_anew(self):
        layer = MultiheadAttention(8, 2)
        before = copy.deepcopy(layer.state_dict())
        layer.reset_parameters()
        after = layer.state_dict()
        assert after["in_proj_weight"].tolist() != before["in_proj_weight"].tolist()
        assert after["out_proj.weight"].tolist() != before["out_proj.weight"].tolist()
        assert isinstance(layer.out_proj, Linear)

    def test_other_types(self):
        layer = MultiheadAttention(8, 2).double()
        x = draw(3, 8)
        assert layer(x, x, x)[0].dtype == layer(x, x, x)[1].dtype == "float64"
        half = MultiheadAttention(8, 2, dtype="float16")
        x = draw(3, 8, dtype="float16")
        mask = tensor(np.triu(np.full((3, 3), -np.inf), 1)).half()
        for need_weights in (False, True):
            out, weights = half(x, x, x, tensor([False] * 3), need_weights, mask)
            assert out.dtype == "float16"
        assert weights.dtype == "float16"

    def test_how_it_shows_itself(self):
        assert repr(MultiheadAttention(8, 2)).startswith("MultiheadAttention(\n  8, num_heads=2\n")
        layer = MultiheadAttention(
            8, 4, 0.1, kdim=3, vdim=5, num_kv_heads=2, window=7, batch_first=True
        )
        assert layer.extra_repr() == (
            "8, num_heads=4, num_kv_heads=2, dropout=0.1, kdim=3, vdim=5, window=7, "
            "batch_first=True"
        )


def products(layer, *inputs, **how):
    seen = []
    with observe(seen.append):
        layer(*inputs, **how)
    names = [event.name for event in seen if event.phase == "forward"]
    return names.count("linear") - 1, names  # one is that of the result


@pytest.mark.parametrize("kv_heads", [4, 1])
@pytest.mark.parametrize("bias", [True, False])
def test_equal_inputs_share_a_product(kv_heads, bias):
    layer = MultiheadAttention(8, 4, num_kv_heads=kv_heads, bias=bias)
    x, y, z = randn(3, 2, 8), randn(3, 2, 8), randn(3, 2, 8)
    assert products(layer, x, x, x)[0] == 1
    assert products(layer, x, y, y)[0] == 2
    assert products(layer, x, y, z)[0] == products(layer, x, x, y)[0] == 3
    with no_grad():
        equal = [layer(x, x, x), layer(x, x + 0, x + 0), layer(x, x * 1, x + 0)]
        both = x + 0
        equal.append(layer(x, both, both))
    for out, weights in equal[1:]:
        assert allclose(out, equal[0][0], atol=1e-6)
        assert allclose(weights, equal[0][1], atol=1e-6)


def test_causality_builds_no_mask_and_no_weights_are_made_unless_they_are_wanted():
    layer = MultiheadAttention(8, 4)
    x = randn(3, 2, 8)
    _, names = products(layer, x, x, x, need_weights=False, is_causal=True)
    assert names.count("attend") == 1
    assert not {"where", "softmax_over", "matmul", "triu", "logical_not"} & set(names)


X, Y = zeros(3, 2, 8), zeros(5, 2, 8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: MultiheadAttention(0, 1), ValueError, "embed_dim is 0, expected at least 1"),
        (lambda: MultiheadAttention(8, 0), ValueError, "num_heads is 0, expected at least 1"),
        (lambda: MultiheadAttention(8, 3), ValueError, "num_heads is 3, expected a divisor of"),
        (lambda: MultiheadAttention(8, 2.0), TypeError, "num_heads is 2.0, expected an integer"),
        (
            lambda: MultiheadAttention(8, 4, num_kv_heads=3),
            ValueError,
            "num_kv_heads is 3, expected a divisor of num_heads, 4",
        ),
        (lambda: MultiheadAttention(8, 4, num_kv_heads=8), ValueError, "num_kv_heads is 8"),
        (lambda: MultiheadAttention(8, 4, num_kv_heads=0), ValueError, "num_kv_heads is 0"),
        (lambda: MultiheadAttention(8, 4, kdim=0), ValueError, "kdim is 0"),
        (lambda: MultiheadAttention(8, 4, vdim="a"), TypeError, "vdim is 'a'"),
        (lambda: MultiheadAttention(8, 4, window=0), ValueError, "window is 0"),
        (lambda: MultiheadAttention(8, 4, 2.0), ValueError, "dropout is 2.0, expected from 0 to 1"),
        (
            lambda: MultiheadAttention(8, 4, add_bias_kv=True),
            ValueError,
            "add_bias_kv is True, ",
        ),
        (lambda: MultiheadAttention(8, 4, add_zero_attn=True), ValueError, "add_zero_attn is True"),
        (lambda: MultiheadAttention(8, 4, device="cuda"), ValueError, "device"),
    ],
)
def test_what_is_refused_at_once(call, error, message):
    with pytest.raises(error, match=f"MultiheadAttention: .*{message}"):
        call()


@pytest.mark.parametrize(
    ("inputs", "how", "error", "message"),
    [
        ((X.data, X, X), {}, TypeError, "query is of type ndarray, expected a Tensor of float32"),
        ((X, X.double(), X), {}, TypeError, "key is of type float64, expected a Tensor of fl"),
        (
            (zeros(8), X, X),
            {},
            ValueError,
            r"query has shape \(8,\), expected \(L, N, 8\) or",
        ),
        ((zeros(3, 2, 7), X, X), {}, ValueError, r"query has shape \(3, 2, 7\), expected"),
        (
            (X, zeros(3, 2, 7), X),
            {},
            ValueError,
            r"key has shape .*, expected \(S, N, 8\) or \(",
        ),
        ((X, X[0], X), {}, ValueError, "key has 2 dimensions, expected those of query, 3"),
        ((X, Y, X), {}, ValueError, "key and value have shapes .*, expected a value for each key"),
        (
            (X, zeros(3, 1, 8), zeros(3, 1, 8)),
            {},
            ValueError,
            "key has 1 samples, expected those of query, 2; batch_first is False",
        ),
        ((X, Y, Y), {"attn_mask": [[True]]}, TypeError, "attn_mask is of type list"),
        (
            (X, Y, Y),
            {"attn_mask": zeros(3, 5).to("int64")},
            TypeError,
            "attn_mask is of type int64",
        ),
        ((X, Y, Y), {"attn_mask": zeros(3, 5).double()}, TypeError, "attn_mask is of type flo"),
        (
            (X, Y, Y),
            {"attn_mask": zeros(5, 3)},
            ValueError,
            r"attn_mask has shape \(5, 3\), .*\(3, 5\) or \(8, 3, 5\)",
        ),
        ((X, Y, Y), {"attn_mask": zeros(4, 3, 5)}, ValueError, r"attn_mask has shape \(4, 3, 5\)"),
        ((X, Y, Y), {"attn_mask": zeros(3, 1)}, ValueError, r"attn_mask has shape \(3, 1\)"),
        (
            (X, Y, Y),
            {"key_padding_mask": zeros(5, 2)},
            ValueError,
            r"key_padding_mask has shape \(5, 2\), expected \(N, S\), \(2, 5\)",
        ),
        (
            (X[:, 0], Y[:, 0], Y[:, 0]),
            {"key_padding_mask": zeros(1, 5)},
            ValueError,
            r"key_padding_mask has shape \(1, 5\), expected \(S,\), \(5,\)",
        ),
        ((X, Y, Y), {"key_padding_mask": 1}, TypeError, "key_padding_mask is of type int"),
        ((X, Y, Y), {"is_causal": "no"}, TypeError, "is_causal is 'no', expected True or False"),
        ((X, Y, Y), {"average_attn_weights": 0}, TypeError, "average_attn_weights is 0, expected"),
    ],
)
@pytest.mark.parametrize("need_weights", [False, True])
def test_what_is_refused_when_called(inputs, how, need_weights, error, message):
    with pytest.raises(error, match=f"MultiheadAttention: {message}"):
        MultiheadAttention(8, 4)(*inputs, need_weights=need_weights, **how)


def test_need_weights_is_true_or_false():
    with pytest.raises(TypeError, match="need_weights is 'no', expected True or False"):
        MultiheadAttention(8, 4)(X, Y, Y, need_weights="no")
