"""Small batches added up are one large batch, whatever their sizes and what in them counts."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.layers import Linear, Parameter, Sequential, Tanh
from tinytorch.losses import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    cross_entropy,
    kl_div,
    l1_loss,
    mse_loss,
)
from tinytorch.optim import SGD, AdamW, clip_grad_norm_
from tinytorch.setup import manual_seed
from tinytorch.tensor import tensor
from tinytorch.training import Accuracy, Trainer
from tinytorch.training.weighing import items


def make_model(dtype="float64"):
    manual_seed(3)
    return Sequential(Linear(3, 5), Tanh(), Linear(5, 4)).to(dtype)


def make_batches(sizes, ignored=(), dtype="float64"):
    """Batches of these sizes for a classifier; each n-th target of `ignored` is -100."""
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=sum(sizes))
    labels[[i for i in ignored if i < len(labels)]] = -100
    inputs = rng.standard_normal((sum(sizes), 3)).astype(dtype)
    cuts = np.cumsum(sizes)[:-1]
    pairs = zip(np.split(inputs, cuts), np.split(labels, cuts), strict=True)
    return [(tensor(x), tensor(y)) for x, y in pairs]


def by_large_batches(model, optimizer, loss, batches, accumulation, max_norm=None):
    """What accumulation stands for: each group of batches is one."""
    for start in range(0, len(batches), accumulation):
        inputs, targets = map(tt.cat, zip(*batches[start : start + accumulation], strict=True))
        if (targets == -100).all():
            continue
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        if max_norm is not None:
            clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()


def differences(one, other):
    """How far the parameters of two models are apart, relative to their size."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return [float(np.linalg.norm(a.data - b.data) / np.linalg.norm(b.data)) for a, b in pairs]


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=9),
    accumulation=st.integers(1, 5),
    ignored=st.sets(st.integers(0, 30)),
    weighted=st.booleans(),
    max_norm=st.sampled_from([None, 0.05]),
)
def test_accumulated_batches_are_one_large_batch(sizes, accumulation, ignored, weighted, max_norm):
    weight = tensor([0.5, 1.0, 3.0, 0.25], dtype="float64") if weighted else None
    loss = CrossEntropyLoss(weight=weight)
    batches = make_batches([*sizes, 2], {i for i in ignored if i < sum(sizes)})  # some item counts
    model, large = make_model(), make_model()
    trainer = Trainer(
        model,
        SGD(model.parameters(), lr=0.5, momentum=0.9),
        loss,
        accumulation_steps=accumulation,
        max_grad_norm=max_norm,
    )
    trainer.fit(batches, epochs=1)
    optimizer = SGD(large.parameters(), lr=0.5, momentum=0.9)
    by_large_batches(large, optimizer, loss, batches, accumulation, max_norm)
    assert max(differences(model, large)) < 1e-12
    assert trainer.step == -(-len(batches) // accumulation)


@pytest.mark.parametrize("make", [partial(SGD, lr=0.1), partial(AdamW, lr=0.01)])
@pytest.mark.parametrize("sizes", [[8, 8, 8, 8], [8, 8, 8, 3], [8, 8, 8, 8, 8, 1]])
def test_in_float32_they_agree_to_a_millionth(make, sizes):
    batches = make_batches(sizes, dtype="float32")
    model, large = make_model("float32"), make_model("float32")
    trainer = Trainer(model, make(model.parameters()), cross_entropy, accumulation_steps=4)
    trainer.fit(batches, epochs=1)
    by_large_batches(large, make(large.parameters()), cross_entropy, batches, 4)
    assert max(differences(model, large)) < 1e-6


def test_many_items_do_not_overflow_float16():
    manual_seed(0)
    model, large = Linear(1, 1).half(), Linear(1, 1)
    large.load_state_dict(model.state_dict())
    x = tt.ones((70_000, 1), dtype="float16")  # more than float16 can count
    batches = [(x[:35_000], x[:35_000]), (x[35_000:], x[35_000:])]
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), mse_loss, accumulation_steps=2)
    trainer.fit(batches, epochs=1)
    wide = [(x.float(), y.float()) for x, y in batches]
    by_large_batches(large, SGD(large.parameters(), lr=0.1), mse_loss, wide, 2)
    assert max(differences(model, large)) < 1e-2


def test_batches_without_an_item_change_nothing_and_count_as_updates():
    batches = make_batches([2, 2, 2, 2], {0, 1, 2, 3})
    model, before = make_model(), make_model()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.5), cross_entropy)
    seen = []
    trainer.callbacks[0].on_step_end = lambda trainer: seen.append(
        (differences(model, before), set(trainer.latest))
    )
    trainer.fit(batches, epochs=1)
    assert max(seen[1][0]) == 0.0 < min(seen[2][0])
    assert [latest for _, latest in seen] == [set(), set(), {"loss", "lr"}, {"loss", "lr"}]
    assert trainer.step == 4
    counted = [batches[2], batches[3]]
    again = make_model()
    other = Trainer(again, SGD(again.parameters(), lr=0.5), cross_entropy)
    assert other.fit(counted, epochs=1)["loss"] == trainer.history["loss"]


def test_an_epoch_without_any_item_is_an_error():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(ValueError, match="fit: the batches held no item, expected at least one"):
        trainer.fit(make_batches([2, 2], {0, 1, 2, 3}), epochs=1)
    with pytest.raises(ValueError, match="evaluate: the batches held no item"):
        trainer.evaluate(make_batches([2], {0, 1}))


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    ignored=st.sets(st.integers(0, 30)),
    weighted=st.booleans(),
)
def test_evaluation_over_batches_is_that_over_the_whole(sizes, ignored, weighted):
    weight = tensor([0.5, 1.0, 3.0, 0.25], dtype="float64") if weighted else None
    loss = CrossEntropyLoss(weight=weight)
    batches = make_batches([*sizes, 2], {i for i in ignored if i < sum(sizes)})
    inputs, targets = map(tt.cat, zip(*batches, strict=True))
    model = make_model()
    metrics = {"accuracy": Accuracy(ignore_index=-100)}
    trainer = Trainer(model, SGD(model.parameters()), loss, metrics=metrics)
    found = trainer.evaluate(batches)
    assert found["loss"] == pytest.approx(loss(model(inputs), targets).item(), rel=1e-12)
    whole = Accuracy(ignore_index=-100)
    whole.update(model(inputs), targets)
    assert found["accuracy"] == whole.compute()


def test_what_the_training_loss_of_an_epoch_is():
    """The mean over all items, of the loss that each had when the model saw it."""
    batches = make_batches([4, 4, 1])
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters(), lr=1e-300), cross_entropy)
    (row,) = trainer.fit(batches, epochs=1, validation=batches)
    assert row["loss"] == pytest.approx(row["val_loss"], rel=1e-12)
    assert row["loss"] == pytest.approx(trainer.evaluate(batches)["loss"], rel=1e-12)


CLASSES = tensor([0, 2, 1, -100, 2])
WEIGHT = tensor([0.5, 1.0, 4.0])


@pytest.mark.parametrize(
    ("loss", "targets", "expected"),
    [
        (cross_entropy, CLASSES, 4),
        (lambda outputs, targets: cross_entropy(outputs, targets), CLASSES, 4),
        (CrossEntropyLoss(), CLASSES, 4),
        (CrossEntropyLoss(ignore_index=2), CLASSES, 3),
        (CrossEntropyLoss(weight=WEIGHT), CLASSES, 9.5),
        (CrossEntropyLoss(weight=WEIGHT, ignore_index=2), tensor([0, 2, 1]), 1.5),
        (NLLLoss(weight=WEIGHT), CLASSES, 9.5),
        (partial(cross_entropy, weight=WEIGHT), CLASSES, 9.5),
        (partial(cross_entropy, ignore_index=1), tensor([0, 1]), 1),
        (partial(partial(cross_entropy, ignore_index=1), weight=WEIGHT), tensor([0, 1]), 0.5),
        (CrossEntropyLoss(), tensor([[0, 1], [-100, -100]]), 2),
        (CrossEntropyLoss(ignore_index=255), tensor([0, 255], dtype="uint8"), 1),
        (CrossEntropyLoss(), tensor([[0.5, 0.5]]), 2),
        (MSELoss(), tt.zeros(3, 4), 12),
        (mse_loss, tt.zeros(()), 1),
        (BCEWithLogitsLoss(weight=tensor([2.0])), tt.zeros(5), 5),
        (KLDivLoss(reduction="batchmean"), tt.zeros(5, 3), 5),
        (partial(kl_div, reduction="batchmean"), tt.zeros(()), 1),
        (L1Loss(), tt.zeros(0), 0),
        (cross_entropy, tensor([-100, -100]), 0),
    ],
)
def test_how_many_items_a_mean_is_of(loss, targets, expected):
    assert items(loss, targets) == expected


def test_what_is_no_mean_or_no_tensor_is_an_error():
    with pytest.raises(ValueError, match="the loss has reduction='sum', expected 'mean'"):
        items(CrossEntropyLoss(reduction="sum"), CLASSES)
    with pytest.raises(ValueError, match="reduction='none'"):
        items(partial(mse_loss, reduction="none"), CLASSES)
    with pytest.raises(
        TypeError, match=r"targets are a dict, expected a Tensor, or a method items"
    ):
        items(mse_loss, {"boxes": 1})


def test_parameters_that_take_no_part_are_left_out():
    model = make_model()
    spare = Parameter(tt.ones(2))
    optimizer = SGD([*model.parameters(), spare], lr=0.1)
    trainer = Trainer(model, optimizer, cross_entropy, accumulation_steps=2, max_grad_norm=1.0)
    trainer.fit(make_batches([2, 2]), 1)
    assert spare.grad is None
    assert spare.tolist() == [1.0, 1.0]


def test_a_subclass_says_what_a_batch_is_and_how_many_items_it_has():
    class Named(Trainer):
        def compute_loss(self, batch):
            outputs = self.model(batch["x"])
            return self.loss(outputs, batch["y"]), outputs, batch

        def items(self, targets):
            return len(targets["y"])

    pairs = make_batches([4, 4, 1])
    model, other = make_model(), make_model()
    trainer = Named(model, SGD(model.parameters(), lr=0.1), cross_entropy, accumulation_steps=2)
    trainer.fit([{"x": x, "y": y} for x, y in pairs], epochs=2)
    plain = Trainer(other, SGD(other.parameters(), lr=0.1), cross_entropy, accumulation_steps=2)
    plain.fit(pairs, epochs=2)
    assert max(differences(model, other)) == 0.0


def test_a_target_of_minus_hundred_is_a_number_like_any_other_to_other_losses():
    targets = tensor([-100, 3, -100])
    assert items(mse_loss, targets) == items(MSELoss(), targets) == 3
    assert items(partial(l1_loss), targets) == 3
    assert items(cross_entropy, targets) == items(CrossEntropyLoss(), targets) == 1
    assert items(lambda outputs, targets: cross_entropy(outputs, targets), targets) == 1
