"""The same bytes to the WebSocket server of Tornado as published and of this repository.

``websocket/cases.toml`` has the cases. Each is a ``name`` and lists; every combination is one case:

* ``lines``: the request line; ``headers``: headers that are added, or take the place of the usual
  ones; ``without``: one that is left out
* ``frames``: what is sent once the handshake is over, all of it, and then a close frame.
  ``81 text`` is a masked frame whose first byte is 0x81, ``raw 8100`` is bytes
* ``<>`` in all of these stands for each of ``values``
* ``together``: the frames are in one packet with the handshake
* ``ends``: instead of the close frame, the connection ends

``websocket/differences.toml`` explains, see ``tools/differences.py``. Aspects are ``status``, the
names of headers, ``body``, ``frames`` (all that came, as text), ``end``, and ``told``: how often
the handler has learned of the end, and which code and reason.
"""

import functools
import re
import struct
import sys
import tomllib
from contextlib import ExitStack
from pathlib import Path

import pytest
from answers import Conversation
from differences import Differences, between, combinations

HERE = Path(__file__).parent / "websocket"
MASK = b"\x37\xfa\x21\x3d"
USUAL = {
    "Host": "a",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
GOODBYE = "88 \x03\xe8"


def cases():
    found = {}
    for group in tomllib.loads((HERE / "cases.toml").read_text("utf-8"))["case"]:
        axes = {
            "lines": group.get("lines", ["GET /echo HTTP/1.1"]),
            "headers": group.get("headers", [""]),
            "without": group.get("without", [""]),
            "values": group.get("values", [""]),
            "ends": group.get("ends", ["close"]),
        }
        assert not set(group) - set(axes) - {"name", "frames", "together"}, group["name"]
        for name, combination in combinations(group["name"], axes):
            assert name not in found, f"twice: {name}"
            line, headers, without, value, end = combination
            found[name] = {
                "group": group["name"],
                "head": head(line, headers.replace("<>", value), without.replace("<>", value)),
                "frames": [frame.replace("<>", value) for frame in group.get("frames", [])],
                "together": group.get("together", False),
                "end": end,
            }
    return found


def head(line, headers, without):
    named = {header.partition(":")[0] for header in headers.split("\r\n")} | {without}
    lines = [f"{name}: {value}" for name, value in USUAL.items() if name not in named]
    lines = [line, *lines, *([headers] if headers else []), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def to_frame(text):
    if text.startswith("raw "):
        return bytes.fromhex(text[4:])
    text = re.sub(r"REPEAT\((.*?),(\d+)\)", lambda found: found[1] * int(found[2]), text)
    data = text[3:].encode("latin-1")
    masked = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(data))
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes.fromhex(text[:2]) + length + MASK + masked


def frames_in(data):
    """The frames of a server as lines of text."""
    while data:
        size, data, first = data[1], data[2:], data[0]
        if size >= 126:
            width = 2 if size == 126 else 8
            size, data = int.from_bytes(data[:width], "big"), data[width:]
        yield f"{first:02x} {data[:size].decode('latin-1')}"
        data = data[size:]


CASES = cases()
DIFFERENCES = Differences(
    HERE / "differences.toml", {name: case["group"] for name, case in CASES.items()}
)


def observe(port, case):
    """What a server answers, as aspect to text."""
    frames = [to_frame(frame) for frame in case["frames"]]
    if case["end"] == "close":
        frames.append(to_frame(GOODBYE))
    seen = {}
    with Conversation(port) as talk:
        talk.send(case["head"] + (b"".join(frames) if case["together"] else b""))
        answer = talk.answer(bodiless=case["head"].startswith(b"HEAD"))
        if answer is None:
            return {"end": "closed"}
        seen["status"] = str(answer.status)
        seen |= {name.title(): value for name, value in answer.headers if name != "Date"}
        if answer.status != 101:
            return seen | {"body": answer.body.decode("latin-1")}
        if not case["together"]:
            talk.send(b"".join(frames))
        if case["end"] == "reset":
            talk.reset()
        else:
            if case["end"] == "gone":
                talk.end()
            data, end = talk.rest()
            # Whether a connection that is cut ends with a reset is chance.
            seen["end"] = "closed" if end == "reset" else end
            seen["frames"] = "\n".join(frames_in(data))
    with Conversation(port) as talk:
        talk.send(b"GET /closed HTTP/1.1\r\nHost: a\r\n\r\n")
        seen["told"] = talk.answer().body.decode()
    return seen


@pytest.fixture(scope="session")
def compare(published, serving, tmp_path_factory):
    """``compare(name)``: what differs, aspect to (theirs, ours)."""
    logs = tmp_path_factory.mktemp("websockets")
    with ExitStack() as stack:
        theirs, ours = (
            stack.enter_context(serving(interpreter, HERE / "echo.py", log=logs / name))
            for interpreter, name in ((published, "theirs"), (sys.executable, "ours"))
        )

        @functools.cache
        def compare(name):
            return between(observe(theirs, CASES[name]), observe(ours, CASES[name]))

        yield compare


@pytest.mark.parametrize("name", list(CASES), ids=lambda name: ascii(name)[1:90])
def test_same_answer(compare, name):
    assert DIFFERENCES.unexplained(name, compare(name)) == {}


@pytest.mark.parametrize("difference", DIFFERENCES.all, ids=lambda difference: difference["reason"])
def test_every_explanation_is_needed_and_told(compare, difference):
    DIFFERENCES.check(difference, compare)
