"""The same requests to Tornado as published and to this repository: every difference is explained.

The requests are in ``cases/*.toml``; each case has

* ``name``
* ``send``: the bytes, one character each, or UTF-8 above U+00FF. ``<>`` in it stands for each of
  ``values`` in turn, ``<length>`` for the length of what follows the head, ``REPEAT(text,n)`` for a
  repeated text
* perhaps ``answers``: how many final responses are asked for (1)
* perhaps ``eof``: nothing more is sent, and the sending side is shut down. Otherwise another
  request follows, which shows whether the connection is still good

``differences.toml`` explains, see ``tools/differences.py``. Aspects are ``status``, ``reason``,
``body``, ``framing``, ``interim`` (a 100), ``end`` and the names of headers.
"""

import functools
import gzip
import re
import tomllib
from pathlib import Path

import pytest
from answers import Conversation
from differences import Differences, between

HERE = Path(__file__).parent
PROBE = b"GET /status/200?body=probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"
MODERN = {  # Python's own table took the names of RFC 9110 in 3.13
    "Request Entity Too Large": "Content Too Large",
    "Request-URI Too Long": "URI Too Long",
    "Requested Range Not Satisfiable": "Range Not Satisfiable",
    "Unprocessable Entity": "Unprocessable Content",
}


def to_bytes(text):
    def repeated(match):
        return match[1] * int(match[2])

    text = re.sub(r"REPEAT\((.*?),(\d+)\)", repeated, text, flags=re.DOTALL)
    raw = b"".join(c.encode("latin-1" if c < "\u0100" else "utf-8") for c in text)
    length = len(raw.partition(b"\r\n\r\n")[2])
    return raw.replace(b"<length>", str(length).encode())


def cases():
    found = {}
    for path in sorted(HERE.glob("cases/*.toml")):
        for case in tomllib.loads(path.read_text("utf-8"))["case"]:
            assert not set(case) - {"name", "send", "values", "answers", "eof"}, case["name"]
            for value in case.get("values", [None]):
                name = case["name"] if value is None else f"{case['name']}: {value}"
                assert name not in found, f"twice: {name}"
                found[name] = case | {"send": case["send"].replace("<>", value or "")}
    return found


CASES = cases()
DIFFERENCES = Differences(
    HERE / "differences.toml", {name: case["name"] for name, case in CASES.items()}
)


def observe(port, case):
    """What a server answers to a case: aspect to text. ``2.status`` is the second answer's."""
    raw = to_bytes(case["send"])
    methods = re.findall(rb"(?:^|[^ ])([A-Z]+) [^ \r]* HTTP/1", raw)
    seen = {}
    with Conversation(port) as talk:
        talk.send(raw)
        if case.get("eof"):
            talk.end()
        finals = 0
        while finals < 9:
            # Not before the answers are there: a server that closes with something left to read
            # resets the connection, and the answer may be lost.
            if finals == case.get("answers", 1) and not case.get("eof"):
                talk.send(PROBE)
            answer = talk.answer(bodiless=methods[finals : finals + 1] == [b"HEAD"])
            if answer is None:
                seen["end"] = "closed"
                return seen
            if answer.status < 200:
                seen["interim"] = str(answer.status)
                continue
            finals += 1
            if answer.body == b"probe":
                seen["end"] = "open"
                return seen
            prefix = f"{finals}." if finals > 1 else ""
            seen |= {prefix + aspect: text for aspect, text in aspects(answer)}
    raise AssertionError(f"too many answers: {seen}")


def aspects(answer):
    yield "status", str(answer.status)
    yield "reason", MODERN.get(answer.reason, answer.reason)
    yield "framing", answer.framing
    body = answer.body
    if answer.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    yield "body", body.decode("latin-1")
    for name in {name.title() for name, _ in answer.headers}:
        value = "\n".join(answer.all(name))
        if name == "Content-Length" and answer.framing == "length":
            value = "(of the body)"
        yield name, normal(name, value)


def normal(name, value):
    """What differs from one second, or one random number, to the next is replaced."""
    if name == "Date":
        value = re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "(a date)", value)
    elif name == "Expires":
        value = re.sub(r" \d\d:\d\d:\d\d GMT", "", value)
    elif name == "Server":
        value = re.sub(r"^Tornado.*", "(a server)", value)
    elif name == "Content-Type":
        value = re.sub(r"(?<=boundary=)[0-9a-f]+", "(random)", value)
    elif name == "Set-Cookie":
        value = re.sub(
            r"(?<=expires=)\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "(a date)", value
        )
    return value


@pytest.fixture(scope="session")
def compare(ports):
    """``compare(name)``: what differs, aspect to (theirs, ours)."""

    @functools.cache
    def compare(name):
        theirs, ours = (observe(port, CASES[name]) for port in ports)
        return between(theirs, ours)

    return compare


@pytest.mark.parametrize("name", list(CASES), ids=lambda name: ascii(name)[1:90])
def test_same_answer(compare, name):
    assert DIFFERENCES.unexplained(name, compare(name)) == {}


@pytest.mark.parametrize("difference", DIFFERENCES.all, ids=lambda difference: difference["reason"])
def test_every_explanation_is_needed_and_told(compare, difference):
    DIFFERENCES.check(difference, compare)


def ask(port, path, headers=""):
    with Conversation(port) as talk:
        talk.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n".encode())
        answer = talk.answer()
    assert answer is not None
    assert answer.status == 200
    return answer


@pytest.mark.parametrize("version", ["value", "value1"])
def test_what_one_has_signed_the_other_reads(ports, version):
    for signer, reader in (ports, ports[::-1]):
        value = ask(signer, f"/signed/{version}").body.decode()
        cookie = f"Cookie: name={value}\r\n"
        assert ask(reader, "/signed/get", cookie).body == b"value"
        assert ask(reader, "/signed/get?name=other", cookie).body == b"invalid"


def test_a_signed_cookie_of_one_is_good_for_the_other(ports):
    for signer, reader in (ports, ports[::-1]):
        cookie = ask(signer, "/signed/set").get("Set-Cookie").partition(";")[0]
        answer = ask(reader, "/signed/get", f"Cookie: {cookie}\r\n")
        assert answer.body == "value \u20ac".encode()


def test_a_form_of_one_may_be_posted_to_the_other(ports):
    for maker, taker in (ports, ports[::-1]):
        form = ask(maker, "/xsrf")
        cookie = form.get("Set-Cookie").partition(";")[0]
        token = re.search(rb'value="([^"]+)"', form.body)[1].decode()
        with Conversation(taker) as talk:
            talk.send(
                f"POST /xsrf HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nX-Xsrftoken: {token}\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            assert talk.answer().body == b"passed"
