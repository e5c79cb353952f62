"""What all metrics are: sums that do not care how the data is cut, and that JSON can hold."""

import copy
import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.autograd  # noqa: F401  with it, operations could be recorded
import tinytorch.tensor as tt
from tinytorch.training import (
    Accuracy,
    ConfusionMatrix,
    F1Score,
    Mean,
    MeanAbsoluteError,
    MeanSquaredError,
    Metric,
    Perplexity,
    Precision,
    R2Score,
    Recall,
)

SCORES = {  # metrics of scores of four classes
    "accuracy": Accuracy,
    "accuracy, best 3": lambda: Accuracy(top_k=3),
    "accuracy, some ignored": lambda: Accuracy(ignore_index=0),
    "confusion": lambda: ConfusionMatrix(4),
    "precision": lambda: Precision(4),
    "recall": lambda: Recall(4, "weighted"),
    "F1, each": lambda: F1Score(4, None),
    "F1, some ignored": lambda: F1Score(4, ignore_index=2),
    "perplexity": Perplexity,
}
NUMBERS = {"squared": MeanSquaredError, "absolute": MeanAbsoluteError, "R2": R2Score}
MAKES = SCORES | NUMBERS


def data_for(name, samples, seed=0):
    rng = np.random.default_rng(seed)
    if name in NUMBERS:
        targets = rng.normal(1000, 1, samples).astype(np.float32)
        return targets + rng.normal(0, 0.3, samples).astype(np.float32), targets
    return rng.normal(size=(samples, 4)).astype(np.float32), rng.integers(0, 4, samples)


def plain(value):
    return np.asarray(value.data if isinstance(value, tt.Tensor) else value)


@pytest.fixture(params=MAKES.items(), ids=MAKES)
def case(request):
    """The name of a metric, and a function that makes it."""
    return request.param


@pytest.mark.parametrize(("name", "make"), MAKES.items(), ids=MAKES)
@given(data=st.data())
def test_batches_give_what_the_whole_gives_however_they_are_cut(name, make, data):
    outputs, targets = data_for(name, 30, data.draw(st.integers(0, 3)))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, 30), max_size=8))), 30]
    whole, batches = make(), make()
    whole.update(outputs, targets)
    for start, end in itertools.pairwise(cuts):  # some are empty
        batches.update(outputs[start:end], targets[start:end])
    np.testing.assert_allclose(plain(batches.compute()), plain(whole.compute()), rtol=1e-6)
    if whole.sums.keys() <= {"correct", "count", "counts", "met", "predicted", "actual"}:
        assert batches.state_dict() == whole.state_dict()  # counts are exact


def test_a_metric_goes_on_from_its_state_to_the_bit(case):
    name, make = case
    outputs, targets = data_for(name, 20)
    whole, before, after = make(), make(), make()
    for part in (slice(0, 7), slice(7, 20)):
        whole.update(outputs[part], targets[part])
    before.update(outputs[:7], targets[:7])
    state = json.loads(json.dumps(before.state_dict()))
    after.update(outputs, targets)  # which the state replaces
    after.load_state_dict(state)
    after.update(outputs[7:], targets[7:])
    assert after.state_dict() == whole.state_dict()
    assert before.state_dict() == state  # no memory is shared


def test_tensors_and_arrays_mean_the_same_and_nothing_is_recorded(case):
    name, make = case
    outputs, targets = data_for(name, 20)
    arrays, tensors = make(), make()
    arrays.update(outputs, targets)
    tensors.update(tt.tensor(outputs, requires_grad=True), tt.tensor(targets))
    result = tensors.compute()
    assert np.array_equal(plain(result), plain(arrays.compute()))
    assert isinstance(result, float | tt.Tensor)
    assert not getattr(result, "requires_grad", False)


def test_the_arguments_are_left_as_they_are(case):
    name, make = case
    outputs, targets = data_for(name, 20)
    before = outputs.copy(), targets.copy()
    make().update(outputs, targets)
    assert np.array_equal(outputs, before[0])
    assert np.array_equal(targets, before[1])


def test_nothing_counted_is_an_error_and_reset_forgets(case):
    name, make = case
    outputs, targets = data_for(name, 20)
    metric = make()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="nothing has been counted, call update"):
            metric.compute()
        metric.update(outputs, targets)
        metric.compute()
        metric.reset()


def test_what_is_computed_is_a_copy(case):
    name, make = case
    metric = make()
    metric.update(*data_for(name, 20))
    before = metric.state_dict()
    result = metric.compute()
    if isinstance(result, tt.Tensor):
        result.fill_(-1)
    assert metric.state_dict() == before


def test_numbers_that_are_not_finite_make_no_noise(case):
    name, make = case
    outputs, targets = data_for(name, 4)
    outputs.flat[:4] = np.nan, np.inf, -np.inf, 1e38
    metric = make()
    metric.update(outputs, targets)
    metric.compute()
    copy.deepcopy(metric).update(outputs, targets)


@pytest.mark.parametrize(
    ("outputs", "targets", "message"),
    [
        ([1.0], np.ones(1, int), "outputs is list, expected a Tensor or an array"),
        (np.ones(1), None, "targets is NoneType, expected a Tensor or an array"),
        (np.ones(1, complex), np.ones(1, int), "outputs has type complex128, expected numbers"),
    ],
)
def test_what_is_no_tensor_is_refused_and_changes_nothing(case, outputs, targets, message):
    name, make = case
    metric = make()
    metric.update(*data_for(name, 4))
    before = metric.state_dict()
    with pytest.raises(TypeError, match=message):
        metric.update(outputs, targets)
    assert metric.state_dict() == before


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ([1], TypeError, "Accuracy: the state is list, expected a dictionary"),
        ({}, ValueError, "Accuracy: the state has None, expected correct, count"),
        ({"total": 1, "count": 2}, ValueError, "Accuracy: the state has total, count, expected"),
        ({"correct": [1], "count": 2}, ValueError, r"correct is of shape \(1,\) and type int64 in"),
        ({"correct": 1.5, "count": 2}, ValueError, "correct is of .* type float64 .* and int64"),
        ({"correct": "1", "count": 2}, ValueError, "correct is of .* expected"),
        ({"correct": [[1], []], "count": 2}, ValueError, "correct in the state: "),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, kind, message):
    accuracy = Accuracy()
    accuracy.update(np.array([1, 2]), np.array([1, 1]))
    with pytest.raises(kind, match=message):
        accuracy.load_state_dict(state)
    assert accuracy.compute() == 0.5


def test_a_metric_of_ones_own_needs_three_methods():
    class Longest(Metric):
        def zeros(self):
            return {"longest": np.zeros((), np.int64)}

        def update(self, outputs, targets):
            self.sums["longest"] = np.maximum(self.sums["longest"], len(outputs))

        def compute(self):
            return self.counted("longest")

    longest = Longest()
    for length in (2, 5, 3):
        longest.update(np.ones(length), np.ones(length))
    assert longest.compute() == 5
    with pytest.raises(NotImplementedError, match="Metric: defines no zeros"):
        Metric()

    class Nothing(Metric):
        def zeros(self):
            return {}

    for call in (lambda: Nothing().update(1, 1), lambda: Nothing().compute()):
        with pytest.raises(NotImplementedError, match="Nothing: defines no"):
            call()


# --- the mean


def test_a_mean_takes_numbers_arrays_and_tensors():
    mean = Mean()
    mean.update(1)
    mean.update(2.0, 3)
    mean.update(tt.tensor([3.0, 4.0]), np.array([1, 2]))
    mean.update(np.full((2, 3), 5.0), 0.5)
    mean.update(tt.tensor([]))
    assert mean.compute() == pytest.approx((1 + 6 + 3 + 8 + 15) / (1 + 3 + 3 + 3))


def test_a_mean_of_many_small_numbers_is_exact_to_float64():
    mean = Mean()
    for _ in range(1000):
        mean.update(np.full(100, 0.1, np.float32))
    assert mean.compute() == pytest.approx(float(np.float32(0.1)), rel=1e-13)


def test_a_mean_of_no_weight_is_an_error():
    mean = Mean()
    mean.update(3.0, 0)
    with pytest.raises(RuntimeError, match="Mean: nothing has been counted"):
        mean.compute()


@pytest.mark.parametrize(
    ("values", "weights", "kind", "message"),
    [
        ("1", 1, TypeError, "Mean: values is str"),
        (1.0, None, TypeError, "Mean: weights is NoneType"),
        (np.ones(2), np.ones(3), ValueError, r"weights have shape \(3,\), .* values, \(2,\)"),
        (1.0, np.ones(3), ValueError, "does not stretch"),
        (np.ones(2), np.array([1.0, -0.5]), ValueError, "a weight is -0.5, expected 0 or more"),
        (np.ones(2, complex), 1.0, TypeError, "values has type complex128"),
    ],
)
def test_what_has_no_mean_is_refused(values, weights, kind, message):
    mean = Mean()
    mean.update(7.0)
    with pytest.raises(kind, match=message):
        mean.update(values, weights)
    assert mean.compute() == 7
