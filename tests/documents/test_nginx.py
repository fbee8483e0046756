"""The manual's nginx configuration, as docs/server.md prints it, in front of two real servers."""

import json
import os
from contextlib import ExitStack

import nginx
import pytest
from programs import running
from visitor import Visitor


@pytest.fixture(scope="module")
def frontends():
    arguments = ("demos/tutorial/stories.py", "--port=0", "--xheaders")
    with ExitStack() as stack:
        yield [stack.enter_context(running(*arguments)) for _ in range(2)]


@pytest.fixture(scope="module")
def proxy(request, tmp_path_factory):
    program = nginx.found()
    frontends = request.getfixturevalue("frontends")
    folder = tmp_path_factory.mktemp("nginx")
    port = nginx.free_port()
    text = nginx.printed(folder, port, [frontend.port for frontend in frontends])
    with nginx.running(program, text, folder, port) as proxy:
        yield proxy


def test_pages_come_through(proxy):
    visitor = Visitor(proxy.url)
    answer = visitor.get("/")
    assert answer.text == "You requested the main page"
    assert answer.headers["Server"].startswith("TornadoServer/")
    assert visitor.get("/story/7").text == "You requested the story 7"
    assert visitor.post("/message", {"message": "Hi"}).text == "You wrote Hi"
    assert visitor.get("/members").status == 403


def test_the_visitor_s_address_scheme_and_host(proxy, curl):
    # Another address of this machine; what the visitor claims about itself counts for nothing.
    line = "curl --interface 127.0.0.2 -H 'X-Real-IP: 203.0.113.7' -H 'X-Scheme: https'"
    told = json.loads(curl(proxy, f"{line} http://localhost:80/request -d a=1"))
    assert told["remote_ip"] == "127.0.0.2"
    assert told["protocol"] == "http"
    assert told["host"] == f"127.0.0.1:{proxy.port}"


def test_an_upload(proxy, curl, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(os.urandom(3_000_000))
    told = json.loads(curl(proxy, f"curl http://localhost:80/request -F f=@{file}"))
    assert told["files"] == {"f": [{"filename": "file", "bytes": 3_000_000}]}


def test_nginx_serves_the_static_files(proxy):
    visitor = Visitor(proxy.url)
    plain = visitor.get("/static/images/logo.svg")
    assert plain.headers["Content-Type"] == "image/svg+xml"
    assert plain.headers["Server"].startswith("nginx")
    assert plain.headers["Expires"] is None
    versioned = visitor.get("/static/images/logo.svg?v=1")
    assert "max-age=315360000" in versioned.headers["Cache-Control"]
    assert visitor.get("/robots.txt").text.startswith("User-agent")


def test_connections_to_the_servers_are_used_again_and_errors_go_to_the_next(proxy, frontends):
    visitor = Visitor(proxy.url)
    for number in range(20):
        assert visitor.get(f"/story/{number}").status == 200
    for frontend in frontends:
        assert "/story/" in frontend.output, "each server has its share"
    assert frontends[0].end() == 0
    for number in range(20):
        assert visitor.get(f"/story/{number}").status == 200
