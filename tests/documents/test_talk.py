"""The talk: a home page, the loop, streams, the request, templates, JSON, users, callbacks."""

import asyncio
import json
import socket
import subprocess
import sys
import warnings
from contextlib import asynccontextmanager

import pytest
from programs import ROOT
from visitor import Visitor

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.template import DictLoader, Template
from tornado.web import Application, HTTPError, RequestHandler


def test_home(visit):
    answer = visit("tutorial/home.py").get("/")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.text == "Hello, world!"


def test_the_loop_by_itself(run):
    program = run("tutorial/events.py")
    with socket.create_connection(("127.0.0.1", program.port), timeout=10) as peer:
        peer.sendall(b"hello\nfriendly ")
        peer.sendall(b"user\n")
        with peer.makefile("rb") as lines:
            assert lines.readline() == b"5\n"
            assert lines.readline() == b"13\n"
    program.wait_for("worked on one\nworked on two\nworked on three")
    program.wait_for("a moment later")


def test_streams_by_themselves(run):
    program = run("tutorial/streams.py")
    program.wait_for("closed: True")
    told = program.output
    for line in ("first line: HTTP/1.1 200 OK", "matched: BYTES: 12 ", "the rest: Foobar!"):
        assert line in told


STREAM = r"""
ioloop = IOLoop.instance()
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
stream = IOStream(sock, io_loop=ioloop)
# if a socket is closed, call a callback
stream.set_close_callback(on_close)
stream.connect(("google.com", 80), connect_callback)
---
# write out to the socket
stream.write("Foobar!", write_callback)
---
stream.read_bytes(4096, read_callback)
---
# read until exact string match
stream.read_until("\n\n", header_callback)
---
# read until a regular expression is matched
stream.read_until_regex("BYTES: \d+\s+", bytes_callback)
---
# read until the socket closes -- optional streaming
stream.read_until_close(finish_callback, streaming_callback)
---
stream.closed() or stream.reading() or stream.writing()
"""


def test_the_calls_of_a_stream_as_they_are_printed():
    ioloop = IOLoop.instance()
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    peer = None
    called = []

    def accept(fd, events):
        nonlocal peer
        ioloop.remove_handler(fd)
        peer, _ = listener.accept()
        peer.sendall(b"x" * 4096)

    ioloop.add_handler(listener.fileno(), accept, ioloop.READ)
    steps = iter(STREAM.replace('("google.com", 80)', str(address)).split("---\n"))
    names = {"socket": socket, "IOLoop": IOLoop, "IOStream": IOStream}

    def step():
        with warnings.catch_warnings(action="ignore"):  # "\d" in a text that is not raw
            exec(next(steps), names)

    def callback(name, then):
        def call(data=b""):
            called.append((name, bytes(data)))
            then()

        names[name] = call

    def send(data):
        peer.sendall(data)
        step()

    callback("connect_callback", step)
    callback("write_callback", step)
    callback("read_callback", lambda: send(b"a: 1\nb: 2\n\n"))
    callback("header_callback", lambda: send(b"some BYTES: 12 "))
    callback("bytes_callback", step)
    callback("streaming_callback", lambda: peer.close())
    callback("finish_callback", lambda: None)
    callback("on_close", ioloop.stop)
    # The page that is streamed comes when the last read is there.
    ended = names["bytes_callback"]
    names["bytes_callback"] = lambda data: (ended(data), peer.sendall(b"a page"))
    try:
        step()
        ioloop.start()
        step()
        assert not names["stream"].reading()
        assert called == [
            ("connect_callback", b""),
            ("write_callback", b""),
            ("read_callback", b"x" * 4096),
            ("header_callback", b"a: 1\nb: 2\n\n"),
            ("bytes_callback", b"some BYTES: 12 "),
            ("streaming_callback", b"a page"),
            ("finish_callback", b""),
            ("on_close", b""),
        ]
    finally:
        peer.close()
        listener.close()
        ioloop.close()


async def test_listen_runs_the_server_implicitly_and_the_request_tells_all():
    seen = {}

    class Handler(RequestHandler):
        def post(self):
            request = self.request
            for name in ("body", "path", "query", "remote_ip", "scheme"):
                seen[name] = getattr(request, name)
            seen["header"] = request.headers["X-Colour"]
            seen["cookie"] = request.cookies["taste"].value

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Application([("/foobar/path", Handler)]).listen(port, "127.0.0.1")
    visitor = Visitor(f"http://127.0.0.1:{port}")
    headers = {"X-Colour": "red", "Cookie": "taste=sweet"}
    await asyncio.to_thread(visitor.ask, "POST", "/foobar/path?key=value", b"body", headers)
    server.stop()
    assert seen == {
        "body": b"body",
        "path": "/foobar/path",
        "query": "key=value",
        "remote_ip": "127.0.0.1",
        "scheme": "http",
        "header": "red",
        "cookie": "sweet",
    }


def test_controller_and_its_template(visit):
    visitor = visit("tutorial/controller.py")
    page = visitor.get("/ada").text
    assert "<h1>Hello, ADA.</h1>" in page
    assert "You must still be working on this." in page
    assert "accessing us from" not in page
    assert "mostly just python" not in page, "comments stay in the template"
    assert visitor.get("/ada/lovelace").status == 404


def test_the_template_as_it_is_printed():
    base = "<body>{% block content %}{% end %}</body>"
    page = """{% extends "base.html" %}
{% block content %}
<h1>Hello, {{ username.upper() }}.</h1>
{# it's mostly just python. #}
{% if ip == "127.0.0.1" %}
<p>You must still be working on this.</p>
{% else %}
<p>You are accessing us from {{ ip }}.</p>
{% end if %}
{% end block %}
"""
    loader = DictLoader({"base.html": base, "template.html": page})
    html = loader.load("template.html").generate(username="ada", ip="10.1.2.3").decode()
    assert "<h1>Hello, ADA.</h1>" in html
    assert "You are accessing us from 10.1.2.3." in html


def test_a_method_that_strings_do_not_have_is_a_python_error():
    with pytest.raises(AttributeError, match="uppercase"):
        Template("{{ username.uppercase() }}").generate(username="ada")


def test_users_as_json(visit, run, curl):
    program = run("tutorial/users.py")
    line = """curl http://localhost:8080/users -d '{"name": "Ada"}'"""
    assert curl(program, line) == '{"id": "1", "name": "Ada"}'
    answer = visit("tutorial/users.py").get("/users/1")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == {"id": "1", "name": "Ada"}
    assert visit("tutorial/users.py").ask("POST", "/users", b"[1, 2").status == 400
    assert visit("tutorial/users.py").get("/users/99").status == 404


def test_dashboard_is_for_those_who_signed_in(visit):
    visitor = visit("tutorial/dashboard.py")
    turned_away = visitor.get("/dashboard")
    assert turned_away.status == 302
    assert turned_away.headers["Location"] == "/login?next=%2Fdashboard"

    wrong = visitor.submit("/login", "/login", {"username": "ada", "password": "guess"})
    assert (wrong.status, wrong.headers["Location"]) == (302, "/login")
    assert visitor.get("/dashboard").status == 302

    right = visitor.submit("/login", "/login", {"username": "ada", "password": "engine"})
    assert (right.status, right.headers["Location"]) == (302, "/dashboard")
    assert "Dashboard of ada" in visitor.get("/dashboard").text
    # Whoever is in already is sent on, whatever the password.
    again = visitor.submit("/login", "/login", {"username": "ada", "password": "guess"})
    assert again.headers["Location"] == "/dashboard"


def test_a_callback_answers_later(run, visit):
    visitor = visit("tutorial/asynchronous.py")
    assert visitor.get("/").text == "something else"
    assert visitor.get("/today").text == "something else"
    assert visitor.get("/nothing").status == 500
    assert "We couldn't find it." in run("tutorial/asynchronous.py").output


def fetching(*arguments):
    """Runs the program of the two fetches and gives what it printed."""
    command = [sys.executable, "-W", "error", ROOT / "demos/tutorial/fetching.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def test_a_fetch_with_a_callback(run):
    done = fetching(f"{run('tutorial/home.py').url}/")
    assert (done.stdout, done.stderr) == ("200\nHello, world!\n", "")


def test_a_fetch_that_fails_tells_its_callback(run):
    done = fetching(f"{run('tutorial/home.py').url}/nothing")
    assert done.stdout == "Error: HTTP 404: Not Found\n"


class Resource(RequestHandler):
    """Wants JSON by POST, and a name and password."""

    def post(self):
        if self.request.headers.get("Authorization") != "Basic Zm9vOmJhcg==":
            raise HTTPError(401)
        self.write({"type": self.request.headers["Content-Type"], "got": self.get_json()})


@pytest.fixture
def resource(certificate):
    """``async with resource() as url``: the resource; ``resource(tls=True)``: with a certificate
    that nobody has signed."""

    @asynccontextmanager
    async def serving(tls=False):
        app = Application([("/some/resource", Resource)], log_function=lambda handler: None)
        server = HTTPServer(app, ssl_options=certificate if tls else None)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        host = f"localhost:{sockets[0].getsockname()[1]}"
        yield f"{'https' if tls else 'http'}://{host}/some/resource"
        await server.drain(1)

    return serving


POST = ['--body={"key": "value"}', "--username=foo"]


async def test_a_post_with_auth_over_tls_that_is_not_checked(resource):
    async with resource(tls=True) as url:
        options = [*POST, "--password=bar", "--validate_cert=no"]
        done = await asyncio.to_thread(fetching, *options, url)
    assert done.stderr == ""
    kind, code, body = done.stdout.splitlines()
    assert kind == "application/json; charset=UTF-8"
    assert code == "200"
    assert json.loads(body) == {"type": "application/json", "got": {"key": "value"}}


async def test_a_post_with_a_wrong_password(resource):
    async with resource(tls=True) as url:
        options = [*POST, "--password=x", "--validate_cert=no"]
        done = await asyncio.to_thread(fetching, *options, url)
    assert done.stdout == "Error: HTTP 401: Unauthorized\n"


async def test_a_certificate_is_checked_unless_it_is_said_otherwise(resource):
    async with resource(tls=True) as url:
        done = await asyncio.to_thread(fetching, *POST, "--password=bar", url)
    assert "certificate verify failed" in done.stdout


FETCHES = """
def callback(response):
    print(response.code)
    print(response.body)
client = AsyncHTTPClient()
client.fetch("http://foo.com/some/resource", callback)
---
def fetch_callback(response):
    print(response.headers)
    print(response.body)
client = AsyncHTTPClient()
client.fetch("https://foo.com/some/resource",
method="POST", body=json.dumps({"key": "value"}),
headers={"Content-type": "application/json"},
auth_username="foo", auth_password="bar",
validate_cert=False, callback=fetch_callback)
"""


@pytest.mark.parametrize("engine", ["simple", "curl"])
async def test_the_fetches_as_they_are_printed(resource, capsys, engine):
    if engine == "curl":
        pytest.importorskip("pycurl")
        AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient")
    try:
        async with resource() as plain, resource(tls=True) as secure:
            get, post = FETCHES.split("---\n")
            for sample in (
                get.replace("http://foo.com/some/resource", plain),
                post.replace("https://foo.com/some/resource", secure),
            ):
                exec(sample, {"AsyncHTTPClient": AsyncHTTPClient, "json": json})
                told = ""
                while not told.endswith("'\n"):
                    await asyncio.sleep(0.01)
                    told += capsys.readouterr().out
                if sample.startswith("\ndef callback"):
                    assert told.startswith("405\nb'<!DOCTYPE")
                else:
                    assert "Content-Type: application/json" in told
                    assert '"got": {"key": "value"}' in told
            AsyncHTTPClient().close()
    finally:
        AsyncHTTPClient.configure(None)
