"""Models learn; one seed gives one set of weights, whether they were saved in between or not."""

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import log_softmax
from tinytorch.layers import Module
from tinytorch.optim import AdamW
from tinytorch.setup import generator, manual_seed
from tinytorch.tensor import Tensor, gather, tensor
from tinytorch.transformers import GPT, GPTConfig, Llama, LlamaConfig, generate

TEXT = np.array([1, 2, 3, 4, 5, 6, 7, 0] * 8)
MODELS = {
    "gpt": lambda: GPT(GPTConfig(8, 16, 16, 2, 2, initializer_range=0.1)),
    "llama": lambda: Llama(
        LlamaConfig(8, 16, 24, 2, 2, 1, max_position_embeddings=16, initializer_range=0.1)
    ),
}


def loss_of(model: Module, windows: np.ndarray) -> Tensor:
    """The mean surprise at each next token."""
    ids = tensor(windows)
    scores = log_softmax(model(ids[:, :-1]), -1)
    return -gather(scores, 2, ids[:, 1:].unsqueeze(-1)).mean()


def train(model: Module, optimizer: AdamW, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        starts = generator().integers(0, len(TEXT) - 13, size=4)
        optimizer.zero_grad()
        loss = loss_of(model, np.stack([TEXT[start : start + 13] for start in starts]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", MODELS)
def test_it_learns_what_comes_next(name):
    manual_seed(0)
    model = MODELS[name]()
    losses = train(model, AdamW(model.parameters(), lr=1e-2), 60)
    assert losses[0] > 1.8
    assert losses[-1] < 0.5
    written = generate(model.eval(), [3, 4], 10, temperature=0)
    assert written == [(3 + step) % 8 for step in range(12)]


@pytest.mark.parametrize("name", MODELS)
def test_one_seed_trains_to_one_set_of_weights(name, tmp_path):
    """To the bit, dropout's too; and saving, loading and generating in between change nothing."""
    found = []
    for interrupted in (False, False, True):
        manual_seed(3)
        model = MODELS[name]()
        optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
        losses = train(model, optimizer, 3)
        if interrupted:
            model.save_pretrained(tmp_path)
            state = optimizer.state_dict()
            model = type(model).from_pretrained(tmp_path).train()
            generate(model.eval(), [1, 2], 3, seed=0)
            model.train()
            optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
            optimizer.load_state_dict(state)
        losses += train(model, optimizer, 3)
        found.append((losses, {key: value.tolist() for key, value in model.state_dict().items()}))
    assert found[0] == found[1]
    assert found[0] == found[2]
    manual_seed(4)
    model = MODELS[name]()
    assert train(model, AdamW(model.parameters(), lr=1e-2), 3) != found[0][0][:3]


def test_the_tied_table_is_moved_once_a_step():
    model = MODELS["gpt"]()
    parameters = list(model.parameters())
    assert len({id(parameter) for parameter in parameters}) == len(parameters)
    optimizer = AdamW(parameters, lr=1e-3, weight_decay=0.0)
    before = model.wte.weight.data.copy()
    train(model, optimizer, 1)
    assert model.lm_head.weight is model.wte.weight
    assert np.abs(model.wte.weight.data - before).max() <= 1.001e-3
