"""Downloads against a server on this machine that does all that a server can do wrong."""

import contextlib
import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tinytorch.dataloader import TinyShakespeare
from tinytorch.dataloader.contents import Contents, WrongContentsError
from tinytorch.dataloader.download import Downloaded

TEXT = b"All the world's a stage,\n" * 4000
LIES = TEXT.replace(b"a", b"o")
SECOND = b"\x00\x01\x02" * 1000


def contents(content):
    return Contents(len(content), sha256(content).hexdigest())


def packed(**files):
    """A .tar.gz of the files, and of what no honest archive holds."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in {"../evil": b"evil", "set/readme.html": b"read me"}.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("set/first.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
        for name, content in files.items():
            member = tarfile.TarInfo(f"/set/{name}.bin")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


ANSWERS = {
    "input.txt": TEXT,
    "text.gz": gzip.compress(TEXT),
    "set.tar.gz": packed(first=TEXT, second=SECOND),
}


class Handler(BaseHTTPRequestHandler):
    """Answers /BEHAVIOUR/NAME."""

    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        self.server.asked[self.path] += 1
        body = ANSWERS[name]
        if behaviour == "lies":
            body = {
                "input.txt": LIES,
                "text.gz": gzip.compress(LIES),
                "set.tar.gz": packed(first=TEXT, second=LIES),
            }[name]
        elif behaviour == "html":
            body = b"<html>Please log in</html>"
        elif behaviour == "short":
            body = body[: len(body) // 2]
        elif behaviour == "long":
            body = b"".join([body, body])
        elif behaviour == "without-second":
            body = packed(first=TEXT)
        if behaviour == "missing":
            self.send_error(404)
            return
        if behaviour == "mute":
            self.server.stop.wait(60)
            return
        if behaviour == "lost":
            self.send_response(302)
            self.send_header("Location", "http://.example.com/")
            self.end_headers()
            return
        self.send_response(200)
        if behaviour == "endless":
            self.end_headers()
            with contextlib.suppress(OSError):  # nobody listens any more
                while not self.server.stop.is_set():
                    self.wfile.write(bytes(1 << 16))
            return
        if behaviour == "encoded":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "banana" if behaviour == "banana" else str(len(body)))
        self.end_headers()
        if behaviour in ("truncates", "stalls"):
            body = body[: len(body) // 2]
        self.wfile.write(body)
        self.wfile.flush()
        if behaviour == "stalls":
            self.server.halfway.set()
            self.server.stop.wait(60)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """On a free port of this machine; `asked` counts the requests by path."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = Counter()
        self.stop = Event()
        self.halfway = Event()

    def mirror(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"

    def mirrors(self, *behaviours):
        return tuple(map(self.mirror, behaviours))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.stop.set()
        server.shutdown()
        thread.join()


class Single(Downloaded):
    folder = "single"
    contents = {"input.txt": contents(TEXT), "text.gz": contents(TEXT)}  # noqa: RUF012
    mirrors = ()


class Archive(Downloaded):
    folder = "set"
    contents = {"first.bin": contents(TEXT), "second.bin": contents(SECOND)}  # noqa: RUF012
    mirrors = ()
    archive = "set.tar.gz"
    timeout = 0.2


def files(source, mirrors, folder, download=True, timeout=10.0):
    """The files of a data set that has other mirrors."""
    offered = type(source.__name__, (source,), {"mirrors": mirrors, "timeout": timeout})
    return offered._files(folder, download)


def inside(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["input.txt", "text.gz"])
def test_a_file_is_fetched_once_and_found_from_then_on(server, tmp_path, name):
    folder = tmp_path / "new" / "folder"
    for _ in range(2):
        assert files(Single, server.mirrors("good"), folder).read(name) == TEXT
    assert files(Single, (), folder, download=False).read(name) == TEXT
    assert inside(folder) == [name]
    assert (folder / name).read_bytes() == ANSWERS[name]
    assert server.asked == {f"/good/{name}": 1}


def test_a_file_has_the_permissions_of_any_other(server, tmp_path):
    files(Single, server.mirrors("good"), tmp_path).read("input.txt")
    (tmp_path / "other").write_text("")
    assert (tmp_path / "input.txt").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_only_the_unpacked_bytes_count(tmp_path):
    (tmp_path / "text.gz").write_bytes(gzip.compress(TEXT, compresslevel=1, mtime=1))
    assert files(Single, (), tmp_path).read("text.gz") == TEXT
    (tmp_path / "text.gz").write_bytes(TEXT)  # a browser has unpacked it
    assert files(Single, (), tmp_path).read("text.gz") == TEXT


def test_a_server_may_have_it_unpacked_on_the_way(server, tmp_path):
    assert files(Single, server.mirrors("encoded"), tmp_path).read("text.gz") == TEXT
    assert files(Single, (), tmp_path).read("text.gz") == TEXT


FAILURES = {
    "missing": "404 Client Error: Not Found",
    "truncates": "truncated: it ended too early",
    "stalls": r"stalled: silent for 0\.2 s",
    "mute": r"stalled: silent for 0\.2 s",
    "endless": r"too long: it did not end after 1,\d+,576 bytes",
    "banana": "ValueError: invalid literal",
    "lost": "LocationParseError: Failed to parse",
}
WRONG = {
    ("lies", "input.txt"): f"wrong bytes: its sha256 is {sha256(LIES).hexdigest()}",
    ("short", "input.txt"): "wrong bytes: it holds 50,000 bytes",
    ("long", "input.txt"): "wrong bytes: it holds more than 100,000 bytes",
    ("html", "input.txt"): "wrong bytes: it holds 26 bytes",
    ("lies", "text.gz"): f"wrong bytes: its sha256 is {sha256(LIES).hexdigest()}",
    ("short", "text.gz"): r"wrong bytes: truncated or damaged \(Compressed file ended before",
    ("long", "text.gz"): "wrong bytes: it holds more than 100,000 bytes",
    ("html", "text.gz"): "wrong bytes: it holds 26 bytes",
    ("lies", "set.tar.gz"): "wrong bytes: in second.bin it holds more than 3,000 bytes",
    ("short", "set.tar.gz"): "wrong bytes: ",
    ("html", "set.tar.gz"): r"wrong bytes: truncated or damaged \(not a gzip file",
    ("without-second", "set.tar.gz"): "wrong bytes: there is no second.bin in it",
}
CASES = [(*case, message) for case, message in WRONG.items()] + [
    (behaviour, name, message) for behaviour, message in FAILURES.items() for name in ANSWERS
]


@pytest.mark.parametrize(("behaviour", "asked", "message"), CASES)
def test_what_a_mirror_does_wrong_is_said_and_leaves_nothing(
    server, tmp_path, behaviour, asked, message
):
    source, name = (Archive, "first.bin") if asked == "set.tar.gz" else (Single, asked)
    (mirror,) = server.mirrors(behaviour)
    timeout = 0.2 if behaviour in ("stalls", "mute") else 10.0
    path = tmp_path / name
    by_hand = f"unpack {asked} so that {name} is" if source is Archive else f"put {name} at"
    expected = (
        rf"^{source.__name__}: {name} could not be downloaded:\n"
        rf"  {mirror}{asked}: {message}[^\n]*\n"
        rf"expected {source.contents[name]}: {by_hand} {path} by hand$"
    )
    with pytest.raises(RuntimeError, match=expected):
        files(source, (mirror,), tmp_path, timeout=timeout).read(name)
    assert inside(tmp_path) == []


@pytest.mark.parametrize("behaviour", [*FAILURES, "lies", "short"])
def test_the_next_mirror_is_tried(server, tmp_path, behaviour):
    mirrors = server.mirrors(behaviour, "good", "html")
    timeout = 1.0 if behaviour in ("stalls", "mute") else 10.0
    assert files(Single, mirrors, tmp_path, timeout=timeout).read("input.txt") == TEXT
    assert inside(tmp_path) == ["input.txt"]
    assert server.asked == {f"/{behaviour}/input.txt": 1, "/good/input.txt": 1}


def test_every_mirror_is_named_in_one_error(server, tmp_path):
    mirrors = server.mirrors("missing", "truncates", "lies")
    with pytest.raises(RuntimeError) as error:
        files(Single, mirrors, tmp_path).read("input.txt")
    lines = str(error.value).splitlines()
    assert len(lines) == 5
    for mirror, line in zip(mirrors, lines[1:4], strict=True):
        assert line.startswith(f"  {mirror}input.txt: ")


def test_a_mirror_that_does_not_answer_is_named(server, tmp_path):
    with Server() as other:
        nobody = other.mirror("good")
    with pytest.raises(RuntimeError, match=rf"\n  {nobody}input.txt: ConnectionError: .*refused"):
        files(Single, (nobody,), tmp_path).read("input.txt")
    assert files(Single, (nobody, *server.mirrors("good")), tmp_path).read("input.txt") == TEXT


def test_an_archive_gives_all_its_files_and_no_other(server, tmp_path):
    archive = files(Archive, server.mirrors("good"), tmp_path / "set")
    assert archive.read("first.bin") == TEXT
    assert archive.read("second.bin") == SECOND
    assert inside(tmp_path) == ["set"]
    assert inside(tmp_path / "set") == ["first.bin", "second.bin"]
    assert not (tmp_path / "set" / "first.bin").is_symlink()
    assert server.asked == {"/good/set.tar.gz": 1}


def test_an_archive_gives_what_is_missing_and_leaves_what_is_right(server, tmp_path):
    (tmp_path / "second.bin").write_bytes(SECOND)
    before = (tmp_path / "second.bin").stat()
    files(Archive, server.mirrors("good"), tmp_path).read("first.bin")
    assert (tmp_path / "second.bin").stat() == before


def test_a_wrong_file_that_nobody_asked_for_is_no_less_set_aside(server, tmp_path):
    (tmp_path / "second.bin").write_bytes(b"wrong")
    with pytest.warns(UserWarning, match=r"second\.bin is wrong: it holds 5 bytes"):
        files(Archive, server.mirrors("good"), tmp_path).read("first.bin")
    assert (tmp_path / "second.bin").read_bytes() == SECOND
    assert (tmp_path / "second.bin.corrupt").read_bytes() == b"wrong"


@pytest.mark.parametrize("wrong", [b"", LIES, TEXT + b"!", ANSWERS["text.gz"]])
def test_a_wrong_file_is_set_aside_and_named_before_anything_is_fetched(server, tmp_path, wrong):
    path = tmp_path / "input.txt"
    path.write_bytes(wrong)
    (tmp_path / "input.txt.corrupt").write_bytes(b"an older one")
    message = (
        rf"^Single: {path} is wrong: .*, expected {Single.contents['input.txt']}; "
        r"it is input\.txt\.corrupt now, and is downloaded again$"
    )
    with pytest.warns(UserWarning, match=message):
        assert files(Single, server.mirrors("good"), tmp_path).read("input.txt") == TEXT
    assert inside(tmp_path) == ["input.txt", "input.txt.corrupt"]
    assert (tmp_path / "input.txt.corrupt").read_bytes() == wrong


def test_the_warning_points_at_who_made_the_data_set(server, tmp_path):
    class Small(TinyShakespeare):
        contents = {"input.txt": contents(TEXT)}  # noqa: RUF012
        mirrors = server.mirrors("good")

    (tmp_path / "input.txt").write_bytes(LIES)
    with pytest.warns(UserWarning, match="is downloaded again") as warned:
        Small(root=tmp_path)
    assert [each.filename for each in warned] == [__file__]


def test_where_warnings_are_errors_nothing_is_fetched(server, tmp_path):
    (tmp_path / "input.txt").write_bytes(LIES)
    with pytest.raises(UserWarning, match="is wrong"):
        files(Single, server.mirrors("good"), tmp_path).read("input.txt")
    assert inside(tmp_path) == ["input.txt.corrupt"]
    assert not server.asked


def test_without_download_a_wrong_file_is_set_aside_and_an_error(server, tmp_path):
    (tmp_path / "text.gz").write_bytes(gzip.compress(LIES))
    single = files(Single, server.mirrors("good"), tmp_path, download=False)
    with pytest.raises(RuntimeError, match=r"it is text\.gz\.corrupt now, and download is False"):
        single.read("text.gz")
    assert inside(tmp_path) == ["text.gz.corrupt"]
    with pytest.raises(RuntimeError, match=r"^Single: .*text\.gz is missing and download is False"):
        single.read("text.gz")
    assert not server.asked


def test_a_file_that_vanishes_while_it_is_set_aside_is_fetched(server, tmp_path, monkeypatch):
    path = tmp_path / "input.txt"
    path.write_bytes(LIES)
    replace = os.replace

    def another_was_first(source, target):
        if source == path:
            path.unlink()
        replace(source, target)

    monkeypatch.setattr(os, "replace", another_was_first)
    assert files(Single, server.mirrors("good"), tmp_path).read("input.txt") == TEXT
    assert inside(tmp_path) == ["input.txt"]


def test_a_good_file_that_another_puts_there_meanwhile_is_not_set_aside(tmp_path, monkeypatch):
    path = tmp_path / "input.txt"
    path.write_bytes(LIES)
    of_path = Contents.of_path

    def another_is_quicker(self, path):
        try:
            return of_path(self, path)
        except WrongContentsError:
            (tmp_path / "new").write_bytes(TEXT)
            os.replace(tmp_path / "new", path)
            raise

    monkeypatch.setattr(Contents, "of_path", another_is_quicker)
    assert files(Single, (), tmp_path).read("input.txt") == TEXT
    assert inside(tmp_path) == ["input.txt"]


@pytest.mark.parametrize(("source", "name"), [(Single, "text.gz"), (Archive, "second.bin")])
def test_what_was_checked_is_used_even_if_another_takes_it_away(
    server, tmp_path, monkeypatch, source, name
):
    replace = os.replace

    def another_takes_it(origin, target):
        replace(origin, target)
        target.unlink()

    monkeypatch.setattr(os, "replace", another_takes_it)
    expected = SECOND if source is Archive else TEXT
    assert files(source, server.mirrors("good"), tmp_path).read(name) == expected
    assert inside(tmp_path) == []


@pytest.mark.parametrize(("folder_age", "file_age"), [(25, None), (25, 25), (25, 1), (1, None)])
def test_what_a_killed_download_left_is_removed_a_day_later(server, tmp_path, folder_age, file_age):
    left = tmp_path / ".download-abc"
    left.mkdir()
    now = time.time()
    if file_age is not None:
        (left / "input.txt").write_bytes(TEXT)
        os.utime(left / "input.txt", (now, now - file_age * 3600))
    os.utime(left, (now, now - folder_age * 3600))
    files(Single, server.mirrors("good"), tmp_path).read("input.txt")
    in_use = 1 in (folder_age, file_age)  # an hour ago
    assert inside(tmp_path) == [".download-abc"] * in_use + ["input.txt"]


def test_a_wrong_file_that_cannot_be_set_aside_is_an_error(server, tmp_path):
    (tmp_path / "input.txt").write_bytes(LIES)
    (tmp_path / "input.txt.corrupt").mkdir()
    with pytest.raises(RuntimeError, match=r"input\.txt is wrong: .*; it cannot be renamed: "):
        files(Single, server.mirrors("good"), tmp_path).read("input.txt")
    assert not server.asked


UNWRITABLE = r"^Single: input\.txt cannot be written \(.*\), expected to download it to .*: choose"


def test_a_folder_that_cannot_be_made_is_an_error(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(RuntimeError, match=UNWRITABLE):
            files(Single, server.mirrors("good"), folder).read("input.txt")
    assert not server.asked


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind the superuser"
)
def test_a_folder_that_cannot_be_written_is_an_error(server, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(RuntimeError, match=UNWRITABLE):
        files(Single, server.mirrors("good"), tmp_path).read("input.txt")
    assert not server.asked


def test_a_disk_that_fills_up_is_an_error_and_no_fault_of_the_mirror(server, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RuntimeError, match=r"cannot be written \(.*No space left on device\)"):
        files(Single, server.mirrors("good", "good"), tmp_path).read("input.txt")
    assert inside(tmp_path) == []
    assert server.asked == {"/good/input.txt": 1}


SCRIPT = """
import sys
from tinytorch.dataloader.contents import Contents
from tinytorch.dataloader.download import Downloaded

mirror, folder, name, size, digest = sys.argv[1:]

class Single(Downloaded):
    contents = {name: Contents(int(size), digest)}
    mirrors = (mirror,)

print(len(Single._files(folder, True).read(name)))
"""


def start(mirror, folder, name):
    """Download in a process of its own."""
    size, digest = Single.contents[name]
    command = [sys.executable, "-c", SCRIPT, mirror, str(folder), name, str(size), digest]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_download_at_once_end_with_one_good_file(server, tmp_path):
    processes = [start(server.mirror("good"), tmp_path, "text.gz") for _ in range(2)]
    assert [process.communicate(timeout=60) for process in processes] == [("100000\n", "")] * 2
    assert inside(tmp_path) == ["text.gz"]
    assert files(Single, (), tmp_path).read("text.gz") == TEXT


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_interrupting_a_download_leaves_nothing(server, tmp_path):
    process = start(server.mirror("stalls"), tmp_path, "input.txt")
    try:
        assert server.halfway.wait(60)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert errors.endswith("KeyboardInterrupt\n")
    assert inside(tmp_path) == []


@pytest.mark.parametrize("root", [3, b"folder", True])
def test_root_is_a_path(root):
    with pytest.raises(TypeError, match=rf"^Single: root is {root!r}, expected the path of a fold"):
        Single._files(root, True)


def test_download_is_a_bool():
    with pytest.raises(TypeError, match=r"^Single: download is 1, expected True or False$"):
        Single._files(None, 1)


def test_without_a_root_files_lie_in_the_data_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYTORCH_HOME", str(tmp_path))
    (tmp_path / "single").mkdir()
    (tmp_path / "single" / "input.txt").write_bytes(TEXT)
    assert Single._files(None, False).read("input.txt") == TEXT
    assert Single._files(str(tmp_path / "single"), False).read("input.txt") == TEXT
