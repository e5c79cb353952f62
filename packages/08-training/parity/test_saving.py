"""The files are those of safetensors: its own library reads ours, and ours reads its."""

import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import tinytorch.tensor as tt
from tinytorch.layers import Linear
from tinytorch.training import load, load_metadata, save

TYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
SHAPES = [(), (0, 3), (4,), (2, 3, 4)]
METADATA = {"epoch": "3", "note": "größer\n"}


def state_of_all_types():
    numbers = np.arange(24)
    return {
        f"{dtype}{shape}": numbers[: int(np.prod(shape))].reshape(shape).astype(dtype)
        for dtype in TYPES
        for shape in SHAPES
    }


@pytest.mark.parity("save")
def test_the_library_reads_what_we_save(tmp_path):
    state = state_of_all_types()
    state["transposed"] = np.arange(6.0).reshape(2, 3).T
    path = tmp_path / "x.safetensors"
    save({name: tt.as_tensor(array) for name, array in state.items()}, path, METADATA)
    arrays, tensors = safetensors.numpy.load_file(path), safetensors.torch.load_file(path)
    assert arrays.keys() == tensors.keys() == state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
        torch.testing.assert_close(tensors[name], torch.tensor(array), rtol=0, atol=0)
    with safetensors.safe_open(path, framework="pt") as file:
        assert file.metadata() == METADATA


@pytest.mark.parity("load", "load_metadata")
def test_we_read_what_the_library_saves(tmp_path):
    state = state_of_all_types()
    path = tmp_path / "x.safetensors"
    tensors = {name: torch.tensor(array) for name, array in state.items()}
    safetensors.torch.save_file(tensors, path, METADATA)
    loaded = load(path)
    assert loaded.keys() == state.keys()
    for name, array in state.items():
        np.testing.assert_array_equal(loaded[name].data, array, strict=True)
    assert load_metadata(path) == METADATA
    safetensors.torch.save_file(tensors, path)
    assert load_metadata(path) == {}


@pytest.mark.parity("load")
def test_all_numbers_of_bfloat16(tmp_path):
    every = torch.arange(-(2**15), 2**15, dtype=torch.int16).view(torch.bfloat16)
    safetensors.torch.save_file({"x": every.reshape(2, -1)}, tmp_path / "x")
    found = load(tmp_path / "x")["x"].data
    np.testing.assert_array_equal(found, every.float().reshape(2, -1).numpy(), strict=True)


@pytest.mark.parity("save", "load")
def test_the_files_are_the_same_to_the_byte(tmp_path):
    state = {"b.weight": np.ones((2, 3), np.float32), "a": np.arange(3), "c": np.array([True])}
    save(state, tmp_path / "ours", {"one": "name"})
    safetensors.torch.save_file(
        {name: torch.tensor(array) for name, array in state.items()},
        tmp_path / "theirs",
        {"one": "name"},
    )
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parity("save", "load")
def test_a_model_goes_to_pytorch_and_back(tmp_path):
    ours, theirs = Linear(3, 2), torch.nn.Linear(3, 2)
    save(ours.state_dict(), tmp_path / "ours")
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "ours"))
    x = np.ones((1, 3), np.float32)
    with torch.no_grad():
        torch.testing.assert_close(
            torch.tensor(ours(tt.tensor(x)).tolist()), theirs(torch.tensor(x))
        )
        theirs.weight.mul_(2)
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "theirs")
    ours.load_state_dict(load(tmp_path / "theirs"))
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.detach().numpy())
