"""Versions of static files: ``?v=`` and Etag, made once for each state of a file, bounded, safe."""

import os
import re
import threading

import pytest

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

ROBOTS = "User-agent: *\nDisallow: /\n"
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.fixture
def root(static_root):
    return static_root


@pytest.fixture(autouse=True)
def fresh_versions():
    StaticFileHandler.reset()


def versions_of(root):
    settings = {"static_path": str(root)}
    return lambda path, **options: StaticFileHandler.make_static_url(settings, path, **options)


def test_static_urls(root):
    url = versions_of(root)
    assert re.fullmatch(r"/static/robots\.txt\?v=[0-9a-f]{32}", url("robots.txt"))
    assert url("robots.txt", include_version=False) == "/static/robots.txt"
    prefixed = {"static_path": str(root), "static_url_prefix": "/p/"}
    assert StaticFileHandler.make_static_url(prefixed, "empty").startswith("/p/empty?v=")


async def test_the_version_is_the_etag(serve, fetch, root):
    etag = (
        await fetch(
            serve([(r"/s/(.*)", StaticFileHandler, {"path": str(root)})]), "GET", "/s/robots.txt"
        )
    ).get("Etag")
    assert versions_of(root)("robots.txt").endswith("?v=" + etag.strip('"'))


def test_a_changed_file_has_another_version_at_once(root):
    url = versions_of(root)
    first = url("robots.txt")
    (root / "robots.txt").write_text("changed")
    second = url("robots.txt")
    assert first != second
    os.utime(root / "robots.txt", (1, 1))
    assert url("robots.txt") == second
    (root / "robots.txt").write_text(ROBOTS)
    assert url("robots.txt") == first


def test_an_unchanged_file_is_hashed_once(root):
    class Counting(StaticFileHandler):
        count = 0

        @classmethod
        def get_content_version(cls, abspath):
            Counting.count += 1
            return "1"

    settings = {"static_path": str(root)}
    for _ in range(3):
        assert Counting.get_version(settings, "robots.txt") == "1"
    assert Counting.count == 1
    Counting.reset()
    Counting.get_version(settings, "robots.txt")
    assert Counting.count == 2
    assert Counting._static_hashes == {str(root / "robots.txt"): "1"}


def test_subclasses_do_not_share_versions_of_different_kinds(root):
    class Named(StaticFileHandler):
        @classmethod
        def get_content_version(cls, abspath):
            return "named"

    settings = {"static_path": str(root)}
    ours = StaticFileHandler.get_version(settings, "empty")
    assert Named.get_version(settings, "empty") == "named"
    assert StaticFileHandler.get_version(settings, "empty") == ours


@pytest.mark.parametrize("path", ["missing", "sub"])
def test_what_is_no_file_has_no_version_and_is_logged_once(root, expect_log, path):
    url = versions_of(root)
    with expect_log("tornado.general", "has no version", count=1):
        assert url(path) == f"/static/{path}"
        assert url(path) == f"/static/{path}"


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "sub/../../outside.txt"])
def test_versions_of_files_outside_are_refused(root, path):
    with pytest.raises(HTTPError) as caught:
        versions_of(root)(path)
    assert caught.value.status_code == 403


async def test_large_files_have_no_version(serve, fetch, root):
    class Small(StaticFileHandler):
        MAX_VERSION_CONTENT_SIZE = 20

    settings = {"static_path": str(root)}
    assert Small.make_static_url(settings, "robots.txt") == "/static/robots.txt"
    assert "?v=" in Small.make_static_url(settings, "empty")
    response = await fetch(
        serve([(r"/s/(.*)", Small, {"path": str(root)})]), "GET", "/s/robots.txt"
    )
    assert (response.status, response.get("Etag")) == (200, None)
    assert response.get("Last-Modified") == MODIFIED


def test_the_cache_of_versions_is_bounded(root):
    class Few(StaticFileHandler):
        MAX_CACHED_VERSIONS = 2

    for name in ("robots.txt", "empty", "style.css"):
        Few.get_version({"static_path": str(root)}, name)
    assert [os.path.basename(path) for path in Few._static_hashes] == ["empty", "style.css"]
    assert len(Few._hashed_states) == 2


def test_versions_from_several_threads(root):
    found = []

    def work():
        for _ in range(50):
            StaticFileHandler.reset()
            found.append(StaticFileHandler._get_cached_version(str(root / "robots.txt")))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    assert len(set(found)) == 1


async def test_static_url_in_a_handler(serve, fetch, root, expect_log):
    class Page(RequestHandler):
        def get(self):
            self.write(self.static_url(self.get_argument("path")))

    port = serve([("/page", Page)], static_path=str(root))
    response = await fetch(port, "GET", "/page?path=robots.txt")
    assert re.fullmatch(rb"/static/robots\.txt\?v=[0-9a-f]+", response.body)
    assert (await fetch(port, "GET", response.body.decode())).get("Cache-Control")
    with expect_log("tornado.general", "leads out"):
        assert (await fetch(port, "GET", "/page?path=../outside.txt")).status == 403


def test_defaults():
    assert StaticFileHandler.CACHE_MAX_AGE == 86400 * 365 * 10
    assert StaticFileHandler.MAX_CACHED_VERSIONS == 10_000
    assert StaticFileHandler.MAX_VERSION_CONTENT_SIZE == 64 * 1024 * 1024
