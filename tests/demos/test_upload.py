"""Uploads by form and by PUT, downloads that go on: the server, and the programs beside it."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from programs import ROOT, Program, running
from visitor import Visitor

DEMO = ROOT / "demos/upload"
BIG = 5_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Program]:
    with running("demos/upload/server.py", "--port=0", f"--folder={folder}") as program:
        yield program


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big file.bin"
    path.write_bytes(os.urandom(BIG))
    return path


@pytest.fixture
def do(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``do("put.py", path, url)`` runs one of the programs and gives what became of it."""

    def do(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", DEMO / program, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return do


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_put_sends_a_file_and_says_how_far_it_is(server, folder, big, do):
    done = do("put.py", big, f"{server.url}/files/put.bin")
    assert done.returncode == 0, done.stderr
    assert f'"size": {BIG}' in done.stdout
    assert done.stderr.count(" %") > 10
    assert " 100 %\n" in done.stderr
    assert digest(folder / "put.bin") == digest(big)
    assert "put.bin: 50 %" in server.output


def test_put_of_an_empty_file(server, folder, tmp_path, do):
    (tmp_path / "empty").touch()
    done = do("put.py", "empty", f"{server.url}/files/empty")
    assert done.returncode == 0, done.stderr
    assert (folder / "empty").read_bytes() == b""


def test_put_under_a_bad_name_is_told(server, big, do):
    done = do("put.py", big, f"{server.url}/files/.hidden")
    assert done.returncode == 1
    assert "404" in done.stderr


def test_post_sends_several_files_as_one_form(server, folder, big, tmp_path, do):
    (tmp_path / "na\u00efve notes.txt").write_text("hello")
    done = do("post.py", f"{server.url}/files", big, "na\u00efve notes.txt")
    assert done.returncode == 0, done.stderr
    assert " 100 %\n" in done.stderr
    assert digest(folder / "big_file.bin") == digest(big)
    assert (folder / "na_ve_notes.txt").read_text() == "hello"


def test_post_without_a_server_is_told(big, do):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/files"
    done = do("post.py", url, big)
    assert done.returncode == 1
    assert done.stderr.startswith("post.py: ")


def test_a_form_as_browsers_send_it(server, folder):
    visitor = Visitor(server.url)
    body = (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="..\\..\\x/../.a b.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nhi\r\n--B--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=B", "Accept": "text/html"}
    answer = visitor.ask("POST", "/files", body, headers)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert (folder / "a_b.txt").read_text() == "hi"
    assert "a_b.txt</a>, 2 bytes" in visitor.get("/").text
    foreign = headers | {"Origin": "http://elsewhere.example"}
    assert visitor.ask("POST", "/files", body, foreign).status == 403
    assert visitor.ask("POST", "/files", b"--B--\r\n", headers).status == 400


def test_an_upload_that_is_torn_leaves_nothing(server, folder):
    before = sorted(folder.iterdir())
    with socket.create_connection(("127.0.0.1", server.port)) as peer:
        peer.sendall(b"PUT /files/torn.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        peer.sendall(b"x" * 50_000)
        while len(sorted(folder.iterdir())) == len(before):
            time.sleep(0.01)
    while sorted(folder.iterdir()) != before:
        time.sleep(0.01)
    assert not (folder / "torn.bin").exists()


@pytest.fixture
def film(folder: Path) -> Path:
    """A file on the server that has not changed lately, so that its Etag is a strong one."""
    path = folder / "film.bin"
    path.write_bytes(os.urandom(BIG))
    os.utime(path, (784111777, 784111777))
    return path


def test_get_fetches_a_file(server, film, tmp_path, do):
    done = do("get.py", f"{server.url}/files/film.bin", "film.bin")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"film.bin: {BIG} bytes\n"
    assert digest(tmp_path / "film.bin") == digest(film)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.bin"]


def half(server: Program, film: Path, tmp_path: Path, size: int = BIG // 2) -> None:
    """Leaves what a download leaves that was torn after ``size`` bytes."""
    etag = Visitor(server.url).get("/files/film.bin").headers["Etag"]
    (tmp_path / "film.bin.part").write_bytes(film.read_bytes()[:size])
    (tmp_path / "film.bin.etag").write_text(etag)


def test_get_goes_on_where_it_had_stopped(server, film, tmp_path, do):
    half(server, film, tmp_path)
    done = do("get.py", f"{server.url}/files/film.bin", "film.bin")
    assert done.returncode == 0, done.stderr
    assert "film.bin:  49 %" not in done.stderr, "the first half is not fetched again"
    assert digest(tmp_path / "film.bin") == digest(film)
    assert "206 GET /files/film.bin" in server.output


def test_get_begins_anew_when_the_file_has_changed(server, film, tmp_path, do):
    half(server, film, tmp_path)
    film.write_bytes(os.urandom(BIG))
    done = do("get.py", f"{server.url}/files/film.bin", "film.bin")
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "film.bin") == digest(film)


def test_get_has_nothing_left_to_do(server, film, tmp_path, do):
    half(server, film, tmp_path, BIG)
    done = do("get.py", f"{server.url}/files/film.bin", "film.bin")
    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "film.bin") == digest(film)


def test_get_of_a_file_that_is_torn_can_be_repeated(film, tmp_path, do):
    """A server that sends half of it, and then the rest when it is asked for that."""
    content = film.read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/film.bin"
        command = [sys.executable, "-W", "error", DEMO / "get.py", url, "film.bin"]
        asked = []
        for status, part in ("200 OK", content[: BIG // 2]), ("206 Rest", content[BIG // 2 :]):
            with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
                peer, _ = listener.accept()
                with peer:
                    asked.append(peer.recv(65536).decode())
                    length = BIG if status == "200 OK" else len(part)
                    head = f'HTTP/1.1 {status}\r\nContent-Length: {length}\r\nEtag: "1"\r\n\r\n'
                    peer.sendall(head.encode() + part)
                told = process.communicate(timeout=30)[1].decode()
            assert process.returncode == (1 if status == "200 OK" else 0), told
    assert "Range:" not in asked[0]
    assert f"Range: bytes={BIG // 2}-\r\n" in asked[1]
    assert 'If-Range: "1"\r\n' in asked[1]
    assert (tmp_path / "film.bin").read_bytes() == content


def test_get_does_not_take_an_error_for_the_file(server, tmp_path, do):
    done = do("get.py", f"{server.url}/files/nothing", "nothing")
    assert done.returncode == 1
    assert "404" in done.stderr
    assert not (tmp_path / "nothing").exists()
