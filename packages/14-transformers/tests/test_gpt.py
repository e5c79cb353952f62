"""GPT-2's architecture: what it is made of, how it starts, what it looks at, what it refuses."""

import copy
import math
import pickle

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import gelu, softmax
from tinytorch.autograd import gradcheck
from tinytorch.layers import Parameter
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, allclose, matmul, ones, randint, randn, tensor, zeros
from tinytorch.transformers import GPT, GPTMLP, GPTAttention, GPTBlock, GPTConfig, LlamaConfig

TINY = GPTConfig(vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2)


def test_its_parameters_are_gpt_2s():
    model = GPT(TINY)
    names = [name for name, _ in model.named_parameters()]
    block = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]
    assert names == [
        "wte.weight",
        "wpe.weight",
        *(
            f"h.{number}.{name}.{part}"
            for number in range(2)
            for name in block
            for part in ("weight", "bias")
        ),
        "ln_f.weight",
        "ln_f.bias",
    ]


def test_as_many_as_in_the_real_one():
    """124,439,808: counted by formula, since drawing them takes seconds."""
    config, width = GPTConfig(), 768
    block = 12 * width * width + 13 * width
    expected = (config.vocab_size + config.n_positions + 2) * width + config.n_layer * block
    assert expected == 124_439_808
    tiny = sum(parameter.numel() for parameter in GPT(TINY).parameters())
    assert tiny == (11 + 8 + 2) * 8 + 2 * (12 * 64 + 13 * 8)


def test_the_last_layers_weights_are_the_token_vectors():
    model = GPT(TINY)
    assert model.lm_head.weight is model.wte.weight
    state = model.state_dict()
    assert state["lm_head.weight"].tolist() == state["wte.weight"].tolist()
    model(tensor([[1, 2]]))[0, -1, 3].backward()
    used = model.wte.weight.grad.abs().sum(1) > 0
    assert used.tolist() == [i in (1, 2, 3) for i in range(11)]  # read, and scored


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["deep", "file"]
)
def test_a_copy_is_tied_to_itself(copied):
    model = GPT(TINY).eval()
    other = copied(model)
    ids = randint(0, 11, (2, 5))
    assert other(ids).tolist() == model(ids).tolist()
    assert other.lm_head.weight is other.wte.weight
    assert other.wte.weight is not model.wte.weight
    assert other.config == model.config


def test_how_it_starts():
    manual_seed(0)
    model = GPT(GPTConfig(vocab_size=400, n_positions=64, n_embd=64, n_layer=8, n_head=4))
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.data.any()
        elif ".ln_" in name or name.startswith("ln_"):
            assert (parameter.data == 1).all()
        else:
            std = 0.02 / 4 if name.endswith("c_proj.weight") else 0.02  # √(2·8) is 4
            assert parameter.data.std() == pytest.approx(std, rel=0.05), name
            assert abs(parameter.data.mean()) < std / 10, name


def test_one_seed_gives_one_model():
    found = []
    for _ in range(2):
        manual_seed(5)
        found.append(GPT(TINY).state_dict())
    assert all(found[0][name].tolist() == found[1][name].tolist() for name in found[0])
    model, drawn = GPT(TINY), []
    for _ in range(2):
        manual_seed(5)
        model.reset_parameters()
        drawn.append(model.wte.weight.tolist())
        model.wte.weight.data[...] = 0
    assert drawn[0] == drawn[1] != model.wte.weight.tolist()


def test_a_block_step_by_step():
    block = GPTBlock(TINY).eval()
    x = randn(2, 5, 8)
    q, k, v = block.attn.c_attn(block.ln_1(x)).reshape(2, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
    scores = matmul(q, k.transpose(-1, -2)) / math.sqrt(4)
    weights = softmax(scores.masked_fill(ones(5, 5).triu(1) > 0, -math.inf), -1)
    heads = matmul(weights, v).transpose(1, 2).reshape(2, 5, 8)
    y = x + block.attn.c_proj(heads)
    hidden = gelu(block.mlp.c_fc(block.ln_2(y)), approximate="tanh")
    assert allclose(block(x), y + block.mlp.c_proj(hidden), atol=1e-6)


def test_no_token_looks_ahead():
    model = GPT(TINY).eval()
    ids = randint(0, 11, (2, 8))
    scores = model(ids)
    assert allclose(model(ids[:, :3]), scores[:, :3], atol=1e-6)
    ids[:, 3:] = 0
    assert allclose(model(ids)[:, :3], scores[:, :3], atol=1e-6)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", [bool, int, np.uint8])
def test_texts_of_different_lengths_in_one_batch(side, kind):
    model = GPT(TINY).eval()
    texts = [[1, 2, 3, 4, 5], [6, 7], [8]]
    ids, there = np.full((3, 5), 9), np.zeros((3, 5), kind)
    for row, text in enumerate(texts):
        where = slice(5 - len(text), 5) if side == "left" else slice(len(text))
        ids[row, where], there[row, where] = text, 1
    scores = model(tensor(ids), tensor(there))
    for row, text in enumerate(texts):
        alone = model(tensor([text]))[0]
        assert allclose(scores[row, tensor(there[row] > 0)], alone, atol=1e-6)


def test_a_mask_of_ones_hides_nothing_and_of_zeros_breaks_nothing():
    model = GPT(TINY).eval()
    ids = randint(0, 11, (2, 4))
    assert allclose(model(ids, ones(2, 4) > 0), model(ids), atol=1e-6)
    assert model(ids, zeros(2, 4) > 0).isfinite().all()


def test_what_is_padded_gets_no_gradient():
    model = GPT(TINY).eval()
    scores = model(tensor([[9, 9, 1, 2]]), tensor([[0, 0, 1, 1]]))
    scores[0, 2:].square().sum().backward()
    assert not model.wpe.weight.grad[2:].data.any()  # only two places were taken
    model.zero_grad()
    model.features(tensor([[9, 9, 1, 2]]), tensor([[0, 0, 1, 1]]))[0, 2:].square().sum().backward()
    assert not model.wte.weight.grad[9].data.any()


def test_features_are_what_the_last_layer_sees():
    model = GPT(TINY).eval()
    ids = randint(0, 11, (2, 4))
    assert model.lm_head(model.features(ids)).tolist() == model(ids).tolist()


@pytest.mark.parametrize("shape", [(0, 4), (2, 0)])
def test_nothing_to_read(shape):
    assert GPT(TINY).eval()(zeros(*shape).long()).shape == (*shape, 11)


def test_dropout_in_training_only():
    model = GPT(TINY)
    ids = randint(0, 11, (2, 8))
    assert model(ids).tolist() != model(ids).tolist()
    model.eval()
    assert model(ids).tolist() == model(ids).tolist()


def test_each_dropout_has_its_place():
    ids = randint(0, 11, (2, 8))
    for name in ("embd_pdrop", "attn_pdrop", "resid_pdrop"):
        none = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
        model = GPT(GPTConfig(11, 8, 8, 2, 2, **{**none, name: 0.5}))
        assert model(ids).tolist() != model(ids).tolist(), name
    still = GPT(GPTConfig(11, 8, 8, 2, 2, **none))
    assert still(ids).tolist() == still(ids).tolist()


def test_gradients_of_all_parameters():
    """Along all its parameters at once, in double precision."""
    config = GPTConfig(5, 3, 4, 1, 2, n_inner=3, initializer_range=0.5)
    model = GPT(config).double().eval()
    names = [name for name, _ in model.named_parameters()]
    values = [parameter.detach().clone().requires_grad_() for parameter in model.parameters()]
    ids, mask = tensor([[1, 2, 4], [3, 1, 0]]), tensor([[1, 1, 1], [0, 1, 1]])

    def scores(*values: Tensor) -> Tensor:
        copied = copy.deepcopy(model)
        _put(copied, dict(zip(names, values, strict=True)))
        return copied(ids, mask).tanh()

    assert gradcheck(scores, values)


def _put(model, values):
    """Have tensors where parameters were, so that a gradient goes to them."""
    for name, value in values.items():
        *path, last = name.split(".")
        module = model
        for step in path:
            module = getattr(module, step)
        delattr(module, last)
        setattr(module, last, value)
    del model.lm_head.weight
    model.lm_head.weight = model.wte.weight


def test_gradients_reach_every_parameter():
    model = GPT(TINY)
    model(randint(0, 11, (2, 8))).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.data.any(), name


def test_double_precision():
    model = GPT(TINY).double().eval()
    assert model(randint(0, 11, (2, 3))).dtype == np.float64
    assert isinstance(model.wte.weight, Parameter)
    assert model.lm_head.weight is model.wte.weight


def test_parts_alone():
    x = randn(2, 3, 8)
    assert GPTAttention(TINY)(x).shape == x.shape
    assert GPTMLP(GPTConfig(n_embd=8, n_head=2, n_inner=5)).c_fc.weight.shape == (5, 8)
    assert GPTMLP(TINY)(x[0]).shape == (3, 8)


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        (
            [[1] * 9],
            IndexError,
            "GPT: input has 9 tokens, expected at most the context, which is 8",
        ),
        ([[11]], IndexError, "11"),
        ([[-1]], IndexError, "-1"),
        ([1, 2], ValueError, r"GPT: input has shape \(2,\), expected \(B, T\)"),
        ([[[1]]], ValueError, r"GPT: input has shape \(1, 1, 1\), expected \(B, T\)"),
        ([[1.0]], TypeError, "float32"),
        ([[True]], TypeError, "bool"),
    ],
)
def test_ids_that_are_none(ids, error, message):
    with pytest.raises(error, match=message):
        GPT(TINY)(tensor(ids))


def test_ids_must_be_a_tensor():
    with pytest.raises(TypeError, match="GPT: input is of type list, expected a Tensor of token"):
        GPT(TINY)([[1]])


def test_masks_that_do_not_fit():
    model, ids = GPT(TINY), tensor([[1, 2, 3]])
    with pytest.raises(ValueError, match=r"attention_mask has shape \(1, 2\), expected that of in"):
        model(ids, tensor([[1, 1]]))
    with pytest.raises(ValueError, match=r"attention_mask has shape \(3,\)"):
        model(ids, tensor([1, 1, 1]))
    with pytest.raises(TypeError, match="attention_mask is of type float32, expected a Tensor of"):
        model(ids, ones(1, 3))
    with pytest.raises(TypeError, match="attention_mask is of type list"):
        model(ids, [[1, 1, 1]])


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ({"n_head": 5}, ValueError, "n_head is 5, expected a divisor of n_embd, which is 768"),
        ({"n_layer": 0}, ValueError, "n_layer is 0, expected at least 1"),
        ({"vocab_size": -3}, ValueError, "vocab_size is -3"),
        ({"n_inner": 0}, ValueError, "n_inner is 0"),
        ({"n_embd": 7.5}, TypeError, "n_embd is 7.5, expected an integer"),
        ({"n_positions": None}, TypeError, "n_positions is None, expected an integer"),
        ({"layer_norm_epsilon": "small"}, TypeError, "layer_norm_epsilon is 'small'"),
        ({"layer_norm_epsilon": 0.0}, ValueError, "layer_norm_epsilon is 0.0, expected above 0"),
        ({"layer_norm_epsilon": float("nan")}, ValueError, "layer_norm_epsilon is nan"),
        ({"initializer_range": -0.1}, ValueError, "initializer_range is -0.1, expected 0 or more"),
        ({"embd_pdrop": 1.5}, ValueError, "embd_pdrop is 1.5, expected from 0 to 1"),
        ({"attn_pdrop": -0.5}, ValueError, "attn_pdrop is -0.5, expected from 0 to 1"),
        ({"resid_pdrop": "much"}, TypeError, "resid_pdrop is 'much', expected a number"),
        ({"bos_token_id": -1}, ValueError, "bos_token_id is -1, expected at least 0"),
        ({"eos_token_id": [1]}, TypeError, r"eos_token_id is \[1\], expected an integer"),
        ({"eos_token_id": (1, "b")}, TypeError, "eos_token_id is 'b', expected an integer"),
    ],
)
def test_sizes_that_cannot_be(sizes, error, message):
    with pytest.raises(error, match=f"GPTConfig: {message}"):
        GPTConfig(**sizes)


@pytest.mark.parametrize("config", [65, {"vocab_size": 65}, LlamaConfig(), GPTConfig])
def test_a_config_that_is_none(config):
    kind = type(config).__name__
    with pytest.raises(TypeError, match=f"GPT: config is of type {kind}, expected a GPTConfig"):
        GPT(config)


def test_sizes_at_the_end_of_their_ranges():
    GPTConfig(embd_pdrop=0, attn_pdrop=1.0, initializer_range=0, eos_token_id=(0, 1))
