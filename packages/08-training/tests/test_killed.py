"""A process that is killed whenever a checkpoint appears goes on to the same end.

That it may be killed at any other moment, with a DataLoader and all else that a run may have, is
proved where the whole stack is: in milestones/test_resume.py.
"""

import os
import signal
import subprocess
import sys

import pytest

from tinytorch.training import load

RUN = """
import os, signal, sys
from pathlib import Path

from tinytorch.layers import Dropout, Linear, ReLU, Sequential
from tinytorch.losses import mse_loss
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import generator, manual_seed
from tinytorch.tensor import from_numpy
from tinytorch.training import ModelCheckpoint, Trainer, save

folder = Path(sys.argv[1])
killed = folder / "killed"  # a line for each time that this run was
replace = os.replace


def die(moment):
    done = killed.read_text().splitlines()
    if moment not in done:
        killed.write_text("\\n".join([*done, moment]))
        os.kill(os.getpid(), signal.SIGKILL)


def replace_and_die(source, target):
    die(f"before {Path(target).name}")
    replace(source, target)
    die(f"after {Path(target).name}")


if killed.exists():
    os.replace = replace_and_die
manual_seed(0)
x = from_numpy(generator().standard_normal((32, 4)).astype("float32"))
batches = [(x[i : i + 8], x[i : i + 8] * 2.0) for i in range(0, 32, 8)]
model = Sequential(Linear(4, 8), ReLU(), Dropout(0.3), Linear(8, 4))
optimizer = AdamW(model.parameters())
trainer = Trainer(
    model,
    optimizer,
    mse_loss,
    scheduler=OneCycleLR(optimizer, max_lr=0.1, total_steps=8),
    callbacks=[ModelCheckpoint(folder / "run", monitor="val_loss", every_steps=3)],
)
trainer.fit(batches, 2, validation=batches, resume=folder / "run")
end = {**model.state_dict(), "loss": from_numpy(generator().random(3))}
save(end, folder / "end.safetensors")
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_killed_before_and_after_each_checkpoint_appears(tmp_path):
    def run(folder):
        one = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", RUN, folder]
        return subprocess.run(command, env=one, stderr=subprocess.PIPE, text=True, timeout=60)

    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    (cut / "killed").touch()
    assert run(whole).returncode == 0
    while (done := run(cut)).returncode == -signal.SIGKILL:
        pass
    assert done.returncode == 0, done.stderr

    names = [".probe", "step-00000003", "best", "step-00000004", "step-00000006", "step-00000008"]
    names = [name if name == ".probe" else f"{name}.safetensors" for name in names]
    moments = [
        f"{when} {name}" for name in [*names, "end.safetensors"] for when in ("before", "after")
    ]
    assert sorted((cut / "killed").read_text().split("\n")) == sorted(moments)
    # No time was left to remove older ones; nothing that was half written is there.
    assert {path.name for path in (cut / "run").iterdir()} == set(names[1:])
    expected, found = load(whole / "end.safetensors"), load(cut / "end.safetensors")
    assert {name: value.data.tobytes() for name, value in found.items()} == {
        name: value.data.tobytes() for name, value in expected.items()
    }
