"""The talk: a home page, the loop, streams, the request, templates, JSON, users, callbacks."""

import asyncio
import socket

import pytest
from visitor import Visitor

from tornado.template import DictLoader, Template
from tornado.web import Application, RequestHandler


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
