"""What this package is for, in the order in which a reader meets it."""

import numpy as np
import pytest

from tinytorch.layers import Dropout, Linear, ReLU, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import manual_seed
from tinytorch.tensor import tensor
from tinytorch.training import Accuracy, Callback, ModelCheckpoint, Trainer, load


def spirals(samples):
    """Points on two spirals, and which of the two each is on, in batches of 30."""
    turn = np.linspace(0.5, 4.0, samples)
    which = np.arange(samples) % 2
    angle = turn + np.pi * which
    points = np.stack([turn * np.cos(angle), turn * np.sin(angle)], 1).astype(np.float32)
    cuts = range(0, samples, 30)
    return [(tensor(points[i : i + 30]), tensor(which[i : i + 30])) for i in cuts]


def make_trainer(folder, epochs):
    """A trainer as a script would make it: the same one each time it is started."""
    manual_seed(0)
    model = Sequential(Linear(2, 32), ReLU(), Dropout(0.05), Linear(32, 2))
    optimizer = AdamW(model.parameters(), lr=0.01)
    return Trainer(
        model,
        optimizer,
        CrossEntropyLoss(),
        scheduler=OneCycleLR(optimizer, max_lr=0.03, total_steps=7 * epochs),
        metrics={"accuracy": Accuracy()},
        max_grad_norm=1.0,
        callbacks=[ModelCheckpoint(folder, monitor="val_accuracy", mode="max")],
    )


def test_one_call_trains_validates_and_keeps_the_best(tmp_path):
    trainer = make_trainer(tmp_path, epochs=30)
    history = trainer.fit(spirals(200), epochs=30, validation=spirals(90))

    assert len(history) == 30
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history.last["val_accuracy"] > 0.9
    assert trainer.step == 30 * 7  # seven batches an epoch, the last one short

    best = history.best("val_accuracy", mode="max")
    trainer.model.load_state_dict(load(tmp_path / "best.safetensors"))
    assert trainer.evaluate(spirals(90))["accuracy"] == best["val_accuracy"]
    assert trainer.predict(spirals(90)).shape == (90, 2)


def test_a_run_that_was_interrupted_goes_on_as_if_nothing_had_been(tmp_path):
    class PowerCut(Callback):
        def on_step_end(self, trainer):
            if trainer.step == 40:
                raise KeyboardInterrupt

    whole = make_trainer(tmp_path / "whole", epochs=10)
    whole.fit(spirals(200), epochs=10, validation=spirals(90))

    cut = make_trainer(tmp_path / "cut", epochs=10)
    cut.callbacks.append(PowerCut())
    with pytest.raises(KeyboardInterrupt):
        cut.fit(spirals(200), 10, validation=spirals(90), resume=tmp_path / "cut")
    again = make_trainer(tmp_path / "cut", epochs=10)
    again.fit(spirals(200), 10, validation=spirals(90), resume=tmp_path / "cut")

    assert again.history["loss"] == whole.history["loss"]
    for one, other in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert np.array_equal(one.data, other.data)


def test_a_callback_sees_everything_and_can_stop():
    class Enough(Callback):
        def on_epoch_end(self, trainer):
            if trainer.history.last["loss"] < 0.4:
                trainer.stop("the loss is below 0.4")

    manual_seed(0)
    model = Sequential(Linear(2, 32), ReLU(), Linear(32, 2))
    optimizer = AdamW(model.parameters(), lr=0.01)
    trainer = Trainer(model, optimizer, CrossEntropyLoss(), callbacks=[Enough()])
    history = trainer.fit(spirals(200), epochs=100)
    assert len(history) < 100
    assert trainer.stopped == "the loss is below 0.4"
    assert history["loss"][-1] < 0.4 <= history["loss"][-2]
