"""A tour of the package: read this first."""

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import (
    ALiBi,
    Embedding,
    LearnedPositions,
    RotaryEmbedding,
    SinusoidalPositions,
)
from tinytorch.layers import Linear, Module
from tinytorch.tensor import allclose, matmul, no_grad, randn, tensor


def test_each_token_has_a_vector():
    tokens = Embedding(65, 16)
    vectors = tokens(tensor([[7, 1, 1], [0, 64, 3]]))
    assert vectors.shape == (2, 3, 16)
    assert vectors[0, 1].tolist() == vectors[0, 2].tolist() == tokens.weight[1].tolist()


def test_a_vector_learns_wherever_its_token_stands():
    tokens = Embedding(65, 2)
    tokens(tensor([7, 1, 1])).sum().backward()
    assert tokens.weight.grad[7].tolist() == [1, 1]
    assert tokens.weight.grad[1].tolist() == [2, 2]  # it stood there twice
    assert tokens.weight.grad[0].tolist() == [0, 0]


def test_words_in_another_order_are_something_else():
    tokens, positions = Embedding(10, 8), LearnedPositions(64, 8)
    first, second = (positions(tokens(tensor(text))) for text in ([1, 2], [2, 1]))
    assert tokens(tensor([1, 2])).sum(0).tolist() == tokens(tensor([2, 1])).sum(0).tolist()
    assert not allclose(first[0], second[1])


def test_a_text_can_be_given_in_pieces():
    x = randn(1, 10, 8)
    for positions in (LearnedPositions(64, 8), SinusoidalPositions(64, 8), RotaryEmbedding(8)):
        whole = positions(x)
        assert allclose(positions(x[:, 4:], offset=4), whole[:, 4:])
        assert allclose(positions(x[:, [9, 2]], positions=tensor([9, 2])), whole[:, [9, 2]])


def test_rotary_products_tell_how_far_apart_two_tokens_are():
    rotary, query, key = RotaryEmbedding(16), randn(1, 16), randn(1, 16)
    score = matmul(rotary(query, offset=3), rotary(key, offset=1).T)
    later = matmul(rotary(query, offset=1003), rotary(key, offset=1001).T)
    assert allclose(score, later, atol=1e-3)


def test_alibi_lets_attention_fade():
    bias = ALiBi(num_heads=8, max_positions=64)(query_length=1, key_length=4)  # a fourth token
    assert bias[0].tolist() == [[-1.5, -1.0, -0.5, 0.0]]


def test_one_table_can_be_the_first_and_the_last_layer():
    class Bigrams(Module):
        def __init__(self):
            super().__init__()
            self.tokens = Embedding(65, 16)
            self.head = Linear(16, 65, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, ids):
            return self.head(self.tokens(ids))

    model = Bigrams()
    assert [name for name, _ in model.named_parameters()] == ["tokens.weight"]
    model(tensor([1, 2])).sum().backward()
    before = model.head.weight.detach().clone()
    with no_grad():
        for parameter in model.parameters():
            parameter -= 0.1 * parameter.grad
    assert not allclose(model.head.weight, before)
    assert model.head.weight is model.tokens.weight
