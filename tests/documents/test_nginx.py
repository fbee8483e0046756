"""The manual's nginx configuration, as docs/server.md prints it, in front of two real servers."""

import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from programs import ROOT, running
from visitor import Visitor

PATIENCE = 20


class Proxy:
    def __init__(self, port, frontends):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.frontends = frontends


@pytest.fixture(scope="module")
def program():
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        how = "nginx is not here; on Debian: apt-get install nginx-light"
        if os.environ.get("TORNADO_REQUIRE_SERVERS") == "1":
            pytest.fail(how)
        pytest.skip(how)
    return found


def configuration(folder, port, frontends):
    """The printed text, with ports, folders and the user of this test."""
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8")
    text = re.search(r"^```nginx\n(.*?)^```$", text, re.S | re.M)[1]
    servers = "".join(f"server 127.0.0.1:{frontend.port};\n" for frontend in frontends)
    for old, new in (
        (r"user nginx;", f"user {getpass.getuser()};" if os.geteuid() == 0 else ""),
        (r"(server 127\.0\.0\.1:\d+;\s*)+", servers),
        (r"listen 80;", f"listen 127.0.0.1:{port};"),
        (r"/var/log/nginx/", f"{folder}/"),
        (r"/var/run/", f"{folder}/"),
        (r"/var/www", str(ROOT / "demos/tutorial")),
        (r"\Z", "daemon off;\n"),
    ):
        text, count = re.subn(old, new, text)
        assert count, f"{old} is not in the configuration"
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in paths)
    return text.replace("http {\n", "http {\n" + temporary, 1)


@pytest.fixture(scope="module")
def proxy(program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    with ExitStack() as stack:
        arguments = ("demos/tutorial/stories.py", "--port=0", "--xheaders")
        frontends = [stack.enter_context(running(*arguments)) for _ in range(2)]
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        path = Path(folder, "nginx.conf")
        path.write_text(configuration(folder, port, frontends))
        command = [program, "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
        nginx = subprocess.Popen(command, stderr=subprocess.PIPE)
        stack.callback(nginx.wait, 10)
        stack.callback(nginx.terminate)
        stack.callback(nginx.stderr.close)
        deadline = time.monotonic() + PATIENCE
        while True:
            assert nginx.poll() is None, nginx.stderr.read()
            assert time.monotonic() < deadline
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield Proxy(port, frontends)


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


def test_connections_to_the_servers_are_used_again_and_errors_go_to_the_next(proxy):
    visitor = Visitor(proxy.url)
    for number in range(20):
        assert visitor.get(f"/story/{number}").status == 200
    for frontend in proxy.frontends:
        assert "/story/" in frontend.output, "each server has its share"
    assert proxy.frontends[0].end() == 0
    for number in range(20):
        assert visitor.get(f"/story/{number}").status == 200
