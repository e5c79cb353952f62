"""Which token comes next: the one with the greatest score, or one drawn by chance from the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinytorch.tensor.dims import integer, setting


@dataclass(frozen=True)
class Sampling:
    r"""How a token is drawn from scores: in steps, in the order of the arguments.

    Args:
        repetition_penalty: $r$: scores of tokens that were there before are divided by it where
            they are above zero, multiplied where below. (Keskar et al.,
            https://arxiv.org/abs/1909.05858.)
        temperature: what scores are divided by: below 1 what is likely becomes likelier. With 0 the
            token of the greatest score is taken (*greedy*), and nothing is left to chance.
        top_k: only so many tokens with the greatest scores may come.
        top_p: only as many of the likeliest may come as it takes to have this probability
            together. (*Nucleus*: Holtzman et al., https://arxiv.org/abs/1904.09751.)

    Raises:
        TypeError: if a number is none.
        ValueError: if one is out of its range.

    Example:
        >>> scores = np.array([0.0, 2.0, 1.0])
        >>> Sampling(temperature=0).choose(scores, np.array([0]), np.random.default_rng(0))
        1
    """

    repetition_penalty: float = 1.0
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not setting("Sampling", "repetition_penalty", self.repetition_penalty) > 0:
            raise ValueError(
                f"Sampling: repetition_penalty is {self.repetition_penalty}, expected above 0"
            )
        if not 0 <= setting("Sampling", "temperature", self.temperature) < np.inf:
            raise ValueError(
                f"Sampling: temperature is {self.temperature}, expected 0 or more: 0 takes the "
                "token of the greatest score"
            )
        if self.top_k is not None:
            integer("Sampling", "top_k", self.top_k, 1)
        if self.top_p is not None and not 0 < setting("Sampling", "top_p", self.top_p) <= 1:
            raise ValueError(f"Sampling: top_p is {self.top_p}, expected above 0, and at most 1")

    def choose(self, scores: np.ndarray, before: np.ndarray, random: np.random.Generator) -> int:
        """The next token.

        Args:
            scores: of all tokens, (vocab_size,).
            before: the tokens that were there.
            random: draws one number, but for temperature 0.

        Raises:
            ValueError: if scores are NaN or inf, or all are -inf: the model is broken; or if that
                is so after the repetition penalty.
        """
        scores = scores.astype(np.float64)
        if not np.isfinite(np.max(scores)):  # of NaN it is NaN
            raise ValueError("Sampling: the model's scores are NaN or inf, expected numbers")
        if self.repetition_penalty != 1:
            seen = np.unique(before)
            old = scores[seen]
            with np.errstate(all="ignore"):
                scores[seen] = np.where(
                    old > 0, old / self.repetition_penalty, old * self.repetition_penalty
                )
            if not np.isfinite(np.max(scores)):
                raise ValueError(
                    f"Sampling: repetition_penalty is {self.repetition_penalty}, with which scores "
                    "are no numbers any more, expected a little above 1"
                )
        if self.temperature == 0:
            return int(scores.argmax())
        order = np.argsort(-scores, kind="stable")
        if self.top_k is not None:
            order = order[: self.top_k]
        best = scores[order]
        with np.errstate(all="ignore"):
            shares = np.exp((best - best[0]) / self.temperature)
        total = np.cumsum(shares)
        if self.top_p is not None:
            total = total[: 1 + np.searchsorted(total, self.top_p * total[-1])]
        return int(order[np.searchsorted(total, random.random() * total[-1], side="right")])
