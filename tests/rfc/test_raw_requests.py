"""Raw requests to a live server, a case for each sentence of the RFCs and of the advisories.

The cases are in ``cases/*.toml``. Each has:

* ``source`` and ``law``: where it is said, and what
* ``send``: the bytes, one character each; ``\\r\\n`` is written out. Or ``each``: a list of these,
  which must all fare alike. ``REPEAT(text,n)`` in them stands for a repeated text
* ``answers``: the status codes that come back, in order; a list inside means any of these
* ``ends``: ``"open"`` if the connection must serve another request afterwards, ``"closed"`` if the
  server must close it, ``"either"`` if both are right
* perhaps ``then``: bytes sent once the first answer is there
* perhaps ``header``: of the last answer, name to regular expression; ``absent``: names it must lack
* perhaps ``body``: of the last answer, a regular expression; ``json``: what it must contain as JSON
* ``finish = "eof"``: our side is shut down after sending
"""

import json
import re
import socket
import tomllib
from pathlib import Path

import pytest

PATIENCE = 8  # seconds

PROBE = b"GET /echo/alive HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"


def cases():
    for path in sorted((Path(__file__).parent / "cases").glob("*.toml")):
        for case in tomllib.loads(path.read_text("utf-8"))["case"]:
            unknown = set(case) - {
                *("source", "law", "send", "each", "answers", "ends", "then", "header", "absent"),
                *("body", "json", "finish"),
            }
            assert not unknown, f"{path.name}: {case['law']}: unknown keys {unknown}"
            for number, raw in enumerate(case.get("each") or [case["send"]]):
                name = f"{path.stem}-{case['source']}-{case['law']}"[:110]
                yield pytest.param({**case, "send": raw}, id=f"{name}-{number}")


def to_bytes(text):
    expanded = re.sub(r"REPEAT\((.*?),(\d+)\)", lambda m: m[1] * int(m[2]), text, flags=re.DOTALL)
    return expanded.encode("latin-1")


class Answer:
    """One response, read strictly."""

    def __init__(self, reader, bodiless):
        line = reader.readline()
        match = re.fullmatch(rb"HTTP/1\.1 ([1-9][0-9][0-9]) [ -~\x80-\xff]*\r\n", line)
        assert match, f"not a status line: {line!r}"
        self.status = int(match[1])
        self.headers = []
        while (line := reader.readline()) != b"\r\n":
            match = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\r\n", line)
            assert match, f"not a header line: {line!r}"
            self.headers.append((match[1].decode().lower(), match[2].decode("latin-1")))
        self.body = b""
        length, coding = self.get("content-length"), self.get("transfer-encoding")
        assert length is None or coding is None, "both Content-Length and Transfer-Encoding"
        self.framed = True
        if bodiless or self.status < 200 or self.status in (204, 304):
            assert self.status == 304 or bodiless or length is None, "204 with Content-Length"
            return
        if coding is not None:
            assert coding == "chunked"
            while size := int(reader.readline(), 16):
                self.body += reader.read(size)
                assert reader.readline() == b"\r\n"
            assert reader.readline() == b"\r\n"
        elif length is not None:
            self.body = reader.read(int(length))
            assert len(self.body) == int(length), "cut short"
        else:
            self.framed = False
            self.body = reader.read()

    def get(self, name):
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) < 2 or name.lower() == "set-cookie", f"{name} twice"
        return values[0] if values else None


def exchange(port, case):
    """The answers to a case, and whether the connection was open afterwards."""
    raw = to_bytes(case["send"])
    methods = re.findall(rb"([A-Z]+) \S+ HTTP/1\.[01]\r\n", raw)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(raw)
        if case.get("finish") == "eof":
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as reader:
            return read_answers(connection, reader, methods, case)


def read_answers(connection, reader, methods, case):
    answers = []
    for index in range(len(case["answers"])):
        finals = sum(answer.status >= 200 for answer in answers)
        bodiless = methods[finals : finals + 1] == [b"HEAD"]
        answers.append(Answer(reader, bodiless))
        if index == 0 and "then" in case:
            connection.sendall(to_bytes(case["then"]))
    if case["ends"] == "closed":
        assert reader.read() == b"", "bytes after the last answer"
        return answers
    if case["ends"] == "open":
        connection.sendall(PROBE)
        probe = Answer(reader, False)
        assert probe.status == 200, probe.status
        assert json.loads(probe.body)["uri"] == "/echo/alive"
    return answers


@pytest.mark.parametrize("case", list(cases()))
def test_raw_request(port, case):
    answers = exchange(port, case)
    seen = [answer.status for answer in answers]
    for status, wanted in zip(seen, case["answers"], strict=True):
        assert status in (wanted if isinstance(wanted, list) else [wanted]), seen
    if not answers:
        return
    last = answers[-1]
    for name, pattern in case.get("header", {}).items():
        assert last.get(name) is not None, f"no {name} in {last.headers}"
        assert re.fullmatch(pattern, last.get(name)), (name, last.get(name))
    for name in case.get("absent", []):
        assert last.get(name) is None, (name, last.get(name))
    if "body" in case:
        assert re.fullmatch(case["body"], last.body.decode("latin-1"), re.DOTALL), last.body
    if "json" in case:
        shown = json.loads(last.body)
        assert {name: shown[name] for name in case["json"]} == case["json"]


def ask(port, raw):
    """The answer to one request that goes through."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(raw)
        with connection.makefile("rb") as reader:
            answer = Answer(reader, False)
    assert answer.status == 200
    return answer.body


def test_a_signed_value_is_good_under_its_own_name_only(port):
    value = ask(port, b"GET /signed/sign?name=ab HTTP/1.1\r\nHost: a\r\n\r\n")
    for name, expected in ((b"ab", b"text"), (b"a", b"invalid"), (b"abc", b"invalid")):
        read = b"GET /signed/read?name=%b HTTP/1.1\r\nHost: a\r\nCookie: %b=%b\r\n\r\n"
        assert ask(port, read % (name, name, value)) == expected
    changed = value.replace(b"ab", b"xy")
    assert ask(port, read % (b"xy", b"xy", changed)) == b"invalid"


def test_the_tag_of_a_file_is_good_for_every_condition(port):
    path = b"GET /static/digits.txt HTTP/1.1\r\nHost: a\r\n%b\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        reader = connection.makefile("rb")
        connection.sendall(path % b"")
        etag = Answer(reader, False).get("Etag").encode()
        for headers, status in (
            (b"If-None-Match: %b\r\n" % etag, 304),
            (b"If-None-Match: W/%b\r\n" % etag, 304),  # weak comparison
            (b'If-None-Match: "x", %b\r\n' % etag, 304),
            (b"If-Match: %b\r\n" % etag, 200),
            (b"If-Match: W/%b\r\n" % etag, 412),  # strong comparison
            (b"If-Range: %b\r\nRange: bytes=0-1\r\n" % etag, 206),
            (b"If-Range: W/%b\r\nRange: bytes=0-1\r\n" % etag, 200),
        ):
            connection.sendall(path % headers)
            assert Answer(reader, False).status == status, headers
        reader.close()
