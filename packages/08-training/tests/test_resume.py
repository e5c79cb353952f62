"""A run goes on from any of its checkpoints to the same end, bit for bit; or nothing is changed."""

import math
import os

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.layers import Dropout, Linear, Module, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import (
    SGD,
    Adam,
    AdamW,
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from tinytorch.setup import generator, get_rng_state, manual_seed
from tinytorch.tensor import Tensor, no_grad, tensor
from tinytorch.training import (
    Accuracy,
    Callback,
    ModelCheckpoint,
    Trainer,
    latest_checkpoint,
    load,
)
from tinytorch.training.checkpoint import load_checkpoint, save_checkpoint
from tinytorch.training.resuming import copied

EPOCHS = 3


class Shuffled:
    """Batches in another order in each epoch, which can tell where they are."""

    def __init__(self, batches):
        self.batches = batches
        self.order, self.place, self.resumed = [], 0, False

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        if not self.resumed:
            self.order, self.place = self.drawn(generator()), 0
        self.resumed = False
        while self.place < len(self.order):
            self.place += 1
            yield self.batches[self.order[self.place - 1]]
        self.order, self.place = [], 0

    def drawn(self, source):
        return source.permutation(len(self.batches)).tolist()

    def state_dict(self):
        return {"order": self.order, "place": self.place}

    def load_state_dict(self, state_dict):
        if set(state_dict["order"]) - set(range(len(self.batches))):
            raise ValueError("Shuffled: another number of batches")
        self.order, self.place = list(state_dict["order"]), state_dict["place"]
        self.resumed = bool(self.order)


class Patience(Callback):
    """Remembers numbers, and may stop in the middle of an epoch."""

    def __init__(self, at=None):
        self.at = at
        self.sums = tt.zeros(2)

    def on_step_end(self, trainer):
        self.sums = self.sums + tensor([1.0, trainer.latest["loss"]])
        if trainer.step == self.at:
            trainer.stop("tired")

    def state_dict(self):
        return {"sums": self.sums}

    def load_state_dict(self, state_dict):
        self.sums = state_dict["sums"].clone()


class Snapshots(Callback):
    """Keeps what a checkpoint would hold after each update, and after each epoch."""

    def __init__(self, folder=None):
        self.folder, self.number = folder, 0

    def on_save(self, trainer):
        if self.folder is not None:
            save_checkpoint(trainer.state_dict(), self.folder / f"{self.number:02}.safetensors")
            self.number += 1


class Centred(Module):
    """A model with a buffer that training changes, and a layer that is used twice."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", tt.zeros(4))
        self.first, self.drop, self.last = Linear(4, 4), Dropout(0.3), Linear(4, 3)
        self.second = Linear(4, 4)
        self.second.weight = self.first.weight

    def forward(self, x):
        if self.training:
            with no_grad():
                self.mean.copy_(0.9 * self.mean + 0.1 * x.mean(0))
        return self.last(self.drop(self.second(tt.tanh(self.first(x - self.mean)))))


def make_batches(samples=22, size=4, dtype="float32"):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((samples, 4)).astype(dtype)
    y = rng.integers(3, size=samples)
    return [(tensor(x[i : i + size]), tensor(y[i : i + size])) for i in range(0, samples, size)]


def plain_model():
    return Sequential(Linear(4, 8), ReLU(), Dropout(0.4), Linear(8, 3))


def make_trainer(
    model=plain_model,
    optimizer=lambda parameters: AdamW(parameters, lr=0.02),
    schedule=None,
    callbacks=(),
    seed=0,
    **settings,
):
    manual_seed(seed)
    made = model()
    chosen = optimizer(made.parameters())
    scheduler = None if schedule is None else schedule(chosen)
    settings.setdefault("metrics", {"accuracy": Accuracy()})
    return Trainer(
        made, chosen, cross_entropy, scheduler=scheduler, callbacks=callbacks, **settings
    )


def frozen(value):
    """A state as values that can be compared, with the time that a run took left out."""
    if isinstance(value, Tensor):
        return str(value.dtype), value.shape, value.data.tobytes()
    if isinstance(value, dict):
        return {key: frozen(part) for key, part in value.items() if key != "seconds"}
    if isinstance(value, list | tuple):
        return type(value)(frozen(part) for part in value)
    return value


def end_of(trainer):
    """All that a run came to."""
    return frozen(copied(trainer.state_dict()))


PLATEAU = {
    "schedule": lambda optimizer: ReduceLROnPlateau(optimizer, factor=0.5, patience=0),
    "scheduler_interval": "epoch",
}
RUNS = {
    "no schedule": {},
    "one cycle": {"schedule": lambda o: OneCycleLR(o, 0.1, total_steps=18), "max_grad_norm": 0.5},
    "accumulation": {
        "accumulation_steps": 2,
        "schedule": lambda o: OneCycleLR(o, 0.1, total_steps=9),
    },
    "a short last group": {
        "accumulation_steps": 4,
        "schedule": lambda o: OneCycleLR(o, 0.1, total_steps=6),
    },
    "one update an epoch": {"accumulation_steps": 100},
    "plateau": PLATEAU,
    "a step an epoch": {
        "schedule": lambda o: StepLR(o, 1, gamma=0.5),
        "scheduler_interval": "epoch",
    },
    "lambda": {
        "schedule": lambda o: LambdaLR(o, lambda step: 1 / (1 + step)),
        "scheduler_interval": "step",
    },
    "sequential": {
        "schedule": lambda o: SequentialLR(
            o, [LinearLR(o, 0.1, total_iters=4), CosineAnnealingLR(o, 14)], [4]
        ),
        "scheduler_interval": "step",
    },
    "momentum": {"optimizer": lambda p: SGD(p, lr=0.05, momentum=0.9)},
    "groups": {
        "optimizer": lambda p: AdamW(
            [{"params": [q], "lr": 0.01 * (i + 1), "betas": (0.8, 0.9)} for i, q in enumerate(p)]
        ),
        "schedule": lambda o: OneCycleLR(o, [0.1, 0.2, 0.3, 0.4], total_steps=18),
    },
    "buffers and shared weights": {"model": Centred},
    "float64": {"model": lambda: plain_model().double(), "dtype": "float64"},
    "float16": {
        "model": lambda: plain_model().half(),
        "optimizer": lambda p: SGD(p, lr=0.05, momentum=0.9),
        "dtype": "float16",
    },
    "a callback with a state": {"callback": Patience},
    "stopped amid an epoch": {"callback": lambda: Patience(at=9)},
}


@pytest.mark.parametrize("shuffled", [False, True], ids=["list", "loader"])
@pytest.mark.parametrize("name", RUNS)
def test_every_checkpoint_leads_to_the_same_end(tmp_path, monkeypatch, name, shuffled):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power cut, and no wait for one
    settings = dict(RUNS[name])
    dtype, callback = settings.pop("dtype", "float32"), settings.pop("callback", Callback)

    def run(folder, resume=None):
        batches, validation = make_batches(dtype=dtype), make_batches(9, dtype=dtype)
        kept = ModelCheckpoint(folder, monitor="val_loss")
        snapshots = Snapshots(tmp_path if resume is None else None)
        trainer = make_trainer(callbacks=[kept, callback(), snapshots], **settings)
        trainer.fit(
            Shuffled(batches) if shuffled else batches,
            EPOCHS,
            validation=Shuffled(validation) if shuffled else validation,
            resume=resume,
        )
        return trainer

    whole = run(tmp_path / "whole")
    expected = end_of(whole)
    best = frozen(load(tmp_path / "whole" / "best.safetensors"))
    found = sorted(tmp_path.glob("*.safetensors"))
    assert len(found) == whole.step + whole.epoch
    for path in found:
        folder = path.with_suffix("")
        resumed = run(folder, path)
        assert end_of(resumed) == expected
        if (folder / "best.safetensors").exists():  # if there was a better one later
            assert frozen(load(folder / "best.safetensors")) == best


def test_checkpoints_at_the_end_of_an_epoch_lead_to_the_same_end(tmp_path):
    """They replace those after its last update: here there are no others."""

    def run(folder, resume=None):
        kept = ModelCheckpoint(folder, keep=100)
        trainer = make_trainer(callbacks=[kept], accumulation_steps=4, **PLATEAU)
        validation = Shuffled(make_batches(9))
        trainer.fit(Shuffled(make_batches()), EPOCHS, validation=validation, resume=resume)
        return trainer

    expected = end_of(run(tmp_path / "whole"))
    found = sorted((tmp_path / "whole").glob("step-*.safetensors"))
    assert len(found) == EPOCHS
    for number, path in enumerate(found):
        assert end_of(run(tmp_path / str(number), path)) == expected


def test_a_run_that_is_done_stays_as_it_is_and_a_longer_one_goes_on(tmp_path):
    def run(epochs, resume):
        trainer = make_trainer(callbacks=[ModelCheckpoint(tmp_path / "run", keep=9)])
        trainer.fit(Shuffled(make_batches()), epochs, resume=resume)
        return trainer

    first = run(2, tmp_path / "run")  # there is nothing to resume yet
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
    again = run(2, tmp_path / "run")
    assert end_of(again) == end_of(first)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()} == files
    fewer = run(1, tmp_path / "run")
    assert end_of(fewer) == end_of(first)

    longer = run(4, tmp_path / "run")
    whole = make_trainer()
    whole.fit(Shuffled(make_batches()), 4)
    expected, found = end_of(whole), end_of(longer)
    del expected["callbacks"], found["callbacks"]
    assert found == expected


def test_a_stopped_run_is_done(tmp_path):
    def run(resume):
        kept = ModelCheckpoint(tmp_path)
        trainer = make_trainer(callbacks=[kept, Patience(at=3)])
        trainer.fit(make_batches(), 5, resume=resume)
        return trainer

    first = run(tmp_path)
    assert (first.epoch, first.stopped) == (1, "tired")
    again = run(tmp_path)
    assert end_of(again) == end_of(first)


def test_a_look_at_the_validation_batches_does_not_shift_them(tmp_path):
    def run(folder, *callbacks):
        validation = Shuffled(make_batches(9))
        next(iter(validation))
        trainer = make_trainer(callbacks=[ModelCheckpoint(folder, every_steps=2), *callbacks])
        trainer.callbacks.sort(key=lambda callback: callback in callbacks)
        trainer.fit(make_batches(), 2, validation=validation, resume=folder)
        return trainer

    cut = Callback()
    cut.on_step_end = lambda trainer: interrupt(trainer) if trainer.step == 3 else None
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", cut)
    resumed, whole = run(tmp_path / "cut"), run(tmp_path / "whole")
    assert end_of(resumed) == end_of(whole)


def test_a_failed_load_leaves_the_place_of_the_validation_batches():
    foreign, trainer = make_trainer(wide_model), make_trainer()
    foreign.fit(make_batches(), 1, validation=Shuffled(make_batches(9)))
    state = copied(foreign.state_dict())
    state["validation"] = {"order": [2, 1, 0], "place": 1}
    trainer.validation_batches = Shuffled(make_batches(9))
    with pytest.raises(ValueError, match="does not fit"):
        trainer.load_state_dict(state)
    assert trainer.validation_batches.state_dict() == {"order": [], "place": 0}
    assert trainer.validation_state is None


def test_validation_that_comes_or_goes(tmp_path):
    validation = Shuffled(make_batches(9))
    first = make_trainer(callbacks=[ModelCheckpoint(tmp_path)])
    first.fit(make_batches(), 1)
    second = make_trainer(callbacks=[ModelCheckpoint(tmp_path)])
    history = second.fit(make_batches(), 2, validation=validation, resume=tmp_path)
    assert [value is None for value in history["val_loss"]] == [True, False]
    third = make_trainer(callbacks=[ModelCheckpoint(tmp_path)])
    history = third.fit(make_batches(), 3, resume=tmp_path)
    assert [value is None for value in history["val_loss"]] == [True, False, True]


def test_metrics_and_callbacks_that_the_run_did_not_have_start_anew(tmp_path):
    kept = ModelCheckpoint(tmp_path, every_steps=4)
    first = make_trainer(callbacks=[kept, Patience(at=5)], metrics={"old": Accuracy()})
    first.callbacks[0].on_epoch_end = interrupt  # Patience
    with pytest.raises(KeyboardInterrupt):
        first.fit(make_batches(), 1)
    # The second of a kind is called `Patience.2`, which that run did not have.
    second = make_trainer(callbacks=[Patience(), Patience()], metrics={"new": Accuracy()})
    history = second.fit(make_batches(), 1, resume=tmp_path)
    assert "new" in history.last
    assert "old" not in history.last
    assert [callback.sums.data[0] for callback in second.callbacks[:2]] == [6.0, 2.0]


def interrupt(trainer):
    raise KeyboardInterrupt


# --- a state, and what does not fit


def test_a_state_goes_from_one_trainer_to_another_without_files():
    one, other = make_trainer(**PLATEAU), make_trainer(seed=1, **PLATEAU)
    one.fit(make_batches(), 2)
    state = copied(one.state_dict())
    other.load_state_dict(state)
    assert end_of(other) == frozen(state)
    one.fit(make_batches(), 1)
    expected = end_of(one)
    other.load_state_dict(state)  # the random numbers are those of the thread
    other.fit(make_batches(), 1)
    assert end_of(other) == expected


def test_a_state_shares_no_memory_with_what_took_it_over():
    one, other = make_trainer(), make_trainer(seed=1)
    one.fit(make_batches(), 1)
    other.load_state_dict(one.state_dict())
    before = end_of(other)
    random = get_rng_state()
    one.fit(make_batches(), 1)
    after = end_of(other)
    before["random"] = after["random"] = random
    assert after == before


def wide_model():
    return Sequential(Linear(4, 9), ReLU(), Dropout(0.4), Linear(9, 3), Linear(3, 3))


@pytest.mark.parametrize("there", ["from nothing", "amid a run"])
def test_all_that_does_not_fit_is_listed_and_nothing_is_changed(there):
    foreign = make_trainer(
        wide_model,
        lambda p: SGD(p, lr=0.5, momentum=0.9),
        lambda o: StepLR(o, 3),
        scheduler_interval="step",
        seed=7,
    )
    foreign.fit(Shuffled(make_batches()), 2)
    state = copied(foreign.state_dict())
    state["random"] = {"bit_generator": "MT19937"}
    state["train"] = {"order": [17], "place": 1}
    state["progress"]["step"] = "many"
    state["callbacks"] = {"Patience": {}}

    trainer = make_trainer(callbacks=[Patience()], **PLATEAU)
    train = Shuffled(make_batches())
    if there == "amid a run":
        trainer.fit(train, 2)
        next(iter(train))
    trainer.train_batches = train
    before = end_of(trainer)
    with pytest.raises(ValueError, match="Trainer: the state does not fit this run:") as raised:
        trainer.load_state_dict(state)
    assert end_of(trainer) == before
    message = str(raised.value)
    for fault in (
        "model: load_state_dict: the state does not fit Sequential:",
        "unexpected: 4.weight",
        "0.weight: has shape (9, 4), expected (8, 4)",
        "optimizer: load_state_dict: the state does not fit this AdamW:",
        "group 0 has 6 parameters, expected 4",
        "group 0 lacks amsgrad, betas",
        "scheduler: lacks 'best'",
        "train: Shuffled: another number of batches",
        "random: set_rng_state: state is of a 'MT19937' generator",
        "progress: step is 'many', expected an integer from 0",
        "callbacks: lacks 'sums'",
    ):
        assert fault in message


def test_a_schedule_in_only_one_of_the_runs():
    with_one = make_trainer(schedule=lambda o: StepLR(o, 3), scheduler_interval="step")
    without = make_trainer()
    with pytest.raises(
        ValueError, match="scheduler: this run has none, the run of the state StepLR"
    ):
        without.load_state_dict(with_one.state_dict())
    with pytest.raises(
        ValueError, match="scheduler: this run has StepLR, the run of the state none"
    ):
        with_one.load_state_dict(make_trainer().state_dict())


def test_rules_whose_states_look_alike_are_told_apart():
    adam = make_trainer(optimizer=Adam, schedule=lambda o: StepLR(o, 3), scheduler_interval="step")
    adamw = make_trainer(
        optimizer=AdamW, schedule=lambda o: LambdaLR(o, lambda t: 1), scheduler_interval="step"
    )
    what = "optimizer: this run has AdamW, the run of the state Adam\nscheduler: .* LambdaLR"
    with pytest.raises(ValueError, match=what):
        adamw.load_state_dict(adam.state_dict())


def test_what_a_failed_load_brought_to_the_optimizer_is_gone_too():
    foreign = make_trainer(
        schedule=lambda o: StepLR(o, 3),
        scheduler_interval="step",
        optimizer=lambda p: Adam(p, lr=0.5),
    )
    trainer = make_trainer(optimizer=lambda p: Adam(p, lr=0.01))
    keys = [set(group) for group in trainer.optimizer.param_groups]
    with pytest.raises(ValueError, match="scheduler"):
        trainer.load_state_dict(foreign.state_dict())
    assert [set(group) for group in trainer.optimizer.param_groups] == keys
    assert StepLR(trainer.optimizer, 3).base_lrs == [0.01]


def test_a_schedule_that_is_too_short_for_the_run():
    long = make_trainer(schedule=lambda o: OneCycleLR(o, 0.1, total_steps=12))
    long.fit(make_batches(), 2)
    short = make_trainer(schedule=lambda o: OneCycleLR(o, 0.1, total_steps=6))
    before = end_of(short)
    with pytest.raises(ValueError, match="scheduler: OneCycleLR: step 12 is beyond the cycle of 6"):
        short.load_state_dict(long.state_dict())
    before["random"] = get_rng_state()
    assert end_of(short) == before


@pytest.mark.parametrize("first", [list, Shuffled])
def test_amid_an_epoch_the_data_must_be_of_the_same_kind(tmp_path, first):
    kept = ModelCheckpoint(tmp_path, every_steps=2, keep=9)
    make_trainer(callbacks=[kept]).fit(first(make_batches()), 1)
    other = make_batches() if first is Shuffled else Shuffled(make_batches())
    amid, end = tmp_path / "step-00000002.safetensors", tmp_path / "step-00000006.safetensors"
    with pytest.raises(
        ValueError, match="train: the run of the state was amid an epoch of another"
    ):
        make_trainer().fit(other, 2, resume=amid)
    assert len(make_trainer().fit(other, 2, resume=end)) == 2


@pytest.mark.parametrize("state", [None, 3, [], "model"])
def test_a_state_that_is_none(state):
    with pytest.raises(TypeError, match=r"Trainer: the state is .*, expected what state_dict"):
        make_trainer().load_state_dict(state)


def test_a_state_that_lacks_parts():
    state = make_trainer().state_dict()
    del state["model"], state["random"]
    with pytest.raises(ValueError, match="Trainer: the state lacks model, random, expected what"):
        make_trainer().load_state_dict(state)


@pytest.mark.parametrize("part", ["model", "optimizer", "random", "progress"])
@pytest.mark.parametrize(
    "value", [None, 3, [], "x", {}, [[]], {"x": math.inf}, {"state": {"a": 1}}]
)
def test_damaged_parts_change_nothing(part, value):
    trainer = make_trainer(callbacks=[Patience()])
    trainer.fit(make_batches(), 1)
    state = copied(trainer.state_dict())
    state[part] = value
    other = make_trainer(callbacks=[Patience()], seed=2)
    before = end_of(other)
    with pytest.raises(ValueError, match=f"does not fit this run:\n{part}: "):
        other.load_state_dict(state)
    assert end_of(other) == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("progress", "epoch"), -1),
        (("progress", "batch"), 1.5),
        (("progress", "step"), True),
        (("progress", "history"), [3]),
        (("progress", "history"), 3),
        (("progress", "running"), {}),
        (("progress", "running", "metrics"), {"accuracy": {"correct": 1.5, "count": 1}}),
        (("progress", "running", "seconds"), "x"),
        (("optimizer", "param_groups"), [3]),
        (("optimizer", "state", 0, "step"), 1e999),
        (("optimizer", "state", 0, "step"), "x"),
        (("optimizer", "state", 0, "exp_avg"), {}),
        (("optimizer", "state"), {0: 3}),
        (("random", "state"), {"state": 10**400, "inc": "x"}),
        (("callbacks",), None),
        (("callbacks",), 3),
        (("callbacks", "Patience"), None),
        (("callbacks", "Patience", "sums"), 3),
    ],
    ids=str,
)
def test_damage_deep_inside_changes_nothing(path, value):
    trainer = make_trainer(callbacks=[Patience()])
    trainer.fit(make_batches(), 1)
    state = copied(trainer.state_dict())
    place = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    other = make_trainer(callbacks=[Patience()], seed=2)
    before = end_of(other)
    with pytest.raises(ValueError, match=f"does not fit this run:\n{path[0]}: "):
        other.load_state_dict(state)
    assert end_of(other) == before


def test_a_failed_resume_leaves_a_trainer_that_works(tmp_path):
    foreign = make_trainer(wide_model, callbacks=[ModelCheckpoint(tmp_path)])
    foreign.fit(make_batches(), 1)
    trainer, same = make_trainer(), make_trainer()
    random = get_rng_state()
    with pytest.raises(ValueError, match=r"unexpected: 4\.weight"):
        trainer.fit(make_batches(), 1, resume=tmp_path)
    assert get_rng_state() == random
    assert (trainer.epoch, trainer.step, len(trainer.history)) == (0, 0, 0)
    trainer.fit(make_batches(), 1)
    manual_seed(0)
    same = make_trainer()
    same.fit(make_batches(), 1)
    assert trainer.history["loss"] == same.history["loss"]


def test_resume_of_files_that_are_not_there_or_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError):
        make_trainer().fit(make_batches(), 1, resume=tmp_path / "none.safetensors")
    (tmp_path / "notes").write_text("no checkpoint")
    with pytest.raises(ValueError, match=r"load_metadata: .*notes cannot be read as safetensors"):
        make_trainer().fit(make_batches(), 1, resume=tmp_path / "notes")
    save_checkpoint({"w": tt.ones(1)}, tmp_path / "other.safetensors")
    assert load_checkpoint(tmp_path / "other.safetensors").keys() == {"w"}
    with pytest.raises(
        ValueError, match="the state lacks model, optimizer, scheduler, kinds, train"
    ):
        make_trainer().fit(make_batches(), 1, resume=str(tmp_path / "other.safetensors"))


def test_the_loader_of_a_running_epoch_keeps_its_place():
    class Peeking(Callback):
        def on_step_end(self, trainer):
            trainer.evaluate(trainer.train_batches)

    peeking = make_trainer(callbacks=[Peeking()])
    with pytest.raises(ValueError, match="evaluate: batches is the loader that fit is amid an epo"):
        peeking.fit(Shuffled(make_batches()), 1)
    both = Shuffled(make_batches())
    assert len(make_trainer().fit(both, 2, validation=both)) == 2  # its epoch is over then
    listed = make_trainer(callbacks=[Peeking()])
    assert len(listed.fit(make_batches(), 1)) == 1  # a list has no place to lose
    assert listed.evaluate(make_batches())["loss"] > 0


class Drawn(Shuffled):
    """Batches whose order is drawn from a generator of one's own, which others may share."""

    def __init__(self, batches, source):
        super().__init__(batches)
        self.source = source

    def drawn(self, source):
        return super().drawn(self.source)

    def state_dict(self):
        return {**super().state_dict(), "source": self.source.bit_generator.state}

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self.source.bit_generator.state = state_dict["source"]


class Numbered(Shuffled):
    """Batches whose order belongs to the number of the epoch, as that of a seeded loader."""

    epoch = 0

    def drawn(self, source):
        self.epoch += 1
        return super().drawn(np.random.default_rng(self.epoch))

    def state_dict(self):
        return {**super().state_dict(), "epoch": self.epoch}

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        self.epoch = state_dict["epoch"]


class Looks(Callback):
    """Evaluates every other update."""

    def on_step_end(self, trainer):
        if trainer.step % 2 == 0:
            trainer.evaluate(trainer.validation_batches)


def shared_generator():
    source = np.random.default_rng(5)
    return Drawn(make_batches(), source), Drawn(make_batches(), source)


def the_same_twice():
    both = Shuffled(make_batches())
    return both, both


def numbered():
    return Shuffled(make_batches()), Numbered(make_batches())


@pytest.mark.parametrize(
    ("data", "callbacks"), [(shared_generator, []), (the_same_twice, []), (numbered, [Looks()])]
)
def test_validation_that_shares_something_or_is_looked_at_in_between(tmp_path, data, callbacks):
    train, validation = data()
    whole = make_trainer(callbacks=[*callbacks, Snapshots(tmp_path)])
    whole.fit(train, 2, validation=validation)
    for snapshot in sorted(tmp_path.iterdir()):
        train, validation = data()
        again = make_trainer(callbacks=callbacks)
        again.fit(train, 2, validation=validation, resume=snapshot)
        assert again.step == whole.step
        assert frozen(again.state_dict()["model"]) == frozen(whole.state_dict()["model"])
        assert again.history["val_loss"] == whole.history["val_loss"]


def test_every_saving_callback_has_seen_the_epoch(tmp_path):
    first = ModelCheckpoint(tmp_path / "a", monitor="loss")
    second = ModelCheckpoint(tmp_path / "b", monitor="loss")
    make_trainer(callbacks=[first, second]).fit(make_batches(), 1)
    state = load_checkpoint(latest_checkpoint(tmp_path / "a"))["callbacks"]
    assert state["ModelCheckpoint"] == state["ModelCheckpoint.2"]


def test_a_run_with_other_accumulation_is_another():
    with pytest.raises(ValueError, match="accumulation_steps: this run has 2, the run of the stat"):
        make_trainer(accumulation_steps=2).load_state_dict(make_trainer().state_dict())


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("kinds", None, "optimizer: this run has AdamW, the run of the state None"),
        ("callbacks", [1], "callbacks: they are list"),
        ("stopped", 3, "progress: stopped is 3"),
        ("ended", "no", "progress: ended is 'no'"),
        ("latest", None, "progress: latest is None"),
    ],
)
def test_a_damaged_state_is_refused_whole(part, value, message):
    trainer = make_trainer()
    state = copied(trainer.state_dict())
    (state if part in state else state["progress"])[part] = value
    before = frozen(trainer.state_dict())
    with pytest.raises(ValueError, match=message):
        trainer.load_state_dict(state)
    assert frozen(trainer.state_dict()) == before
