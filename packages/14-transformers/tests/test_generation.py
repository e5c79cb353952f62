"""Writing: prompts and what follows them, batches, seeds, stops, the end of the context, errors."""

import math

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import Embedding
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, is_grad_enabled, one_hot, tensor
from tinytorch.transformers import (
    GPT,
    GPTConfig,
    LanguageModel,
    Llama,
    LlamaConfig,
    generate,
    stream,
)
from tinytorch.transformers.generation import next_scores

CONTEXT = 8
MODELS = {
    "gpt": lambda: GPT(GPTConfig(11, CONTEXT, 8, 2, 2, initializer_range=0.5)),
    "llama": lambda: Llama(
        LlamaConfig(11, 8, 16, 2, 2, 1, max_position_embeddings=CONTEXT, initializer_range=0.5)
    ),
}


@pytest.fixture(params=MODELS)
def model(request):
    manual_seed(1)
    return MODELS[request.param]().eval()


class Counting:
    """A model that always says: the next number, of ten; it keeps what it was shown."""

    context = 4
    vocab_size = 10

    def __init__(self, scores=None):
        self.shown = []
        self.grad = []
        self.scores = scores

    def features(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        mask = None if attention_mask is None else attention_mask.tolist()
        self.shown.append((input.tolist(), mask))
        self.grad.append(is_grad_enabled())
        return one_hot((input + 1) % 10, 10).float() * 100

    def lm_head(self, features: Tensor) -> Tensor:
        return features if self.scores is None else features * 0 + self.scores


def literally(model, text, steps):
    """Greedy, one token and one model call at a time, as it is first explained."""
    text = list(text)
    for _ in range(steps):
        scores = model(tensor([text[-model.context :]]))
        text.append(int(scores[0, -1].argmax().item()))
    return text


def test_greedy_is_the_greatest_score_again_and_again(model):
    assert generate(model, [1, 2, 3], 20, temperature=0) == literally(model, [1, 2, 3], 20)


def test_a_text_goes_on_beyond_the_context():
    counting = Counting()
    assert generate(counting, [1, 2], 5, temperature=0) == [1, 2, 3, 4, 5, 6, 7]
    assert [ids for ((ids,), _) in counting.shown] == [
        [1, 2],
        [1, 2, 3],
        [1, 2, 3, 4],
        [2, 3, 4, 5],
        [3, 4, 5, 6],
    ]
    assert not any(counting.grad)
    assert is_grad_enabled()


def test_a_model_of_ones_own_can_write():
    model: LanguageModel = Counting()
    assert generate(model, [[7], [1, 2]], 3, temperature=0) == [[7, 8, 9, 0], [1, 2, 3, 4, 5]]
    assert list(stream(model, [7], 3, temperature=0)) == [8, 9, 0]


def test_shorter_texts_are_filled_up_in_front_and_hidden():
    counting = Counting()
    generate(counting, [[7], [1, 2, 3]], 1, temperature=0)
    assert counting.shown == [([[0, 0, 7], [1, 2, 3]], [[False, False, True], [True] * 3])]
    counting = Counting()
    generate(counting, [[7, 8], [1, 2]], 1, temperature=0)
    assert counting.shown == [([[7, 8], [1, 2]], None)]


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"temperature": 0.7, "top_k": 5}])
def test_a_batch_writes_what_its_texts_would_alone(model, settings):
    prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 0, 1], [2, 2]]
    together = generate(model, prompts, 12, seed=3, **settings)
    if not settings["temperature"]:
        assert together == [generate(model, prompt, 12, **settings) for prompt in prompts]
    assert together[0] == generate(model, prompts[0], 12, seed=3, **settings)
    # What stands in a row depends on its number and its prompt, not on its neighbours.
    others = [[9], prompts[1], [3], prompts[3]]
    again = generate(model, others, 12, seed=3, **settings)
    assert (again[1], again[3]) == (together[1], together[3])


def test_rows_of_one_prompt_go_ways_of_their_own(model):
    texts = generate(model, [[1, 2]] * 6, 8, seed=0)
    assert len({tuple(text) for text in texts}) > 1


def test_seeds(model):
    once = generate(model, [1], 20, seed=7)
    assert generate(model, [1], 20, seed=7) == once
    assert generate(model, [1], 20, seed=np.int64(7)) == once
    assert generate(model, [1], 20, seed=8) != once
    manual_seed(2)
    drawn = generate(model, [1], 20)
    assert generate(model, [1], 20) != drawn
    manual_seed(2)
    assert generate(model, [1], 20) == drawn


def test_a_text_does_not_depend_on_how_many_tokens_were_asked_for(model):
    assert generate(model, [1], 20, seed=7)[:10] == generate(model, [1], 9, seed=7)


def test_no_new_tokens(model):
    assert generate(model, [1, 2], 0) == [1, 2]
    assert generate(model, [[1, 2], [3]], 0) == [[1, 2], [3]]
    assert list(stream(model, [1, 2], 0)) == []


def test_stop_tokens_end_a_text_and_not_the_others():
    counting = Counting()
    texts = generate(counting, [[1], [7], [3]], 5, temperature=0, stop_tokens=[4, 9])
    assert texts == [[1, 2, 3, 4], [7, 8, 9], [3, 4]]
    assert [len(ids) for ids, _ in counting.shown] == [3, 2, 1]  # who is done is not shown
    assert generate(Counting(), [4], 2, temperature=0, stop_tokens={4}) == [4, 5, 6]


def test_a_row_keeps_its_random_numbers_when_others_stop(model):
    prompts = [[1], [2], [3]]
    free = generate(model, prompts, 12, seed=5)
    stopped = generate(model, prompts, 12, seed=5, stop_tokens=[free[0][1]])
    assert stopped[0] == free[0][:2]
    for row in (1, 2):
        assert free[row][: len(stopped[row])] == stopped[row]


def test_settings_reach_the_sampling():
    scores = tensor([0.0, 2.0, 1.0, 1.5] + [-9.0] * 6)
    counting = Counting(scores)
    assert generate(counting, [5], 3, temperature=0, repetition_penalty=100.0) == [5, 1, 3, 2]
    texts = generate(Counting(scores), [[5]] * 200, 1, seed=0, top_k=2)
    assert {text[-1] for text in texts} == {1, 3}
    texts = generate(Counting(scores), [[5]] * 200, 1, seed=0, top_p=0.5)
    assert {text[-1] for text in texts} == {1, 3}
    texts = generate(Counting(scores), [[5]] * 50, 1, seed=0, temperature=0.01)
    assert {text[-1] for text in texts} == {1}


def test_the_penalty_looks_at_the_whole_text():
    """Also at what is no longer in the context."""
    scores = tensor([3.0, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4] + [-9.0] * 3)
    text = generate(Counting(scores), [0], 6, temperature=0, repetition_penalty=50.0)
    assert text == [0, 1, 2, 3, 4, 5, 6]


def test_a_stream_is_what_generate_writes(model):
    expected = generate(model, [1, 2], 12, seed=4, top_p=0.9, stop_tokens=[3])
    assert [1, 2, *stream(model, [1, 2], 12, seed=4, top_p=0.9, stop_tokens=[3])] == expected


def test_a_stream_computes_a_token_when_it_is_asked_for():
    counting = Counting()
    written = stream(counting, [1], 5, temperature=0)
    assert counting.shown == []
    assert next(written) == 2
    assert len(counting.shown) == 1
    assert is_grad_enabled()
    written.close()
    assert len(counting.shown) == 1


@pytest.mark.parametrize("kind", [tuple, np.array, tensor, lambda ids: np.array(ids, np.uint8)])
def test_kinds_of_prompts(model, kind):
    expected = generate(model, [1, 2], 4, temperature=0)
    assert generate(model, kind([1, 2]), 4, temperature=0) == expected
    assert generate(model, [kind([1, 2]), [3]], 4, temperature=0)[0] == expected
    assert generate(model, kind([[1, 2], [3, 4]]), 4, temperature=0)[0] == expected


def test_a_prompt_is_not_written_to(model):
    prompt, prompts = [1, 2], [[1], [2]]
    generate(model, prompt, 3)
    generate(model, prompts, 3)
    assert (prompt, prompts) == ([1, 2], [[1], [2]])


def test_dropout_takes_part_in_a_model_that_is_training():
    model = MODELS["gpt"]()
    calm = generate(model.eval(), [1], 30, temperature=0)
    assert not model.training
    manual_seed(0)
    wild = generate(model.train(), [1], 30, temperature=0)
    assert model.training
    assert wild != calm


def test_nothing_is_recorded(model):
    generate(model, [1, 2], 3)
    assert all(parameter.grad is None for parameter in model.parameters())
    scores = next_scores(model, [[1, 2], [3]])
    assert isinstance(scores, np.ndarray)
    assert scores.shape == (2, 11)


def test_double_precision(model):
    assert len(generate(model.double(), [[1, 2], [3]], 3)[1]) == 4


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_model_that_is_broken_is_found_out(broken):
    scores = tensor([0.0] * 9 + [broken])
    with pytest.raises(ValueError, match="Sampling: the model's scores are NaN or inf"):
        generate(Counting(scores), [1], 1)


@pytest.mark.parametrize(
    ("prompts", "error", "message"),
    [
        ([], ValueError, "prompt has 0 tokens, expected from 1 to the model's context, which is 8"),
        ([[1], []], ValueError, r"prompts\[1\] has 0 tokens"),
        (
            [0] * 9,
            ValueError,
            r"prompt has 9 tokens, .* which is 8: prompt\[-8:\] has the last ones",
        ),
        ([[1], [0] * 9], ValueError, r"prompts\[1\] has 9 tokens, .*: prompts\[1\]\[-8:\] has the"),
        ([1.5], TypeError, r"prompt\[0\] is 1\.5, expected an integer"),
        ([1, [2]], TypeError, r"prompt\[1\] is \[2\]"),
        ([[1], 2], TypeError, r"prompts\[1\] is of type int, expected a list of token ids"),
        ([[[1]]], TypeError, r"prompts\[0\]\[0\] is \[1\]"),
        ("to be", TypeError, "prompts is of type str, expected a list of token ids: a tokenizer's"),
        (["to be"], TypeError, r"prompts\[0\] is of type str"),
        (3, TypeError, "prompts is of type int"),
        (tensor(3), TypeError, "prompts is of type Tensor"),
        (tensor([1.0]), TypeError, r"prompt\[0\] is 1\.0"),
        ([1, 11], IndexError, r"prompt\[1\] is 11, expected from 0 to 10, the ids that the model"),
        ([1, 2, -1], IndexError, r"prompt\[2\] is -1, expected from 0 to 10"),
        ([[1, 2, 3], [400]], IndexError, r"prompts\[1\]\[0\] is 400, expected from 0 to 10"),
        (np.zeros((0, 3), int), ValueError, "prompt has 0 tokens"),
    ],
)
def test_prompts_that_are_none(model, prompts, error, message):
    with pytest.raises(error, match=f"generate: {message}"):
        generate(model, prompts, 3)


@pytest.mark.parametrize("function", [generate, stream])
def test_a_prompt_is_no_model(model, function):
    with pytest.raises(
        TypeError,
        match=f"{function.__name__}: model is of type list, which has no context, expected a GPT, "
        "a Llama, or what LanguageModel says",
    ):
        function([1, 2], model, 3)
    with pytest.raises(TypeError, match="model is of type Embedding, which has no context"):
        function(Embedding(3, 4), [1, 2], 3)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"max_new_tokens": -1}, ValueError, "{}: max_new_tokens is -1, expected at least 0"),
        ({"max_new_tokens": 2.0}, TypeError, r"{}: max_new_tokens is 2\.0"),
        ({"stop_tokens": ["\n"]}, TypeError, "{}: a token of stop_tokens is '.n', expected an int"),
        ({"stop_tokens": [[1, 2]]}, TypeError, r"{}: a token of stop_tokens is \[1, 2\], expected"),
        ({"stop_tokens": [-1]}, IndexError, "{}: a token of stop_tokens is -1, expected from 0 to"),
        (
            {"stop_tokens": [4, 11]},
            IndexError,
            "{}: a token of stop_tokens is 11, .* from 0 to 10,",
        ),
        (
            {"stop_tokens": 5},
            TypeError,
            "{}: stop_tokens is 5, expected a set of token ids, such a",
        ),
        ({"stop_tokens": None}, TypeError, "{}: stop_tokens is None, expected a set of token ids"),
        (
            {"stop_tokens": "."},
            TypeError,
            "{}: stop_tokens is '.', expected a set of token ids, .*enc",
        ),
        ({"temperature": -1}, ValueError, "Sampling: temperature is -1"),
        ({"top_k": 0}, ValueError, "Sampling: top_k is 0"),
        ({"top_p": 2}, ValueError, "Sampling: top_p is 2"),
        ({"repetition_penalty": 0}, ValueError, "Sampling: repetition_penalty is 0"),
        ({"seed": "a"}, TypeError, "^{}: seed is a str, expected an integer"),
        ({"seed": 2**64}, ValueError, "^{}: seed is 18446744073709551616, expected"),
    ],
)
def test_settings_that_cannot_be(model, settings, error, message):
    settings = {"max_new_tokens": 3, **settings}
    with pytest.raises(error, match=message.format("generate")):
        generate(model, [1], **settings)
    with pytest.raises(error, match=message.format("stream")):
        stream(model, [1], **settings)  # at once


def test_a_stream_is_of_one_text(model):
    with pytest.raises(TypeError, match="stream: prompt holds several prompts, expected one"):
        stream(model, [[1], [2]], 3)


def test_the_errors_of_a_stream_are_its_own(model):
    with pytest.raises(TypeError, match="stream: prompt is of type str, expected a list of token"):
        stream(model, "to be", 3)
    with pytest.raises(ValueError, match="stream: prompt has 0 tokens"):
        stream(model, [], 3)
    with pytest.raises(TypeError, match=r"stream: prompt\[0\] is 1\.5"):
        stream(model, [1.5], 3)
    with pytest.raises(IndexError, match=r"stream: prompt\[0\] is 11"):
        stream(model, [11], 3)  # at once
