"""Which tokens may come, and how likely each is: against transformers' processors of scores."""

import numpy as np
import pytest
import torch
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from tinytorch.transformers import Sampling

RNG = np.random.default_rng(0)
SETTINGS = [
    {},
    {"temperature": 0.3},
    {"temperature": 3.0},
    {"top_k": 1},
    {"top_k": 7},
    {"top_k": 500},
    {"top_p": 0.05},
    {"top_p": 0.5},
    {"top_p": 0.95},
    {"repetition_penalty": 1.8},
    {"repetition_penalty": 0.6},
    {"top_k": 9, "top_p": 0.7},
    {"repetition_penalty": 1.3, "temperature": 0.7, "top_k": 12, "top_p": 0.8},
]


def theirs(scores, before, settings):
    """The chance of each token, as transformers' generate has it: in this order."""
    rows = torch.tensor(scores[None])
    processors = []
    if "repetition_penalty" in settings:
        processors.append(RepetitionPenaltyLogitsProcessor(settings["repetition_penalty"]))
    if "temperature" in settings:
        processors.append(TemperatureLogitsWarper(settings["temperature"]))
    if "top_k" in settings:
        processors.append(TopKLogitsWarper(settings["top_k"]))
    if "top_p" in settings:
        processors.append(TopPLogitsWarper(settings["top_p"]))
    for processor in processors:
        rows = processor(torch.tensor(before[None]), rows)
    return rows.softmax(-1)[0].numpy()


class Given:
    """A source of random numbers that gives one."""

    def __init__(self, number):
        self.number = number

    def random(self):
        return self.number


@pytest.mark.parity("Sampling")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_chances(settings):
    grid = 5000
    sampling = Sampling(**settings)
    for _ in range(3):
        scores = RNG.standard_normal(40) * 2
        before = RNG.integers(0, 40, 15)
        drawn = [
            sampling.choose(scores, before, Given((step + 0.5) / grid)) for step in range(grid)
        ]
        found = np.bincount(drawn, minlength=40) / grid
        expected = theirs(scores, before, settings)
        # Each token has a stretch of the line from 0 to 1, whose two ends fall between two steps.
        assert np.abs(found - expected).max() <= 1.001 / grid


@pytest.mark.parity("Sampling")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_greatest_score(settings):
    scores, before = RNG.standard_normal(40), RNG.integers(0, 40, 15)
    greedy = Sampling(**{**settings, "temperature": 0})
    expected = theirs(scores, before, {**settings, "temperature": 1.0}).argmax()
    assert greedy.choose(scores, before, Given(0.5)) == expected
