"""A step in parts is the plain step: its loss, its gradients; or it is refused, nothing done."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tinytorch.acceleration import accelerate, parallel_step
from tinytorch.acceleration.threads import blas_threads, workers
from tinytorch.activations import log_softmax
from tinytorch.layers import Dropout, Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy, mse_loss, nll_loss
from tinytorch.optim import AdamW
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.spatial import BatchNorm2d, Conv2d, Dropout2d, GroupNorm, MaxPool2d
from tinytorch.tensor import Tensor, is_grad_enabled, no_grad, primitives, randint, tensor
from tinytorch.transformers import GPT, GPTConfig

DTYPES = ["float32", "float64"]
CLOSE = {"float32": 1e-6, "float64": 1e-12}  # beside the largest number
N = 7  # samples: a prime, so no number of threads divides them


def batch(*shape, dtype="float32", seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape), dtype)


def classes(*shape, count=4, seed=0):
    return Tensor(np.random.default_rng(seed).integers(0, count, shape))


def perceptron(dtype="float32"):
    return Sequential(Linear(5, 6), ReLU(), Linear(6, 4)).to(dtype)


def network(norm=None, dtype="float32"):
    layers = [Conv2d(2, 4, 3, padding=1), norm, ReLU(), MaxPool2d(2), Flatten(), Linear(36, 4)]
    return Sequential(*[layer for layer in layers if layer is not None]).to(dtype)


def gradients(model):
    return [None if p.grad is None else p.grad.data.copy() for p in model.parameters()]


def plain(model, loss_fn, *tensors):
    """Loss and gradients of the plain step; the model is left without."""
    loss = loss_fn(*tensors)
    loss.backward()
    found = [loss.data, *gradients(model)]
    model.zero_grad()
    return found


def parallel(model, *arguments, **settings):
    model.zero_grad()
    loss = parallel_step(*arguments, **settings)
    return [loss.data, *gradients(model)]


def assert_close(found, expected, times=1):
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        atol = times * CLOSE[str(other.dtype)] * np.abs(other).max()
        np.testing.assert_allclose(one, other, rtol=0, atol=atol)


def assert_identical(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


# --- it is the plain step


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 2, 3, N, N + 5])
def test_it_does_what_backward_does(threads, dtype):
    model, x, y = perceptron(dtype), batch(N, 5, dtype=dtype), classes(N)

    def loss_fn(x, y):
        return cross_entropy(model(x), y)

    expected = plain(model, loss_fn, x, y)
    assert_close(parallel(model, loss_fn, [x, y], threads), expected)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 64, 65])
def test_the_batch_may_have_any_length(count):
    model, x, y = perceptron("float64"), batch(count, 5, dtype="float64"), classes(count)

    def loss_fn(x, y):
        return cross_entropy(model(x), y)

    expected = plain(model, loss_fn, x, y)
    assert_close(parallel(model, loss_fn, (x, y), 3), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tier", ["vectorized", "fast"])
@pytest.mark.parametrize("norm", [None, lambda: GroupNorm(2, 4), lambda: BatchNorm2d(4)])
def test_a_network_in_each_tier(tier, norm, dtype):
    model, x, y = network(norm and norm(), dtype).eval(), batch(N, 2, 6, 6, dtype=dtype), classes(N)

    def loss_fn(x, y):
        return cross_entropy(model(x), y)

    expected = plain(model, loss_fn, x, y)
    with accelerate(tier):
        assert_close(parallel(model, loss_fn, [x, y], 3), expected, times=5)


@pytest.mark.parametrize("threads", [2, 3])
def test_a_tensor_alone_is_a_batch(threads):
    model, x = Linear(5, 3), batch(N, 5)

    def loss_fn(x):
        return (model(x) ** 2).mean()

    expected = plain(model, loss_fn, x)
    assert_close(parallel(model, loss_fn, x, threads), expected)


def test_several_inputs_are_cut_alike():
    model, inputs = Linear(5, 3), [batch(N, 5), batch(N, 5, seed=1), batch(N, seed=2)]
    seen = []

    def loss_fn(a, b, weight):
        seen.append((len(a), len(b), len(weight)))
        return ((model(a) - model(b)) ** 2).mean(1) @ weight / len(weight)

    expected = plain(model, loss_fn, *inputs)
    assert_close(parallel(model, loss_fn, inputs, 3), expected)
    assert sorted(seen[1:]) == [(2, 2, 2), (2, 2, 2), (3, 3, 3)]


def test_inputs_that_ask_for_gradients_get_theirs():
    model, x, y = Linear(5, 3), batch(N, 5).requires_grad_(), batch(N, 3)

    def loss_fn(x, y):
        return mse_loss(model(x), y)

    plain(model, loss_fn, x, y)
    expected, x.grad = x.grad.data, None
    parallel_step(loss_fn, [x, y], 3)
    assert_close([x.grad.data], [expected])


def test_what_was_recorded_before_serves_every_part():
    model, x = Linear(5, 3), batch(N, 5)
    expected = plain(model, lambda x: (model(x) ** 2).mean(), x)
    assert_close(parallel(model, lambda z: (z**2).mean(), model(x), 3), expected)


def test_the_loss_is_a_number_with_nothing_recorded():
    model = Linear(5, 3)
    loss = parallel_step(lambda x: model(x).mean(), batch(N, 5), 2)
    assert (loss.shape, str(loss.dtype), loss.requires_grad) == ((), "float32", False)
    one_of_one = parallel_step(lambda x: model(x).mean().reshape(1), batch(N, 5), 2)
    assert one_of_one.shape == (1,)


def test_gradients_add_up():
    model, x, y = perceptron(), batch(N, 5), classes(N)

    def loss_fn(x, y):
        return cross_entropy(model(x), y)

    for _ in range(2):
        loss_fn(x, y).backward()
    expected = gradients(model)
    model.zero_grad()
    for _ in range(2):
        parallel_step(loss_fn, [x, y], 3)
    assert_close(gradients(model), expected)


def test_parameters_that_take_no_part_get_no_gradient():
    used, unused, frozen = Linear(5, 3), Linear(5, 3), Linear(3, 1).requires_grad_(False)
    parallel_step(lambda x: frozen(used(x)).mean(), batch(N, 5), 3)
    assert all(p.grad is None for p in [*unused.parameters(), *frozen.parameters()])
    assert all(p.grad is not None for p in used.parameters())


def test_a_parameter_that_one_part_alone_uses_gets_that_gradient():
    shared, rare = Linear(5, 1, bias=False), Linear(5, 1, bias=False)
    x = batch(6, 5)
    x[0, 0] = 100.0

    def loss_fn(x):
        return (rare(x) if x.max() > 50 else shared(x)).mean()

    parallel_step(loss_fn, x, 3)
    assert_close(
        [rare.weight.grad.data, shared.weight.grad.data],
        [x.data[:2].sum(0, keepdims=True) / 6, x.data[2:].sum(0, keepdims=True) / 6],
    )


def test_runs_are_identical_to_the_last_bit():
    model, x, y = network(), batch(N, 2, 6, 6), classes(N)

    def loss_fn(x, y):
        return cross_entropy(model(x), y)

    with accelerate(threads=3):
        runs = [parallel(model, loss_fn, [x, y]) for _ in range(20)]
    for run in runs[1:]:
        assert_identical(run, runs[0])


def test_each_part_has_a_thread():
    model, barrier = Linear(5, 3), threading.Barrier(3, timeout=10)

    def loss_fn(x):
        barrier.wait()  # only three at the same time get past it
        return model(x).mean()

    parallel_step(loss_fn, batch(N, 5), 3)


# --- weighted means

WEIGHT = tensor([1.0, 2.0, 0.5, 0.25])
IGNORED = tensor([1, 1, 1, 0, 2, 1, 3])  # of two or three parts, the first has only 1s
WEIGHTED = {
    "weight": ({"weight": WEIGHT}, lambda y: WEIGHT[y].sum().item()),
    "ignore_index": ({"ignore_index": 1}, lambda y: (y != 1).sum().item()),
    "both": (
        {"weight": WEIGHT, "ignore_index": 1},
        lambda y: (WEIGHT[y] * (y != 1)).sum().item(),
    ),
}


def log_probabilities(model, x):
    return log_softmax(model(x), dim=1)


LOSSES = {
    "cross_entropy": (cross_entropy, Sequential.__call__),
    "nll_loss": (nll_loss, log_probabilities),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("settings", "items"), WEIGHTED.values(), ids=WEIGHTED)
@pytest.mark.parametrize("threads", [1, 2, 3, N])
def test_weighted_means_are_exact_where_items_are_counted(loss, settings, items, threads):
    function, scores = LOSSES[loss]
    model, x = perceptron("float64"), batch(N, 5, dtype="float64")
    if "weight" in settings:
        settings = {**settings, "weight": WEIGHT.double()}

    def loss_fn(x, y):
        return function(scores(model, x), y, **settings)

    expected = plain(model, loss_fn, x, IGNORED)
    found = parallel(model, loss_fn, [x, IGNORED], threads, items=lambda x, y: items(y))
    assert_close(found, expected)
    assert all(np.isfinite(array).all() for array in found)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("settings", "items"), WEIGHTED.values(), ids=WEIGHTED)
def test_weighted_means_are_refused_where_they_are_not(loss, settings, items):
    function, scores = LOSSES[loss]
    model, x = perceptron(), batch(N, 5)

    def loss_fn(x, y):
        return function(scores(model, x), y, **settings)

    with pytest.raises(RuntimeError, match=r"^parallel_step: the loss is a weighted mean.*items="):
        parallel_step(loss_fn, [x, IGNORED], 2)
    assert gradients(model) == [None] * 4


def test_a_single_part_s_mean_is_the_batch_s():
    model, x = perceptron(), batch(N, 5)

    def loss_fn(x, y):
        return cross_entropy(model(x), y, ignore_index=1)

    expected = plain(model, loss_fn, x, IGNORED)
    assert_close(parallel(model, loss_fn, [x, IGNORED], 1), expected)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_of_ignored_targets_has_no_loss(threads):
    model = perceptron()

    def loss_fn(x, y):
        return cross_entropy(model(x), y, ignore_index=1)

    with pytest.raises(ValueError, match="parallel_step: items counts 0 in all, expected a loss"):
        parallel_step(
            loss_fn,
            [batch(N, 5), tensor([1] * N)],
            threads,
            items=lambda x, y: (y != 1).sum().item(),
        )
    assert gradients(model) == [None] * 4


def test_items_may_be_told_of_a_plain_mean():
    """Sequences of different lengths: a mean over what is there, not over samples."""
    model, x, there = Linear(5, 1), batch(N, 3, 5), classes(N, 3, count=2)
    there[0] = 0

    def loss_fn(x, there):
        return model(x).squeeze(2)[there.bool()].mean() if there.any() else model(x).sum() * 0

    expected = plain(model, loss_fn, x, there)
    counted = parallel(model, loss_fn, [x, there], 3, items=lambda x, there: there.sum().item())
    assert_close(counted, expected)


# --- batch norm


@pytest.mark.parametrize("tier", ["vectorized", "fast"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_batch_norm_in_training_is_refused_and_nothing_changed(everywhere, tier):
    model, x = network(BatchNorm2d(4)), batch(N, 2, 6, 6)
    before = {name: value.data.copy() for name, value in model.state_dict().items()}
    x[-1] = 100.0

    def loss_fn(x):
        if everywhere or x.max() > 50:  # or on the last thread alone
            return model(x).mean()
        return model[0](x).mean()

    message = (
        r"^parallel_step: batch_norm in training .* use accelerate\(\) alone, GroupNorm, or ev"
    )
    with accelerate(tier), pytest.raises(RuntimeError, match=message):
        parallel_step(loss_fn, x, 3)
    assert gradients(model) == [None] * 6
    after = {name: value.data for name, value in model.state_dict().items()}
    np.testing.assert_equal(after, before)


def test_batch_norm_in_training_is_allowed_where_there_is_one_part():
    x = batch(N, 2, 6, 6)
    found = []
    for step in (plain, lambda model, *arguments: parallel(model, *arguments, 1)):
        manual_seed(0)
        model = network(BatchNorm2d(4))
        gradient = step(model, lambda x, model=model: (model(x) ** 2).mean(), x)
        found.append([*gradient, *[value.data for value in model.buffers()]])
    assert_identical(*found)


def test_batch_norm_may_train_after_a_step_again():
    model = BatchNorm2d(2)
    with pytest.raises(RuntimeError, match="batch_norm"):
        parallel_step(lambda x: model(x).mean(), batch(N, 2, 3, 3), 2)
    model(batch(N, 2, 3, 3))
    assert model.num_batches_tracked.item() == 1


# --- errors


@pytest.fixture
def two_for_blas():
    """BLAS as it is on a machine with two cores, whatever this one has."""
    with threadpool_limits(2, user_api="blas"):
        yield


def in_use():
    return {primitive: primitive.implementation for primitive in primitives()}


def fails_in(place):
    """A loss function that fails in one of three parts, there or in the backward pass."""

    def forward(model, x):
        if x.data[0, 0] == place:
            raise KeyError(place)
        return model(x).mean()

    def backward(model, x):
        z = model(x)
        if x.data[0, 0] == place:

            def hook(gradient):
                raise KeyError(place)

            z.register_hook(hook)
        return z.mean()

    return forward, backward


@pytest.mark.usefixtures("two_for_blas")
@pytest.mark.parametrize("way", [0, 1], ids=["forward", "backward"])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("tier", [None, "fast"])
def test_an_error_in_any_part_changes_nothing(tier, place, way):
    model, x = Linear(5, 3), batch(3, 5)
    x[:, 0] = tensor([0.0, 1.0, 2.0])
    model(x).sum().backward()
    before, graded = gradients(model), model.weight.grad
    loss_fn = fails_in(place)[way]

    def step():
        with pytest.raises(KeyError, match=str(place)):
            parallel_step(lambda x: loss_fn(model, x), x, 3)

    if tier is None:
        step()
    else:
        with accelerate(tier, threads=2):
            inside = in_use()
            step()
            assert in_use() == inside
            assert (workers.count, workers.started, blas_threads()) == (2, True, 1)
    assert (workers.started, blas_threads()) == (False, 2)
    assert model.weight.grad is graded
    assert_identical(gradients(model), before)
    assert is_grad_enabled()


@pytest.mark.usefixtures("two_for_blas")
@pytest.mark.parametrize("threads", [None, 1, 2, 3])
def test_threads_are_as_before_after_a_step(threads):
    model, seen = Linear(5, 3), []

    def loss_fn(x):
        seen.append((workers.count, blas_threads()))
        return model(x).mean()

    parallel_step(loss_fn, batch(N, 5), threads)
    assert seen == [(threads or 2, 1)] * (threads or 2)
    assert (workers.count, workers.started, blas_threads()) == (1, False, 2)
    seen.clear()
    with accelerate(threads=4):
        parallel_step(loss_fn, batch(N, 5), threads)
        assert (workers.count, workers.started, blas_threads()) == (4, True, 1)
        assert in_use() != {p: p.default for p in primitives()}
    assert seen == [(threads or 4, 1)] * (threads or 4)


def test_inside_accelerate_the_kernels_of_its_tier_run():
    model, found = Conv2d(2, 3, 3), []

    def loss_fn(x):
        out = model(x)
        found.append(out.data.transpose(0, 2, 3, 1).flags.c_contiguous)
        return out.mean()

    parallel_step(loss_fn, batch(N, 2, 6, 6), 2)
    with accelerate():
        parallel_step(loss_fn, batch(N, 2, 6, 6), 2)
    assert found == [False] * 2 + [True] * 2


def test_nothing_is_recorded_nothing_is_computed():
    with no_grad(), pytest.raises(RuntimeError, match="parallel_step: nothing is recorded inside"):
        parallel_step(lambda x: x.mean(), batch(N, 5))


@pytest.mark.parametrize("wrong", [np.ones((3, 2)), 5.0, "x", None])
def test_a_batch_is_of_tensors(wrong):
    kind = type(wrong).__name__
    with pytest.raises(TypeError, match=f"parallel_step: batch holds {kind}, expected Tensors"):
        parallel_step(lambda *x: x[0].mean(), [batch(3, 2), wrong])


@pytest.mark.parametrize(
    ("wrong", "shapes"),
    [
        ([], "of no tensor"),
        (batch(0, 2), r"\(0, 2\)"),
        (tensor(1.0), r"\(\)"),
        ([batch(3, 2), batch(4)], r"\(3, 2\), \(4,\)"),
        ([batch(3, 2), tensor(1.0)], r"\(3, 2\), \(\)"),
    ],
)
def test_a_batch_has_one_length(wrong, shapes):
    with pytest.raises(
        ValueError, match=f"^parallel_step: batch has the shapes {shapes}, expected"
    ):
        parallel_step(lambda *x: x[0].mean(), wrong)


@pytest.mark.parametrize(
    ("loss_fn", "error", "message"),
    [
        (lambda x: 1.0, TypeError, "loss_fn returned float, expected a Tensor"),
        (lambda x: None, TypeError, "loss_fn returned NoneType, expected a Tensor"),
        (
            lambda x: x * 2,
            ValueError,
            r"loss_fn returned shape \(\d, 5\), expected a single number",
        ),
        (lambda x: x.detach().mean(), RuntimeError, "the loss requires no gradient"),
    ],
)
def test_a_loss_is_a_number_that_can_be_differentiated(loss_fn, error, message):
    with pytest.raises(error, match=f"parallel_step: {message}"):
        parallel_step(loss_fn, batch(N, 5).requires_grad_(), 2)


@pytest.mark.parametrize(
    ("threads", "error", "message"),
    [
        (0, ValueError, "threads is 0, expected at least 1"),
        (-1, ValueError, "threads is -1, expected at least 1"),
        (2.0, TypeError, "threads is 2.0, expected an integer"),
        (True, TypeError, "threads is True, expected an integer"),
    ],
)
def test_threads_are_counted(threads, error, message):
    with pytest.raises(error, match=f"parallel_step: {message}"):
        parallel_step(lambda x: x.mean(), batch(N, 5).requires_grad_(), threads)


# --- random numbers


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dropping", [Dropout(0.5), Dropout2d(0.5)])
def test_what_is_dropped_repeats_with_the_seed(dropping, threads):
    model, x = Sequential(Conv2d(2, 4, 3), dropping, ReLU(), Flatten()), batch(N, 2, 6, 6)
    runs = []
    for seed in (5, 5, 6):
        manual_seed(seed)
        runs.append([parallel(model, lambda x: model(x).mean(), x, threads) for _ in range(2)])
    for one, other in zip(runs[0], runs[1]):
        assert_identical(one, other)
    losses = {float(run[0]) for two in (runs[0], runs[2]) for run in two}
    assert len(losses) == 4  # another step drops others, and so does another seed


def test_each_part_draws_its_own_numbers():
    model, drawn = Linear(5, 3), []

    def loss_fn(x):
        drawn.append(tuple(generator().random(4)))
        return model(x).mean()

    parallel_step(loss_fn, batch(N, 5), 3)
    assert len(set(drawn)) == 3


def test_a_step_without_chance_leaves_the_callers_numbers_alone():
    model = Linear(5, 3)
    state = generator().bit_generator.state
    parallel_step(lambda x: model(x).mean(), batch(N, 5), 3)
    assert generator().bit_generator.state == state


@pytest.mark.parametrize("threads", [1, 3])
def test_a_step_with_chance_takes_one_of_them(threads):
    model, caller, other = Linear(5, 3), np.random.default_rng(3), np.random.default_rng(3)

    def loss_fn(x):
        return model(x).mean() * generator().random()

    with use_generator(caller):
        parallel_step(loss_fn, batch(N, 5), threads)
    other.integers(2**63)
    assert caller.random() == other.random()


# --- what is called from where, and by whom


@pytest.mark.parametrize("inner", ["parallel_step", "accelerate"])
def test_a_part_starts_no_step_and_chooses_no_tier(inner):
    model = perceptron()

    def loss_fn(x):
        if inner == "accelerate":
            accelerate("vectorized")
        else:
            parallel_step(lambda x: model(x).mean(), x)
        return model(x).mean()

    with accelerate(threads=2):
        with pytest.raises(RuntimeError, match=f"{inner}: called inside a part of"):
            parallel_step(loss_fn, batch(N, 5))
        assert workers.count == 2
    assert gradients(model) == [None] * 4


def test_steps_of_several_threads_wait_for_each_other():
    x, y = batch(N, 5), classes(N)
    model = perceptron()
    expected = plain(model, lambda x, y: cross_entropy(model(x), y), x, y)
    failed = []

    def train():
        own = perceptron()
        own.load_state_dict(model.state_dict())
        for _ in range(10):
            try:
                found = parallel(own, lambda x, y: cross_entropy(own(x), y), (x, y), 2)
                assert_close(found, expected)
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=train) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        (lambda x: -1, ValueError, "items returned -1.0, expected a number from 0"),
        (lambda x: float("nan"), ValueError, "items returned nan, expected a number from 0"),
        (lambda x: float("inf"), ValueError, "items returned inf"),
        (lambda x: None, TypeError, "items returned None, expected a number"),
        (8, TypeError, "items is 8, expected a function"),
    ],
)
def test_items_are_counted(items, error, message):
    model = perceptron()
    with pytest.raises(error, match=f"^parallel_step: {message}"):
        parallel_step(lambda x: model(x).mean(), batch(N, 5), 2, items=items)
    assert gradients(model) == [None] * 4


def test_a_step_of_one_part_may_hold_another():
    model, other = perceptron(), perceptron()

    def loss_fn(x):
        parallel_step(lambda x: other(x).mean(), x, 1)
        return model(x).mean()

    parallel_step(loss_fn, batch(N, 5), 1)
    assert all(g is not None for g in gradients(model) + gradients(other))


def test_a_sum_is_refused():
    model = perceptron()
    for reduced in (
        lambda x: model(x).sum(),
        lambda x: cross_entropy(model(x), classes(len(x)), reduction="sum"),
    ):
        with pytest.raises(ValueError, match="loss_fn returned a sum, expected a mean"):
            parallel_step(reduced, batch(N, 5), 2)
    assert gradients(model) == [None] * 4


def test_a_batch_is_one_argument():
    with pytest.raises(TypeError, match=r"threads is a Tensor, .* together: \(x, y\)"):
        parallel_step(lambda x, y: x.mean(), batch(N, 5), classes(N))


def test_the_loss_is_a_function():
    with pytest.raises(TypeError, match=r"^parallel_step: loss_fn is 8, expected a function"):
        parallel_step(8, batch(N, 5))


@pytest.mark.parametrize("wrong", [None, 3, iter([1])])
def test_a_batch_is_a_tensor_or_a_list(wrong):
    with pytest.raises(TypeError, match=r"^parallel_step: batch is .*, expected a Tensor"):
        parallel_step(lambda x: x.mean(), wrong)


# --- hooks


def test_a_hook_on_a_leaf_sees_the_batch_s_gradient_once():
    model, x, seen = Linear(5, 1, bias=False), batch(6, 5), []

    def hook(gradient):
        seen.append(gradient.data.copy())
        return gradient.clamp(-0.1, 0.1)

    handle = model.weight.register_hook(hook)
    parallel_step(lambda x: model(x).mean(), x, 3)
    expected = x.data.mean(0, keepdims=True)
    assert_close(seen, [expected], times=5)
    assert_close([model.weight.grad.data], [np.clip(expected, -0.1, 0.1)], times=5)
    handle.remove()


def test_results_that_keep_their_gradients_do_so():
    model, kept = Linear(5, 3), []

    def loss_fn(x):
        z = model(x)
        z.retain_grad()
        kept.append(z)
        return z.mean()

    parallel_step(loss_fn, batch(6, 5), 3)
    for z in kept:
        np.testing.assert_allclose(z.grad.data, np.full((2, 3), 1 / 18), rtol=1e-6)


# --- a program of its own

PROGRAM = """
from tinytorch.acceleration import accelerate, parallel_step
from tinytorch.layers import Linear
from tinytorch.tensor import ones

model = Linear(2, 1)
parallel_step(lambda x: model(x).mean(), ones(6, 2), 3)
accelerate(threads=3)
parallel_step(lambda x: model(x).mean(), ones(6, 2))
print(model.weight.grad.tolist())
"""

# What grows with the steps: what Python holds, the garbage in circles that it has to look for, and
# what the process holds resident. A node is some hundred bytes, an array of this step 9 KiB.
LEAK = """
import gc, sys, tracemalloc
from tinytorch.acceleration import accelerate, parallel_step
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import Adam
from tinytorch.setup import process_peak
from tinytorch.spatial import Conv2d, MaxPool2d
from tinytorch.tensor import randint, randn

model = Sequential(Conv2d(1, 4, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(100, 4))
optimizer = Adam(model.parameters())
x, y = randn(16, 1, 12, 12), randint(0, 4, (16,))

def loss_fn(x, y):
    return cross_entropy(model(x), y)

def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        if sys.argv[1] == "parallel":
            parallel_step(loss_fn, [x, y])
        else:
            loss_fn(x, y).backward()
        optimizer.step()

gc.disable()
with accelerate(threads=2):
    train(200)
    peak = process_peak()
    train(700)
    resident = (process_peak() or 0) - (peak or 0)
    tracemalloc.start()
    train(20)
    held, circular = [], 0
    for _ in range(7):
        circular += gc.collect()  # and lets go of the empty tuples that Python keeps for the next
        held.append(tracemalloc.get_traced_memory()[0])
        train(80)
    # Tables of Python's own grow now and then; a leak grows always.
    print(min(b - a for a, b in zip(held, held[1:])), circular, resident)
"""


def run(*arguments):
    command = [sys.executable, "-W", "error", "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def test_a_program_that_took_a_step_ends():
    ended = run(PROGRAM)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[[2.0, 2.0]]\n", "")


@pytest.mark.parametrize("kind", ["plain", "parallel"])
def test_memory_does_not_grow_with_the_steps(kind):
    ended = run(LEAK, kind)
    assert (ended.returncode, ended.stderr) == (0, "")
    held, circular, resident = map(int, ended.stdout.split())
    assert held < 80 * 64  # bytes; an object for each of 80 steps would be more
    assert circular < 3 * 80
    assert resident < 4 * 2**20  # an array for each of 700 steps would be 6 MiB


def test_a_gpt_trains_to_the_same_bits_again():
    def trained():
        manual_seed(3)
        model = GPT(GPTConfig(30, 16, 16, 2, 2))  # with dropout
        optimizer = AdamW(model.parameters(), lr=1e-2)
        for _ in range(3):
            ids = randint(0, 30, (6, 13))
            optimizer.zero_grad()
            parallel_step(
                lambda x, y: cross_entropy(model(x).flatten(0, 1), y.flatten()),
                (ids[:, :-1], ids[:, 1:]),
            )
            optimizer.step()
        return {name: x.numpy().tobytes() for name, x in model.state_dict().items()}

    with accelerate(threads=2):
        assert trained() == trained()
