"""Metrics against scikit-learn's; perplexity against PyTorch's cross-entropy."""

import numpy as np
import pytest
import sklearn.metrics
import torch

from tinytorch.training import (
    Accuracy,
    BinaryAccuracy,
    ConfusionMatrix,
    F1Score,
    Mean,
    MeanAbsoluteError,
    MeanSquaredError,
    Perplexity,
    Precision,
    R2Score,
    Recall,
)


@pytest.fixture(params=[0, 1, 2])
def rng(request):
    return np.random.default_rng(request.param)


def computed(metric, outputs, targets, batches=7):
    for part in np.array_split(np.arange(len(targets)), batches):
        metric.update(outputs[part], targets[part])
    result = metric.compute()
    return result if isinstance(result, float) else result.numpy()


@pytest.mark.parity("Accuracy")
@pytest.mark.parametrize("top_k", [1, 2, 5, 10])
def test_accuracy(rng, top_k):
    scores, targets = rng.normal(size=(200, 10)), rng.integers(0, 10, 200)
    assert computed(Accuracy(top_k), scores, targets) == pytest.approx(
        sklearn.metrics.top_k_accuracy_score(targets, scores, k=top_k, labels=range(10))
        if top_k < 10  # for which scikit-learn warns that it says nothing
        else 1.0
    )
    assert computed(Accuracy(), scores.argmax(1), targets) == pytest.approx(
        sklearn.metrics.accuracy_score(targets, scores.argmax(1))
    )


@pytest.mark.parity("BinaryAccuracy")
@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_binary_accuracy(rng, threshold):
    outputs, targets = rng.normal(size=(200, 1)), rng.integers(0, 2, 200).astype(np.float32)
    assert computed(BinaryAccuracy(threshold), outputs, targets) == pytest.approx(
        sklearn.metrics.accuracy_score(targets, outputs.ravel() > threshold)
    )


@pytest.mark.parity("ConfusionMatrix")
def test_confusion_matrix(rng):
    said, right = rng.integers(0, 6, (2, 300))
    np.testing.assert_array_equal(
        computed(ConfusionMatrix(8), said, right),
        sklearn.metrics.confusion_matrix(right, said, labels=range(8)),
    )


SCORES = {
    Precision: sklearn.metrics.precision_score,
    Recall: sklearn.metrics.recall_score,
    F1Score: sklearn.metrics.f1_score,
}


@pytest.mark.parity("Precision", "Recall", "F1Score")
@pytest.mark.parametrize("metric", SCORES)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("said_of", [(0, 6), (2, 9)])  # some are never said, some never right
def test_metrics_of_classes(rng, metric, average, said_of):
    said, right = rng.integers(*said_of, 300), rng.integers(0, 6, 300)
    said = np.where(rng.random(300) < 0.6, np.clip(right, *said_of), said)
    labels = range(12) if average is None else None  # without: those that are said or right
    expected = SCORES[metric](right, said, average=average, labels=labels, zero_division=0)
    np.testing.assert_allclose(computed(metric(12, average), said, right), expected, rtol=1e-12)


@pytest.mark.parity("MeanSquaredError", "MeanAbsoluteError", "R2Score")
@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        (MeanSquaredError, sklearn.metrics.mean_squared_error),
        (MeanAbsoluteError, sklearn.metrics.mean_absolute_error),
        (R2Score, sklearn.metrics.r2_score),
    ],
)
def test_metrics_of_numbers(rng, metric, theirs):
    targets = rng.normal(30, 2, 200)
    outputs = targets + rng.normal(0, 1, 200)
    assert computed(metric(), outputs, targets) == pytest.approx(theirs(targets, outputs))
    same = np.full(20, 7.0)
    assert computed(metric(), same, same) == theirs(same, same)
    assert computed(metric(), same + 1, same) == theirs(same, same + 1)


@pytest.mark.parity("Perplexity")
def test_perplexity(rng):
    logits = rng.normal(0, 3, (50, 11, 4)).astype(np.float32)
    targets = rng.integers(0, 11, (50, 4))
    targets[::3] = -100
    theirs = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(targets), ignore_index=-100
    ).exp()
    ours = computed(Perplexity(ignore_index=-100), logits, targets)
    assert ours == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parity("Mean")
def test_mean(rng):
    values, weights = rng.normal(size=100), rng.random(100)
    assert computed(Mean(), values, weights) == pytest.approx(np.average(values, weights=weights))
