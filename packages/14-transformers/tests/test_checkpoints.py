"""Models in folders: what is written, what is read, and everything that may be wrong in the files.

(What transformers makes of them is in `parity/`.)
"""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import (
    LinearScaling,
    Llama3Scaling,
    NTKScaling,
    YaRNScaling,
)
from tinytorch.layers import Parameter
from tinytorch.setup import generator, get_rng_state, manual_seed
from tinytorch.tensor import Tensor, ones, randint, tensor, zeros
from tinytorch.tokenization import (
    GPT4_PATTERN,
    BPETokenizer,
    CharacterTokenizer,
    load_gpt2,
    load_tokenizer_json,
)
from tinytorch.training import load, save
from tinytorch.transformers import GPT, GPTConfig, Llama, LlamaConfig

GPT_CONFIG = GPTConfig(300, 8, 8, 2, 2)
LLAMA_CONFIG = LlamaConfig(300, 8, 12, 2, 2, 1, max_position_embeddings=8)
MODELS: dict[type, Callable[[], GPT | Llama]] = {
    GPT: lambda: GPT(GPT_CONFIG),
    Llama: lambda: Llama(LLAMA_CONFIG),
}
END = "<|endoftext|>"
TOKENIZER = BPETokenizer.train("low lower lowest", 261, special_tokens=[END])
each_kind = pytest.mark.parametrize("kind", MODELS)


@pytest.fixture
def folders(tmp_path):
    """A folder for each kind of model, to be spoilt."""
    for kind, make in MODELS.items():
        make().save_pretrained(tmp_path / kind.__name__)
    return {kind: tmp_path / kind.__name__ for kind in MODELS}


def rewrite(folder, **settings):
    """Give settings of config.json other values."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **settings}))


def spoil(folder, change):
    """Change the tensors by their names."""
    tensors = load(folder / "model.safetensors")
    change(tensors)
    save(tensors, folder / "model.safetensors")


def same(model, other):
    """Whether both have the same weights."""
    ours, theirs = model.state_dict(), other.state_dict()
    return list(ours) == list(theirs) and all(
        ours[name].tolist() == theirs[name].tolist() for name in ours
    )


# --- there and back


@each_kind
@pytest.mark.parametrize("as_path", [str, Path])
def test_there_and_back(kind, as_path, tmp_path):
    model = MODELS[kind]()
    folder = as_path(tmp_path / "a" / "b")
    model.save_pretrained(folder)
    found = kind.from_pretrained(folder)
    assert same(model, found)
    assert found.config == model.config
    assert model.training
    assert not found.training
    ids = randint(0, 300, (2, 8))
    assert found(ids).tolist() == model.eval()(ids).tolist()
    found.save_pretrained(folder)  # over itself
    assert same(kind.from_pretrained(folder), model)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_inner": 5},
        {"embd_pdrop": 0.0, "attn_pdrop": 0.3, "resid_pdrop": 0.2},
        {"layer_norm_epsilon": 1e-3, "initializer_range": 0.1},
    ],
    ids=str,
)
def test_settings_of_a_gpt_survive(changes, tmp_path):
    model = GPT(replace(GPT_CONFIG, **changes))
    model.save_pretrained(tmp_path)
    found = GPT.from_pretrained(tmp_path)
    assert found.config == model.config
    assert same(found, model)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_key_value_heads": None},
        {"head_dim": 6},
        {"tie_word_embeddings": True},
        {"rope_theta": 5e5, "rms_norm_eps": 1e-5},
        {"rope_scaling": LinearScaling(2.0)},
        {"rope_scaling": Llama3Scaling(8.0, 1.0, 4.0, 8)},
        {"rope_scaling": YaRNScaling(4.0, 4)},
        {"rope_scaling": YaRNScaling(4.0, 4, 16.0, 2.0, 1.5)},
    ],
    ids=str,
)
def test_settings_of_a_llama_survive(changes, tmp_path):
    model = Llama(replace(LLAMA_CONFIG, **changes))
    model.save_pretrained(tmp_path)
    found = Llama.from_pretrained(tmp_path)
    assert found.config == model.config
    assert same(found, model)
    assert (found.lm_head.weight is found.embed_tokens.weight) == found.config.tie_word_embeddings


def test_names_and_shapes_are_hugging_faces(folders):
    gpt = load(folders[GPT] / "model.safetensors")
    assert gpt["transformer.h.0.attn.c_attn.weight"].shape == (8, 24)
    assert gpt["transformer.h.1.mlp.c_proj.weight"].shape == (32, 8)
    assert gpt["transformer.wte.weight"].shape == (300, 8)
    assert "lm_head.weight" not in gpt
    llama = load(folders[Llama] / "model.safetensors")
    assert llama["model.layers.0.self_attn.k_proj.weight"].shape == (4, 8)
    assert llama["lm_head.weight"].shape == (300, 8)


@each_kind
def test_double_precision_is_kept_in_the_file(kind, tmp_path):
    model = MODELS[kind]().double()
    model.save_pretrained(tmp_path)
    assert {x.dtype.name for x in load(tmp_path / "model.safetensors").values()} == {"float64"}
    assert kind.from_pretrained(tmp_path).lm_head.weight.dtype == np.float32


def test_half_precision_is_read(folders):
    halves = {name: x.half() for name, x in load(folders[GPT] / "model.safetensors").items()}
    save(halves, folders[GPT] / "model.safetensors")
    found = GPT.from_pretrained(folders[GPT])
    assert found.wte.weight.dtype == np.float32
    assert found.wte.weight.tolist() == halves["transformer.wte.weight"].float().tolist()


def brain_floats(tensors, path):
    """Write tensors as safetensors of bfloat16, cut off after 16 bits."""
    header, data = {}, b""
    for name, value in tensors.items():
        bits = (value.data.view(np.uint32) >> 16).astype("<u2").tobytes()
        where = [len(data), len(data) + len(bits)]
        header[name] = {"dtype": "BF16", "shape": value.shape, "data_offsets": where}
        data += bits
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


@each_kind
def test_bfloat16_is_read_as_single_precision(kind, folders):
    path = folders[kind] / "model.safetensors"
    brain_floats(load(path), path)
    found = kind.from_pretrained(folders[kind])
    assert {x.dtype.name for x in found.parameters()} == {"float32"}
    table = next(found.parameters())
    assert table.data.any()
    assert not (table.data.view(np.uint32) & 0xFFFF).any()


@each_kind
def test_reading_draws_no_random_number(kind, folders):
    class Drawing(kind):
        def __init__(self, config):
            super().__init__(config)
            self.drawn = generator().random(), generator().standard_normal(2).tolist()

    manual_seed(3)
    before = get_rng_state()
    assert Drawing.from_pretrained(folders[kind]).drawn == (0.0, [0.0, 0.0])
    assert get_rng_state() == before
    rewrite(folders[kind], vocab_size=299)
    with pytest.raises(ValueError, match="expected"):
        kind.from_pretrained(folders[kind])
    assert get_rng_state() == before


def test_a_subclass_is_read_as_itself(folders):
    class Mine(GPT):
        pass

    assert type(Mine.from_pretrained(folders[GPT])) is Mine


def test_old_files_of_gpt_2_have_masks_and_no_prefix(folders):
    def change(tensors):
        for name in list(tensors):
            tensors[name.removeprefix("transformer.")] = tensors.pop(name)
        for number in range(2):
            tensors[f"h.{number}.attn.bias"] = zeros(1, 1, 8, 8)
            tensors[f"h.{number}.attn.masked_bias"] = tensor(-1e4)

    before = GPT.from_pretrained(folders[GPT])
    spoil(folders[GPT], change)
    assert same(GPT.from_pretrained(folders[GPT]), before)


def test_old_files_of_llama_have_angles(folders):
    def change(tensors):
        tensors["model.layers.1.self_attn.rotary_emb.inv_freq"] = zeros(2)

    before = Llama.from_pretrained(folders[Llama])
    spoil(folders[Llama], change)
    assert same(Llama.from_pretrained(folders[Llama]), before)


def test_old_settings_of_positions(folders):
    path = folders[Llama] / "config.json"
    config = json.loads(path.read_bytes())
    del config["rope_parameters"]
    path.write_text(json.dumps(config))
    assert Llama.from_pretrained(folders[Llama]).config == LLAMA_CONFIG
    rewrite(folders[Llama], rope_theta=5.0, rope_scaling={"type": "linear", "factor": 2.0})
    found = Llama.from_pretrained(folders[Llama]).config
    assert (found.rope_theta, found.rope_scaling) == (5.0, LinearScaling(2.0))
    rewrite(folders[Llama], rope_scaling=None)
    assert Llama.from_pretrained(folders[Llama]).config.rope_scaling is None


@pytest.mark.parametrize(
    "second",
    [
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "default"},
        {"rope_type": "linear", "factor": 2.0, "rope_theta": 6.0},
    ],
    ids=str,
)
def test_positions_that_are_said_in_two_ways(second, folders):
    first = {"rope_type": "linear", "factor": 2.0}
    rewrite(folders[Llama], rope_theta=5.0, rope_parameters=first, rope_scaling=second)
    with pytest.raises(
        ValueError, match=r"config\.json: rope_parameters is {.* and rope_scaling {"
    ):
        Llama.from_pretrained(folders[Llama])


def test_positions_that_are_said_twice(folders):
    scaling = {"factor": 2.0, "rope_theta": 5.0}
    rewrite(
        folders[Llama],
        rope_parameters={"rope_type": "linear", **scaling},
        rope_scaling={"type": "linear", **scaling},
    )
    found = Llama.from_pretrained(folders[Llama]).config
    assert (found.rope_theta, found.rope_scaling) == (5.0, LinearScaling(2.0))


# --- which token ends a text


@each_kind
@pytest.mark.parametrize("ends", [7, (7, 9), None])
def test_what_ends_a_text_is_kept(kind, ends, folders):
    folder = folders[kind]
    rewrite(folder, bos_token_id=5, eos_token_id=ends)
    model = kind.from_pretrained(folder)
    assert (model.config.bos_token_id, model.config.eos_token_id) == (5, ends)
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_bytes())
    assert config["bos_token_id"] == 5
    assert config["eos_token_id"] == (list(ends) if isinstance(ends, tuple) else ends)
    assert kind.from_pretrained(folder).config == model.config
    model.save_pretrained(folder, TOKENIZER)  # which knows better
    end = TOKENIZER.special_tokens[END]
    found = kind.from_pretrained(folder).config
    assert (found.bos_token_id, found.eos_token_id) == (end, end)


# --- over an older model


@each_kind
def test_what_an_older_model_left_goes(kind, folders):
    folder = folders[kind]
    older = (
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "generation_config.json",
    )
    others = "model-notes.safetensors", "tokenizer.json", "README.md"
    for name in older + others:
        (folder / name).write_text("older")
    MODELS[kind]().save_pretrained(folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "model.safetensors", *others}


def test_what_an_older_tokenizer_left_goes(folders):
    older = "special_tokens_map.json", "added_tokens.json", "tokenizer.model"
    for name in older:
        (folders[GPT] / name).write_text("{}")
    MODELS[GPT]().save_pretrained(folders[GPT])
    assert all((folders[GPT] / name).exists() for name in older)
    MODELS[GPT]().save_pretrained(folders[GPT], TOKENIZER)
    assert not any((folders[GPT] / name).exists() for name in older)


# --- the tokenizer beside it


@each_kind
def test_a_tokenizer_beside_the_model(kind, tmp_path):
    MODELS[kind]().save_pretrained(tmp_path, TOKENIZER)
    assert {path.name for path in tmp_path.iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
        "merges.txt",
    }
    assert load_gpt2(tmp_path) == load_tokenizer_json(tmp_path / "tokenizer.json") == TOKENIZER
    config = json.loads((tmp_path / "config.json").read_bytes())
    assert config["bos_token_id"] == config["eos_token_id"] == TOKENIZER.special_tokens[END]
    assert json.loads((tmp_path / "tokenizer_config.json").read_bytes()) == {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END,
        "eos_token": END,
    }
    kind.from_pretrained(tmp_path)


def test_a_tokenizer_that_gpt_2s_files_have_no_place_for(tmp_path):
    model = MODELS[GPT]()
    model.save_pretrained(tmp_path, TOKENIZER)
    other = BPETokenizer.train("low lower", 259, pattern=GPT4_PATTERN)
    model.save_pretrained(tmp_path, other)
    assert not (tmp_path / "vocab.json").exists()  # it was the first one's
    assert not (tmp_path / "merges.txt").exists()
    assert load_tokenizer_json(tmp_path / "tokenizer.json") == other
    config = json.loads((tmp_path / "config.json").read_bytes())
    assert config["bos_token_id"] is None  # it has no <|endoftext|>
    assert config["eos_token_id"] is None


@each_kind
def test_without_a_tokenizer_no_token_ends_a_text(kind, folders):
    """Left out, transformers would take one of its own: the third character, of a Llama."""
    config = json.loads((folders[kind] / "config.json").read_bytes())
    assert config["eos_token_id"] is None


@pytest.mark.parametrize(
    ("tokenizer", "error", "message"),
    [
        (CharacterTokenizer("abc"), TypeError, "tokenizer is .*: the files have no place for a"),
        ("gpt2", TypeError, "tokenizer is of type str, expected a BPETokenizer"),
        (
            BPETokenizer.train("low", 257, special_tokens=[END]).__class__(
                TOKENIZER.vocabulary, TOKENIZER.merges, special_tokens={END: 300}
            ),
            ValueError,
            "tokenizer has ids up to 300, expected them below the model's vocab_size, which is 300",
        ),
    ],
    ids=["characters", "a name", "too large"],
)
def test_tokenizers_that_do_not_fit(tokenizer, error, message, tmp_path):
    with pytest.raises(error, match=f"save_pretrained: {message}"):
        MODELS[GPT]().save_pretrained(tmp_path / "new", tokenizer)
    assert not (tmp_path / "new").exists()


# --- what may be wrong


def test_all_tensors_that_do_not_fit_are_listed(folders):
    def change(tensors):
        del tensors["transformer.h.0.ln_1.bias"]
        del tensors["transformer.wpe.weight"]
        tensors["transformer.h.2.ln_1.bias"] = zeros(8)
        tensors["transformer.ln_f.weight"] = zeros(7)
        tensors["transformer.h.1.attn.c_attn.weight"] = zeros(24, 9)
        tensors["transformer.h.1.mlp.c_fc.weight"] = zeros(3)

    spoil(folders[GPT], change)
    with pytest.raises(ValueError, match=r"from_pretrained: .*model\.safetensors") as found:
        GPT.from_pretrained(folders[GPT])
    text = str(found.value)
    for line in (
        "missing: wpe.weight, of shape (8, 8)",
        "missing: h.0.ln_1.bias, of shape (8,)",
        "unexpected: h.2.ln_1.bias",
        "ln_f.weight: has shape (7,), expected (8,)",
        "h.1.attn.c_attn.weight: has shape (9, 24), expected (24, 8)",
        "h.1.mlp.c_fc.weight: has shape (3,), expected (32, 8)",
    ):
        assert line in text


def test_a_file_of_another_size_says_so(folders):
    rewrite(folders[Llama], num_hidden_layers=3)
    with pytest.raises(ValueError, match=r"missing: layers\.2\.input_layernorm\.weight"):
        Llama.from_pretrained(folders[Llama])
    rewrite(folders[Llama], num_hidden_layers=1)
    with pytest.raises(ValueError, match=r"unexpected: layers\.1\.mlp\.up_proj\.weight"):
        Llama.from_pretrained(folders[Llama])
    rewrite(folders[Llama], num_hidden_layers=2, vocab_size=301)
    with pytest.raises(ValueError, match=r"lm_head\.weight: has shape \(300, 8\), expected \(301"):
        Llama.from_pretrained(folders[Llama])


def test_without_token_vectors_both_are_missing(folders):
    spoil(folders[GPT], lambda tensors: tensors.pop("transformer.wte.weight"))
    with pytest.raises(ValueError, match=r"(?s)missing: wte\.weight.*missing: lm_head\.weight"):
        GPT.from_pretrained(folders[GPT])


def test_a_last_layer_of_its_own_is_refused(folders):
    def tie(tensors):
        tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()

    def untie(tensors):
        tensors["lm_head.weight"][3, 4] += 1.0

    spoil(folders[GPT], tie)
    GPT.from_pretrained(folders[GPT])
    spoil(folders[GPT], untie)
    with pytest.raises(ValueError, match=r"lm_head\.weight differs from wte\.weight, expected the"):
        GPT.from_pretrained(folders[GPT])
    rewrite(folders[Llama], tie_word_embeddings=True)  # the file has two
    with pytest.raises(ValueError, match=r"lm_head\.weight differs from embed_tokens\.weight"):
        Llama.from_pretrained(folders[Llama])
    spoil(folders[GPT], lambda tensors: tensors.update({"lm_head.weight": zeros(2, 3)}))
    with pytest.raises(ValueError, match=r"lm_head\.weight: has shape \(2, 3\)"):
        GPT.from_pretrained(folders[GPT])


def test_a_tensor_with_the_prefix_and_without(folders):
    spoil(folders[GPT], lambda tensors: tensors.update({"ln_f.bias": zeros(8)}))
    with pytest.raises(ValueError, match=r"model\.safetensors: ln_f\.bias is there twice"):
        GPT.from_pretrained(folders[GPT])


@each_kind
def test_integers_are_no_weights(kind, folders):
    """As they are, at least: they are quantised, and something else says what they mean."""

    def change(tensors):
        for name in list(tensors)[:2]:
            tensors[name] = ones(*tensors[name].shape).long()

    spoil(folders[kind], change)
    with pytest.raises(ValueError, match=r"safetensors: .* has type int64, .* has type int64, exp"):
        kind.from_pretrained(folders[kind])


@each_kind
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_is_missing(kind, name, folders):
    (folders[kind] / name).unlink()
    with pytest.raises(
        FileNotFoundError, match=f"^from_pretrained: .*{name} is no file, expected a"
    ):
        kind.from_pretrained(folders[kind])


@each_kind
def test_a_folder_that_is_none(kind, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder in ("gpt2", "file", "empty"):
        with pytest.raises(
            FileNotFoundError,
            match=rf"^from_pretrained: {folder}.config\.json is no file, expected a folder with "
            r"config\.json and model\.safetensors: nothing is downloaded$",
        ):
            kind.from_pretrained(folder)
    for folder in (None, 3, b"gpt2"):
        with pytest.raises(TypeError, match=f"^from_pretrained: folder is {folder}, expected a pa"):
            kind.from_pretrained(folder)
        with pytest.raises(TypeError, match=f"^save_pretrained: folder is {folder}, expected a pa"):
            MODELS[kind]().save_pretrained(folder)


@each_kind
def test_tensors_that_are_cut_off(kind, folders):
    path = folders[kind] / "model.safetensors"
    whole = path.read_bytes()
    for size in (0, 7, 100, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"model\.safetensors cannot be read"):
            kind.from_pretrained(folders[kind])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no JSON"),
        (b'{"model_type": "gpt2"', "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it holds a list, expected an object"),
        (b"null", "it holds a NoneType, expected an object"),
        (b"{}", "model_type is None, expected 'gpt2'"),
        (b'{"model_type": "bert"}', "model_type is 'bert', expected 'gpt2'"),
    ],
    ids=str,
)
def test_configs_that_are_damaged(content, message, folders):
    (folders[GPT] / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=rf"from_pretrained: .*config\.json: {message}"):
        GPT.from_pretrained(folders[GPT])


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (GPT, {"activation_function": "relu"}, "activation_function is 'relu', expected 'gelu_new"),
        (GPT, {"scale_attn_weights": False}, "scale_attn_weights is False, expected True"),
        (GPT, {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx is True"),
        (GPT, {"add_cross_attention": True}, "add_cross_attention is True, expected False"),
        (GPT, {"tie_word_embeddings": False}, "tie_word_embeddings is False, expected True"),
        (GPT, {"n_head": 3}, r"config\.json: GPTConfig: n_head is 3, expected a divisor of n_embd"),
        (
            GPT,
            {"n_layer": "two"},
            r"config\.json: GPTConfig: n_layer is 'two', expected an integer",
        ),
        (GPT, {"n_embd": None}, "GPTConfig: n_embd is None"),
        (GPT, {"n_embd": 2**80}, r"config\.json: "),
        (GPT, {"vocab_size": 10**15}, r"config\.json: "),
        (Llama, {"intermediate_size": 10**15}, r"config\.json: "),
        (GPT, {"resid_pdrop": 1.5}, r"config\.json: GPTConfig: resid_pdrop is 1\.5, expected from"),
        (GPT, {"eos_token_id": "end"}, "GPTConfig: eos_token_id is 'end', expected an integer"),
        (
            GPT,
            {"quantization_config": {"bits": 4}},
            r"quantization_config is {'bits': 4}, expected None",
        ),
        (Llama, {"head_dim": 3}, r"config\.json: RotaryEmbedding: .* is 3, expected"),
        (
            Llama,
            {"tie_word_embeddings": "false"},
            "LlamaConfig: tie_word_embeddings is 'false', expected True or False",
        ),
        (Llama, {"model_type": "mistral"}, "model_type is 'mistral', expected 'llama'"),
        (Llama, {"hidden_act": "gelu"}, "hidden_act is 'gelu', expected 'silu'"),
        (Llama, {"attention_bias": True}, "attention_bias is True, expected False"),
        (Llama, {"attention_dropout": 0.1}, r"attention_dropout is 0\.1, expected 0\.0"),
        (Llama, {"mlp_bias": True}, "mlp_bias is True, expected False"),
        (Llama, {"num_attention_heads": 3}, "LlamaConfig: num_attention_heads is 3"),
        (Llama, {"rms_norm_eps": "1e-5"}, "LlamaConfig: rms_norm_eps is '1e-5'"),
    ],
)
def test_configs_of_other_models(kind, settings, message, folders):
    rewrite(folders[kind], **settings)
    with pytest.raises(ValueError, match=f"from_pretrained: .*{message}"):
        kind.from_pretrained(folders[kind])


@pytest.mark.parametrize(
    ("rope", "message"),
    [
        (
            {"rope_type": "dynamic", "factor": 2.0},
            "rope_type is 'dynamic', expected default, linear",
        ),
        ({"rope_type": "linear"}, "linear scaling of positions: .*missing.*'factor'"),
        ({"rope_type": "linear", "factor": 0}, "linear scaling of positions: .*factor is 0"),
        ({"rope_type": "linear", "factor": "2"}, "linear scaling of positions: .*factor is '2'"),
        (
            {"rope_type": "yarn", "factor": 2.0, "mscale": 1},
            "yarn scaling of positions: .*'mscale'",
        ),
        ("linear", "rope_parameters is 'linear', expected an object"),
        ({"rope_type": ["linear"]}, r"rope_type is \['linear'\], expected default"),
        (
            {"rope_type": "default", "factor": 2.0, "mscale": None},
            r"config\.json: rope_type is 'default' with factor 2\.0, expected",
        ),
        ({"rope_type": "default", "type": "linear"}, "rope_type is 'default' with type 'linear'"),
    ],
    ids=str,
)
def test_scalings_that_are_not_supported(rope, message, folders):
    rewrite(folders[Llama], rope_parameters=rope)
    with pytest.raises(ValueError, match=f"from_pretrained: .*{message}"):
        Llama.from_pretrained(folders[Llama])


def test_a_scaling_that_files_have_no_name_for(tmp_path):
    model = Llama(replace(LLAMA_CONFIG, rope_scaling=NTKScaling(2.0)))
    with pytest.raises(
        ValueError, match="save_pretrained: rope_scaling is NTKScaling, which the f"
    ):
        model.save_pretrained(tmp_path / "new", TOKENIZER)
    assert not (tmp_path / "new").exists()


# --- tensors in several files


@pytest.fixture
def shards(folders):
    """The GPT's folder, with its tensors in two files, and an index."""
    folder = folders[GPT]
    tensors = load(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = list(tensors)
    where = {}
    for number, part in enumerate((names[:9], names[9:]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save({name: tensors[name] for name in part}, folder / file)
        where.update(dict.fromkeys(part, file))
    index = {"metadata": {"total_size": 1}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_tensors_in_several_files(shards):
    tensors: dict[str, Tensor] = {}
    for path in shards.glob("*.safetensors"):
        tensors.update(load(path))
    found = GPT.from_pretrained(shards)
    assert found.wte.weight.tolist() == tensors["transformer.wte.weight"].tolist()
    assert found.ln_f.bias.tolist() == tensors["transformer.ln_f.bias"].tolist()


def test_one_file_is_taken_before_several(shards):
    manual_seed(9)
    other = MODELS[GPT]()
    other.save_pretrained(shards)
    assert same(GPT.from_pretrained(shards), other)


def test_a_part_that_is_missing(shards):
    (shards / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"model-00002-of-00002\.safetensors is no file, ex"
    ):
        GPT.from_pretrained(shards)


def test_a_tensor_in_two_files(shards):
    first = load(shards / "model-00001-of-00002.safetensors")
    second = load(shards / "model-00002-of-00002.safetensors")
    name = next(iter(first))
    save({**second, name: first[name]}, shards / "model-00002-of-00002.safetensors")
    with pytest.raises(
        ValueError, match=re.escape(f"{name.removeprefix('transformer.')} is there")
    ):
        GPT.from_pretrained(shards)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "it is no JSON"),
        ("[]", "it holds a list, expected an object"),
        ("{}", "weight_map has None, expected the name of a file for each tensor"),
        ('{"weight_map": {"a": 3}}', "weight_map has 3, expected"),
        ('{"weight_map": {"a": "../secret.safetensors"}}', r"weight_map has '\.\./secret"),
        ('{"weight_map": {"a": "a/../../secret.safetensors"}}', "weight_map has 'a/"),
        ('{"weight_map": {"a": "/secret.safetensors"}}', "weight_map has '/secret"),
        (r'{"weight_map": {"a": "..\\secret.safetensors"}}', "weight_map has '..+secret"),
        ('{"weight_map": {"a": ".."}}', r"weight_map has '\.\.'"),
        ('{"weight_map": {"a": ""}}', "weight_map has '', expected"),
        (r'{"weight_map": {"a": "a\u0000.safetensors"}}', "weight_map has 'a.x00"),
        ('{"weight_map": {}}', None),
    ],
    ids=str,
)
def test_an_index_that_is_damaged(index, message, shards):
    (shards / "model.safetensors.index.json").write_text(index)
    expected = rf"index\.json: {message}" if message else r"missing: wte\.weight"
    with pytest.raises(ValueError, match=expected):
        GPT.from_pretrained(shards)


# --- what is there stays


@each_kind
def test_what_cannot_be_written_leaves_what_was_there(kind, folders, monkeypatch):
    before = kind.from_pretrained(folders[kind])

    def fail(*_arguments, **_settings):
        raise OSError("the disk is full")

    monkeypatch.setattr("safetensors.numpy.save_file", fail)
    with pytest.raises(OSError, match="the disk is full"):
        MODELS[kind]().save_pretrained(folders[kind])
    assert same(kind.from_pretrained(folders[kind]), before)
    assert len(list(folders[kind].iterdir())) == 2


@pytest.mark.parametrize("name", ["save_tokenizer_json", "save_gpt2"])
def test_a_tokenizer_that_cannot_be_written_leaves_the_older_model(name, folders, monkeypatch):
    before = GPT.from_pretrained(folders[GPT])

    def fail(*_arguments, **_settings):
        raise OSError("the disk is full")

    monkeypatch.setattr(f"tinytorch.transformers.tokenizer_files.{name}", fail)
    manual_seed(5)
    with pytest.raises(OSError, match="the disk is full"):
        MODELS[GPT]().save_pretrained(folders[GPT], TOKENIZER)
    assert same(GPT.from_pretrained(folders[GPT]), before)


def test_tensors_that_cannot_be_written_leave_the_older_tokenizer(folders, monkeypatch):
    MODELS[GPT]().save_pretrained(folders[GPT], TOKENIZER)
    before = {path.name: path.read_bytes() for path in folders[GPT].iterdir()}

    def fail(*_arguments, **_settings):
        raise OSError("the disk is full")

    monkeypatch.setattr("safetensors.numpy.save_file", fail)
    with pytest.raises(OSError, match="the disk is full"):
        MODELS[GPT]().save_pretrained(folders[GPT], BPETokenizer.train("low", 258))
    assert {path.name: path.read_bytes() for path in folders[GPT].iterdir()} == before


def test_a_head_that_is_no_longer_tied_is_not_saved(tmp_path):
    sizes = {"n_positions": 8, "n_embd": 8, "n_layer": 1, "n_head": 2}
    model = GPT(GPTConfig(11, **sizes))
    model.lm_head.weight = Parameter(model.wte.weight.detach() + 1)
    with pytest.raises(ValueError, match=r"lm_head\.weight differs from wte\.weight"):
        model.save_pretrained(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_llama_that_turns_a_part_of_each_head_is_refused(folders):
    rewrite(folders[Llama], partial_rotary_factor=0.5)
    with pytest.raises(ValueError, match=r"partial_rotary_factor is 0\.5, expected 1"):
        Llama.from_pretrained(folders[Llama])
