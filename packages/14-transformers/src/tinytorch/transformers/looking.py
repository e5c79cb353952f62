"""Where a model looked: the weights of its attention, which it does not keep itself."""

from __future__ import annotations

from threading import get_ident

from tinytorch.attention.attend import attend, attend_plainly
from tinytorch.tensor import Event, Tensor, no_grad, observe
from tinytorch.transformers.generation import LanguageModel, check_model


def attention_weights(
    model: LanguageModel, input: Tensor, attention_mask: Tensor | None = None
) -> list[Tensor]:
    r"""The weights with which each head of each layer took the mean of values.

    $$P = \operatorname{softmax}\!\left(\alpha \, Q K^\top + M\right)$$

    The model computes as always, with no such matrices. Its queries and keys are observed, and the
    weights computed again from them. Nothing is recorded. Dropout takes part in a model that is
    training: call `model.eval()`.

    Args:
        model: a `GPT`, a `Llama`, or another that has what `LanguageModel` has, whose attention is
            `scaled_dot_product_attention`.
        input: token ids, (N, T).
        attention_mask: (N, T), as of `GPT.forward`.

    Returns:
        for each layer a tensor (N, H, T, T): of each sample and head, a row for each query, which
        adds up to 1, or is zeros where a query may look at no key.

    Raises:
        TypeError: if the model is none, or the ids are no integers.
        ValueError: for another shape.
        IndexError: for an id that is not in the vocabulary, or more tokens than the context.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> from tinytorch.transformers import GPT, GPTConfig
        >>> model = GPT(GPTConfig(vocab_size=65, n_embd=32, n_layer=2, n_head=4)).eval()
        >>> weights = attention_weights(model, tensor([[1, 2, 3]]))
        >>> len(weights), weights[0].shape
        (2, (1, 4, 3, 3))
        >>> weights[0][0, 0, 0].tolist()  # the first token sees itself only
        [1.0, 0.0, 0.0]
    """
    check_model("attention_weights", model)
    calls: list[Event] = []
    here = get_ident()

    def keep(event: Event) -> None:
        if event.source is attend and get_ident() == here:  # other threads may compute, too
            calls.append(event)

    with no_grad():
        with observe(keep):
            model.features(input, attention_mask)
        return [attend_plainly(*call.args, **call.settings)[1] for call in calls]
