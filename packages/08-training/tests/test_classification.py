"""Metrics of classes, held against their definitions and against what goes wrong."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.layers import Linear
from tinytorch.losses import binary_cross_entropy_with_logits
from tinytorch.optim import SGD
from tinytorch.setup import manual_seed
from tinytorch.training import (
    Accuracy,
    BinaryAccuracy,
    ConfusionMatrix,
    F1Score,
    Perplexity,
    Precision,
    Recall,
    Trainer,
)

OF_CLASSES = [
    lambda: ConfusionMatrix(3),
    lambda: Precision(3),
    lambda: Recall(3),
    lambda: F1Score(3),
]


def computed(metric, outputs, targets):
    metric.update(np.asarray(outputs), np.asarray(targets))
    result = metric.compute()
    return result.tolist() if isinstance(result, tt.Tensor) else result


# --- accuracy


def test_scores_and_classes_mean_the_same():
    scores = np.array([[0.1, 0.7, 0.2], [0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])
    targets = np.array([1, 2, 2])
    assert computed(Accuracy(), scores, targets) == pytest.approx(2 / 3)
    assert computed(Accuracy(), scores.argmax(1), targets) == pytest.approx(2 / 3)
    for make in OF_CLASSES:
        assert computed(make(), scores, targets) == computed(make(), scores.argmax(1), targets)


def test_classes_are_dim_1_as_in_cross_entropy():
    rng = np.random.default_rng(0)
    scores, targets = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    flat = scores.transpose(0, 2, 3, 1).reshape(-1, 3)
    for make in (
        Accuracy,
        lambda: Accuracy(top_k=2),
        lambda: Accuracy(top_k=2, ignore_index=1),
        lambda: Perplexity(ignore_index=0),
        *OF_CLASSES,
    ):
        expected = computed(make(), flat, targets.ravel())
        np.testing.assert_allclose(computed(make(), scores, targets), expected, rtol=1e-12)


def test_two_classes_from_one_logit():
    logits, targets = tt.tensor([2.0, -1.0, 0.5, -3.0]), tt.tensor([1, 1, 1, 0])
    for metric in (Accuracy(), Precision(2, "micro")):
        metric.update(logits > 0, targets)
        assert metric.compute() == 0.75
    accuracy = Accuracy()
    accuracy.update(logits > 0, targets == 1)
    assert accuracy.compute() == 0.75
    with pytest.raises(ValueError, match="for one logit a sample pass logits > 0"):
        accuracy.update(logits, targets)


@given(
    hnp.arrays(np.float32, (6, 5), elements=st.integers(0, 3).map(float)),  # many are equal
    hnp.arrays(np.int64, 6, elements=st.integers(0, 4)),
    st.integers(1, 5),
)
def test_among_the_best_are_the_first_of_a_stable_sort(scores, targets, top_k):
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
    expected = np.mean([target in row for target, row in zip(targets, best, strict=True)])
    assert computed(Accuracy(top_k=top_k), scores, targets) == expected


def test_a_model_that_says_nan_has_nothing_among_its_best():
    scores = np.full((4, 5), np.nan)
    assert computed(Accuracy(top_k=3), scores, [0, 1, 2, 3]) == 0


def test_all_classes_are_among_all():
    scores = np.random.default_rng(0).normal(size=(4, 5))
    assert computed(Accuracy(top_k=5), scores, [0, 4, 2, 2]) == 1


def test_a_huge_count_is_exact():
    accuracy = Accuracy()
    accuracy.load_state_dict({"correct": 2**53, "count": 2**53 + 1})
    accuracy.update(np.array([1]), np.array([1]))
    assert accuracy.state_dict() == {"correct": 2**53 + 1, "count": 2**53 + 2}


@pytest.mark.parametrize("ignored", [-100, 255, 1])
def test_ignored_targets_do_not_count_whatever_is_said_of_them(ignored):
    scores = np.random.default_rng(0).normal(size=(6, 3))
    targets = np.array([0, 2, ignored, 0, ignored, 2])
    keep = targets != ignored
    for make in (
        lambda i: Accuracy(ignore_index=i),
        lambda i: Accuracy(2, i),
        lambda i: ConfusionMatrix(3, i),
        lambda i: Precision(3, ignore_index=i),
        lambda i: Recall(3, "micro", i),
        lambda i: F1Score(3, None, i),
        lambda i: Perplexity(i),
    ):
        expected = computed(make(None), scores[keep], targets[keep])
        np.testing.assert_allclose(computed(make(ignored), scores, targets), expected, rtol=1e-12)
        with pytest.raises(RuntimeError, match="nothing has been counted"):
            computed(make(ignored), scores, np.full(6, ignored))


# --- one logit a sample


@pytest.mark.parametrize("dtype", [bool, np.int64, np.uint8, np.float32, np.float16])
@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 2)])
def test_an_output_is_right_on_its_side_of_the_threshold(shape, dtype):
    logits = np.array([2.0, -1.0, 0.0, -3.0], np.float32).reshape(shape)
    targets = np.array([1, 1, 0, 0], dtype).reshape(shape)
    assert computed(BinaryAccuracy(), logits, targets) == 0.75
    assert computed(BinaryAccuracy(), logits[..., None], targets) == 0.75
    assert computed(BinaryAccuracy(), logits > 0, targets) == 0.75
    assert computed(BinaryAccuracy(-2), logits, targets) == 0.75
    assert computed(BinaryAccuracy(0.5), 1 / (1 + np.exp(-logits)), targets) == 0.75


def test_it_is_a_metric_of_a_training_with_one_logit():
    manual_seed(0)
    x = tt.tensor([[-2.0], [-1.0], [1.0], [3.0]])
    y = (x > 0).float()
    model = Linear(1, 1)
    metrics = {"accuracy": BinaryAccuracy()}
    sgd = SGD(model.parameters(), lr=1.0)
    trainer = Trainer(model, sgd, binary_cross_entropy_with_logits, metrics=metrics)
    history = trainer.fit([(x[:3], y[:3]), (x[3:], y[3:])], 20)
    assert history.last["accuracy"] == 1


@pytest.mark.parametrize(
    ("outputs", "targets", "kind", "message"),
    [
        (np.ones(2), np.ones(3), ValueError, r"shape \(2,\), expected that of targets, \(3,\), or"),
        (np.ones(2), np.ones((2, 1)), ValueError, r"targets, \(2, 1\), or \(2, 1, 1\)"),
        (np.ones((2, 2)), np.ones(2), ValueError, r"outputs have shape \(2, 2\)"),
        (np.ones(2), np.array([0, 0.25]), ValueError, "targets hold 0.25, expected 0 or 1"),
        (np.ones(2), np.array([1, np.nan]), ValueError, "targets hold nan"),
        (np.ones(2), np.array([1, -1]), ValueError, "targets hold -1"),
        ([1.0], np.ones(1), TypeError, "BinaryAccuracy: outputs is list, expected a Tensor"),
        (np.ones(1), np.array(["a"]), TypeError, "BinaryAccuracy: targets has type <U1"),
    ],
)
def test_what_is_not_binary_is_refused_and_changes_nothing(outputs, targets, kind, message):
    metric = BinaryAccuracy()
    metric.update(np.array([1.0, -1.0]), np.array([1, 1]))
    with pytest.raises(kind, match=message):
        metric.update(outputs, targets)
    assert metric.state_dict() == {"correct": 1, "count": 2}


def test_thresholds_are_checked():
    with pytest.raises(TypeError, match="BinaryAccuracy: threshold is '0', expected a number"):
        BinaryAccuracy("0")
    with pytest.raises(TypeError, match="threshold is True"):
        BinaryAccuracy(True)
    with pytest.raises(ValueError, match="BinaryAccuracy: threshold is nan, expected it finite"):
        BinaryAccuracy(np.nan)


def test_accuracy_tells_of_the_binary_one():
    logits = np.ones((3, 1))
    with pytest.raises(TypeError, match=r"expected integers; .* are for BinaryAccuracy"):
        Accuracy().update(logits, np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"for one logit a sample .* or use BinaryAccuracy"):
        Accuracy().update(logits, np.ones((3, 1), int))
    with pytest.raises(ValueError, match=r"outputs have one class, expected several; .* Binary"):
        Accuracy().update(logits, np.zeros(3, int))


# --- the matrix, and what follows from it


def test_rows_are_true_and_columns_predicted():
    matrix = computed(ConfusionMatrix(3), [0, 0, 2, 2, 2], [0, 1, 2, 2, 0])
    assert matrix == [[1, 0, 1], [1, 0, 0], [0, 0, 2]]


def test_a_hand_made_example():
    # of class 0: met 1, predicted 2, actual 2; of class 1: 0, 0, 1; of class 2: 2, 3, 2
    said, right = [0, 0, 2, 2, 2], [0, 1, 2, 2, 0]
    assert computed(Precision(3, None), said, right) == [1 / 2, 0, 2 / 3]
    assert computed(Recall(3, None), said, right) == [1 / 2, 0, 1]
    assert computed(F1Score(3, None), said, right) == [2 / 4, 0, 4 / 5]
    assert computed(Precision(3), said, right) == pytest.approx((1 / 2 + 0 + 2 / 3) / 3)
    assert computed(Recall(3, "weighted"), said, right) == pytest.approx((1 + 0 + 2) / 5)
    for metric in (Precision, Recall, F1Score):
        assert computed(metric(3, "micro"), said, right) == 3 / 5  # the accuracy


def test_a_class_that_is_neither_said_nor_right_is_not_averaged():
    said, right = [0, 1, 1, 0], [0, 1, 0, 0]
    for metric, average in itertools.product(
        (Precision, Recall, F1Score), ("macro", "weighted", "micro")
    ):
        assert computed(metric(50, average), said, right) == pytest.approx(
            computed(metric(2, average), said, right)
        )
    assert computed(Precision(4, None), said, right)[2:] == [0, 0]


@given(
    hnp.arrays(np.int64, 20, elements=st.integers(0, 4)),
    hnp.arrays(np.int64, 20, elements=st.integers(0, 4)),
)
def test_f1_is_the_harmonic_mean_and_everything_follows_from_the_matrix(said, right):
    matrix = np.array(computed(ConfusionMatrix(5), said, right))
    assert matrix.sum() == 20
    assert np.trace(matrix) / 20 == computed(Accuracy(), said, right)
    precision = np.array(computed(Precision(5, None), said, right))
    recall = np.array(computed(Recall(5, None), said, right))
    total = np.where(precision + recall > 0, precision + recall, 1)
    np.testing.assert_allclose(
        computed(F1Score(5, None), said, right), 2 * precision * recall / total, rtol=1e-12
    )
    # swapped, precision is recall
    assert computed(Precision(5, None), right, said) == recall.tolist()


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int32, np.uint64])
def test_any_integers_are_classes(dtype):
    said, right = np.array([0, 1, 1, 0], dtype), np.array([0, 1, 0, 0], dtype)
    assert computed(Accuracy(), said, right) == 0.75
    assert computed(Precision(3, None), said, right) == [1, 0.5, 0]
    assert computed(ConfusionMatrix(200), said, right)[0][:2] == [2, 1]  # 200² is beyond uint8


# --- perplexity


def test_perplexity_is_the_number_of_likely_classes():
    assert computed(Perplexity(), np.zeros((3, 7)), [0, 1, 6]) == pytest.approx(7)
    sure = np.array([[100.0, 0, 0], [0, 100.0, 0]])
    assert computed(Perplexity(), sure, [0, 1]) == pytest.approx(1)
    assert computed(Perplexity(), sure * 1e4, [1, 0]) == np.inf  # and no warning


def test_perplexity_needs_logits():
    with pytest.raises(TypeError, match="Perplexity: outputs have type int64, expected logits"):
        Perplexity().update(np.ones(3, int), np.ones(3, int))


# --- what is refused


@pytest.mark.parametrize(
    "make", [Accuracy, lambda: Accuracy(2), Perplexity, *OF_CLASSES], ids=range(7)
)
@pytest.mark.parametrize(
    ("outputs", "targets", "kind", "message"),
    [
        (np.ones((2, 3)), np.ones(2), TypeError, "targets has type float64, expected integers"),
        (np.ones((2, 3)), np.ones(3, int), ValueError, r"outputs are scores of shape \(2, 3\)"),
        (np.ones((2, 3)), np.ones((2, 3), int), ValueError, r"expected \(N, C, …\) for targets"),
        (np.ones((2, 3)), np.ones((2, 1), int), ValueError, r"of shape \(2, 1\)"),
        (np.ones((2, 3, 4)), np.ones((2, 3), int), ValueError, r"outputs are scores"),
        (np.ones(3), np.array(1), ValueError, r"outputs are scores of shape \(3,\), expected \(N"),
        (np.ones(2, int), np.ones(3, int), ValueError, r"outputs are classes of shape \(2,\)"),
        (np.ones((2, 3)), np.array([0, 3]), IndexError, "targets hold 3, .* from 0 to 2"),
        (np.ones((2, 3)), np.array([-1, 0]), IndexError, "targets hold -1, expected classes"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(make, outputs, targets, kind, message):
    metric = make()
    metric.update(np.eye(3), np.array([0, 2, 1]))
    before = metric.state_dict()
    with pytest.raises(kind, match=message):
        metric.update(outputs, targets)
    assert metric.state_dict() == before


@pytest.mark.parametrize("make", OF_CLASSES)
def test_classes_beyond_the_number_are_refused(make):
    metric = make()
    with pytest.raises(ValueError, match="outputs have 4 classes, expected num_classes, 3"):
        metric.update(np.ones((2, 4)), np.array([0, 1]))
    with pytest.raises(IndexError, match="outputs hold 3, expected classes from 0 to 2"):
        metric.update(np.array([0, 3]), np.array([0, 1]))
    with pytest.raises(IndexError, match="targets hold 7, expected classes from 0 to 2"):
        metric.update(np.array([0, 1]), np.array([7, 1]))


def test_the_best_k_need_scores_of_so_many_classes():
    with pytest.raises(ValueError, match="outputs have 3 classes, expected at least top_k, 5"):
        Accuracy(top_k=5).update(np.ones((2, 3)), np.array([0, 1]))
    with pytest.raises(ValueError, match=r"outputs are classes, expected scores, .* top_k=2"):
        Accuracy(top_k=2).update(np.array([0, 1]), np.array([0, 1]))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Accuracy(0), ValueError, "Accuracy: top_k is 0, expected at least 1"),
        (lambda: Accuracy("5"), TypeError, "Accuracy: top_k is '5', expected an integer"),
        (lambda: ConfusionMatrix(0), ValueError, "ConfusionMatrix: num_classes is 0, expected at"),
        (lambda: Recall(2.0), TypeError, r"Recall: num_classes is 2\.0, expected an integer"),
        (lambda: F1Score(3, "binary"), ValueError, "F1Score: average is 'binary', expected 'mac"),
    ],
)
def test_settings_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()
