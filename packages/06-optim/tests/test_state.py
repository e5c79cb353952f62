"""Saving an optimiser and going on."""

import copy
import functools
import pickle

import numpy as np
import pytest

from tinytorch.optim import SGD, Adagrad, Adam, AdamW, Lion, RMSprop, StepLR
from tinytorch.tensor import Tensor, tensor


def parameters(seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.standard_normal(shape)) for shape in ((3, 4), (4, 3), (2, 2))]


def train(params, optimizer, steps, seed):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in params:
            p.grad = Tensor(rng.standard_normal(p.shape))
        optimizer.step()


def grouped(params):
    return [{"params": params[:2]}, {"params": params[2:], "lr": 0.05}]


def test_a_loaded_optimizer_goes_on_identically(make):
    ours = parameters()
    optimizer = make(grouped(ours))
    train(ours, optimizer, 5, seed=1)
    theirs = [p.clone() for p in ours]
    saved = optimizer.state_dict()
    loaded = make(grouped(theirs), lr=123.0)
    loaded.load_state_dict(saved)
    train(theirs, loaded, 5, seed=2)
    train(ours, optimizer, 5, seed=2)
    for p, q in zip(ours, theirs, strict=True):
        assert (p.numpy() == q.numpy()).all()
    assert loaded.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_loading_copies(make):
    ours, theirs = parameters(), parameters()
    optimizer, loaded = make(ours), make(theirs)
    train(ours, optimizer, 2, seed=1)
    loaded.load_state_dict(optimizer.state_dict())
    before = copy.deepcopy(loaded.state_dict())
    train(ours, optimizer, 2, seed=2)
    for i, state in loaded.state_dict()["state"].items():
        for name, value in state.items():
            assert np.array_equal(np.asarray(value), np.asarray(before["state"][i][name]))


def test_the_layout_is_pytorchs():
    p, q = tensor([1.0, 2.0]), tensor([[3.0]])
    optimizer = Adam([{"params": [p]}, {"params": [q], "lr": 0.5}])
    q.grad = tensor([[1.0]])
    optimizer.step()
    saved = optimizer.state_dict()
    assert saved.keys() == {"state", "param_groups"}
    assert saved["state"].keys() == {1}  # the other has had no gradient
    assert saved["state"][1].keys() == {"step", "exp_avg", "exp_avg_sq"}
    assert saved["state"][1]["step"] == 1
    assert isinstance(saved["state"][1]["exp_avg"], Tensor)
    assert [group["params"] for group in saved["param_groups"]] == [[0], [1]]
    assert saved["param_groups"][1]["lr"] == 0.5


def test_what_remembers_nothing_saves_no_state():
    p = tensor([1.0])
    p.grad = tensor([1.0])
    optimizer = SGD([p])
    optimizer.step()
    assert optimizer.state_dict()["state"] == {}


def test_arrays_of_any_kind_load_in_the_parameters_type():
    p = tensor([1.0, 2.0])
    optimizer = Adam([p])
    saved = optimizer.state_dict()
    saved["state"] = {0: {"step": np.float32(3), "exp_avg": [1, 2], "exp_avg_sq": np.ones(2)}}
    optimizer.load_state_dict(saved)
    state = optimizer.state[p]
    assert state["step"] == 3
    assert isinstance(state["step"], int)
    assert state["exp_avg"].dtype == state["exp_avg_sq"].dtype == np.float32


def test_parameters_are_matched_by_place_not_by_number():
    p, q = tensor([1.0]), tensor([2.0])
    optimizer = SGD([p, q], momentum=0.5)
    saved = optimizer.state_dict()
    saved["param_groups"][0]["params"] = [7, 3]
    saved["state"] = {3: {"momentum_buffer": [0.25]}}
    optimizer.load_state_dict(saved)
    assert optimizer.state[q]["momentum_buffer"] == 0.25
    assert p not in optimizer.state


def test_names_are_taken_over():
    p = tensor([1.0])
    saved = SGD([("weight", tensor([1.0]))]).state_dict()
    optimizer = SGD([p])
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["param_names"] == ["weight"]
    assert optimizer.param_groups[0]["params"] == [p]


def test_all_mismatches_are_listed_and_nothing_is_changed():
    p, q = tensor([1.0, 2.0]), tensor([3.0])
    optimizer = Adam([{"params": [p]}, {"params": [q]}], lr=0.1)
    for x in (p, q):
        x.grad = x.clone()
    optimizer.step()
    before = copy.deepcopy(optimizer.state_dict())
    wrong = {
        "state": {
            0: {"step": 1, "exp_avg": np.ones(3), "exp_avg_sq": np.ones(2)},
            9: {"step": 1},
        },
        "param_groups": [
            {**before["param_groups"][0], "lr": -1.0, "fused": True},
            {"params": [1, 2], "lr": 0.5},
            {**before["param_groups"][0], "params": [3]},
        ],
    }
    with pytest.raises(ValueError, match="does not fit this Adam") as caught:
        optimizer.load_state_dict(wrong)
    assert str(caught.value).splitlines()[1:] == [
        "  it has 3 groups, expected 2",
        "  group 0 sets fused, which is unknown here",
        "  group 0: Adam: lr is -1.0, expected at least 0",
        "  group 1 has 2 parameters, expected 1",
        "  group 1 lacks amsgrad, betas, eps, maximize, weight_decay",
        "  parameter 0: exp_avg has shape (3,), expected (2,)",
        "  there is state of parameter 9, which no group holds",
    ]
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for i in (0, 1):
        for name, value in before["state"][i].items():
            assert np.array_equal(np.asarray(after["state"][i][name]), np.asarray(value))


@pytest.mark.parametrize(
    ("make", "state", "faults"),
    [
        (Adam, {"step": 5}, ["exp_avg is missing", "exp_avg_sq is missing"]),
        (
            functools.partial(Adam, amsgrad=True),
            {"step": [5], "exp_avg": [0.0], "exp_avg_sq": [0.0, 0.0]},
            [
                "step has shape (1,), expected ()",
                "exp_avg_sq has shape (2,), expected (1,)",
                "max_exp_avg_sq is missing",
            ],
        ),
        (
            functools.partial(SGD, momentum=0.9),
            {"momentum_bufer": [1.0], "zzz": 1},
            ["momentum_bufer is unknown here", "zzz is unknown here", "momentum_buffer is missing"],
        ),
        (SGD, {"exp_avg": [1.0]}, ["exp_avg is unknown here"]),
        (
            functools.partial(RMSprop, momentum=0.9, centered=True),
            {"step": 1},
            ["square_avg is missing", "grad_avg is missing", "momentum_buffer is missing"],
        ),
        (Adagrad, {"sum": [1.0]}, ["step is missing"]),
        (Lion, {"step": 1}, ["step is unknown here", "exp_avg is missing"]),
    ],
)
def test_names_of_the_state_that_are_missing_or_unknown(make, state, faults):
    p = tensor([1.0])
    optimizer = make([p])
    saved = {**optimizer.state_dict(), "state": {0: state}}
    with pytest.raises(ValueError, match="load_state_dict: the state does not fit") as caught:
        optimizer.load_state_dict(saved)
    assert str(caught.value).splitlines()[1:] == [f"  parameter 0: {fault}" for fault in faults]
    assert optimizer.state == {}


def test_state_of_a_setting_that_was_switched_off_loads():
    p = tensor([1.0])
    p.grad = tensor([1.0])
    optimizer = SGD([p], momentum=0.9)
    optimizer.step()
    optimizer.param_groups[0]["momentum"] = 0.0
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state[p]["momentum_buffer"] == 1.0


def test_a_parameter_may_have_no_state():
    p = tensor([1.0])
    optimizer = Adam([p])
    optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: {}}})
    assert optimizer.state[p] == {}


def test_another_optimizers_state_does_not_fit():
    saved = SGD([tensor([1.0])]).state_dict()
    with pytest.raises(ValueError, match="group 0 lacks amsgrad, betas, eps"):
        AdamW([tensor([1.0])]).load_state_dict(saved)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_pickled_or_copied_optimizer_goes_on_with_its_own_parameters(make, duplicate):
    ours = parameters()
    optimizer = make(ours)
    train(ours, optimizer, 3, seed=1)
    twin = duplicate(optimizer)
    theirs = twin.param_groups[0]["params"]
    assert all(p is not q for p, q in zip(ours, theirs, strict=True))
    train(ours, optimizer, 3, seed=2)
    train(theirs, twin, 3, seed=2)
    for p, q in zip(ours, theirs, strict=True):
        assert (p.numpy() == q.numpy()).all()


def test_scratch_memory_is_not_pickled():
    p = tensor(np.ones(100_000))
    p.grad = tensor(np.ones(100_000))
    optimizer = SGD([p])
    optimizer.step()
    assert optimizer._scratch
    assert len(pickle.dumps(optimizer)) < 2_000_000  # parameter and gradient have 1,600,000 bytes


def test_where_another_schedule_began_goes_with_the_state():
    ours, theirs = SGD([tensor([1.0])], lr=0.1), SGD([tensor([1.0])], lr=0.5)
    before = ours.state_dict()
    StepLR(theirs, 1)
    ours.load_state_dict(theirs.state_dict())
    assert StepLR(ours, 1).base_lrs == [0.5]
    ours.load_state_dict(before)
    assert StepLR(ours, 1).base_lrs == [0.1]
