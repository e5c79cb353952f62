"""EarlyStopping: when it stops, what it restores, and that a resumed run stops there too."""

import math

import numpy as np
import pytest

from tinytorch.layers import Linear
from tinytorch.losses import mse_loss
from tinytorch.optim import SGD
from tinytorch.setup import manual_seed
from tinytorch.tensor import ones
from tinytorch.training import Callback, EarlyStopping, ModelCheckpoint, Trainer

BATCHES = [(ones(2, 3), ones(2, 1))]
NAN = math.nan


class Course(Callback):
    """Gives epoch 1, 2, … these values; stands before the callback that looks at them."""

    def __init__(self, values, column="score"):
        self.values, self.column = values, column

    def on_epoch_end(self, trainer):
        trainer.history.last[self.column] = self.values[trainer.epoch - 1]


def make_trainer(*callbacks):
    manual_seed(0)
    model = Linear(3, 1)
    sgd = SGD(model.parameters(), lr=0.01, momentum=0.9)
    return Trainer(model, sgd, mse_loss, callbacks=callbacks, progress=False)


def stops_after(values, **settings):
    settings = {"monitor": "score", "mode": "min", **settings}
    trainer = make_trainer(Course(values), EarlyStopping(**settings))
    return len(trainer.fit(BATCHES, epochs=len(values)))


def weights_after(epochs):
    trainer = make_trainer()
    trainer.fit(BATCHES, epochs)
    return trainer.model.weight.data


@pytest.mark.parametrize(
    ("values", "settings", "epochs"),
    [
        ([5, 4, 3, 2, 1, 0], {}, 6),  # always better
        ([1, 2, 2, 2, 2, 2], {}, 4),  # three times no better
        ([3, 4, 4, 2, 4, 4, 4, 4], {}, 7),  # the wait begins anew
        ([1, 2, 2, 2], {"patience": 1}, 2),
        ([1, 1, 1, 1, 1], {}, 4),  # as good is no better
        ([1, 2, 3, 3, 3, 3, 3], {"mode": "max"}, 6),
        ([5, 4.5, 4.25, 4.0, 0], {"min_delta": 1.0}, 4),  # 4.0 is better by 1, not by more
        ([5, 4.5, 3.75, 3, 3, 3, 0], {"min_delta": 1.0}, 6),
        ([NAN, NAN, NAN, 0], {}, 3),  # NaN is never better
        ([2, NAN, NAN, 1, NAN, NAN, NAN, 0], {}, 7),
    ],
)
def test_it_stops_when_patience_is_over(values, settings, epochs):
    assert stops_after(values, **settings) == epochs


def test_the_reason_names_the_best():
    trainer = make_trainer(Course([0.25, 1, 1], "score"), EarlyStopping("score", "min", 2))
    trainer.fit(BATCHES, epochs=9)
    assert trainer.stopped == "EarlyStopping: score was best, 0.25, in epoch 1"
    trainer = make_trainer(Course([NAN], "score"), EarlyStopping("score", "min", 1))
    trainer.fit(BATCHES, epochs=9)
    assert trainer.stopped == "EarlyStopping: score was never a number"


def test_the_validation_loss_is_looked_at_unless_told_otherwise():
    trainer = make_trainer(Course([1, 2, 2, 2], "val_loss"), EarlyStopping())
    assert len(trainer.fit(BATCHES, epochs=9, validation=BATCHES)) == 4


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"monitor": "accuracy"}, ValueError, "EarlyStopping: mode is None for 'accuracy'"),
        ({"mode": "most"}, ValueError, "EarlyStopping: mode is 'most'"),
        ({"patience": 0}, ValueError, "EarlyStopping: patience is 0, expected at least 1"),
        ({"patience": 1.5}, TypeError, "EarlyStopping: patience is 1.5, expected an integer"),
        ({"min_delta": -1.0}, ValueError, "EarlyStopping: min_delta is -1.0"),
    ],
)
def test_wrong_arguments(settings, kind, message):
    with pytest.raises(kind, match=message):
        EarlyStopping(**settings)


def test_a_column_that_is_not_there():
    with pytest.raises(ValueError, match="EarlyStopping: monitor is 'val_loss' and nothing is v"):
        make_trainer(EarlyStopping()).fit(BATCHES, epochs=1)
    what = "monitor is 'val_los', expected one of the history's epoch, step, lr, loss, seconds, v"
    trainer = make_trainer(EarlyStopping("val_los", "min"))
    with pytest.raises(ValueError, match=what):
        trainer.fit(BATCHES, epochs=1, validation=BATCHES)
    assert trainer.step == 0


def test_a_column_that_others_might_have_added():
    class More(Trainer):
        def evaluate(self, batches):
            return {**super().evaluate(batches), "more": 1.0}

    for name in ("val_more", "val_mor"):
        model = Linear(3, 1)
        stopping = EarlyStopping(name, "min")
        trainer = More(model, SGD(model.parameters()), mse_loss, callbacks=[stopping])
        if name == "val_more":
            trainer.fit(BATCHES, epochs=1, validation=BATCHES)
            assert stopping.monitor.best == 1.0
            continue
        with pytest.raises(ValueError, match=r"monitor is 'val_mor', expected one of .*val_more"):
            trainer.fit(BATCHES, epochs=1, validation=BATCHES)
    with pytest.raises(ValueError, match="EarlyStopping: monitor is 'scor', expected one of"):
        make_trainer(Course([1]), EarlyStopping("scor", "min")).fit(BATCHES, epochs=1)


def test_the_best_weights_come_back_when_it_stops():
    stopping = EarlyStopping("score", "min", patience=2, restore_best=True)
    trainer = make_trainer(Course([3, 1, 2, 2, 0]), stopping)
    trainer.fit(BATCHES, epochs=5)
    assert np.array_equal(trainer.model.weight.data, weights_after(2))
    assert not np.array_equal(weights_after(2), weights_after(4))


def test_they_come_back_too_when_all_epochs_are_over():
    stopping = EarlyStopping("score", "min", patience=9, restore_best=True)
    trainer = make_trainer(Course([3, 1, 2, 2]), stopping)
    trainer.fit(BATCHES, epochs=4)
    assert trainer.stopped is None
    assert np.array_equal(trainer.model.weight.data, weights_after(2))


def test_without_restore_best_the_weights_are_the_last():
    trainer = make_trainer(Course([3, 1, 2, 2, 0]), EarlyStopping("score", "min", patience=2))
    trainer.fit(BATCHES, epochs=5)
    assert np.array_equal(trainer.model.weight.data, weights_after(4))


def test_where_nothing_was_a_number_there_is_nothing_to_restore():
    stopping = EarlyStopping("score", "min", patience=2, restore_best=True)
    trainer = make_trainer(Course([NAN, NAN]), stopping)
    trainer.fit(BATCHES, epochs=5)
    assert np.array_equal(trainer.model.weight.data, weights_after(2))


def test_after_an_error_the_weights_stay():
    class Cut(Callback):
        def on_epoch_end(self, trainer):
            if trainer.epoch == 3:
                raise KeyboardInterrupt

    stopping = EarlyStopping("score", "min", patience=9, restore_best=True)
    trainer = make_trainer(Course([1, 2, 2, 2]), stopping, Cut())
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(BATCHES, epochs=4)
    assert np.array_equal(trainer.model.weight.data, weights_after(3))


def test_a_further_fit_waits_anew_and_knows_the_best():
    values = [1, 2, 2, 2, 2, 2, 2, 0.5, 1, 1]
    stopping = EarlyStopping("score", "min", patience=2)
    trainer = make_trainer(Course(values), stopping)
    assert len(trainer.fit(BATCHES, epochs=5)) == 3
    assert len(trainer.fit(BATCHES, epochs=5)) == 5
    assert stopping.monitor.best == 1
    trainer.fit(BATCHES, epochs=1)
    assert stopping._waited == 1  # this call's own


def test_another_trainer_starts_anew_with_the_same_object():
    stopping = EarlyStopping("score", "min", patience=2, restore_best=True)
    assert len(make_trainer(Course([0, 1, 1]), stopping).fit(BATCHES, epochs=9)) == 3
    other = make_trainer(Course([5, 4, 6, 6]), stopping)
    assert len(other.fit(BATCHES, epochs=9)) == 4
    assert (stopping.monitor.best, stopping.monitor.epoch) == (4, 2)
    assert np.array_equal(other.model.weight.data, weights_after(2))
    # weights of the run before are not restored where this one finds none
    last = make_trainer(Course([NAN]), stopping)
    last.fit(BATCHES, epochs=1)
    assert np.array_equal(last.model.weight.data, weights_after(1))


VALUES = [5, 4, 6, 6, 3, 6, 6, 6, 6, 6]  # ends after epoch 8, best in epoch 5


def run(folder, cut=None, **settings):
    """A run as a script has it; `cut` kills it when so many epochs are over."""

    class Cut(Callback):
        def on_epoch_start(self, trainer):
            if trainer.epoch == cut:
                raise KeyboardInterrupt

    stopping = EarlyStopping("score", "min", restore_best=True, **settings)
    trainer = make_trainer(Course(VALUES), stopping, Cut(), ModelCheckpoint(folder))
    trainer.fit(BATCHES, epochs=10, resume=folder)
    return trainer


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_resumed_run_stops_at_the_same_epoch_with_the_same_weights(tmp_path, cut):
    whole = run(tmp_path / "whole")
    assert whole.epoch == 8
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", cut)
    again = run(tmp_path / "cut")
    assert again.epoch == 8
    assert again.stopped == whole.stopped == "EarlyStopping: score was best, 3, in epoch 5"
    assert np.array_equal(again.model.weight.data, whole.model.weight.data)
    assert np.array_equal(again.model.weight.data, weights_after(5))


def test_a_resumed_run_that_had_stopped_stays_stopped(tmp_path):
    run(tmp_path)
    again = run(tmp_path)
    assert (again.epoch, len(again.history)) == (8, 8)
    assert again.stopped == "EarlyStopping: score was best, 3, in epoch 5"
    assert np.array_equal(again.model.weight.data, weights_after(5))


def test_weights_that_the_other_run_did_not_keep_cannot_be_restored(tmp_path):
    stopping = EarlyStopping("score", "min")
    trainer = make_trainer(Course(VALUES), stopping, ModelCheckpoint(tmp_path))
    trainer.fit(BATCHES, epochs=3)
    with pytest.raises(ValueError, match="EarlyStopping: the state has no weights of epoch 2"):
        run(tmp_path)


def test_weights_that_are_not_wanted_are_let_go():
    kept = EarlyStopping("score", "min", restore_best=True)
    make_trainer(Course([1]), kept).fit(BATCHES, epochs=1)
    other = EarlyStopping("score", "min")
    other.load_state_dict(kept.state_dict())
    assert (other.monitor.best, other.state_dict()["weights"]) == (1, {})


def test_an_error_in_the_last_epoch_leaves_the_weights():
    class Full(Callback):
        def on_save(self, trainer):
            if trainer.epoch == 3:
                raise OSError("no space left")

    stopping = EarlyStopping("score", "min", patience=9, restore_best=True)
    trainer = make_trainer(Course([3, 1, 2]), stopping, Full())
    with pytest.raises(OSError, match="no space left"):
        trainer.fit(BATCHES, epochs=3)
    assert np.array_equal(trainer.model.weight.data, weights_after(3))
