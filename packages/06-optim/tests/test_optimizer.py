"""What all optimisers share: parameters and groups, gradients, writing in place, observers."""

import tracemalloc

import numpy as np
import pytest

from tinytorch.optim import SGD, Adam, AdamW, Muon, Optimizer
from tinytorch.tensor import Tensor, expand, float64, observe, ones, tensor
from tinytorch.tensor.recording import is_grad_enabled, no_grad
from tinytorch.tensor.writes import writes


def matrix(value=1.0, gradient=1.0, shape=(2, 3), dtype="float32"):
    p = Tensor(np.full(shape, value), dtype=dtype)
    p.grad = None if gradient is None else Tensor(np.full(shape, gradient), dtype=dtype)
    return p


# --- parameters and groups


def test_parameters_may_come_from_a_generator():
    parameters = [matrix(), matrix()]
    optimizer = SGD((p for p in parameters), lr=0.5)
    optimizer.step()
    optimizer.step()
    assert all((p.numpy() == 0).all() for p in parameters)


def test_a_group_may_come_from_a_generator_or_be_a_single_tensor():
    p, q = matrix(), matrix()
    optimizer = SGD([{"params": (x for x in [p])}, {"params": q}], lr=1.0)
    optimizer.step()
    assert [g["params"] for g in optimizer.param_groups] == [[p], [q]]
    assert p.numpy().sum() == q.numpy().sum() == 0


def test_groups_override_defaults_each_for_itself(make):
    p, q = matrix(), matrix()
    given = {"params": [p], "lr": 0.0, "weight_decay": 0.0}
    optimizer = make([given, {"params": [q]}])
    optimizer.step()
    assert (p.numpy() == 1).all()
    assert (q.numpy() != 1).all()
    assert given == {"params": [p], "lr": 0.0, "weight_decay": 0.0}  # the caller's own, unchanged


def test_a_group_can_be_added_later(make):
    p, q = matrix(), matrix()
    optimizer = make([p])
    optimizer.step()
    optimizer.add_param_group({"params": [q], "lr": 0.5})
    optimizer.step()
    assert (q.numpy() != 1).all()
    assert optimizer.param_groups[1]["lr"] == 0.5


def test_parameters_may_have_names():
    p, q = matrix(), matrix()
    optimizer = SGD([("weight", p), ("bias", q)])
    (group,) = optimizer.param_groups
    assert group["params"] == [p, q]
    assert group["param_names"] == ["weight", "bias"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    with pytest.raises(ValueError, match="params has names for some tensors, expected all or none"):
        SGD([("weight", matrix()), matrix()])


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        (tensor([1.0]), TypeError, r"SGD: params is a single Tensor, .* iterable of them: \[tens"),
        ([], ValueError, r"SGD: params is empty, .* call model\.parameters\(\) anew"),
        (object(), TypeError, r"SGD: params is object, .* of a model pass model\.parameters\(\)"),
        ([object()], TypeError, r"params\[0\] is object, .* pass model\.parameters\(\)"),
        ({tensor([1.0])}, TypeError, "SGD: params is a set, whose order changes"),
        ([{"params": {tensor([1.0])}}], TypeError, "SGD: params is a set"),
        ([1.0], TypeError, r"SGD: params\[0\] is float, expected a Tensor"),
        ([tensor([1.0]), np.ones(3)], TypeError, r"params\[1\] is ndarray, expected a Tensor"),
        ([tensor([1])], ValueError, r"params\[0\] has type int64, expected floating point"),
        ([{"lr": 0.1}], ValueError, "SGD: a group has lr, expected its tensors under params"),
        ([{"params": [tensor([1.0])], "betas": 1}], ValueError, "sets betas, expected one of lr,"),
        ([{"params": [tensor([1.0])], "lr": -1}], ValueError, "SGD: lr is -1, expected at least 0"),
        ([{"params": [tensor([1.0])]}, [2]], TypeError, "SGD: a group is list, expected a dict"),
    ],
)
def test_what_cannot_be_optimised_is_an_error(params, error, message):
    with pytest.raises(error, match=message):
        SGD(params)


def test_a_parameter_may_appear_once_only():
    p, q = matrix(), matrix()
    with pytest.raises(ValueError, match=r"params\[1\] appears twice, expected each tensor once"):
        SGD([p, p])
    with pytest.raises(ValueError, match=r"params\[1\] appears twice"):
        SGD([{"params": [p]}, {"params": [q, p]}])


def test_the_result_of_a_recorded_operation_is_no_parameter():
    p = matrix()
    p.node = object()  # as a recorder would
    with pytest.raises(ValueError, match=r"params\[0\] is the result of a recorded operation"):
        SGD([p])


def test_a_refused_group_changes_nothing():
    optimizer = SGD([matrix()])
    with pytest.raises(ValueError, match="lr is -1"):
        optimizer.add_param_group({"params": [matrix()], "lr": -1})
    assert len(optimizer.param_groups) == 1


def test_repr_shows_the_settings_not_the_tensors():
    text = repr(SGD([("weight", matrix())], lr=0.5))
    assert text.startswith("SGD (\n  group 0: 1 tensors\n    lr: 0.5\n    momentum: 0.0\n")
    assert "tensor(" not in text
    assert "param_names" not in text


def test_the_base_has_no_rule():
    with pytest.raises(NotImplementedError, match="Optimizer: defines no update"):
        Optimizer([matrix()], {"lr": 0.1}).step()


# --- gradients


def test_parameters_without_gradient_are_passed_over(make):
    p, q = matrix(gradient=None), matrix()
    optimizer = make([p, q])
    optimizer.step()
    assert (p.numpy() == 1).all()  # no weight decay either
    assert p not in optimizer.state
    assert (q.numpy() != 1).all()


def test_gradients_stay_as_they_are(make):
    p = matrix(gradient=0.5)
    optimizer = make([p], weight_decay=0.1) if make.func is not Muon else make([p])
    optimizer.step()
    assert (p.grad.numpy() == 0.5).all()


def test_zero_grad_forgets_or_fills():
    p, q = matrix(), matrix(gradient=None)
    gradient = p.grad
    optimizer = SGD([p, q])
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is gradient
    assert (gradient.numpy() == 0).all()
    assert q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30, 1e-40])
def test_no_gradient_makes_a_warning(make, value):
    p = matrix(gradient=value)
    optimizer = make([p])
    for _ in range(3):
        optimizer.step()
    assert p.dtype == np.float32


def test_closure_is_called_with_recording_on_and_its_loss_returned():
    p = matrix(gradient=None)
    enabled = []

    def closure():
        enabled.append(is_grad_enabled())
        p.grad = ones(2, 3)
        return tensor(0.25)

    with no_grad():
        loss = SGD([p], lr=1.0).step(closure)
    assert enabled == [True]
    assert loss.item() == 0.25
    assert (p.numpy() == 0).all()
    assert SGD([p]).step() is None


# --- writing in place


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 1), (0, 3), (2, 0)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_updates_are_in_place_whatever_the_shape_and_type(make, shape, dtype):
    p = matrix(shape=shape, dtype=dtype)
    array = p.data
    optimizer = make([p])
    for _ in range(2):
        optimizer.step()
    assert p.data is array
    assert p.dtype == dtype
    for value in optimizer.state[p].values():
        assert isinstance(value, int) or (value.shape == shape and value.dtype == dtype)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 4)])
def test_other_shapes_too(make, shape):
    if make.func is Muon:
        return
    p = matrix(shape=shape)
    make([p]).step()
    assert p.shape == shape
    assert (p.numpy() != 1).all()


def test_views_and_transposed_arrays_are_written_where_they_lie(make):
    array = np.ones((6, 4), dtype=np.float32)
    view = Tensor.from_array(array[::2].T)
    view.grad = ones(4, 3)
    straight = matrix(shape=(4, 3))
    for p in (view, straight):
        optimizer = make([p])
        for _ in range(3):
            optimizer.step()
    np.testing.assert_allclose(view.numpy(), straight.numpy(), rtol=1e-5)
    assert (array[1::2] == 1).all()
    assert (array[::2] != 1).all()


def test_an_expanded_parameter_is_refused():
    p = expand(tensor([1.0]), (3,))
    p.grad = ones(3)
    with pytest.raises(RuntimeError, match="SGD: the tensor's memory cannot be written to"):
        SGD([p]).step()


def test_a_write_is_noted_for_the_backward_pass():
    p = matrix()
    before = writes.since(p.data)
    SGD([p]).step()
    assert writes.since(p.data) > before


def test_a_step_allocates_nothing_of_parameter_size(make):
    parameters = [matrix(shape=(300, 500)), matrix(shape=(500, 300)), matrix(shape=(100, 10))]
    optimizer = make(parameters)
    optimizer.step()
    optimizer.step()  # states and scratch are there, whatever the first step had to make
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        optimizer.step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 100_000  # a parameter has 600,000 bytes, NumPy's buffer 65,536
    assert after - before < 5_000


def test_scratch_is_shared_by_all_parameters():
    optimizer = Adam([matrix(shape=(10, 10)) for _ in range(5)], weight_decay=0.1)
    optimizer.step()
    assert sum(buffer.nbytes for buffer in optimizer._scratch.values()) == 2 * 400


def test_float64_is_computed_in_float64(make):
    exact, rough = matrix(1.0, 1 / 3, dtype="float64"), matrix(1.0, 1 / 3)
    for p in (exact, rough):
        optimizer = make([p])
        for _ in range(3):
            optimizer.step()
    np.testing.assert_allclose(exact.numpy(), rough.numpy(), rtol=1e-5)
    assert (exact.numpy() != rough.numpy().astype(float64)).all()


# --- observers


def test_every_update_is_an_event():
    p, q, idle = matrix(), matrix(), matrix(gradient=None)
    optimizer = AdamW([("p", p), ("q", q), ("idle", idle)], lr=0.5)
    events = []
    with observe(events.append):
        optimizer.step()
    assert [event.name for event in events] == ["AdamW", "AdamW"]
    assert [event.phase for event in events] == ["update", "update"]
    assert [event.source for event in events] == [optimizer, optimizer]
    assert [event.args for event in events] == [(p, p.grad), (q, q.grad)]
    assert [event.result for event in events] == [p, q]
    assert events[0].settings == {
        "lr": 0.5,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.01,
        "amsgrad": False,
        "maximize": False,
    }
