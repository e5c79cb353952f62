"""The loop does what one would write by hand, leaves nothing behind, and says what is wrong."""

import math
from functools import partial

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.layers import Dropout, Linear, Module, ReLU, Sequential
from tinytorch.losses import CrossEntropyLoss, cross_entropy, mse_loss
from tinytorch.optim import (
    SGD,
    AdamW,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
    clip_grad_norm_,
)
from tinytorch.setup import get_rng_state, manual_seed
from tinytorch.tensor import no_grad, tensor
from tinytorch.training import Accuracy, Callback, MeanSquaredError, ProgressBar, Trainer
from tinytorch.training.trainer import evaluating


def make_model(p=0.0):
    manual_seed(5)
    return Sequential(Linear(4, 8), ReLU(), Dropout(p), Linear(8, 3))


def make_batches(samples=22, size=5):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((samples, 4)).astype(np.float32)
    y = rng.integers(3, size=samples)
    return [(tensor(x[i : i + size]), tensor(y[i : i + size])) for i in range(0, samples, size)]


def values(model):
    return [parameter.data.copy() for parameter in model.parameters()]


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


class Log(Callback):
    """Notes the moments that it is told of."""

    def __init__(self):
        self.moments = []

    def on_fit_start(self, trainer):
        self.moments.append("fit start")

    def on_epoch_start(self, trainer):
        self.moments.append("epoch start")

    def on_step_end(self, trainer):
        self.moments.append(f"step {trainer.step}")

    def on_epoch_end(self, trainer):
        self.moments.append(f"epoch {trainer.epoch}")

    def on_error(self, trainer, error):
        self.moments.append(type(error).__name__)

    def on_fit_end(self, trainer):
        self.moments.append("fit end")


class At(Callback):
    """Does something at a step."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def on_step_end(self, trainer):
        if trainer.step == self.step:
            self.action(trainer)


def interrupt(trainer):
    raise KeyboardInterrupt


# --- the loop


@pytest.mark.parametrize("p", [0.0, 0.5])
@pytest.mark.parametrize("max_norm", [None, 0.2])
@pytest.mark.parametrize(
    "make", [partial(SGD, lr=0.1, momentum=0.9, nesterov=True), partial(AdamW, lr=0.01)]
)
def test_fit_is_the_loop_that_one_writes_by_hand(make, max_norm, p):
    batches, epochs = make_batches(), 3
    model = make_model(p)
    optimizer = make(model.parameters())
    schedule = OneCycleLR(optimizer, max_lr=0.1, total_steps=len(batches) * epochs)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in batches:
            optimizer.zero_grad()
            loss = cross_entropy(model(x), y)
            loss.backward()
            if max_norm is not None:
                clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(y)
        losses.append(total / 22)
    drawn = get_rng_state()

    again = make_model(p)
    optimizer = make(again.parameters())
    schedule = OneCycleLR(optimizer, max_lr=0.1, total_steps=len(batches) * epochs)
    trainer = Trainer(again, optimizer, cross_entropy, scheduler=schedule, max_grad_norm=max_norm)
    history = trainer.fit(batches, epochs)
    assert equal(values(again), values(model))
    assert history["loss"] == losses
    assert get_rng_state() == drawn
    assert trainer.latest.keys() == {"loss", "lr"} | ({"grad_norm"} if max_norm else set())


def test_several_inputs_and_other_losses():
    class Both(Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = Linear(2, 1), Linear(3, 1)

        def forward(self, x, z):
            return self.one(x) + self.other(z)

    rng = np.random.default_rng(0)
    x, z = (tensor(rng.standard_normal((40, n)).astype("float32")) for n in (2, 3))
    y = x @ tensor([[1.0], [2.0]]) - z @ tensor([[1.0], [0.0], [3.0]])
    batches = [[x[i : i + 8], z[i : i + 8], y[i : i + 8]] for i in range(0, 40, 8)]
    model = Both()
    metrics = {"squared": MeanSquaredError()}
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), mse_loss, metrics=metrics)
    history = trainer.fit(batches, 50, validation=batches)
    assert history.last["val_squared"] == pytest.approx(history.last["val_loss"], rel=1e-6)
    assert history.last["val_loss"] < 1e-3
    assert trainer.predict(batches).shape == (40, 1)


def test_the_moments_come_in_order():
    log = Log()
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy, callbacks=[log])
    trainer.fit(make_batches(10), 2)
    trainer.fit(make_batches(5), 1)
    assert log.moments == [
        *("fit start", "epoch start", "step 1", "step 2", "epoch 1"),
        *("epoch start", "step 3", "step 4", "epoch 2", "fit end"),
        *("fit start", "epoch start", "step 5", "epoch 3", "fit end"),
    ]


def test_a_run_is_saved_when_every_callback_has_seen_the_moment():
    seen = []

    class Saver(Callback):
        def on_save(self, trainer):
            seen.append(("save", trainer.batch))

    class Later(Callback):
        def on_step_end(self, trainer):
            seen.append(("step", trainer.batch))

        def on_epoch_end(self, trainer):
            seen.append(("epoch", trainer.batch))

    model = make_model()
    given = (callback for callback in [Saver(), Later()])  # any iterable
    trainer = Trainer(
        model, SGD(model.parameters()), cross_entropy, callbacks=given, progress=False
    )
    trainer.fit(make_batches()[:2], 1)
    assert seen == [
        *[("step", 1), ("save", 1), ("step", 2), ("save", 2)],
        *[("epoch", 0), ("save", 0)],
    ]


def test_two_fits_are_one_that_is_longer():
    batches = make_batches()
    model, other = make_model(0.5), make_model(0.5)
    whole = Trainer(model, AdamW(model.parameters()), cross_entropy)
    manual_seed(0)
    whole.fit(batches, 3)
    halves = Trainer(other, AdamW(other.parameters()), cross_entropy)
    manual_seed(0)
    halves.fit(batches, 1)
    history = halves.fit(batches, 2)
    assert equal(values(model), values(other))
    assert history["epoch"] == [1, 2, 3]
    assert history["loss"] == whole.history["loss"]
    assert halves.step == 15


def test_the_number_of_updates_in_an_epoch():
    model = make_model()
    seen = []

    class Look(Callback):
        def on_fit_start(self, trainer):
            seen.append(trainer.steps_per_epoch)

    trainer = Trainer(
        model, SGD(model.parameters()), cross_entropy, accumulation_steps=2, callbacks=[Look()]
    )
    trainer.fit(make_batches(), 1)
    assert seen == [3]
    assert trainer.step == 3
    trainer.fit(iter(make_batches()), 1)
    assert seen == [3, None]


def test_stop_ends_after_the_running_epoch():
    model = make_model()
    stopper = At(2, lambda trainer: trainer.stop("enough"))
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy, callbacks=[stopper])
    trainer.fit(make_batches(), 5)
    assert trainer.stopped == "enough"
    assert (trainer.epoch, trainer.step) == (1, 5)
    trainer.fit(make_batches(), 1)
    assert trainer.stopped is None
    assert trainer.epoch == 2


def test_the_loss_of_an_update_is_the_mean_over_its_batches():
    batches = make_batches(12, 5)
    model = make_model()
    losses = [cross_entropy(model(x), y).item() for x, y in batches]
    latest = []
    trainer = Trainer(
        model,
        SGD(model.parameters(), lr=1e-30),
        cross_entropy,
        accumulation_steps=2,
        callbacks=[
            At(1, lambda t: latest.append(t.latest)),
            At(2, lambda t: latest.append(t.latest)),
        ],
    )
    trainer.fit(batches, 1)
    assert [entry["loss"] for entry in latest] == pytest.approx(
        [(losses[0] + losses[1]) / 2, losses[2]], rel=1e-6
    )
    assert latest[0]["lr"] == 1e-30


# --- schedules


def test_a_schedule_by_epochs():
    batches = make_batches()
    model = make_model()
    optimizer = SGD(model.parameters(), lr=0.1)
    schedule = ExponentialLR(optimizer, 0.5)
    trainer = Trainer(
        model, optimizer, cross_entropy, scheduler=schedule, scheduler_interval="epoch"
    )
    history = trainer.fit(batches, 3)
    assert history["lr"] == [0.1, 0.05, 0.025]
    assert trainer.lr == 0.0125


@pytest.mark.parametrize(("interval", "steps"), [(None, 10), ("step", 10), ("epoch", 2)])
def test_one_cycle_is_stepped_by_updates_unless_told_otherwise(interval, steps):
    model = make_model()
    optimizer = SGD(model.parameters())
    schedule = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
    trainer = Trainer(
        model, optimizer, cross_entropy, scheduler=schedule, scheduler_interval=interval
    )
    trainer.fit(make_batches(), 2)
    assert schedule.last_epoch == steps


def test_how_often_other_schedules_are_stepped_must_be_said():
    model = make_model()
    sgd = SGD(model.parameters())
    what = "how often StepLR is to be stepped must be said, expected scheduler_interval='step', a"
    with pytest.raises(ValueError, match=what):
        Trainer(model, sgd, cross_entropy, scheduler=StepLR(sgd, 1))


def test_an_interval_without_a_schedule_is_an_error():
    model = Linear(4, 3)
    with pytest.raises(ValueError, match="scheduler_interval is 'step' and there is no scheduler"):
        Trainer(model, SGD(model.parameters()), cross_entropy, scheduler_interval="step")


def test_a_schedule_by_updates_counts_updates_not_batches():
    model = make_model()
    optimizer = SGD(model.parameters(), lr=0.1)
    warm_up = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    schedule = SequentialLR(optimizer, [warm_up, CosineAnnealingLR(optimizer, 4)], [2])
    trainer = Trainer(
        model,
        optimizer,
        cross_entropy,
        scheduler=schedule,
        scheduler_interval="step",
        accumulation_steps=2,
    )
    trainer.fit(make_batches(), 2)
    assert schedule.last_epoch == trainer.step == 6
    assert trainer.lr == pytest.approx(0.0)


@pytest.mark.parametrize("validated", [False, True])
def test_a_plateau_is_one_of_the_validation_loss_if_there_is_one(validated):
    """Rising validation losses cut the rate; the training loss falls all the time."""
    train = make_batches()
    worse = [(x, (y + 1) % 3) for x, y in train]
    model = make_model()
    optimizer = SGD(model.parameters(), lr=0.1)
    schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    trainer = Trainer(model, optimizer, cross_entropy, scheduler=schedule)
    history = trainer.fit(train, 4, validation=worse if validated else None)
    assert history["lr"] == ([0.1, 0.1, 0.05, 0.025] if validated else [0.1] * 4)
    assert schedule.best == history["val_loss" if validated else "loss"][0 if validated else -1]


# --- evaluating and predicting


class Frozen(Module):
    """A model with a part that its user keeps in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.body, self.drop = make_model(0.5), Dropout(0.5)

    def forward(self, x):
        return self.drop(self.body(x))


@pytest.mark.parametrize("use", ["evaluate", "predict"])
def test_what_is_not_training_leaves_everything_as_it_was(use):
    model = Frozen()
    model.body.eval()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    batches = make_batches()
    cross_entropy(model(batches[0][0]), batches[0][1]).backward()
    gradients = [parameter.grad.data.copy() for parameter in model.parameters()]
    before = values(model), get_rng_state(), [module.training for module in model.modules()]
    first = getattr(trainer, use)(batches)
    second = getattr(trainer, use)(batches)
    assert str(first) == str(second)  # nothing was dropped
    assert equal(values(model), before[0])
    assert get_rng_state() == before[1]
    assert [module.training for module in model.modules()] == before[2]
    assert equal([parameter.grad.data for parameter in model.parameters()], gradients)


def test_the_modes_come_back_after_an_error():
    model = Frozen()
    model.body.eval()
    modes = [module.training for module in model.modules()]
    with pytest.raises(ZeroDivisionError), evaluating(model):
        raise ZeroDivisionError
    assert [module.training for module in model.modules()] == modes


def test_predictions_come_in_order_one_after_the_other():
    batches = make_batches()
    model = make_model(0.5)
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    inputs = tt.cat([x for x, _ in batches])
    model.eval()
    whole = model(inputs)
    model.train()
    for given in (batches, [x for x, _ in batches], [inputs], iter(batches)):
        predicted = trainer.predict(given)
        assert predicted.shape == (22, 3)
        assert np.allclose(predicted.data, whole.data, rtol=1e-6, atol=1e-7)
        assert not predicted.requires_grad


def test_there_must_be_something_to_predict():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    for nothing in ([], iter([])):
        with pytest.raises(ValueError, match="predict: batches is empty, expected at least one ba"):
            trainer.predict(nothing)
    with pytest.raises(TypeError, match=r"predict: batches is a Tensor, expected a list of them"):
        trainer.predict(tt.zeros(3, 4))


def test_evaluating_while_training_does_not_disturb_it():
    batches = make_batches()
    one, other = make_model(0.5), make_model(0.5)
    plain = Trainer(one, SGD(one.parameters(), lr=0.1), cross_entropy)
    manual_seed(0)
    plain.fit(batches, 1)
    look = At(2, lambda trainer: (trainer.evaluate(batches), trainer.predict(batches)))
    watched = Trainer(other, SGD(other.parameters(), lr=0.1), cross_entropy, callbacks=[look])
    manual_seed(0)
    watched.fit(batches, 1)
    assert equal(values(one), values(other))
    assert plain.history["loss"] == watched.history["loss"]


# --- data that are not what they should be


def test_no_batches():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(ValueError, match="fit: train gave no batch in epoch 1, expected some"):
        trainer.fit(iter([]), 1)
    with pytest.raises(ValueError, match="evaluate: the batches held no item, expected at least"):
        trainer.evaluate(iter([]))
    with pytest.raises(ValueError, match="evaluate: batches is empty, expected at least one batch"):
        trainer.evaluate([])


class Samples:
    """A data set, as module 10's are: samples by their index."""

    def __init__(self, make):
        self.make = make

    def __getitem__(self, index):
        if index >= 3:
            raise IndexError
        return self.make()

    def __len__(self):
        return 3


SAMPLE = tt.zeros(4), tensor(1)
NOT_BATCHES = [
    (0.2, TypeError, "is 0.2, expected batches: a DataLoader, or a list"),
    ([], ValueError, "is empty, expected at least one batch"),
    (SAMPLE, TypeError, r"is a tuple of Tensors or arrays, .* \[\(inputs, targets\)\]"),
    ([np.zeros((2, 4)), np.zeros(2)], TypeError, "is a list of Tensors or arrays, expected a list"),
    (tt.zeros(2, 4), TypeError, "is a Tensor, expected a list of batches, each with"),
    (Samples(lambda: SAMPLE), TypeError, "is a Samples, which has samples, .* in a DataLoader"),
]


@pytest.mark.parametrize(("wrong", "kind", "what"), NOT_BATCHES, ids=range(len(NOT_BATCHES)))
def test_what_is_not_batches_is_refused_before_training(wrong, kind, what):
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(kind, match=f"fit: train {what}"):
        trainer.fit(wrong, 1)
    with pytest.raises(kind, match=f"fit: validation {what}"):
        trainer.fit(make_batches(), 1, validation=wrong)
    with pytest.raises(kind, match=f"evaluate: batches {what}"):
        trainer.evaluate(wrong)
    assert trainer.step == 0
    assert trainer.train_batches is None


def test_a_length_that_is_not_told_is_none():
    class Stream:
        def __len__(self):
            raise TypeError("it has no length")

        def __iter__(self):
            return iter(make_batches())

    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    assert len(trainer.fit(Stream(), 2)) == 2


def test_where_compute_loss_is_ones_own_tensors_may_be_batches():
    class Restoring(Trainer):
        def compute_loss(self, batch):
            restored = self.model(batch)
            return self.loss(restored, batch), restored, batch

    model = Linear(4, 4)
    trainer = Restoring(model, SGD(model.parameters()), mse_loss)
    batches = tt.ones(6, 4).split(2)
    assert trainer.fit(batches, 2, validation=batches).last["val_loss"] > 0


@pytest.mark.parametrize(
    "sample", [SAMPLE, (tt.zeros(4), 1), (np.zeros(4), np.int64(1)), [tensor(1.0)], tensor(2.0)]
)
def test_a_sample_is_no_batch(sample):
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    for use in (lambda s: trainer.fit(s, 1), trainer.evaluate, trainer.predict):
        with pytest.raises(ValueError, match="is one sample, not a batch: wrap the data set in a"):
            use(iter([sample]))
    with pytest.raises(TypeError, match="predict: batches is a Samples, which has samples, not ba"):
        trainer.predict(Samples(lambda: sample))


def test_arrays_of_numpy_are_no_batches():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    x, y = np.zeros((2, 4), np.float32), np.zeros(2, np.int64)
    what = r"a batch holds a NumPy array, expected a Tensor: tensor\(array\)"
    for batch in ((x, y), (x, tensor(y)), (tensor(x), y)):
        for use in (lambda b: trainer.fit(b, 1), trainer.evaluate, trainer.predict):
            with pytest.raises(TypeError, match=what):
                use([batch])
    with pytest.raises(TypeError, match=what):
        trainer.predict([x])


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (lambda loss: loss, "a Tensor"),
        (lambda loss: None, "a NoneType"),
        (lambda loss: (loss, loss), "a tuple of 2"),
    ],
)
def test_compute_loss_must_return_three_things(found, what):
    class Short(Trainer):
        def compute_loss(self, batch):
            return found(super().compute_loss(batch)[0])

    model = make_model()
    trainer = Short(model, SGD(model.parameters()), cross_entropy)
    what = f"compute_loss returned {what}, expected three things: the loss, the outputs and the t"
    with pytest.raises(TypeError, match=what):
        trainer.fit(make_batches(), 1)
    with pytest.raises(TypeError, match=what):
        trainer.evaluate(make_batches())


def test_an_iterator_lasts_one_epoch():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(
        ValueError, match=r"no batch in epoch 2, .* only once: pass a list, or a Da"
    ):
        trainer.fit(iter(make_batches()), 2)
    assert len(trainer.history) == 1


@pytest.mark.parametrize(
    ("batch", "what"),
    [
        (tt.zeros(5, 4), "a batch is a Tensor, expected a list or tuple of inputs and targets"),
        ([tt.zeros(5, 4)], "a batch is a list of 1, expected"),
        ({"x": 1}, r"a batch is a dict, .* for other batches override compute_loss"),
        ((tt.zeros(5, 4), [1, 2]), r"targets are a list, expected a Tensor, or a method items"),
    ],
)
def test_batches_of_another_form(batch, what):
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), lambda outputs, targets: outputs.sum())
    with pytest.raises(TypeError, match=f"Trainer: {what}"):
        trainer.fit(iter([batch]), 1)
    with pytest.raises(TypeError, match=f"Trainer: {what}"):
        trainer.evaluate(iter([batch]))


# --- numbers that are none


def spoiled(batches, at, value=math.nan):
    """The same batches, one of which has inputs of this value."""
    return [(x * 0 + value, y) if i == at else (x, y) for i, (x, y) in enumerate(batches)]


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_loss_that_is_nan_stops_before_the_update(accumulation):
    batches = make_batches()
    model, good = make_model(), make_model()
    make = partial(SGD, lr=0.1, momentum=0.9)
    log = Log()
    trainer = Trainer(
        model,
        make(model.parameters()),
        cross_entropy,
        callbacks=[log],
        accumulation_steps=accumulation,
    )
    updates = 3 // accumulation
    what = (
        f"the loss is nan in batch 4 of epoch 1, after {updates} updates; the learning rate is 0.1"
    )
    with pytest.raises(FloatingPointError, match=what):
        trainer.fit(spoiled(batches, 3), 1)
    assert trainer.step == updates
    assert log.moments[-2:] == ["FloatingPointError", "fit end"]
    assert all(parameter.grad is None for parameter in model.parameters())

    same = Trainer(good, make(good.parameters()), cross_entropy, accumulation_steps=accumulation)
    same.fit(batches[: updates * accumulation], 1)
    assert equal(values(model), values(good))
    # and it goes on from there
    trainer.fit(batches, 1)
    same.fit(batches, 1)
    assert equal(values(model), values(good))
    assert trainer.history["loss"] == same.history["loss"][1:]


@pytest.mark.parametrize("accumulation", [1, 3])
def test_a_gradient_that_is_infinite_stops_before_the_update(accumulation):
    """The square root's at zero; the loss there is finite."""

    class SquareRoot(Module):
        def __init__(self):
            super().__init__()
            self.linear = Linear(1, 1, bias=False)

        def forward(self, x):
            return tt.sqrt(self.linear(x).square())

    model = SquareRoot()
    one, zero = (tt.ones(2, 1), tt.ones(2, 1)), (tt.zeros(2, 1), tt.ones(2, 1))
    batches = [one, one, zero, one]
    optimizer = SGD(model.parameters(), lr=0.01)
    trainer = Trainer(
        model, optimizer, mse_loss, max_grad_norm=1.0, accumulation_steps=accumulation
    )
    seen = []
    trainer.callbacks[0].on_step_end = lambda trainer: seen.append(values(model))
    before = values(model)
    updates = 2 if accumulation == 1 else 0
    what = f"a gradient is infinite or NaN in batch 3 of epoch 1, after {updates} updates"
    with pytest.raises(FloatingPointError, match=what):
        trainer.fit(batches, 1)
    assert trainer.step == updates
    assert equal(values(model), [before, *seen][-1])


def test_an_infinite_loss_names_itself():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), lambda outputs, targets: outputs.sum() / 0)
    with pytest.raises(FloatingPointError, match=r"the loss is -?inf in batch 1"):
        trainer.fit(make_batches(), 1)


# --- interruptions


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, SystemExit])
def test_an_interrupted_epoch_is_begun_anew_by_the_next_fit(error):
    def fail(trainer):
        trainer.callbacks.remove(failing)
        raise error

    log, failing = Log(), At(7, fail)
    model = make_model()
    trainer = Trainer(
        model, SGD(model.parameters(), lr=0.1), cross_entropy, callbacks=[failing, log]
    )
    with pytest.raises(error):
        trainer.fit(make_batches(), 3)
    assert log.moments[-2:] == [error.__name__, "fit end"]
    assert len(trainer.history) == trainer.epoch == 1
    history = trainer.fit(make_batches(), 2)
    assert history["epoch"] == [1, 2, 3]
    assert history["step"] == [5, 12, 17]  # two of the seven were in vain
    counted = Trainer(model, SGD(model.parameters(), lr=1e-30), cross_entropy)
    assert counted.fit(make_batches(), 1)["loss"][0] < history["loss"][-1]


def test_every_callback_is_told_of_the_end_whatever_the_others_do():
    class Failing(Callback):
        def on_fit_start(self, trainer):
            raise ZeroDivisionError("at the start")

        def on_fit_end(self, trainer):
            raise ZeroDivisionError("at the end")

    first, last = Log(), Log()
    model = make_model()
    trainer = Trainer(
        model, SGD(model.parameters()), cross_entropy, callbacks=[first, Failing(), last]
    )
    with pytest.raises(ZeroDivisionError, match="at the end") as raised:
        trainer.fit(make_batches(), 1)
    assert str(raised.value.__context__) == "at the start"
    assert first.moments == ["fit start", "ZeroDivisionError", "fit end"]
    assert last.moments == ["ZeroDivisionError", "fit end"]


def test_an_error_while_validating_leaves_training_mode_and_recording():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(ValueError, match="shape"):
        trainer.fit(make_batches(), 1, validation=[(tt.zeros(2, 4), tensor([0, 1, 2]))])
    assert all(module.training for module in model.modules())
    trainer.fit(make_batches(), 1)


# --- arguments


def test_wrong_kinds_of_arguments():
    model = make_model()
    sgd = SGD(model.parameters())
    with pytest.raises(TypeError, match="Trainer: model is function, expected a Module"):
        Trainer(lambda x: x, sgd, cross_entropy)
    with pytest.raises(TypeError, match="Trainer: model is the class Linear, expected a Module"):
        Trainer(Linear, sgd, cross_entropy)
    with pytest.raises(TypeError, match="Trainer: optimizer is the class SGD, expected an Optim"):
        Trainer(model, SGD, cross_entropy)
    with pytest.raises(TypeError, match="Trainer: loss is 'mse', expected a function or a loss l"):
        Trainer(model, sgd, "mse")
    what = r"loss is the class CrossEntropyLoss, expected an object of it: CrossEntropyLoss\(\)"
    with pytest.raises(TypeError, match=what):
        Trainer(model, sgd, CrossEntropyLoss)
    with pytest.raises(TypeError, match="scheduler is the class StepLR, expected an LRScheduler"):
        Trainer(model, sgd, cross_entropy, scheduler=StepLR)
    with pytest.raises(TypeError, match="progress is ProgressBar, expected True or False; a Prog"):
        Trainer(model, sgd, cross_entropy, progress=ProgressBar())
    with pytest.raises(
        TypeError, match=r"Trainer: callbacks\[1\] is function, expected a Callback"
    ):
        Trainer(model, sgd, cross_entropy, callbacks=[Log(), print_it])
    with pytest.raises(TypeError, match=r"Trainer: callbacks\[0\] is the class Log, expected"):
        Trainer(model, sgd, cross_entropy, callbacks=[Log])
    with pytest.raises(TypeError, match="Trainer: callbacks is Log, expected an Iterable"):
        Trainer(model, sgd, cross_entropy, callbacks=Log())
    with pytest.raises(TypeError, match="Trainer: metrics is Accuracy, expected a Mapping"):
        Trainer(model, sgd, cross_entropy, metrics=Accuracy())
    with pytest.raises(TypeError, match=r"Trainer: metrics\['a'\] is the class Accuracy, expected"):
        Trainer(model, sgd, cross_entropy, metrics={"a": Accuracy})
    with pytest.raises(ValueError, match="metrics has 'loss', which the history's own column is"):
        Trainer(model, sgd, cross_entropy, metrics={"loss": Accuracy()})
    with pytest.raises(ValueError, match="metrics has 'val_accuracy', expected a name without v"):
        Trainer(model, sgd, cross_entropy, metrics={"val_accuracy": Accuracy()})
    with pytest.raises(TypeError, match="metrics has a metric named 1, expected a str"):
        Trainer(model, sgd, cross_entropy, metrics={1: Accuracy()})


def test_a_moment_that_there_is_not():
    what = "Late: on_batch_end is no moment of a training, expected on_fit_start, on_epoch_start, o"
    with pytest.raises(TypeError, match=what):

        class Late(Callback):
            def on_batch_end(self, trainer):
                pass

    class Fine(Callback):
        on_purpose = True  # no method

        def one(self):
            pass

    assert Fine().on_purpose


def print_it(trainer):
    print(trainer)


def test_an_optimizer_of_another_model():
    with pytest.raises(ValueError, match="optimizer has none of the model's parameters, expected"):
        Trainer(make_model(), SGD(make_model().parameters()), cross_entropy)


@pytest.mark.parametrize("name", ["accumulation_steps", "max_grad_norm"])
def test_numbers_out_of_range(name):
    model = make_model()
    for wrong in (0, -1):
        with pytest.raises(ValueError, match=f"Trainer: {name} is {wrong}, expected"):
            Trainer(model, SGD(model.parameters()), cross_entropy, **{name: wrong})
    for wrong in ("2", None if name == "accumulation_steps" else [1.0]):
        with pytest.raises(TypeError, match=f"Trainer: {name} is .*, expected"):
            Trainer(model, SGD(model.parameters()), cross_entropy, **{name: wrong})
    with pytest.raises(ValueError, match="max_grad_norm is nan"):
        Trainer(model, SGD(model.parameters()), cross_entropy, max_grad_norm=math.nan)


def test_epochs_out_of_range():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(ValueError, match="fit: epochs is 0, expected at least 1"):
        trainer.fit(make_batches(), 0)
    for wrong in (True, 1.0, "1"):
        with pytest.raises(TypeError, match=f"fit: epochs is {wrong!r}, expected an integer"):
            trainer.fit(make_batches(), wrong)
    assert trainer.train_batches is None
    assert trainer.steps_per_epoch is None


def test_schedules_that_do_not_go_with_the_rest():
    model = make_model()
    sgd, other = SGD(model.parameters()), SGD(model.parameters())
    with pytest.raises(ValueError, match="scheduler_interval is 'batch', expected 'step' or 'epo"):
        Trainer(model, sgd, cross_entropy, scheduler_interval="batch")
    with pytest.raises(TypeError, match="Trainer: scheduler is function, expected an LRScheduler"):
        Trainer(model, sgd, cross_entropy, scheduler=lambda step: 0.1)
    with pytest.raises(ValueError, match="a ReduceLROnPlateau looks at the loss of an epoch, exp"):
        Trainer(
            model,
            sgd,
            cross_entropy,
            scheduler=ReduceLROnPlateau(sgd),
            scheduler_interval="step",
        )
    plateau = ReduceLROnPlateau(sgd, mode="max")
    with pytest.raises(ValueError, match="is given the loss, of which less is better, expected mo"):
        Trainer(model, sgd, cross_entropy, scheduler=plateau, scheduler_interval="epoch")
    with pytest.raises(ValueError, match="scheduler is of another optimizer, expected one of this"):
        Trainer(model, sgd, cross_entropy, scheduler=StepLR(other, 1))


def test_what_forward_and_loss_raise_comes_through():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with pytest.raises(ValueError, match="linear"):
        trainer.fit([(tt.zeros(2, 3), tensor([0, 1]))], 1)
    with pytest.raises(IndexError, match="cross_entropy: target holds 3"):
        trainer.fit([(tt.zeros(1, 4), tensor([3]))], 1)
    assert trainer.step == trainer.epoch == 0


def test_no_grad_around_fit_is_an_error_and_none_around_evaluate():
    model = make_model()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    with no_grad():
        assert trainer.evaluate(make_batches())["loss"] > 0
        with pytest.raises(RuntimeError):
            trainer.fit(make_batches(), 1)


def test_a_progress_bar_of_ones_own_is_the_only_one():
    model, bar = make_model(), ProgressBar()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy, callbacks=[bar])
    assert trainer.callbacks == [bar]


def test_a_batch_of_one_part_is_the_input():
    model, batches = make_model(), make_batches()
    trainer = Trainer(model, SGD(model.parameters()), cross_entropy)
    alone = trainer.predict([[x] for x, _ in batches])
    assert np.array_equal(alone.data, trainer.predict(batches).data)
