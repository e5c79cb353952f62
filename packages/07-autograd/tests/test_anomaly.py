"""`detect_anomaly` names the operation and the line."""

import numpy as np
import pytest

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, tensor
from tinytorch.tensor.observing import emitting


def leaf(data, dtype="float64"):
    return Tensor(data, dtype=dtype, requires_grad=True)


def loss_of(x):
    y = x * 2.0
    z = tt.sqrt(y * 0.0)  # here
    return (z * 0.0).sum()


def test_the_line_that_called_the_operation():
    x = leaf([0.5, 1.0])
    with (
        ag.detect_anomaly(),
        pytest.raises(
            RuntimeError,
            match=r'sqrt made NaN of its gradient by input 0; it was called in ".*_anomaly.py", '
            r"line \d+, in loss_of: z = tt.sqrt\(y \* 0.0\)  # here",
        ),
    ):
        loss_of(x).backward()
    assert x.grad is None


def test_what_a_pass_added_up_belongs_to_the_line_that_started_it():
    x = leaf([1.0])
    with ag.detect_anomaly():
        (slope,) = ag.grad(x * x, x, create_graph=True)  # started here
        slope.register_hook(lambda g: g * np.nan)
        with pytest.raises(RuntimeError, match=r"add made NaN.*# started here"):
            slope.backward()


def test_updates_are_not_looked_at():
    with ag.detect_anomaly(), emitting("SGD", "update", None, (), {}) as event:
        event.result = [np.array(np.nan)]


def test_infinities_are_not_anomalies():
    x = leaf([0.0])
    with ag.detect_anomaly():
        tt.log(x).backward()
    assert np.isinf(x.grad.item())


def test_what_is_sound_stays_as_it_is():
    def compute(x):
        first, second = tt.split(tt.tanh(x), 2)
        (first * second).sum().backward()
        return x.grad.tolist()

    plain = compute(leaf([0.1, 0.2, 0.3, 0.4]))
    with ag.detect_anomaly():
        assert compute(leaf([0.1, 0.2, 0.3, 0.4])) == plain


def test_outside_the_block_nothing_is_looked_for():
    x = leaf([0.5])
    loss_of(x).backward()
    assert np.isnan(x.grad.item())
    with ag.detect_anomaly():
        pass
    loss_of(x).backward()


def test_of_an_operation_before_the_block_only_the_name_is_known():
    y = loss_of(leaf([0.5]))
    with (
        ag.detect_anomaly(),
        pytest.raises(RuntimeError, match=r"sqrt made NaN.*before detect_anomaly"),
    ):
        y.backward()


def test_of_several_results_the_one_call():
    x = leaf([1.0, 2.0])
    with ag.detect_anomaly():
        first, second = tt.split(x, 1)
        first.register_hook(lambda g: g * np.nan)
        with pytest.raises(RuntimeError, match=r"made NaN.*first, second = tt.split"):
            (first + second).backward()


def test_under_create_graph_the_second_pass_names_the_first_line():
    x = leaf([0.0])
    with ag.detect_anomaly():
        y = tt.sqrt(x * x)  # the root
        with pytest.raises(RuntimeError, match=r"# the root"):
            ag.grad(y, x, create_graph=True)


def test_what_a_rule_recorded_belongs_to_the_line_that_it_differentiates():
    x = leaf([1.0])
    with ag.detect_anomaly():
        y = tt.sqrt(x)  # the root
        (slope,) = ag.grad(y, x, create_graph=True)
        slope.register_hook(lambda g: g * np.nan)
        with pytest.raises(RuntimeError, match=r"# the root"):
            slope.backward()


def test_within_a_checkpoint_the_line_inside_it():
    x = leaf([0.5])
    with (
        ag.detect_anomaly(),
        pytest.raises(RuntimeError, match=r"sqrt made NaN.*in loss_of.*# here"),
    ):
        ag.checkpoint(loss_of, x).backward()


def test_of_a_function_the_call_of_apply():
    class Bad(ag.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            return g * tensor(np.nan)

    with ag.detect_anomaly(), pytest.raises(RuntimeError, match=r"Bad made NaN.*Bad.apply"):
        Bad.apply(leaf(1.0)).backward()
