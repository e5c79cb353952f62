"""Where a model looked: the weights are those that it used, and nothing else is in the list."""

from threading import Thread

import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.setup import manual_seed
from tinytorch.tensor import (
    allclose,
    is_grad_enabled,
    matmul,
    observe,
    ones,
    randint,
    tensor,
    tril,
    zeros,
)
from tinytorch.transformers import GPT, GPTConfig, Llama, LlamaConfig, attention_weights

MODELS = {
    "gpt": lambda **more: GPT(GPTConfig(11, 8, 8, 2, 4, initializer_range=0.5, **more)),
    "llama": lambda: Llama(
        LlamaConfig(11, 16, 16, 2, 4, 2, max_position_embeddings=8, initializer_range=0.5)
    ),
}


@pytest.fixture(params=MODELS)
def model(request):
    manual_seed(1)
    return MODELS[request.param]().eval()


def test_a_layer_a_tensor_and_a_query_a_row(model):
    layers = attention_weights(model, randint(0, 11, (3, 5)))
    assert [weights.shape for weights in layers] == [(3, 4, 5, 5)] * 2
    for weights in layers:
        assert allclose(weights.sum(-1), ones(3, 4, 5))
        assert weights.tolist() == tril(weights).tolist()
        assert weights.std().item() > 0.1
    assert not allclose(layers[0], layers[1])


def test_they_are_what_the_model_took_its_means_with(model):
    calls = []
    ids = randint(0, 11, (3, 5))
    with observe(lambda event: calls.append(event) if event.name == "attend" else None):
        model(ids)
    for weights, call in zip(attention_weights(model, ids), calls, strict=True):
        values = call.args[2]
        values = values.repeat_interleave(4 // values.shape[1], 1)
        assert allclose(matmul(weights, values), call.result, atol=1e-6)


def test_texts_of_different_lengths(model):
    ids = tensor([[1, 2, 3, 4], [0, 0, 5, 6]])
    layers = attention_weights(model, ids, tensor([[1, 1, 1, 1], [0, 0, 1, 1]]))
    alone = attention_weights(model, ids[1:, 2:])
    for weights, expected in zip(layers, alone, strict=True):
        assert allclose(weights[1, :, 2:, 2:], expected[0], atol=1e-6)
        assert weights[1, :, :2].tolist() == zeros(4, 2, 4).tolist()  # which see no key
        assert weights[1, :, :, :2].tolist() == zeros(4, 4, 2).tolist()


def test_nothing_is_recorded(model):
    layers = attention_weights(model, tensor([[1, 2]]))
    assert not any(weights.requires_grad for weights in layers)
    assert is_grad_enabled()
    events = []
    with observe(events.append):
        attention_weights(model, tensor([[1, 2]]))
    count = len(events)
    model(tensor([[1, 2]]))  # nobody looks any more
    assert len(events) == count


def test_dropout_takes_part_in_a_model_that_is_training():
    model = MODELS["gpt"](attn_pdrop=0.5)
    ids = randint(0, 11, (3, 8))
    assert attention_weights(model, ids)[0].max().item() > 1
    assert attention_weights(model.eval(), ids)[0].max().item() <= 1


def test_what_another_thread_computes_is_not_in_the_list(model):
    class Busy:
        context, vocab_size, lm_head = model.context, model.vocab_size, model.lm_head

        def features(self, input, attention_mask=None):
            other = Thread(target=model, args=(input,))
            other.start()
            other.join()
            return model.features(input, attention_mask)

    assert len(attention_weights(Busy(), tensor([[1, 2]]))) == 2


def test_what_is_refused(model):
    with pytest.raises(TypeError, match="attention_weights: model is of type Tensor, which has no"):
        attention_weights(tensor([[1, 2]]), model)
    name = type(model).__name__
    with pytest.raises(TypeError, match=f"{name}: input is of type list, expected a Tensor of tok"):
        attention_weights(model, [1, 2])
    with pytest.raises(ValueError, match=rf"{name}: input has shape \(2,\), expected \(B, T\)"):
        attention_weights(model, tensor([1, 2]))
    with pytest.raises(IndexError, match=f"{name}: input has 9 tokens, expected at most the cont"):
        attention_weights(model, zeros(1, 9).long())
