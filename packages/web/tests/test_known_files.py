"""Static files that were sent before: the same answer by a shorter way, and no old content."""

import os
import time

import pytest

from tornado.web import StaticFileHandler
from tornado.web._known_files import KnownFile, KnownFiles, known_files


@pytest.fixture(autouse=True)
def nothing_known():
    StaticFileHandler.reset()
    yield
    StaticFileHandler.reset()


@pytest.fixture
def settled(monkeypatch):
    """All files count as left alone for long enough."""
    monkeypatch.setattr("tornado.web._known_files.SETTLED", -1.0)


@pytest.fixture
def start(serve, static_root, settled):
    return lambda: serve([(r"/s/(.*)", StaticFileHandler, {"path": str(static_root)})])


def described(response):
    return response.status, sorted(h for h in response.headers if h[0] != "Date"), response.body


@pytest.mark.parametrize("path", ["robots.txt", "empty", "sub/index.html", "big.bin", "a.tar.gz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-0"},
        {"Range": "bytes=0-0,2-3"},
        {"Range": "bytes=99999999-"},
        {"If-None-Match": "*"},
        {"If-None-Match": '"x"'},
        {"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"},
        {"If-Match": '"x"'},
    ],
    ids=str,
)
async def test_the_second_answer_is_the_first(
    start, fetch, path, method, headers, static_root, monkeypatch
):
    port = start()
    monkeypatch.setattr("tornado.web._file_response.token_hex", lambda n: "boundary")
    first = await fetch(port, method, f"/s/{path}", headers)
    key = (StaticFileHandler, str(static_root), path)
    assert known_files.get(key) is not None
    for _ in range(2):
        assert described(await fetch(port, method, f"/s/{path}", headers)) == described(first)


async def test_a_version_in_the_url(start, fetch):
    port = start()
    answers = [await fetch(port, "GET", "/s/robots.txt?v=1") for _ in range(3)]
    assert {a.get("Cache-Control") for a in answers} == {"max-age=315360000"}
    assert all(a.get("Expires").endswith(" GMT") for a in answers)
    assert (await fetch(port, "GET", "/s/robots.txt")).get("Expires") is None


@pytest.mark.parametrize("keep_date", [False, True])
async def test_a_change_is_seen_at_once(start, fetch, static_root, keep_date):
    port = start()
    file = static_root / "robots.txt"
    old = file.read_bytes()
    for _ in range(2):
        before = await fetch(port, "GET", "/s/robots.txt")
    for content in (old.swapcase(), b"shorter", old):
        dates = os.stat(file)
        file.write_bytes(content)
        if keep_date:  # the time of the change itself cannot be set
            os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        for _ in range(2):
            after = await fetch(port, "GET", "/s/robots.txt")
            assert after.body == content
            assert (after.get("Etag") == before.get("Etag")) is (content == old)
    file.unlink()
    assert (await fetch(port, "GET", "/s/robots.txt")).status == 404


async def test_a_link_put_in_its_place_is_not_followed(
    start, fetch, static_root, tmp_path, expect_log
):
    port = start()
    for path in ("robots.txt", "sub/index.html"):
        for _ in range(2):
            assert (await fetch(port, "GET", f"/s/{path}")).status == 200
    (static_root / "robots.txt").unlink()
    (static_root / "robots.txt").symlink_to(tmp_path / "outside.txt")
    with expect_log("tornado.general", "403 GET /s/robots.txt .*leads out of its directory"):
        assert (await fetch(port, "GET", "/s/robots.txt")).status == 403
    (static_root / "sub").rename(tmp_path / "elsewhere")
    (static_root / "sub").symlink_to(tmp_path / "elsewhere")  # the very same file is in it
    with expect_log("tornado.general", "403 GET /s/sub/.*leads out of its directory"):
        assert (await fetch(port, "GET", "/s/sub/index.html")).status == 403


async def test_a_young_file_is_not_remembered(serve, fetch, static_root):
    port = serve([(r"/s/(.*)", StaticFileHandler, {"path": str(static_root)})])
    (static_root / "new").write_text("1")
    assert (await fetch(port, "GET", "/s/new")).body == b"1"
    assert known_files.get((StaticFileHandler, str(static_root), "new")) is None


async def test_a_step_that_is_patched_is_taken(start, fetch, monkeypatch):
    port = start()
    for _ in range(2):
        assert (await fetch(port, "GET", "/s/robots.txt")).get("X-Patched") is None

    def extra(self, path):
        self.set_header("X-Patched", path)

    monkeypatch.setattr(StaticFileHandler, "set_extra_headers", extra)
    assert (await fetch(port, "GET", "/s/robots.txt")).get("X-Patched") == "robots.txt"


async def test_with_compression(serve, fetch, static_root, settled):
    port = serve(
        [(r"/s/(.*)", StaticFileHandler, {"path": str(static_root)})], compress_response=True
    )
    answers = [
        await fetch(port, "GET", "/s/page.html", {"Accept-Encoding": "gzip"}) for _ in range(3)
    ]
    assert {a.get("Content-Encoding") for a in answers} == {"gzip"}
    assert len({a.body for a in answers}) == 1


def known(path, **state):
    return KnownFile(str(path.parent), str(path), os.stat(path), {}, None)


def test_contents_are_bounded(tmp_path, settled):
    files = KnownFiles()
    made = []
    for index in range(10):
        path = tmp_path / str(index)
        path.write_bytes(bytes(100))
        made.append(known(path))
        files.add(index, made[-1])
        files.keep(made[-1], made[-1].read(), 450)
    assert [f.content is not None for f in made] == [False] * 6 + [True] * 4
    files.keep(made[0], bytes(200), 450)  # more than its share
    assert made[0].content is None
    files.keep(known(path), bytes(1), 450)  # not one of them
    files.clear()
    assert files.get(9) is None


def test_the_number_of_files_is_bounded(tmp_path, settled, monkeypatch):
    monkeypatch.setattr("tornado.web._known_files.MAX_FILES", 3)
    files = KnownFiles()
    (tmp_path / "a").touch()
    for index in range(5):
        files.add(index, known(tmp_path / "a"))
    assert [files.get(index) is not None for index in range(5)] == [False, False, True, True, True]


def test_what_is_read_is_what_was_found(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    file = known(path)
    assert file.read() == b"one"
    time.sleep(0.02)  # past a tick of the file system's clock
    path.write_bytes(b"two")
    assert file.read() is None
    path.unlink()
    assert file.read() is None
    assert not file.is_unchanged()
