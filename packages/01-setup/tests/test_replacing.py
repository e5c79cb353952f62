"""A file is whole or not there, whatever happens while it is written."""

import os
import stat
from pathlib import Path

import pytest

from tinytorch.setup import replacing


def write(path, text):
    with replacing(path) as temporary:
        temporary.write_text(text)


def test_folders_are_made_and_nothing_else_stays(tmp_path):
    path = tmp_path / "a" / "b" / "x"
    write(path, "first")
    write(str(path), "second")
    assert path.read_text() == "second"
    assert [file.name for file in path.parent.iterdir()] == ["x"]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("mine")]
)
@pytest.mark.parametrize("old", ["old", None])
def test_an_error_while_writing_leaves_what_was(tmp_path, error, old):
    path = tmp_path / "x.csv"
    if old:
        path.write_text(old)

    def write():
        with replacing(path) as temporary:
            temporary.write_text("half")
            assert temporary.parent == tmp_path  # one file system: it can be put into place
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == (
        [("x.csv", "old")] if old else []
    )
    if isinstance(error, OSError):
        assert caught.value.errno == 28
        assert f"{path} was not written: No space left on device" in str(caught.value)
    else:
        assert caught.value is error


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_an_error_at_any_step_leaves_the_old_file(tmp_path, monkeypatch, step):
    write(tmp_path / "x", "old")

    def fail(*_args, **_kwargs):
        raise OSError("odd")  # with no number

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    with pytest.raises(OSError, match="x was not written: odd"):
        write(tmp_path / "x", "new")
    monkeypatch.undo()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x", "old")]


def test_what_is_no_file_is_not_replaced(tmp_path):
    with pytest.raises(OSError, match="there is something else than a file"):
        write(tmp_path, "text")


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch):
    write(tmp_path / "x", "old")

    def fail(*_args):
        raise OSError("a folder")

    monkeypatch.setattr(os, "open", fail)
    write(tmp_path / "x", "new")
    monkeypatch.undo()
    assert (tmp_path / "x").read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="links and permissions are of another kind here")
def test_links_and_permissions_stay(tmp_path):
    write(tmp_path / "x", "old")
    (tmp_path / "x").chmod(0o600)
    (tmp_path / "link").symlink_to("x")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "x").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
