"""The table of vectors: what is read, what is learned, and what is refused."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.autograd import grad
from tinytorch.embeddings import Embedding, embedding
from tinytorch.embeddings.lookup import add_rows, take_rows
from tinytorch.layers import Linear, Sequential
from tinytorch.tensor import Tensor, allclose, no_grad, observe, ones, randn, tensor, zeros

TABLE = tensor([[0.0, 1.0], [3.0, 4.0], [6.0, 8.0]])


def gradient(ids, table, g=None, **settings):
    """Of the table, from a gradient of the result, by default ones."""
    weight = table.detach().requires_grad_()
    out = embedding(ids, weight, **settings)
    out.backward(ones(*out.shape, dtype=out.dtype) if g is None else g)
    return weight.grad


# --- what is read


@pytest.mark.parametrize("dtype", ["int64", "int32"])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 1, 3), (0,), (2, 0)])
def test_numbers_of_any_shape(shape, dtype):
    ids = tensor(np.random.default_rng(0).integers(3, size=shape), dtype=dtype)
    out = embedding(ids, TABLE)
    assert out.shape == (*shape, 2)
    np.testing.assert_array_equal(out.data, TABLE.data[ids.data])
    assert gradient(ids, TABLE).sum().item() == 2 * ids.numel()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_the_result_has_the_table_s_type(dtype):
    table = TABLE.to(dtype)
    assert embedding(tensor([2]), table).dtype == dtype
    if dtype != "int64":
        assert gradient(tensor([2]), table).dtype == dtype


@pytest.mark.parametrize(("rows", "dim"), [(0, 3), (3, 0), (0, 0), (1, 1)])
def test_small_tables(rows, dim):
    layer = Embedding(rows, dim)
    out = layer(zeros(2, 0, dtype="int64"))
    assert out.shape == (2, 0, dim)
    out.sum().backward()
    assert layer.weight.grad.shape == (rows, dim)
    if rows:
        assert layer(tensor([rows - 1])).shape == (1, dim)


def test_a_transposed_table_is_read_without_being_copied():
    weight = randn(4, 3).T
    np.testing.assert_array_equal(embedding(tensor([2, 0]), weight).data, weight.data[[2, 0]])


def test_rows_that_are_not_finite_stay_where_they_are():
    table = tensor([[np.nan, 1.0], [np.inf, -np.inf], [2.0, 3.0]])
    assert embedding(tensor([2, 2]), table).tolist() == [[2, 3], [2, 3]]
    g = tensor([[np.nan, 1.0], [np.inf, -np.inf], [-np.inf, 1.0], [1.0, 2.0]])
    found = gradient(tensor([0, 1, 1, 2]), table, g).data
    np.testing.assert_array_equal(found, [[np.nan, 1], [np.nan, -np.inf], [1, 2]])


# --- what is learned


@given(
    rows=st.integers(1, 30),
    dim=st.integers(1, 9),
    shape=st.sampled_from([(7,), (3, 5), (1, 1, 40), (0,), ()]),
    seed=st.integers(0, 2**32 - 1),
)
def test_adding_rows_is_the_adjoint_of_taking_them(rows, dim, shape, seed):
    rng = np.random.default_rng(seed)
    ids, table = rng.integers(rows, size=shape), rng.standard_normal((rows, dim))
    g = rng.standard_normal((*shape, dim))
    taken, added = take_rows(ids, table), add_rows(ids, g, rows=rows)
    np.testing.assert_allclose((taken * g).sum(), (table * added).sum(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("rows", "count", "dim"), [(5, 3000, 64), (3000, 3000, 33), (9, 2, 70000)])
def test_many_rows_are_added_in_pieces(rows, count, dim, dtype):
    rng = np.random.default_rng(0)
    ids, g = rng.integers(rows, size=count), rng.standard_normal((count, dim)).astype(dtype)
    expected = np.zeros((rows, dim))
    np.add.at(expected, ids, g.astype(np.float64))
    found = add_rows(ids, g, rows=rows)
    assert found.dtype == dtype
    tolerance = {"float16": 2e-3, "float32": 1e-4, "float64": 1e-9}[dtype]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_float16_is_added_up_in_float32():
    ids = zeros(3000, dtype="int64")
    assert gradient(ids, TABLE.to("float16"))[0].tolist() == [3000, 3000]  # its sum stops at 2,048


def test_the_row_of_the_padding_is_read_and_does_not_learn():
    ids = tensor([0, 1, 1, 2])
    for padding in (1, -2):
        assert embedding(ids, TABLE, padding_idx=padding)[1].tolist() == [3, 4]
        assert gradient(ids, TABLE, padding_idx=padding).tolist() == [[1, 1], [0, 0], [1, 1]]
    g = tensor([[1.0, 1.0], [np.nan, np.inf], [1.0, 1.0], [1.0, 1.0]])
    assert gradient(ids, TABLE, g, padding_idx=1)[1].tolist() == [0, 0]


def test_gradients_by_frequency_are_means():
    ids, g = tensor([[1, 0], [1, 1]]), tensor([[[1.0, 2.0]] * 2, [[4.0, 5.0]] * 2])
    found = gradient(ids, TABLE, g, scale_grad_by_freq=True)
    assert found.tolist() == [[1, 2], [3, 4], [0, 0]]


@pytest.mark.parametrize(
    ("settings", "share"),
    [({}, 2), ({"padding_idx": 1}, 0), ({"scale_grad_by_freq": True}, 0.5)],  # of both passes
)
def test_gradients_of_gradients_follow_the_settings(settings, share):
    ids, weight = tensor([1, 0, 1]), randn(3, 4, requires_grad=True)
    (gradient,) = grad(embedding(ids, weight, **settings).pow(3).sum(), weight, create_graph=True)
    (second,) = grad(gradient.sum(), weight)
    by_hand = 6 * weight.detach() * tensor([[1.0], [share], [0.0]])
    assert allclose(second, by_hand)


def test_two_reads_of_one_table_are_added():
    weight = TABLE.clone().requires_grad_()
    (embedding(tensor([0, 1]), weight) + embedding(tensor([1, 2]), weight)).sum().backward()
    assert weight.grad.tolist() == [[1, 1], [2, 2], [1, 1]]


def test_only_the_numbers_are_kept_for_the_way_back():
    weight = TABLE.clone().requires_grad_()
    out = embedding(tensor([1, 1]), weight)
    with no_grad():
        weight.fill_(7.0)  # would be an error if the table had been kept
    out.sum().backward()
    assert weight.grad.tolist() == [[0, 0], [2, 2], [0, 0]]


def test_numbers_that_have_changed_are_an_error():
    weight, ids = TABLE.clone().requires_grad_(), tensor([1, 1])
    out = embedding(ids, weight)
    ids[0] = 0
    with pytest.raises(RuntimeError, match=r"take_rows saved an array .* written into"):
        out.sum().backward()


def test_observers_see_the_caller_s_table():
    seen = []
    layer, ids = Embedding(3, 2, padding_idx=-1), tensor([[0, 1]])
    with observe(seen.append):
        layer(ids)
    (event,) = [event for event in seen if event.name == "take_rows"]
    assert event.args[0] is ids
    assert event.args[1] is layer.weight
    assert event.settings == {"padding_idx": 2, "scale_grad_by_freq": False}


# --- the greatest norm


def test_only_long_rows_that_are_read_are_scaled_down():
    table = TABLE.clone()
    out = embedding(tensor([1, 0, 1]), table, max_norm=2.0)
    np.testing.assert_allclose(out.data, [[1.2, 1.6], [0, 1], [1.2, 1.6]], rtol=1e-6)
    np.testing.assert_allclose(table.data, [[0, 1], [1.2, 1.6], [6, 8]], rtol=1e-6)


def test_short_rows_are_not_written_to():
    table = TABLE.clone().requires_grad_()
    out = table.square().sum()  # which has kept the table
    embedding(tensor([0, 1, 2]), table, max_norm=10.0)
    out.backward()
    assert table.grad.tolist() == (2 * TABLE).tolist()


@pytest.mark.parametrize(("norm_type", "norm"), [(1, 7.0), (2.0, 5.0), (float("inf"), 4.0)])
def test_norms_of_other_kinds(norm_type, norm):
    table = TABLE.clone()
    embedding(tensor([1]), table, max_norm=1.0, norm_type=norm_type)
    np.testing.assert_allclose(table[1].data, np.array([3, 4]) / norm, rtol=1e-6)


def test_rows_are_scaled_outside_of_the_graph_while_it_is_recorded():
    layer = Embedding.from_pretrained(TABLE.clone(), freeze=False, max_norm=1.0)
    layer(tensor([2])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [0, 0], [1, 1]]
    np.testing.assert_allclose(layer.weight[2].detach().data, [0.6, 0.8], rtol=1e-6)


def test_scaling_a_table_that_the_graph_has_kept_is_an_error():
    layer = Embedding.from_pretrained(TABLE.clone(), freeze=False, max_norm=1.0)
    scores = Linear(2, 3, bias=False)
    scores.weight = layer.weight
    out = scores(ones(1, 2, requires_grad=True))
    layer(tensor([2]))
    with pytest.raises(RuntimeError, match="linear saved an array of shape \\(3, 2\\)"):
        out.sum().backward()


def test_rows_without_a_norm_do_no_harm():
    table = tensor([[np.nan, 1.0], [0.0, 0.0], [6e4, 6e4]], dtype="float16")
    embedding(tensor([0, 1, 2]), table, max_norm=1.0)
    np.testing.assert_array_equal(table[:2].data, np.float16([[np.nan, 1], [0, 0]]))
    np.testing.assert_allclose(table[2].data, [0.707, 0.707], rtol=1e-3)  # not infinite


def test_a_table_that_cannot_be_written_to_is_left_alone():
    table = TABLE.data.copy()
    table.flags.writeable = False
    with pytest.raises(RuntimeError, match="embedding: the tensor's memory cannot be written"):
        embedding(tensor([1]), Tensor.from_array(table), max_norm=1.0)


# --- the layer


def test_the_table_starts_normal_and_the_padding_at_zero():
    layer = Embedding(1000, 50, padding_idx=-1000)
    assert layer.padding_idx == 0
    assert layer.weight[0].tolist() == [0.0] * 50
    assert abs(layer.weight[1:].mean().item()) < 0.02
    assert abs(layer.weight[1:].std().item() - 1) < 0.02
    first = layer.weight.tolist()
    layer.reset_parameters()
    assert layer.weight[0].tolist() == [0.0] * 50
    assert layer.weight.tolist() != first


def test_a_table_of_another_type():
    layer = Embedding(4, 2, dtype="float64", device="cpu")
    assert layer(tensor([1])).dtype == "float64"
    assert layer.half()(tensor([1])).dtype == "float16"


def test_a_table_that_is_there_already():
    table = TABLE.clone()
    layer = Embedding.from_pretrained(table, padding_idx=1)
    assert not layer.weight.requires_grad
    assert layer.weight.data is table.data  # shared, the padding's row too
    assert layer(tensor([1])).tolist() == [[3, 4]]
    assert Embedding.from_pretrained(table, freeze=False).weight.requires_grad
    assert not Embedding(3, 2, _freeze=True).weight.requires_grad


def test_what_it_shows():
    assert repr(Embedding(10, 3)) == "Embedding(10, 3)"
    layer = Embedding(10, 3, -1, max_norm=1.0, norm_type=3, scale_grad_by_freq=True)
    assert repr(layer) == (
        "Embedding(10, 3, padding_idx=9, max_norm=1.0, norm_type=3, scale_grad_by_freq=True)"
    )


def test_copies_are_of_their_own():
    layer = Embedding(3, 2)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert other.weight.tolist() == layer.weight.tolist()
        assert other.weight is not layer.weight


# --- one table for two layers


def tied():
    model = Sequential(Embedding(5, 4), Linear(4, 5, bias=False))
    model[1].weight = model[0].weight
    return model


def test_a_tied_table_is_one_parameter():
    model = tied()
    assert [name for name, _ in model.named_parameters()] == ["0.weight"]
    assert sorted(model.state_dict()) == ["0.weight", "1.weight"]


def test_a_tied_table_s_gradients_are_added_up():
    model = tied()
    ids = tensor([1, 1, 3])
    model(ids).square().sum().backward()
    apart = Sequential(Embedding(5, 4), Linear(4, 5, bias=False))
    apart.load_state_dict(model.state_dict())
    apart(ids).square().sum().backward()
    expected = apart[0].weight.grad + apart[1].weight.grad
    assert allclose(model[0].weight.grad, expected, rtol=1e-5)


def test_a_step_moves_both_uses():
    model = tied()
    model(tensor([2])).sum().backward()
    with no_grad():
        for parameter in model.parameters():
            parameter -= 0.5 * parameter.grad
    assert model[0].weight is model[1].weight
    scores = model(tensor([2]))
    assert allclose(scores, model[0].weight[[2]] @ model[0].weight.T)


def test_a_tied_table_is_saved_and_loaded():
    model, other = tied(), tied()
    other.load_state_dict(model.state_dict())
    assert other[0].weight is other[1].weight
    assert other(tensor([4])).tolist() == model(tensor([4])).tolist()


# --- what is refused


@pytest.mark.parametrize("largest", [3, 2**31 - 1])
@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_a_number_that_is_not_in_the_table_is_named(largest, dtype):
    table = TABLE.clone().requires_grad_()
    ids = tensor([[0, 1], [2, largest]], dtype=dtype)
    message = rf"embedding: input\[1, 1\] is {largest}, expected 0 to 2 \(num_embeddings is 3\)"
    with pytest.raises(IndexError, match=message):
        embedding(ids, table, max_norm=0.5)
    assert table.tolist() == TABLE.tolist()  # nothing was scaled


@pytest.mark.parametrize(
    ("ids", "place", "number"),
    [([-1], r"\[0\]", -1), (3, "", 3), ([0, -7, 9], r"\[1\]", -7), ([2**62], r"\[0\]", 2**62)],
)
def test_the_first_wrong_number_is_named(ids, place, number):
    with pytest.raises(IndexError, match=f"embedding: input{place} is {number}, expected 0 to 2"):
        embedding(tensor(ids), TABLE)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: embedding([1], TABLE), TypeError, "input is of type list, expected a Tensor"),
        (lambda: embedding(ones(2), TABLE), TypeError, "input has type float32, expected int64"),
        (lambda: embedding(ones(2).bool(), TABLE), TypeError, "input has type bool"),
        (lambda: embedding(ones(2, dtype="uint8"), TABLE), TypeError, r"with \.long\(\)"),
        (lambda: embedding(tensor([1]), TABLE.data), TypeError, "weight is of type ndarray"),
        (lambda: embedding(tensor([1]), ones(3)), ValueError, r"weight has shape \(3,\)"),
        (lambda: embedding(tensor([1]), TABLE, 3), ValueError, "padding_idx is 3, expected -3 to"),
        (lambda: embedding(tensor([1]), TABLE, -4), ValueError, "padding_idx is -4"),
        (lambda: embedding(tensor([1]), TABLE, 0.5), TypeError, "padding_idx is 0.5"),
        (lambda: embedding(tensor([1]), TABLE, None, -1.0), ValueError, "max_norm is -1.0"),
        (lambda: embedding(tensor([1]), TABLE, None, "a"), TypeError, "max_norm is 'a'"),
        (lambda: embedding(tensor([1]), TABLE, norm_type="a"), TypeError, "norm_type is 'a'"),
        (lambda: embedding(tensor([1]), TABLE, sparse=True), ValueError, "sparse is True"),
        (lambda: Embedding(-1, 2), ValueError, "num_embeddings is -1, expected at least 0"),
        (lambda: Embedding(2, 2.0), TypeError, "embedding_dim is 2.0, expected an integer"),
        (lambda: Embedding(2, 2, 2), ValueError, "padding_idx is 2, expected -2 to 1"),
        (lambda: Embedding(2, 2, sparse=True), ValueError, "sparse is True, expected False"),
        (lambda: Embedding(2, 2, max_norm=float("nan")), ValueError, "max_norm is nan"),
        (
            lambda: Embedding(2, 2, _weight=TABLE),
            ValueError,
            r"_weight has shape \(3, 2\), expected",
        ),
        (lambda: Embedding(2, 2, _weight=[1]), TypeError, "_weight is of type list, expected"),
        (lambda: Embedding(2, 2, device="cuda"), ValueError, "device is 'cuda'"),
        (
            lambda: Embedding.from_pretrained(ones(2)),
            ValueError,
            r"embeddings has shape \(2,\), expected",
        ),
        (lambda: Embedding.from_pretrained([[1.0]]), TypeError, "embeddings is of type list"),
        (lambda: Embedding.from_pretrained(TABLE, sparse=True), ValueError, "sparse is True"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=rf"^[Ee]mbedding[\w.]*: .*{message}"):
        call()


def test_integers_have_no_norm_to_keep():
    weight = tensor([[3, 4], [0, 1]])
    with pytest.raises(TypeError, match="weight has type int64, expected floating point for max_n"):
        embedding(tensor([0]), weight, max_norm=1.0)
    assert weight.tolist() == [[3, 4], [0, 1]]
