"""The chat as a program: what it answers, with and without scripts, how it begins and ends."""

import asyncio
import csv
import json
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from programs import ROOT, running
from visitor import Visitor

JSON = {"Accept": "application/json"}
SECRET = "--cookie_secret=a secret of the tests, which is long enough"
ME = re.compile(r'data-me="(\w+)"')


def signed_in(program, nickname="Ada", language="en-US"):
    visitor = Visitor(program.url, language)
    answer = visitor.submit("/signin", "/signin", {"nickname": nickname})
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    return visitor


def say(visitor, text):
    answer = visitor.submit("/", "/messages", {"text": text}, **JSON)
    assert answer.status == 201, answer
    return answer.json()["id"]


def cursor_of(visitor):
    return re.search(r'data-cursor="([^"]+)"', visitor.get("/").text)[1]


def texts(news):
    return [message["data"]["text"] for message in news["messages"]]


def nicknames(news):
    return [person["data"]["nickname"] for person in news["present"]]


def news(visitor, cursor=""):
    return visitor.get(f"/news?since={cursor}", **JSON).json()


# Who may do what


def test_strangers_are_sent_to_the_sign_in(chat):
    stranger = Visitor(chat.url)
    answer = stranger.get("/")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/signin")
    assert stranger.get("/news", **JSON).status == 403
    assert stranger.submit("/signin", "/messages", {"text": "Hi"}).status == 403


def test_a_form_without_the_hidden_field_is_refused(chat):
    visitor = signed_in(chat)
    for path in ("/messages", "/signin", "/signout"):
        answer = visitor.post(path, {"text": "Hi", "nickname": "Eve"})
        assert answer.status == 403
        assert "This form is too old" in answer.text
    assert visitor.get("/").status == 200, "nobody was signed out by that"


def test_a_made_up_cookie_is_no_membership(chat):
    visitor = signed_in(chat)
    visitor.cookies["member"] = visitor.cookies["member"][:-1] + "x"
    assert visitor.get("/").status == 302


def test_signing_out(chat):
    visitor = signed_in(chat)
    assert visitor.submit("/", "/signout", {}).headers["Location"] == "/signin"
    assert "member" not in visitor.cookies
    assert visitor.get("/").status == 302


# Plain forms


def test_everything_works_by_plain_forms(chat):
    ada, bob = signed_in(chat, "  Ada \t Lovelace "), signed_in(chat, "Bob")
    sent = ada.submit("/", "/messages", {"text": "by a <plain> form"})
    assert (sent.status, sent.headers["Location"]) == (303, "/#newest")
    page = bob.get("/").text
    assert "by a &lt;plain&gt; form" in page
    assert "<b>Ada Lovelace</b>" in page
    assert 'class="message' in page


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001])
def test_a_message_that_cannot_be_taken_is_given_back(chat, text):
    visitor = signed_in(chat)
    answer = visitor.submit("/", "/messages", {"text": text})
    assert answer.status == 400
    assert 'aria-invalid="true"' in answer.text
    assert f">{text.strip()}</textarea>" in answer.text
    told = visitor.submit("/", "/messages", {"text": text}, **JSON)
    assert told.status == 400
    assert told.json()["error"]


@pytest.mark.parametrize("nickname", ["", " ", "x" * 25])
def test_a_nickname_has_1_to_24_characters(chat, nickname):
    answer = Visitor(chat.url).submit("/signin", "/signin", {"nickname": nickname})
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert "member" not in answer.headers.get("Set-Cookie", "")


def test_a_body_over_the_limit_is_refused(chat):
    visitor = signed_in(chat)
    answer = visitor.post("/messages", {"text": "x" * 70_000})
    assert answer.status == 413


def test_unknown_addresses(chat):
    answer = Visitor(chat.url, "de").get("/nowhere")
    assert answer.status == 404
    assert "Diese Seite gibt es nicht." in answer.text


# Languages, and what the browser may do


@pytest.mark.parametrize(
    "wish, lang, title",
    [
        ("en-US", "en-US", "Come in"),
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Komm herein"),
        ("es", "es", "Adelante"),
        ("tlh", "en-US", "Come in"),
    ],
)
def test_the_page_speaks_the_browser_s_language(chat, wish, lang, title):
    page = Visitor(chat.url, wish).get("/signin").text
    assert f'<html lang="{lang}">' in page
    assert f"<h1>{title}</h1>" in page


def test_translations_are_whole():
    folder = ROOT / "demos/chat"
    used = set()
    for page in folder.glob("templates/**/*.html"):
        used |= set(re.findall(r'_\("([^"]+)"', page.read_text()))
    for module in folder.glob("*.py"):
        used |= set(re.findall(r'translate\(\s*"([^"]+)"', module.read_text()))
    used |= set(re.findall(r'\d{3}: "([^"]+)"', (folder / "base.py").read_text()))
    for table in folder.glob("translations/*.csv"):
        with table.open(newline="", encoding="utf-8") as file:
            known = {row[0] for row in csv.reader(file)}
        assert used <= known, table.name


def test_pages_forbid_what_is_not_of_this_site(chat):
    answer = signed_in(chat).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    cookies = Visitor(chat.url).get("/signin").headers.get_all("Set-Cookie")
    for cookie in cookies:
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()


# Long polling


def test_news_come_when_somebody_speaks(chat):
    ada, bob = signed_in(chat, "Ada"), signed_in(chat, "Bob", "de")
    cursor = cursor_of(bob)
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(news, bob, cursor)
        say(ada, "Is anybody <here>?")
        told = poll.result(20)
    assert told["reset"] is False
    assert texts(told) == ["Is anybody <here>?"]
    assert told["messages"][0]["data"]["nickname"] == "Ada"
    assert told["messages"][0]["sender"] == ME.search(ada.get("/").text)[1]
    assert told["cursor"] != cursor


def test_whoever_was_away_gets_everything_said_since(chat):
    ada, bob = signed_in(chat, "Ada"), signed_in(chat, "Bob")
    cursor = cursor_of(bob)
    for number in range(5):
        say(ada, f"while Bob was away {number}")
    told = news(bob, cursor)
    assert texts(told) == [f"while Bob was away {number}" for number in range(5)]
    say(ada, "once more")
    assert texts(news(bob, told["cursor"])) == ["once more"]


@pytest.mark.parametrize("cursor", ["", "0badcafe.3", "nonsense", "a.b", "." + "9" * 5000])
def test_a_cursor_of_another_time_starts_anew(chat, cursor):
    visitor = signed_in(chat)
    say(visitor, "something")
    told = news(visitor, cursor)
    assert told["reset"] is True
    assert told["messages"]


def test_history_is_bounded():
    with running("demos/chat/main.py", "--port=0", "--history=3", SECRET) as program:
        visitor = signed_in(program)
        start = cursor_of(visitor)
        for number in range(5):
            say(visitor, f"message {number}")
        assert texts(news(visitor)) == ["message 2", "message 3", "message 4"]
        assert len(texts(news(visitor, start))) == 5, "who was here is told what was missed"


# WebSockets


def socket_of(visitor, program, cursor="", way="socket"):
    """A connection to ``way``: what the server sends first, and the socket."""
    peer = socket.create_connection(("127.0.0.1", program.port), timeout=10)
    jar = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    peer.sendall(
        f"GET /{way}?since={cursor} HTTP/1.1\r\nHost: 127.0.0.1:{program.port}\r\n"
        f"Origin: {program.url}\r\nCookie: {jar}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    stream = peer.makefile("rb")
    head = b"".join(iter(stream.readline, b"\r\n"))
    return head, stream, peer


def document(stream):
    """The JSON of the next frame, which is a text that is not masked."""
    first, size = stream.read(2)
    assert first == 0x81
    if size > 125:
        size = int.from_bytes(stream.read({126: 2, 127: 8}[size]), "big")
    return json.loads(stream.read(size))


def speak(peer, data):
    text = json.dumps(data).encode()
    assert len(text) < 65536
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    peer.sendall(b"\x81" + size + bytes(4) + text)  # with a mask of zeros


def heard(stream, count=1):
    found = []
    while len(found) < count:
        found += texts(document(stream))
    return found


def test_a_socket_a_stream_and_a_poll_are_in_the_same_room(chat):
    ada, bob, cy = signed_in(chat, "Ada"), signed_in(chat, "Bob"), signed_in(chat, "Cy")
    cursor = cursor_of(bob)
    head, stream, peer = socket_of(ada, chat, cursor)
    assert head.startswith(b"HTTP/1.1 101 ")
    present = document(stream)["present"]
    assert {"name": ME.search(ada.get("/").text)[1], "data": {"nickname": "Ada"}} in present
    head, events, events_peer = socket_of(cy, chat, cursor, "events")
    assert head.startswith(b"HTTP/1.1 200 ")
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(news, bob, cursor)
        while not poll.done() or not texts(poll.result()):
            if poll.done():  # it was told who came
                poll = pool.submit(news, bob, cursor)
            speak(peer, {"text": "  by <socket> "})
            assert heard(stream) == ["by <socket>"]
        assert texts(poll.result())[0] == "by <socket>"
    say(bob, "by form")
    assert heard(stream)[-1] == "by form"
    told = b""
    while b"by form" not in told:
        told += events.readline()
    assert b"by <socket>" in told
    for each in (stream, peer, events, events_peer):
        each.close()


def test_what_a_socket_may_not_say(chat):
    visitor = signed_in(chat)
    _, stream, peer = socket_of(visitor, chat, cursor_of(visitor))
    document(stream)
    answers = []
    for data in ({"text": "x" * 1001}, {"text": " "}, {"text": 5}, ["text"]):
        speak(peer, data)
        while "error" not in (answer := document(stream)):
            pass
        answers.append(answer["error"])
    assert answers == [
        "This is longer than 1000 characters.",
        "Write something first.",
        "Error 400",
        "Error 400",
    ]
    stream.close()
    peer.close()


def test_who_may_open_a_socket(chat):
    evil = SimpleNamespace(port=chat.port, url="http://evil.test")
    for visitor, site in ((Visitor(chat.url), chat), (signed_in(chat), evil)):
        head, stream, peer = socket_of(visitor, site)
        assert head.startswith(b"HTTP/1.1 403 ")
        stream.close()
        peer.close()


# Seen from inside


@pytest.fixture
def room_inside(inside_chat):
    """A room and a server of it in this process, for what cannot be seen from outside.

    ``async with room_inside() as (room, address, head)``: ``head`` asks for news as a member.
    """

    @asynccontextmanager
    async def open_room():
        from handlers import make_app

        from tornado.httpserver import HTTPServer
        from tornado.netutil import bind_sockets
        from tornado.rooms import Rooms
        from tornado.web import create_signed_value

        rooms, secret = Rooms(), "a secret of the tests, which is long enough"
        app = make_app(rooms, cookie_secret=secret, template_path=str(inside_chat / "templates"))
        server = HTTPServer(app)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        value = json.dumps({"id": "ab", "nickname": "Ada"})
        cookie = create_signed_value(secret, "member", value).decode()
        head = (
            "GET /news?since=0-0 HTTP/1.1\r\n"
            f"Host: localhost\r\nCookie: member={cookie}\r\nConnection: close\r\n\r\n"
        )
        yield rooms["the room"], sockets[0].getsockname(), head.encode()
        await rooms.close()
        await server.drain(1)

    return open_room


async def test_a_poll_without_news_ends_before_proxies_lose_patience(room_inside, monkeypatch):
    async with room_inside() as (room, address, head):
        import live

        assert live.News.patience < 60
        monkeypatch.setattr(live.News, "patience", 0.05)
        reader, writer = await asyncio.open_connection(*address)
        writer.write(head)
        told = (await reader.read()).decode()
        writer.close()
        assert told.startswith("HTTP/1.1 200 OK")
        assert '"messages":[]' in told
        assert '"cursor":"0-0"' in told
        assert room.size == 0


# Several servers and a Redis


def test_two_servers_are_one_room(redis):
    options = ("--port=0", f"--redis={redis.url}", SECRET)
    with running("demos/chat/main.py", *options) as one:
        with running("demos/chat/main.py", *options) as two:
            ada, bob = signed_in(one, "Ada"), signed_in(two, "Bob")
            _, there, peer = socket_of(bob, two)
            assert document(there)["reset"] is True
            ids = [say(ada, f"message {number}") for number in range(5)]
            assert heard(there, 5) == [f"message {number}" for number in range(5)]
            speak(peer, {"text": "and back"})
            told = news(ada, ids[-1])
            while not texts(told):
                told = news(ada, ids[-1])
            assert texts(told) == ["and back"]
            # Whoever goes over to the other server misses nothing, and hears nothing twice.
            assert texts(news(bob, ids[3])) == ["message 4", "and back"]
            assert "message 0" in bob.get("/").text
            there.close()
            peer.close()
        # The others see that Bob's server has ended.
        while "Bob" in nicknames(news(ada)):
            pass
        assert "Ada" in nicknames(news(ada))


@pytest.mark.parametrize("forget", [False, True], ids=["with-its-data", "without"])
def test_redis_is_restarted_while_people_talk(redis, forget):
    options = ("--port=0", f"--redis={redis.url}", SECRET)
    program = "demos/chat/main.py"
    with running(program, *options) as one, running(program, *options) as two:
        ada, bob = signed_in(one, "Ada"), signed_in(two, "Bob")
        _, here, talking = socket_of(ada, one)
        _, there, answering = socket_of(bob, two)
        document(here)
        document(there)
        for number in range(300):
            if number == 100:
                redis.kill(forget)
            if number == 200:
                redis.start()
            speak(talking, {"text": f"ada {number}"})
            speak(answering, {"text": f"bob {number}"})
            time.sleep(0.003)
        for stream in (here, there):
            found = heard(stream, 600)
            for name in ("ada", "bob"):
                mine = [text for text in found if text.startswith(name)]
                assert mine == [f"{name} {number}" for number in range(300)]
        for program in (one, two):
            assert "Rooms have lost Redis" in program.output
            assert "Traceback" not in program.output
        for each in (here, there, talking, answering):
            each.close()


def test_without_redis_it_says_so(redis):
    with running("demos/chat/main.py", "--port=0", f"--redis={redis.url}", SECRET) as program:
        visitor = Visitor(program.url)
        visitor.submit("/signin", "/signin", {"nickname": "Ada"})
        redis.kill()
        answer = visitor.get("/")
        assert answer.status == 503
        assert "The room cannot be reached now." in answer.text
        redis.start()
        while visitor.get("/").status != 200:
            pass


# Beginning and end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_answers_who_waits(number):
    with running("demos/chat/main.py", "--port=0", SECRET) as program:
        assert re.search(r"^Chat is at http://127\.0\.0\.1:\d+/$", program.output, re.M)
        visitor = signed_in(program)
        cursor = cursor_of(visitor)
        with socket.create_connection(("127.0.0.1", program.port), timeout=10) as peer:
            jar = "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())
            head = f"GET /news?since={cursor} HTTP/1.1\r\nHost: x\r\nCookie: {jar}\r\n\r\n"
            peer.sendall(head.encode())
            visitor.get("/")  # the request above has been read by now
            assert program.end(number) == 0
            told = b"".join(iter(lambda: peer.recv(65536), b""))
        assert told.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b'"messages":[]' in told
        assert "Traceback" not in program.output


def test_a_port_in_use_is_one_clear_sentence(chat):
    command = [sys.executable, str(ROOT / "demos/chat/main.py"), f"--port={chat.port}", SECRET]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr == (
        f"Port {chat.port} is in use by another program: "
        "choose another with --port=N, or any free one with --port=0.\n"
    )


@pytest.mark.parametrize(
    "option, sentence",
    [("--prot=1", "unknown option --prot=1"), ("--port=http", "port takes an int, got 'http'")],
)
def test_an_option_that_makes_no_sense_is_one_clear_sentence(option, sentence):
    command = [sys.executable, str(ROOT / "demos/chat/main.py"), option]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert told.returncode == 1
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1


def test_the_key_is_made_once_and_kept_private(inside_chat, tmp_path):
    from secret import cookie_secret

    path = tmp_path / "key"
    key = cookie_secret(path)
    assert len(key) >= 32
    assert cookie_secret(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert cookie_secret(tmp_path / "other") != key
    assert cookie_secret(tmp_path / "no" / "folder") != cookie_secret(tmp_path / "no" / "folder")
    path.write_text("short")
    with pytest.raises(ValueError, match="remove it to get a new one"):
        cookie_secret(path)
