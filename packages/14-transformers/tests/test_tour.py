"""A tour of the package: read this first."""

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.optim import AdamW
from tinytorch.tensor import allclose, arange, ones, randn, tensor, zeros
from tinytorch.tokenization import BPETokenizer, load_tokenizer_json
from tinytorch.transformers import (
    GPT,
    GPTConfig,
    LayerNorm,
    Llama,
    LlamaConfig,
    RMSNorm,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
    attention_weights,
    generate,
    stream,
)


def test_a_layer_norm_gives_each_token_mean_0_and_variance_1():
    out = LayerNorm(16)(randn(2, 5, 16) * 7 + 3)
    assert allclose(out.mean(-1), zeros(2, 5), atol=1e-5)
    assert allclose(out.square().mean(-1), ones(2, 5), atol=1e-3)


def test_an_rms_norm_leaves_the_mean():
    out = RMSNorm(16)(randn(2, 5, 16) * 7 + 3)
    assert allclose(out.square().mean(-1), ones(2, 5), atol=1e-3)


def test_a_gpt_scores_every_token_that_may_come_next():
    model = GPT(GPTConfig(vocab_size=65, n_positions=64, n_embd=32, n_layer=2, n_head=4))
    assert model(tensor([[7, 1, 1], [0, 64, 3]])).shape == (2, 3, 65)


def test_it_learns_to_count_and_writes_on():
    model = GPT(GPTConfig(vocab_size=10, n_positions=16, n_embd=32, n_layer=1, n_head=4))
    optimizer = AdamW(model.parameters(), lr=1e-2)
    ids = (arange(12).reshape(1, 12) + arange(10).reshape(10, 1)) % 10
    for _ in range(40):
        optimizer.zero_grad()
        scores = model(ids[:, :-1])
        (scores.logsumexp(-1) - scores.gather(2, ids[:, 1:].unsqueeze(2))[..., 0]).mean().backward()
        optimizer.step()
    model.eval()
    assert generate(model, [3, 4], 5, temperature=0) == [3, 4, 5, 6, 7, 8, 9]
    assert list(stream(model, [7], 9, temperature=0, stop_tokens=[2])) == [8, 9, 0, 1, 2]


def test_prompts_of_different_lengths_are_written_on_together():
    model = GPT(GPTConfig(vocab_size=10, n_positions=16, n_embd=32, n_layer=1, n_head=4)).eval()
    texts = generate(model, [[1, 2, 3], [4]], 20, temperature=0.8, top_k=5, seed=0)
    assert [len(text) for text in texts] == [23, 21]
    assert generate(model, [1, 2, 3], 20, temperature=0.8, top_k=5, seed=0) == texts[0]


def test_where_it_looked_can_be_seen():
    model = GPT(GPTConfig(vocab_size=10, n_positions=16, n_embd=32, n_layer=2, n_head=4)).eval()
    first, second = attention_weights(model, tensor([[7, 1, 1], [0, 6, 3]]))
    assert first.shape == second.shape == (2, 4, 3, 3)
    assert allclose(second.sum(-1), ones(2, 4, 3))  # of each query, over the keys


def test_a_model_and_its_tokenizer_lie_in_a_folder(tmp_path):
    tokenizer = BPETokenizer.train("to be, or not to be", 260, special_tokens=["<|endoftext|>"])
    model = GPT(GPTConfig(tokenizer.vocab_size, n_embd=32, n_layer=1, n_head=4)).eval()
    model.save_pretrained(tmp_path, tokenizer)
    again, words = GPT.from_pretrained(tmp_path), load_tokenizer_json(tmp_path / "tokenizer.json")
    ids = tensor([words.encode("to be")])
    assert again(ids).tolist() == model(ids).tolist()


def test_a_llama_has_fewer_heads_of_keys_than_of_queries():
    sizes = {"vocab_size": 65, "hidden_size": 32, "intermediate_size": 88, "num_hidden_layers": 2}
    model = Llama(LlamaConfig(**sizes, num_attention_heads=4, num_key_value_heads=1))
    assert model.layers[0].self_attn.k_proj.weight.shape == (8, 32)
    assert model(tensor([[1, 2, 3]])).shape == (1, 3, 65)


def test_an_encoder_reads_and_a_decoder_writes():
    reads = TransformerEncoder(TransformerEncoderLayer(16, nhead=4, batch_first=True), 2)
    writes = TransformerDecoder(TransformerDecoderLayer(16, nhead=4, batch_first=True), 2)
    english, french = randn(2, 7, 16), randn(2, 5, 16)
    assert writes(french, memory=reads(english), tgt_is_causal=True).shape == (2, 5, 16)
