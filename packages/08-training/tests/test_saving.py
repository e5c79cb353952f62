"""Files are whole or not there, whatever happens while they are written, and whatever they hold."""

import json
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.layers import Linear, Parameter
from tinytorch.training import load, load_metadata, save, saving

TYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


def same(first, second):
    return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=True)


def run(program, *arguments, **options):
    """The result of a Python process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


# --- there and back


def test_a_module_is_saved_and_loaded(tmp_path):
    layer, other = Linear(3, 2), Linear(3, 2)
    save(layer.state_dict(), tmp_path / "layer.safetensors", {"made by": "a test"})
    other.load_state_dict(load(tmp_path / "layer.safetensors"))
    assert same(other.weight.data, layer.weight.data)
    assert same(other.bias.data, layer.bias.data)
    assert load_metadata(tmp_path / "layer.safetensors") == {"made by": "a test"}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)])
def test_every_type_and_shape_comes_back(tmp_path, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    save({"x": array}, tmp_path / "x")
    (loaded,) = load(tmp_path / "x").values()
    assert isinstance(loaded, tt.Tensor)
    assert loaded.shape == shape
    assert same(loaded.data, array)
    assert loaded.dtype is tt.as_tensor(array).dtype  # the one object for its type


@given(
    hnp.arrays(
        st.sampled_from(TYPES), hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
    ),
    st.permutations(range(5)),
    st.sampled_from([1, 2, -1]),
)
def test_arrays_that_are_not_contiguous_come_back(tmp_path_factory, array, order, step):
    view = array.transpose([dim for dim in order if dim < array.ndim])
    view = view[..., ::step] if view.ndim else view
    path = tmp_path_factory.getbasetemp() / "view"
    save({"x": view}, path)
    assert same(load(path)["x"].data, view)


def test_an_expanded_tensor_and_one_that_is_learned_are_saved(tmp_path):
    state = {"row": tt.arange(3).expand(2, 3), "learned": Parameter(tt.ones(2))}
    save(state, tmp_path / "x")
    loaded = load(tmp_path / "x")
    assert loaded["row"].tolist() == [[0, 1, 2], [0, 1, 2]]
    assert loaded["learned"].tolist() == [1, 1]
    assert not loaded["learned"].requires_grad


def test_numbers_come_back_to_the_bit(tmp_path):
    odd = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324, 1e308])
    save({"x": odd}, tmp_path / "x")
    assert load(tmp_path / "x")["x"].data.tobytes() == odd.tobytes()


def test_names_and_metadata_may_be_any_text(tmp_path):
    state = {
        "": tt.ones(1),
        "ä.weight 名": tt.ones(2),
        'with "quotes"\n': tt.ones(3),
        "a\0b": tt.ones(4),
    }
    metadata = {"": "", "ключ": 'line\n"quoted"', "json": json.dumps({"loss": 0.5})}
    save(state, tmp_path / "x", metadata)
    assert {name: len(value) for name, value in load(tmp_path / "x").items()} == {
        name: len(value) for name, value in state.items()
    }
    assert load_metadata(tmp_path / "x") == metadata


def test_nothing_at_all_is_saved_too(tmp_path):
    save({}, tmp_path / "x")
    assert load(tmp_path / "x") == {}
    assert load_metadata(tmp_path / "x") == {}


def test_what_is_loaded_is_no_part_of_the_file(tmp_path):
    path = tmp_path / "x"
    save({"x": tt.zeros(1000), "y": tt.zeros(3)}, path)
    written = path.read_bytes()
    first, second = load(path), load(path)
    first["x"].fill_(1)
    assert path.read_bytes() == written
    assert second["x"].sum() == 0
    path.write_bytes(b"")  # memory mapped onto the file would be gone
    assert second["x"].add_(2).sum() == 2000
    assert first["y"].sum() == 0


def test_metadata_is_read_without_the_tensors(tmp_path):
    path = tmp_path / "x"
    header = b'{"__metadata__":{"a":"b"},"x":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}'
    header %= (2**40, 2**40)  # a terabyte, none of it on the disk
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    try:
        os.truncate(path, 8 + len(header) + 2**40)
    except OSError:
        pytest.skip("no sparse files here")
    assert load_metadata(path) == {"a": "b"}
    path.unlink()


def test_bfloat16_comes_as_float32_exactly(tmp_path):
    """1 sign, 8 bits of exponent, 7 of fraction: -2.5 is -1.25 times 2, the least is 2**-133."""
    bits = np.array([0xC020, 0x3F80, 0x0001, 0x7F7F, 0x7F80, 0xFF80, 0x8000], "<u2")
    entries = {
        "single": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "x": {"dtype": "BF16", "shape": [7, 1], "data_offsets": [4, 18]},
        "one": {"dtype": "BF16", "shape": [], "data_offsets": [18, 20]},
        "nan": {"dtype": "BF16", "shape": [1], "data_offsets": [20, 22]},
        "none": {"dtype": "BF16", "shape": [0, 3], "data_offsets": [22, 22]},
    }
    data = np.ones(1, "<f4").tobytes() + bits.tobytes() + b"\x80\x3f" + b"\xc0\x7f"
    (tmp_path / "x").write_bytes(header(entries, data))
    found = load(tmp_path / "x")
    assert {name: (x.dtype.name, x.shape) for name, x in found.items()} == {
        "single": ("float32", (1,)),
        "x": ("float32", (7, 1)),
        "one": ("float32", ()),
        "nan": ("float32", (1,)),
        "none": ("float32", (0, 3)),
    }
    greatest = float.fromhex("0x1.fep127")
    expected = [-2.5, 1, 2.0**-133, greatest, np.inf, -np.inf, -0.0]
    assert same(found["x"].data[:, 0], np.array(expected, np.float32))
    assert np.signbit(found["x"].data[-1, 0])
    assert (found["single"].item(), found["one"].item()) == (1, 1)
    assert np.isnan(found["nan"].item())
    found["x"].fill_(3)  # it is its own memory


# --- what is refused


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ([1], TypeError, r"save: state is list, expected a dictionary .*module\.state_dict\(\)"),
        (Linear(1, 1), TypeError, "save: state is Linear, expected a dictionary"),
        ({"x": 1.0}, TypeError, "save: x is float, expected a Tensor or an array"),
        ({"x": None}, TypeError, "save: x is NoneType"),
        ({1: np.ones(1)}, TypeError, "save: a name in state is 1, expected a str"),
        ({"\ud800": np.ones(1)}, ValueError, "UTF-8"),
        ({"__metadata__": np.ones(1)}, ValueError, "keeps the name '__metadata__'"),
        ({"x": np.ones(1, complex)}, TypeError, "save: x: .*complex128.* is not a type"),
        ({"x": np.array([None])}, TypeError, "save: x: .*is not a type that tensors have"),
        ({"x": np.ones(1, ">f4")}, TypeError, "save: x: .*is not a type that tensors have"),
    ],
)
def test_a_state_that_cannot_be_saved_leaves_the_old_file(tmp_path, state, kind, message):
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(kind, match=message):
        save(state, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("metadata", "kind", "message"),
    [
        (["a"], TypeError, "save: metadata is list, expected a dictionary of text by name"),
        ({"epoch": 3}, TypeError, r"save: metadata\['epoch'\] is 3, expected a str; json\.dumps"),
        ({3: "x"}, TypeError, "save: a name in metadata is 3"),
        ({"x": "\ud800"}, ValueError, "UTF-8"),
    ],
)
def test_metadata_is_text(tmp_path, metadata, kind, message):
    with pytest.raises(kind, match=message):
        save({}, tmp_path / "x", metadata)
    assert list(tmp_path.iterdir()) == []


def header(entries, data=b"", length=None):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
WRONG = {
    "empty": b"",
    "too short for a length": b"abc",
    "zeros": bytes(100),
    "random bytes": np.random.default_rng(0).bytes(10_000),
    "a pickle": pickle.dumps({"x": np.ones(100)}),
    "a header of exabytes": header({"x": ENTRY}, bytes(8), 2**63),
    "a header of 90 MB that is not there": header({"x": ENTRY}, bytes(8), 90_000_000),
    "a header beyond the end": header({"x": ENTRY}, bytes(8), 1000),
    "no JSON": header(b'{"x":'),
    "no object": header([1]),
    "lists in lists": header(b"[" * 100_000),
    "no UTF-8": header(b'{"\xff":{}}'),
    "a byte less": header({"x": ENTRY}, bytes(7)),
    "a byte more": header({"x": ENTRY}, bytes(9)),
    "twice the same bytes": header({"x": ENTRY, "y": ENTRY}, bytes(8)),
    "overlap": header({"x": ENTRY, "y": {**ENTRY, "data_offsets": [4, 12]}}, bytes(12)),
    "a hole": header({"x": {**ENTRY, "data_offsets": [8, 16]}}, bytes(16)),
    "ends before it begins": header({"x": {**ENTRY, "data_offsets": [8, 0]}}, bytes(8)),
    "negative size": header({"x": {**ENTRY, "shape": [-2]}}, bytes(8)),
    "negative place": header({"x": {**ENTRY, "data_offsets": [-8, 0]}}, bytes(8)),
    "fraction": header({"x": {**ENTRY, "shape": [2.5]}}, bytes(8)),
    "another size": header({"x": {**ENTRY, "shape": [3]}}, bytes(8)),
    "beyond 64 bits": header({"x": {**ENTRY, "shape": [2**62, 2**62]}}, bytes(8)),
    "type unknown": header({"x": {**ENTRY, "dtype": "Q9"}}, bytes(8)),
    "metadata of numbers": header({"__metadata__": {"a": 1}, "x": ENTRY}, bytes(8)),
}
WRONG_FOR_TENSORS = {
    "float8": header({"x": {**ENTRY, "dtype": "F8_E4M3", "shape": [8]}}, bytes(8)),
    "uint32": header({"x": {**ENTRY, "dtype": "U32"}}, bytes(8)),
    "empty, and too big": header({"x": {**ENTRY, "shape": [0, 2**62], "data_offsets": [0, 0]}}),
    "70 dimensions": header({"x": {**ENTRY, "shape": [1] * 70, "data_offsets": [0, 4]}}, bytes(4)),
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("function", [load, load_metadata])
def test_a_file_that_is_wrong_is_named(tmp_path, content, function):
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{function.__name__}: .*wrong.safetensors cannot be"):
        function(path)


@pytest.mark.parametrize("content", WRONG_FOR_TENSORS.values(), ids=WRONG_FOR_TENSORS)
def test_a_file_of_what_tensors_are_not_is_named(tmp_path, content):
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"load: .*wrong.safetensors cannot be read"):
        load(path)


def test_every_truncation_is_found(tmp_path):
    path = tmp_path / "x"
    save({"x": tt.ones(2), "y": tt.arange(2)}, path, {"a": "b"})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cannot be read as safetensors"):
            load(path)


@given(st.data())
def test_a_changed_byte_never_does_harm(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "changed"
    save({"x": tt.ones(2), "y": tt.arange(2)}, path, {"a": "b"})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load(path)
    except ValueError:  # any other error fails the test
        return
    assert sum(value.data.nbytes for value in loaded.values()) <= len(content)


def test_a_pickle_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").write_text, ("!",))

    (tmp_path / "x").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="cannot be read"):
        load(tmp_path / "x")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("function", [load, load_metadata])
def test_what_is_no_file_is_named(tmp_path, function):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors"):
        function(tmp_path / "nowhere.safetensors")
    with pytest.raises(OSError, match=tmp_path.name):
        function(tmp_path)


# --- whole or not there


def test_folders_are_made_and_nothing_else_stays(tmp_path):
    save({"x": tt.ones(1)}, tmp_path / "a" / "b" / "x")
    save({"x": tt.zeros(1)}, tmp_path / "a" / "b" / "x")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x"]
    assert load(tmp_path / "a" / "b" / "x")["x"].item() == 0


def test_a_path_may_be_text_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save({"x": tt.ones(1)}, "x.safetensors")
    assert load("x.safetensors")["x"].item() == 1
    assert load_metadata("x.safetensors") == {}


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "save_file"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OSError("odd"), KeyboardInterrupt()]
)
def test_an_error_at_any_step_leaves_the_old_file(tmp_path, monkeypatch, step, error):
    save({"x": tt.zeros(3)}, tmp_path / "x")

    def fail(*_args, **_kwargs):
        raise error

    place = saving.safetensors.numpy if step == "save_file" else os if step == "fsync" else Path
    monkeypatch.setattr(place, step, fail)
    says = "x was not written: (No space|odd)" if isinstance(error, OSError) else None
    with pytest.raises(type(error), match=says):
        save({"x": tt.ones(3)}, tmp_path / "x")
    monkeypatch.undo()
    assert load(tmp_path / "x")["x"].sum() == 0
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch):
    def fail(*_args):
        raise OSError("a folder")

    monkeypatch.setattr(os, "open", fail)
    save({"x": tt.ones(3)}, tmp_path / "x")
    assert load(tmp_path / "x")["x"].sum() == 3


@pytest.mark.parametrize("old", [None, 0.0])
def test_a_full_disk_leaves_the_old_file(tmp_path, old):
    pytest.importorskip("resource", reason="no limits on this system")
    if old is not None:
        save({"x": tt.zeros(3)}, tmp_path / "x")
    result = run(
        "import resource, sys, numpy as np\n"
        "from tinytorch.training import save\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    save({'x': np.ones(1_000_000)}, sys.argv[1])\n"
        "except OSError as error:\n"
        "    print(error)\n",
        tmp_path / "x",
    )
    assert f"{tmp_path / 'x'} was not written: " in result.stdout, result
    assert "File too large" in result.stdout
    assert [file.name for file in tmp_path.iterdir()] == ([] if old is None else ["x"])
    assert old is None or load(tmp_path / "x")["x"].sum() == 0


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(OSError, match=r"file/x was not written|file\\x was not written"):
        save({"x": tt.ones(1)}, tmp_path / "file" / "x")
    assert (tmp_path / "file").read_text() == "here"


def test_what_is_no_file_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", os.devnull):
        with pytest.raises(OSError, match="was not written: there is something else than a file"):
            save({"x": tt.ones(1)}, path)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "3").write_text("old")
    (tmp_path / "latest").symlink_to(tmp_path / "runs" / "3")
    save({"x": tt.ones(1)}, tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert load(tmp_path / "runs" / "3")["x"].item() == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions are of another kind here")
def test_permissions_are_those_of_a_new_file_and_of_the_old_one(tmp_path):
    (tmp_path / "plain").write_text("")
    save({"x": tt.ones(1)}, tmp_path / "x")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "x").chmod(0o600)
    save({"x": tt.zeros(1)}, tmp_path / "x")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


KILLED = """
import os, signal, sys
import numpy as np
from pathlib import Path
from tinytorch.training import save, saving

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

place, name, when, path = {"save_file": saving.safetensors.numpy, "fsync": os, "replace": Path}[
    sys.argv[1]
], *sys.argv[1:]
real = getattr(place, name)
def killed(*args, **kwargs):
    if when == "after":
        real(*args, **kwargs)
    die()
setattr(place, name, killed)
save({"x": np.ones(100_000)}, path)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["save_file", "fsync", "replace"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path, step, when):
    path = tmp_path / "x"
    save({"x": np.zeros(100_000)}, path)
    result = run(KILLED, step, when, path)
    assert result.returncode == -signal.SIGKILL, result
    new = (step, when) == ("replace", "after")
    assert load(path)["x"].sum() == (100_000 if new else 0)
    save({"x": np.full(3, 7)}, path)  # and what was left over is in nobody's way
    assert load(path)["x"].tolist() == [7, 7, 7]


def test_many_threads_write_and_read_the_same_file(tmp_path):
    path = tmp_path / "x"
    save({"x": np.full(10_000, -1)}, path)
    found = []

    def work(number):
        for _ in range(5):
            save({"x": np.full(10_000, number)}, path)
            found.append(np.unique(load(path)["x"].data).size)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 20
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be opened there")
def test_the_new_name_is_brought_to_the_disk_too(tmp_path, monkeypatch):
    steps = []
    really, replace = os.fsync, Path.replace

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append(f"fsync the {kind}")
        really(descriptor)

    def renamed(self, target):
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    save({"x": np.ones(3)}, tmp_path / "x")
    assert steps[-3:] == ["fsync the file", "rename", "fsync the folder"]
