"""A run done again, or stopped, kept in a folder and gone on with, comes to the same bits."""

import pytest

from tinytorch.losses import cross_entropy
from tinytorch.optim import AdamW
from tinytorch.setup import generator, get_rng_state, manual_seed, set_rng_state
from tinytorch.tensor import from_numpy
from tinytorch.transformers import GPT, GPTConfig, Llama, LlamaConfig

SMALL_GPT = GPTConfig(30, 16, 16, 2, 2)
SMALL_LLAMA = LlamaConfig(30, 16, 24, 2, 2, num_key_value_heads=1, max_position_embeddings=16)
MODELS = [(GPT, SMALL_GPT), (Llama, SMALL_LLAMA)]


def trained(model, optimizer, steps):
    """Go on training; GPT's dropout draws from the generator, as do the batches."""
    model.train()
    for _ in range(steps):
        ids = generator().integers(30, size=(4, 13))
        scores = model(from_numpy(ids[:, :-1].copy()))
        optimizer.zero_grad()
        cross_entropy(scores.flatten(0, 1), from_numpy(ids[:, 1:].reshape(-1))).backward()
        optimizer.step()


def begun(kind, config):
    manual_seed(5)
    model = kind(config)
    return model, AdamW(model.parameters(), lr=1e-2)


def bits(model):
    return {name: x.numpy().tobytes() for name, x in model.state_dict().items()}


@pytest.mark.parametrize(("kind", "config"), MODELS)
def test_one_seed_makes_one_model(kind, config):
    runs = []
    for _ in range(2):
        model, optimizer = begun(kind, config)
        start = bits(model)
        trained(model, optimizer, 4)
        runs.append(bits(model))
    assert runs[0] == runs[1]
    assert all(runs[0][name] != start[name] for name in start)


@pytest.mark.parametrize(("kind", "config"), MODELS)
def test_a_stay_in_a_folder_changes_nothing(kind, config, tmp_path):
    whole, optimizer = begun(kind, config)
    trained(whole, optimizer, 6)

    first, optimizer = begun(kind, config)
    trained(first, optimizer, 3)
    first.save_pretrained(tmp_path)
    memory, state = optimizer.state_dict(), get_rng_state()
    manual_seed(99)
    second = kind.from_pretrained(tmp_path)
    again = AdamW(second.parameters(), lr=1e-2)
    again.load_state_dict(memory)
    set_rng_state(state)
    trained(second, again, 3)
    assert bits(second) == bits(whole)
