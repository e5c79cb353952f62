"""Writing: a model's next token, then the next after that, and so on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from tinytorch.setup import generator, keyed_generator
from tinytorch.tensor import Tensor, no_grad
from tinytorch.tensor.dims import integer
from tinytorch.transformers.sampling import Sampling

Prompt = Sequence[int] | Tensor | np.ndarray


class LanguageModel(Protocol):
    """What can write: token ids to features, and features to scores of the next token.

    Example:
        >>> from tinytorch.transformers import GPT, GPTConfig
        >>> model: LanguageModel = GPT(GPTConfig(vocab_size=65, n_embd=32, n_layer=1, n_head=4))
        >>> model.context, model.vocab_size
        (1024, 65)
    """

    lm_head: Any

    @property
    def context(self) -> int:
        """How many tokens it looks at."""

    @property
    def vocab_size(self) -> int:
        """How many tokens it has scores for."""

    def features(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """(B, T) to (B, T, D)."""


def generate(
    model: LanguageModel,
    prompts: Prompt | Sequence[Prompt],
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    stop_tokens: Collection[int] = (),
    seed: int | None = None,
) -> list[Any]:
    """Prompts, and what the model writes after them.

    Each token is drawn as `Sampling` says. A text that grows longer than the model's context goes
    on with what fits: the model sees the last tokens, as if the text began there. Nothing is
    recorded. Dropout takes part in a model that is training: call `model.eval()`.

    Args:
        model: a `GPT`, a `Llama`, or another that has what `LanguageModel` has.
        prompts: token ids, at least one, or several prompts, of any lengths.
        max_new_tokens: how many tokens to write at most.
        temperature: as of `Sampling`, and so are the next three.
        top_k: as there.
        top_p: as there.
        repetition_penalty: as there.
        stop_tokens: after any of these a text ends; it is part of the text. By default none ends
            it, not even the config's `eos_token_id`, at which Hugging Face's transformers stops:
            pass `{model.config.eos_token_id}`.
        seed: of the random numbers; a text has its own, so the others do not change it. By default
            one is drawn from `generator()`.

    Returns:
        the ids of the prompt and the new tokens, in a list; for several prompts a list for each.

    Raises:
        TypeError: if the model or a number is none, or a prompt not of token ids.
        ValueError: if a prompt is empty or longer than the context, or a number out of its range.
        IndexError: for a token id, of a prompt or to stop at, that is not in the vocabulary.

    Example:
        >>> from tinytorch.transformers import GPT, GPTConfig
        >>> model = GPT(GPTConfig(vocab_size=65, n_embd=32, n_layer=1, n_head=4)).eval()
        >>> len(generate(model, [1, 2, 3], 5, temperature=0))
        8
        >>> [len(text) for text in generate(model, [[1, 2, 3], [4]], 5, seed=0)]
        [8, 6]
    """
    sampling = Sampling(repetition_penalty, temperature, top_k, top_p)
    check_model("generate", model)
    listed, alone = _prompts("generate", prompts, model)
    for row in _steps("generate", model, listed, max_new_tokens, sampling, stop_tokens, seed):
        for text, token in row:
            text.append(token)
    return listed[0] if alone else listed


def stream(
    model: LanguageModel,
    prompt: Prompt,
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    stop_tokens: Collection[int] = (),
    seed: int | None = None,
) -> Iterator[int]:
    """The tokens that `generate` would write after a prompt, one by one as they are drawn.

    Args:
        model: as of `generate`, and so are the others.
        prompt: token ids, at least one.
        max_new_tokens: as there.
        temperature: as there.
        top_k: as there.
        top_p: as there.
        repetition_penalty: as there.
        stop_tokens: as there.
        seed: as there.

    Raises:
        TypeError: as there; at once, not with the first token.
        ValueError: as there.
        IndexError: as there.

    Example:
        >>> from tinytorch.transformers import GPT, GPTConfig
        >>> model = GPT(GPTConfig(vocab_size=65, n_embd=32, n_layer=1, n_head=4)).eval()
        >>> written = list(stream(model, [1, 2, 3], 5, seed=0))
        >>> written == generate(model, [1, 2, 3], 5, seed=0)[3:]
        True
    """
    sampling = Sampling(repetition_penalty, temperature, top_k, top_p)
    check_model("stream", model)
    listed, alone = _prompts("stream", prompt, model)
    if not alone:
        raise TypeError("stream: prompt holds several prompts, expected one: token ids")
    steps = _steps("stream", model, listed, max_new_tokens, sampling, stop_tokens, seed)

    def tokens() -> Iterator[int]:
        for ((text, token),) in steps:
            text.append(token)
            yield token

    return tokens()


def _steps(
    function: str,
    model: LanguageModel,
    texts: list[list[int]],
    max_new_tokens: int,
    sampling: Sampling,
    stop_tokens: Collection[int],
    seed: int | None,
) -> Iterator[list[tuple[list[int], int]]]:
    """Step by step the texts that go on, each with its next token, which the caller appends."""
    steps = integer(function, "max_new_tokens", max_new_tokens, 0)
    stops = _stops(function, stop_tokens, model.vocab_size)
    if seed is None:
        seed = int(generator().integers(2**63))
    try:
        going = [(text, keyed_generator(seed, row)) for row, text in enumerate(texts)]
    except (TypeError, ValueError) as error:
        raise type(error)(str(error).replace("keyed_generator", function, 1)) from None

    def run() -> Iterator[list[tuple[list[int], int]]]:
        nonlocal going
        for _ in range(steps):
            if not going:
                return
            scores = next_scores(model, [text for text, _ in going])
            row = [
                (text, sampling.choose(own, np.array(text), random))
                for own, (text, random) in zip(scores, going, strict=True)
            ]
            going = [
                each for each, (_, token) in zip(going, row, strict=True) if token not in stops
            ]
            yield row

    return run()


def next_scores(model: LanguageModel, texts: list[list[int]]) -> np.ndarray:
    """Scores of what comes after each text, (B, vocab_size); the shorter are filled up in front."""
    seen = [text[-model.context :] for text in texts]
    longest = max(map(len, seen))
    ids = np.zeros((len(seen), longest), np.int64)
    there = np.zeros(ids.shape, bool)
    for row, text in enumerate(seen):
        ids[row, longest - len(text) :] = text
        there[row, longest - len(text) :] = True
    mask = None if there.all() else Tensor.from_array(there)
    with no_grad():
        features = model.features(Tensor.from_array(ids), mask)
        scores: np.ndarray = model.lm_head(features[:, -1]).data
    return scores


def check_model(function: str, model: Any) -> None:
    """Raise TypeError unless it has all that a `LanguageModel` has."""
    for name in ("context", "vocab_size", "features", "lm_head"):
        if not hasattr(model, name):
            raise TypeError(
                f"{function}: model is of type {type(model).__name__}, which has no {name}, "
                "expected a GPT, a Llama, or what LanguageModel says"
            )


def _prompts(function: str, prompts: Any, model: LanguageModel) -> tuple[list[list[int]], bool]:
    """The prompts as lists of their own, and whether it was one."""
    listed = _listed(function, "prompts" if function == "generate" else "prompt", prompts)
    alone = not listed or not isinstance(listed[0], Sequence | Tensor | np.ndarray)
    texts = []
    for number, prompt in enumerate([listed] if alone else listed):
        name = "prompt" if alone else f"prompts[{number}]"
        ids = _listed(function, name, prompt)
        text = [
            _token(function, f"{name}[{place}]", token, model.vocab_size)
            for place, token in enumerate(ids)
        ]
        if not 0 < len(text) <= model.context:
            raise ValueError(
                f"{function}: {name} has {len(text)} tokens, expected from 1 to the model's "
                f"context, which is {model.context}"
                + (f": {name}[-{model.context}:] has the last ones" if text else "")
            )
        texts.append(text)
    return texts, alone


def _stops(function: str, stop_tokens: Any, vocab_size: int) -> frozenset[int]:
    if not isinstance(stop_tokens, Collection) or isinstance(stop_tokens, str | bytes):
        raise TypeError(
            f"{function}: stop_tokens is {stop_tokens!r:.60}, expected a set of token ids, such as "
            "{0} or what a tokenizer's encode makes of a text"
        )
    name = "a token of stop_tokens"
    return frozenset(_token(function, name, token, vocab_size) for token in stop_tokens)


def _token(function: str, name: str, token: Any, vocab_size: int) -> int:
    number = integer(function, name, token)
    if not 0 <= number < vocab_size:
        raise IndexError(
            f"{function}: {name} is {number}, expected from 0 to {vocab_size - 1}, the ids that "
            "the model has scores for"
        )
    return number


def _listed(function: str, name: str, ids: Any) -> list[Any]:
    if isinstance(ids, Tensor | np.ndarray) and ids.ndim:
        return list(ids.tolist())
    if not isinstance(ids, Sequence) or isinstance(ids, str):
        raise TypeError(
            f"{function}: {name} is of type {type(ids).__name__}, expected a list of token ids: a "
            "tokenizer's encode makes one of a text"
        )
    return list(ids)
