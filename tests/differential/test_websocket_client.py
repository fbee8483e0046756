"""The same WebSockets by the client of Tornado as published and of this repository.

``websocket/client_cases.toml`` has the cases. Each is a ``name`` and lists; every combination is
one case:

* ``urls``: ``HOST`` is the server; ``options``: arguments of ``websocket_connect``, with those of
  an HTTPRequest under ``request``
* ``answers``: of the server to the handshake, ``ACCEPT`` is what it should say
* ``frames``: what the server sends then, all of it, and after that a close frame. ``81 text`` is a
  frame whose first byte is 0x81, ``raw 8100`` is bytes; with ``closes`` the connection ends instead
* ``<>`` in these stands for each of ``values``

``websocket/client_differences.toml`` explains, see ``tools/differences.py``. Aspects are ``raised``
and ``status`` of an exception; ``messages``, ``code`` and ``subprotocol``; and what the server was
sent: ``line``, ``sent NAME`` for each header, ``frames``.
"""

import re
import struct
import tomllib
from pathlib import Path

import pytest
from differences import Differences, between_runs, combinations

HERE = Path(__file__).parent / "websocket"
ANSWER = (
    "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: ACCEPT\r\n\r\n"
)
GOODBYE = "88 \x03\xe8"


def cases():
    found = {}
    for group in tomllib.loads((HERE / "client_cases.toml").read_text("utf-8"))["case"]:
        axes = {
            "urls": group.get("urls", ["ws://HOST/"]),
            "options": group.get("options", [{}]),
            "answers": group.get("answers", [ANSWER]),
            "values": group.get("values", [""]),
        }
        assert not set(group) - set(axes) - {"name", "frames", "closes"}, group["name"]
        for name, combination in combinations(group["name"], axes):
            assert name not in found, f"twice: {name}"
            url, options, answer, value = combination
            closes = group.get("closes", False)
            frames = [frame.replace("<>", value) for frame in group.get("frames", ["81 hello"])]
            frames += [] if closes else [GOODBYE]
            found[name] = {
                "name": name,
                "group": group["name"],
                "url": url,
                "options": options,
                "answer": answer.replace("<>", value),
                "frames": b"".join(map(to_frame, frames)).hex(),
                "closes": closes,
            }
    return found


def to_frame(text):
    if text.startswith("raw "):
        return bytes.fromhex(text[4:])
    text = re.sub(r"REPEAT\((.*?),(\d+)\)", lambda found: found[1] * int(found[2]), text)
    data = text[3:].encode("latin-1")
    size = len(data)
    if size < 126:
        length = bytes([size])
    elif size < 65536:
        length = b"\x7e" + struct.pack("!H", size)
    else:
        length = b"\x7f" + struct.pack("!Q", size)
    return bytes.fromhex(text[:2]) + length + data


CASES = cases()
DIFFERENCES = Differences(
    HERE / "client_differences.toml", {name: case["group"] for name, case in CASES.items()}
)


def aspects(seen):
    return {
        aspect: value if isinstance(value, str) else "\n".join(value)
        for aspect, value in seen.items()
    }


@pytest.fixture(scope="session")
def compare(published):
    """``compare(name)``: what differs, aspect to (theirs, ours)."""
    return between_runs(published, HERE / "connects.py", CASES, aspects)


@pytest.mark.parametrize("name", list(CASES), ids=lambda name: ascii(name)[1:90])
def test_same_outcome(compare, name):
    assert DIFFERENCES.unexplained(name, compare(name)) == {}


@pytest.mark.parametrize("difference", DIFFERENCES.all, ids=lambda difference: difference["reason"])
def test_every_explanation_is_needed_and_told(compare, difference):
    DIFFERENCES.check(difference, compare)
