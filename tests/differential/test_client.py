"""The same fetches by Tornado as published and by this repository: every difference is explained.

``client/cases.toml`` has the cases. Each is a ``name`` and lists; every combination of them is one:

* ``answers``: what the server sends, a list for each; if it is asked more often it closes. ``<>``
  stands for each of ``values``, ``HEX`` for the bytes of each of ``hexes``, ``LENGTH`` for how many
  these are. See ``client/fetches.py`` for ``CLOSE``, ``MORE`` and ``WAIT``
* ``options``: arguments of ``fetch``, or with ``request`` of HTTPRequest
* ``clients``: arguments of the client
* ``urls``: ``BASE`` is the server, ``HOST`` its host and port, ``OTHER`` the same by another name

``client/differences.toml`` explains, see ``tools/differences.py``. Aspects are those of the
response (``code``, ``reason``, ``headers``, ``body``, ``effective_url``, ``url``, ``error``), the
same of the response of an exception (``response code``), ``raised`` and, for a status, ``message``
of the exception, ``callbacks`` with what they were given, ``requests`` (how many), and of each
request ``line``, ``content`` and ``sent NAME`` for its headers, whose order is not compared.
"""

import json
import tomllib
from pathlib import Path

import pytest
from differences import Differences, between_runs, combinations

HERE = Path(__file__).parent / "client"
ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def cases():
    found = {}
    for group in tomllib.loads((HERE / "cases.toml").read_text("utf-8"))["case"]:
        axes = {
            "answers": group.get("answers", [[ANSWER]]),
            "values": group.get("values", [None]),
            "hexes": group.get("hexes", [None]),
            "options": group.get("options", [{}]),
            "clients": group.get("clients", [{}]),
            "urls": group.get("urls", ["BASE/"]),
        }
        assert not set(group) - set(axes) - {"name"}, group["name"]
        for name, combination in combinations(group["name"], axes):
            answers, value, code, options, client, url = combination
            assert name not in found, f"twice: {name}"
            data = bytes.fromhex(code or "").decode("latin-1")
            found[name] = {
                "name": name,
                "group": group["name"],
                "answers": [
                    answer.replace("<>", value or "")
                    .replace("LENGTH", str(len(data)))
                    .replace("HEX", data)
                    for answer in answers
                ],
                "options": options,
                "client": client,
                "url": url,
            }
    return found


CASES = cases()
DIFFERENCES = Differences(
    HERE / "differences.toml", {name: case["group"] for name, case in CASES.items()}
)


def aspects(seen):
    """What was observed, as aspect to text."""
    for aspect, value in seen.items():
        if aspect != "sent":
            yield aspect, value if isinstance(value, str) else json.dumps(value)
    yield "requests", str(len(seen["sent"]))
    for number, request in enumerate(seen["sent"], 1):
        prefix = f"{number}." if number > 1 else ""
        head, _, content = request.partition("\r\n\r\n")
        line, *headers = head.split("\r\n")
        yield prefix + "line", line
        yield prefix + "content", content
        for header in headers:
            name, _, value = header.partition(":")
            yield f"{prefix}sent {name}", value


@pytest.fixture(scope="session")
def compare(published):
    """``compare(name)``: what differs, aspect to (theirs, ours)."""
    return between_runs(published, HERE / "fetches.py", CASES, lambda seen: dict(aspects(seen)))


@pytest.mark.parametrize("name", list(CASES), ids=lambda name: ascii(name)[1:90])
def test_same_outcome(compare, name):
    assert DIFFERENCES.unexplained(name, compare(name)) == {}


@pytest.mark.parametrize("difference", DIFFERENCES.all, ids=lambda difference: difference["reason"])
def test_every_explanation_is_needed_and_told(compare, difference):
    DIFFERENCES.check(difference, compare)
