"""A tour of the package: read this first."""

import math

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import softmax
from tinytorch.attention import MultiheadAttention, plot_attention, scaled_dot_product_attention
from tinytorch.tensor import allclose, eye, matmul, ones, randn, tensor, zeros


def test_a_query_finds_the_value_whose_key_fits():
    keys, values = eye(3) * 100, tensor([[1.0], [3.0], [8.0]])
    assert scaled_dot_product_attention(eye(3)[1:2], keys, values).tolist() == [[3.0]]


def test_where_all_keys_fit_alike_it_gets_the_mean():
    values = tensor([[1.0], [3.0], [8.0]])
    assert scaled_dot_product_attention(ones(2, 4), ones(3, 4), values).tolist() == [[4.0], [4.0]]


def test_it_is_two_products_and_a_softmax_between_them():
    q, k, v = randn(2, 4, 5, 8), randn(2, 4, 7, 8), randn(2, 4, 7, 6)
    weights = softmax(matmul(q, k.transpose(-1, -2)) / math.sqrt(8), -1)
    assert allclose(scaled_dot_product_attention(q, k, v), matmul(weights, v), atol=1e-6)


def test_a_causal_query_sees_what_came_before_it():
    x = randn(1, 6, 8)
    whole = scaled_dot_product_attention(x, x, x, is_causal=True)
    start = scaled_dot_product_attention(x[:, :4], x[:, :4], x[:, :4], is_causal=True)
    assert allclose(whole[:, :4], start, atol=1e-6)


def test_a_text_can_be_given_in_pieces():
    x = randn(1, 6, 8)
    whole = scaled_dot_product_attention(x, x, x, is_causal=True, window=3)
    last = scaled_dot_product_attention(x[:, 5:], x, x, is_causal=True, window=3, offset=5)
    assert allclose(whole[:, 5:], last, atol=1e-6)


def test_a_query_that_sees_nothing_gets_zeros():
    x = randn(1, 2, 8)
    hidden = tensor([[True, True], [False, False]])
    assert scaled_dot_product_attention(x, x, x, attn_mask=hidden)[0, 1].tolist() == [0.0] * 8


def test_a_layer_learns_what_to_ask_for_and_what_to_offer():
    attention = MultiheadAttention(16, num_heads=4, batch_first=True)
    x = randn(2, 5, 16)
    out, weights = attention(x, x, x, is_causal=True)
    assert out.shape == (2, 5, 16)
    assert allclose(weights.sum(-1), ones(2, 5))
    assert allclose(weights.triu(1), zeros(2, 5, 5))
    out.sum().backward()
    assert all(parameter.grad is not None for parameter in attention.parameters())


def test_in_cross_attention_one_text_asks_another():
    attention = MultiheadAttention(16, num_heads=4, kdim=6, vdim=6, batch_first=True)
    english, french = randn(2, 5, 16), randn(2, 7, 6)
    out, weights = attention(english, french, french)
    assert out.shape == (2, 5, 16)
    assert weights.shape == (2, 5, 7)


def test_several_heads_can_share_their_keys_and_values():
    attention = MultiheadAttention(16, num_heads=4, num_kv_heads=1)
    assert attention.in_proj_weight.shape == (16 + 4 + 4, 16)


def test_where_a_token_looked_can_be_seen():
    attention = MultiheadAttention(16, num_heads=4)
    x = randn(3, 16)
    _, weights = attention(x, x, x, average_attn_weights=False)
    figure = plot_attention(weights, ["to", " be", "\n"])
    assert [panel.get_title() for panel in figure.axes[:4]] == [f"head {i}" for i in range(4)]
