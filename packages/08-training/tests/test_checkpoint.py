"""Checkpoints hold a whole run; what is wrong with a file or folder is said, and costs nothing."""

import errno
import json
import math
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.layers import Linear
from tinytorch.losses import mse_loss
from tinytorch.optim import SGD, AdamW
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, tensor
from tinytorch.training import (
    Accuracy,
    Callback,
    ModelCheckpoint,
    Trainer,
    load,
    load_metadata,
    save,
)
from tinytorch.training.checkpoint import (
    KEY,
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)

BATCHES = [(tensor([[1.0], [2.0]]), tensor([[2.0], [4.0]]))] * 4


def make_trainer(*callbacks, optimizer=SGD, lr=0.01, **settings):
    manual_seed(0)
    model = Linear(1, 1)
    chosen = optimizer(model.parameters(), lr=lr)
    return Trainer(model, chosen, mse_loss, callbacks=callbacks, **settings)


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


class At(Callback):
    """Does something at a step."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def on_step_end(self, trainer):
        if trainer.step == self.step:
            self.action(trainer)


def same(one, other):
    if isinstance(one, Tensor):
        return (
            isinstance(other, Tensor)
            and one.dtype == other.dtype
            and (one.tolist() == other.tolist())
        )
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one)


# --- one state, one file

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab.$é", max_size=4)
tensors = st.sampled_from([tt.ones(2), tt.zeros((0, 3)), tensor(3), tensor([True]), tensor(1.5)])
keys = st.text("ab.'", max_size=3) | st.integers(-2, 2)
states = st.recursive(
    plain | tensors,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.lists(inside, max_size=3).map(tuple)
        | st.dictionaries(keys, inside, max_size=4)
    ),
    max_leaves=12,
)


@given(state=states)
def test_every_state_comes_back(tmp_path_factory, state):
    path = tmp_path_factory.getbasetemp() / "state.safetensors"
    save_checkpoint(state, path)
    assert same(load_checkpoint(path), state)


def test_tensors_whose_paths_are_spelled_alike_are_kept_apart(tmp_path):
    one, two, three = (tensor([float(i)]) for i in range(3))
    state = {"a": {"b": one}, "a.b": two, ".a.b": three, 1: {"x": one}, "1": {"x": two}}
    save_checkpoint(state, tmp_path / "state")
    assert same(load_checkpoint(tmp_path / "state"), state)


def test_numbers_of_numpy_and_other_mappings_become_plain(tmp_path):
    state = OrderedDict(a=np.float32(0.5), b=np.int64(3), c=np.float64(math.inf), d=np.bool_(True))
    save_checkpoint(state, tmp_path / "state")
    assert same(load_checkpoint(tmp_path / "state"), {"a": 0.5, "b": 3, "c": math.inf, "d": True})


def test_arrays_of_numpy_come_back_as_tensors(tmp_path):
    save_checkpoint({"a": [np.arange(3), np.ones((0, 2))]}, tmp_path / "state")
    loaded = load_checkpoint(tmp_path / "state")
    assert same(loaded, {"a": [tensor([0, 1, 2]), tt.zeros((0, 2), dtype=tt.float64)]})
    with pytest.raises(TypeError, match=r"save: a"):
        save_checkpoint({"a": np.array([None])}, tmp_path / "other")


def test_a_state_with_arrays_is_put_back_when_another_does_not_fit():
    class Average(Callback):
        def __init__(self):
            self.mean = np.zeros(2)

        def state_dict(self):
            return {"mean": self.mean}

        def load_state_dict(self, state_dict):
            self.mean[:] = state_dict["mean"]

    average, other = Average(), Average()
    trainer, strange = make_trainer(average), make_trainer(other, optimizer=AdamW)
    other.mean += 7
    with pytest.raises(ValueError, match="the state does not fit this run"):
        trainer.load_state_dict(strange.state_dict())
    assert average.mean.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("state", "what"),
    [
        ({"a": {"b": [1, b"x"]}}, r"a\.b\.1 is bytes, expected Tensors, numbers, strings"),
        ({"f": print}, "f is builtin_function_or_method, expected"),
        ({"x": {1, 2}}, "x is set, expected"),
    ],
)
def test_what_a_state_cannot_hold_is_named_and_nothing_is_written(tmp_path, state, what):
    with pytest.raises(TypeError, match=f"save_checkpoint: {what}"):
        save_checkpoint(state, tmp_path / "state")
    assert names(tmp_path) == []


def test_a_checkpoint_is_a_file_that_the_library_reads(tmp_path):
    trainer = make_trainer(ModelCheckpoint(tmp_path), optimizer=AdamW)
    trainer.fit(BATCHES, 1)
    path = tmp_path / "step-00000004.safetensors"
    arrays = safetensors.numpy.load_file(path)
    assert set(arrays) == {"model.weight", "model.bias"} | {
        f"optimizer.state.{i}.{name}" for i in (0, 1) for name in ("exp_avg", "exp_avg_sq")
    }
    assert np.array_equal(arrays["model.weight"], trainer.model.weight.data)
    assert json.loads(load_metadata(path)[KEY])["progress"]["step"] == 4


# --- damaged files


def test_weights_alone_are_no_checkpoint(tmp_path):
    save(Linear(1, 1).state_dict(), tmp_path / "weights.safetensors")
    what = (
        r"weights.safetensors is no checkpoint of a run, .* model\.load_state_dict\(load\(path\)\)"
    )
    with pytest.raises(ValueError, match=what):
        make_trainer().fit(BATCHES, 1, resume=tmp_path / "weights.safetensors")


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nothing", '{"$tensor": "w"}', '{"$tensor": []}', '{"$items": 3}'),
        *('{"$items": [[1]]}', '{"$items": [[[], 1]]}', '{"$tuple": 3}', '{"a": {"$tensor": "x"}}'),
        *("[" * 100_000, "9" * 5_000),
    ],
    ids=lambda text: text[:20],
)
def test_hostile_metadata(tmp_path, text):
    save({"v": tt.ones(1)}, tmp_path / "bad.safetensors", {KEY: text})
    with pytest.raises(ValueError, match=r"load_checkpoint: .*bad\.safetensors is damaged: "):
        load_checkpoint(tmp_path / "bad.safetensors")


def test_a_checkpoint_that_is_cut_off_or_changed(tmp_path):
    make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    path = latest_checkpoint(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:7], whole[:100], whole[:-1], whole + b"x", b"\xff" * 64):
        path.write_bytes(damaged)
        trainer = make_trainer()
        before = trainer.model.weight.item()
        with pytest.raises(ValueError, match=r"step-00000004\.safetensors cannot be read as safet"):
            trainer.fit(BATCHES, 2, resume=tmp_path)
        assert trainer.model.weight.item() == before
        assert path.read_bytes() == damaged


def test_there_is_no_file():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_checkpoint("nowhere.safetensors")


# --- which checkpoints there are


def test_a_checkpoint_after_each_epoch_and_every_so_many_updates(tmp_path):
    trainer = make_trainer(ModelCheckpoint(tmp_path, every_steps=3, keep=10))
    trainer.fit(BATCHES, 2)
    assert names(tmp_path) == [f"step-{step:08}.safetensors" for step in (3, 4, 6, 8)]
    assert latest_checkpoint(tmp_path).name == "step-00000008.safetensors"


@pytest.mark.parametrize("keep", [1, 2])
def test_the_last_ones_are_kept(tmp_path, keep):
    make_trainer(ModelCheckpoint(tmp_path, every_steps=1, keep=keep)).fit(BATCHES, 2)
    assert names(tmp_path) == [f"step-{step:08}.safetensors" for step in range(9 - keep, 9)]


def test_the_latest_has_the_most_steps_whatever_its_name_sorts_like(tmp_path):
    for name in ("step-99999999", "step-100000000", "step-x", "best", "step-1.safetensors.tmp"):
        (tmp_path / f"{name}.safetensors").touch()
    assert latest_checkpoint(tmp_path).name == "step-100000000.safetensors"
    assert latest_checkpoint(tmp_path / "none") is None


class Score(Callback):
    """Puts values into the history, epoch by epoch."""

    def __init__(self, values):
        self.values = values

    def on_epoch_end(self, trainer):
        trainer.history.last["score"] = self.values[trainer.epoch - 1]


@pytest.mark.parametrize(
    ("mode", "scores", "best"),
    [
        ("max", [1.0, 3.0, 3.0, 2.0], 2),
        ("min", [1.0, 3.0, 0.5, 0.5], 3),
        ("max", [math.nan, 1.0, math.nan, 0.5], 2),
        ("min", [math.inf, 1, 2, 3], 2),
        ("max", [math.nan] * 4, None),
    ],
)
def test_the_best_weights_are_those_of_the_first_best_epoch(tmp_path, mode, scores, best):
    weights = []

    class Note(Callback):
        def on_epoch_end(self, trainer):
            weights.append(trainer.model.weight.item())

    kept = ModelCheckpoint(tmp_path, monitor="score", mode=mode)
    trainer = make_trainer(Score(scores), Note(), kept)
    trainer.fit(BATCHES, 4)
    assert kept.monitor.epoch == best
    assert kept.best_path.exists() == (best is not None)
    if best is not None:
        assert load(kept.best_path)["weight"].item() == weights[best - 1]
        row = load_metadata(kept.best_path)
        assert row["epoch"] == str(best)
        assert row["score"] == str(scores[best - 1])


def test_the_best_value_is_remembered_by_a_run_that_goes_on(tmp_path):
    def run(epochs):
        kept = ModelCheckpoint(tmp_path, monitor="score", mode="max")
        make_trainer(Score([5.0, 4.0, 6.0]), kept).fit(BATCHES, epochs, resume=tmp_path)
        return load_metadata(kept.best_path)["epoch"]

    assert [run(1), run(2), run(3)] == ["1", "1", "3"]


def test_a_monitor_that_is_new_starts_anew(tmp_path):
    make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    kept = ModelCheckpoint(tmp_path, monitor="loss")
    make_trainer(kept).fit(BATCHES, 2, resume=tmp_path)
    assert kept.monitor.epoch == 2
    make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 3, resume=tmp_path)


@pytest.mark.parametrize("value", [[0.5, 0.5], None, "high"])
def test_a_column_that_holds_no_numbers(tmp_path, value):
    kept = ModelCheckpoint(tmp_path, monitor="score", mode="max")
    with pytest.raises(
        TypeError, match=r"ModelCheckpoint: monitor is 'score', which is .* expected a"
    ):
        make_trainer(Score([value]), kept).fit(BATCHES, 1)


def test_another_trainer_starts_anew_with_the_same_object(tmp_path):
    kept = ModelCheckpoint(tmp_path, monitor="score", mode="min")
    make_trainer(Score([1.0]), kept).fit(BATCHES, 1)
    kept.folder = tmp_path / "other"
    make_trainer(Score([3.0, 2.0]), kept).fit(BATCHES, 2)
    assert (kept.monitor.best, kept.monitor.epoch) == (2.0, 2)
    assert load_metadata(kept.best_path)["epoch"] == "2"


def test_a_column_that_is_not_there(tmp_path):
    what = "ModelCheckpoint: monitor is 'val_loss' and nothing is validated, expected fit"
    with pytest.raises(ValueError, match=what):
        make_trainer(ModelCheckpoint(tmp_path, monitor="val_loss")).fit(BATCHES, 1)
    kept = ModelCheckpoint(tmp_path, monitor="val_f1", mode="max")
    what = "ModelCheckpoint: monitor is 'val_f1', expected one of the history's epoch, step, lr, l"
    trainer = make_trainer(kept)
    with pytest.raises(ValueError, match=what):
        trainer.fit(BATCHES, 1, validation=BATCHES)
    assert trainer.step == 0


def test_a_resumed_run_monitors_what_it_did(tmp_path):
    make_trainer(ModelCheckpoint(tmp_path, monitor="loss")).fit(BATCHES, 1)
    other = make_trainer(ModelCheckpoint(tmp_path, monitor="lr", mode="max"))
    what = "callbacks: ModelCheckpoint: the state is of monitor 'loss', expected 'lr'"
    with pytest.raises(ValueError, match=what):
        other.fit(BATCHES, 2, resume=tmp_path)


def test_arguments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="ModelCheckpoint: mode is None for 'val_accuracy', expec"):
        ModelCheckpoint("runs", monitor="val_accuracy")
    with pytest.raises(ValueError, match="mode is 'most' for 'loss', expected 'min' or 'max'"):
        ModelCheckpoint("runs", monitor="loss", mode="most")
    for name in ("keep", "every_steps"):
        with pytest.raises(ValueError, match=f"ModelCheckpoint: {name} is 0, expected at least 1"):
            ModelCheckpoint("runs", **{name: 0})
        with pytest.raises(TypeError, match=f"ModelCheckpoint: {name} is 2.5, expected an integer"):
            ModelCheckpoint("runs", **{name: 2.5})
    with pytest.raises(TypeError, match="ModelCheckpoint: folder is 3, expected a path: a str, or"):
        ModelCheckpoint(3)
    with pytest.raises(TypeError, match="fit: resume is True, expected a path: a str, or a Path"):
        make_trainer().fit(BATCHES, 1, resume=True)
    assert ModelCheckpoint("runs", monitor="val_loss").monitor.mode == "min"
    assert not Path("runs").exists()


# --- folders


def test_a_folder_that_cannot_be_one_is_found_before_training(tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        trainer = make_trainer(ModelCheckpoint(folder))
        with pytest.raises(OSError, match="was not written"):
            trainer.fit(BATCHES, 1)
        assert trainer.step == 0
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="was not written"):
            make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    finally:
        tmp_path.chmod(0o700)


def test_the_folder_of_another_run_is_left_alone(tmp_path):
    make_trainer(ModelCheckpoint(tmp_path, monitor="loss")).fit(BATCHES, 2)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    what = r"step-00000008\.safetensors has more updates than the 0 of this run, and would be"
    with pytest.raises(FileExistsError, match=what):
        make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_one_run_goes_on_in_its_folder_and_an_earlier_place_needs_another(tmp_path):
    kept = ModelCheckpoint(tmp_path, keep=5)
    trainer = make_trainer(kept)
    trainer.fit(BATCHES, 1)
    trainer.fit(BATCHES, 1)
    first = tmp_path / "step-00000004.safetensors"
    with pytest.raises(FileExistsError, match="has more updates than the 4 of this run"):
        make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 2, resume=first)
    make_trainer(ModelCheckpoint(tmp_path / "fork")).fit(BATCHES, 3, resume=first)
    assert names(tmp_path / "fork") == ["step-00000012.safetensors"]


def test_what_killed_runs_left_half_written_is_removed(tmp_path):
    left = tmp_path / ".step-00000003.safetensors.0123456789abcdef.tmp"
    left.write_bytes(b"half")
    (tmp_path / ".probe").touch()
    (tmp_path / "notes.tmp").touch()
    make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    assert names(tmp_path) == ["notes.tmp", "step-00000004.safetensors"]


# --- what must not be saved, or cannot be


def poison(trainer):
    trainer.model.weight.data[:] = math.nan


@pytest.mark.parametrize("moment", ["step", "epoch"])
def test_weights_that_are_nan_are_never_saved(tmp_path, moment):
    every = 1 if moment == "step" else None
    kept = ModelCheckpoint(tmp_path, monitor="loss", every_steps=every, keep=9)
    trainer = make_trainer(At(8, poison), kept)
    what = "ModelCheckpoint: weight is infinite or NaN after 8 updates, nothing was saved"
    with pytest.raises(FloatingPointError, match=what) as raised:
        trainer.fit(BATCHES, 3)
    steps = range(1, 8) if moment == "step" else [4]
    assert names(tmp_path) == ["best.safetensors", *(f"step-{i:08}.safetensors" for i in steps)]
    (note,) = raised.value.__notes__
    last = tmp_path / f"step-{max(steps):08}.safetensors"
    assert note == f"ModelCheckpoint: the last checkpoint is {last}"
    assert load_metadata(kept.best_path)["epoch"] == "1"


def test_a_loss_that_turns_nan_leaves_the_last_checkpoint_to_go_on_from(tmp_path):
    bad = [*BATCHES[:2], (BATCHES[0][0] * math.inf, BATCHES[0][1]), BATCHES[0]]
    trainer = make_trainer(ModelCheckpoint(tmp_path, every_steps=1))
    with pytest.raises(
        FloatingPointError, match=r"the loss is (nan|inf) in batch 3 of epoch 1"
    ) as e:
        trainer.fit(bad, 1)
    assert names(tmp_path) == ["step-00000002.safetensors"]
    assert str(tmp_path / "step-00000002.safetensors") in e.value.__notes__[0]
    again, whole = make_trainer(ModelCheckpoint(tmp_path)), make_trainer()
    again.fit(BATCHES, 1, resume=tmp_path)
    whole.fit(BATCHES, 1)
    assert again.model.weight.item() == whole.model.weight.item()


def test_an_error_before_the_first_checkpoint_has_no_note(tmp_path):
    def fail(trainer):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        make_trainer(ModelCheckpoint(tmp_path), At(2, fail)).fit(BATCHES, 1)
    assert not hasattr(raised.value, "__notes__")


@pytest.mark.parametrize("function", ["fsync", "replace", "save_file"])
def test_a_full_disk_stops_the_training_and_older_checkpoints_stay(tmp_path, monkeypatch, function):
    def full(*arguments):
        if function == "save_file":  # as the library says it
            raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(trainer):
        where = {"fsync": os, "replace": Path, "save_file": safetensors.numpy}[function]
        monkeypatch.setattr(where, function, full)

    trainer = make_trainer(ModelCheckpoint(tmp_path, every_steps=1, keep=2), At(3, fill))
    with pytest.raises(
        OSError, match=r"step-00000003.safetensors was not written: .*No space"
    ) as e:
        trainer.fit(BATCHES, 1)
    assert names(tmp_path) == ["step-00000001.safetensors", "step-00000002.safetensors"]
    assert "the last checkpoint is" in e.value.__notes__[-1]
    monkeypatch.undo()
    again, whole = make_trainer(ModelCheckpoint(tmp_path)), make_trainer()
    again.fit(BATCHES, 1, resume=tmp_path)
    whole.fit(BATCHES, 1)
    assert again.model.weight.item() == whole.model.weight.item()


def test_a_callback_whose_state_cannot_be_saved_is_named(tmp_path):
    class Odd(Callback):
        def state_dict(self):
            return {"when": {1, 2}}

    with pytest.raises(TypeError, match=r"save_checkpoint: callbacks\.Odd\.when is set"):
        make_trainer(Odd(), ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    assert names(tmp_path) == []


def test_metrics_of_an_epoch_that_was_interrupted_go_on(tmp_path):
    def run(folder, *callbacks):
        trainer = make_trainer(
            ModelCheckpoint(folder, every_steps=1),
            *callbacks,
            metrics={"right": Right()},
        )
        return trainer.fit(BATCHES, 1, resume=folder)

    def stop(trainer):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", At(3, stop))
    assert run(tmp_path / "cut")["right"] == run(tmp_path / "whole")["right"]


class Right(Accuracy):
    """How many outputs are above zero, and so are the targets."""

    def update(self, outputs, targets):
        super().update((outputs > 0).long().reshape(-1), (targets > 0).long().reshape(-1))


def test_only_what_killed_runs_left_is_removed(tmp_path):
    left = [
        ".step-00000003.safetensors.0123456789abcdef.tmp",
        ".best.safetensors.0123456789abcdef.tmp",
        ".tmpAb12Cd",
    ]
    own = [".draft.tmp", ".tmp_notes.txt", "notes.tmp"]
    for name in left + own:
        (tmp_path / name).write_text("x")
    (tmp_path / ".tmpfolder").mkdir()
    make_trainer(ModelCheckpoint(tmp_path)).fit(BATCHES, 1)
    kept = {".tmpfolder", *own}
    assert kept <= set(names(tmp_path))
    assert not set(left) & set(names(tmp_path))


@pytest.mark.parametrize(
    "state",
    [{"$tensor": 1}, {"a": {"$items": 2}}, {"$tuple": [1]}, {1: (2, {None: 3.5}), False: "x"}],
)
def test_any_names_come_back(tmp_path, state):
    save_checkpoint(state, tmp_path / "a.safetensors")
    assert load_checkpoint(tmp_path / "a.safetensors") == state


def test_a_key_that_json_has_no_place_for(tmp_path):
    with pytest.raises(TypeError, match=r"save_checkpoint: a has the key \(1, 2\), expected a str"):
        save_checkpoint({"a": {(1, 2): 3}}, tmp_path / "a.safetensors")
    assert names(tmp_path) == []
