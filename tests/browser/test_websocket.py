"""Chromium's WebSockets on our server: text, bytes, large messages, compression, closing, origins.

Each test runs a script in a page; the script leaves what it saw in ``window.result``.
"""

import json

import pytest
from programs import running


@pytest.fixture(scope="module")
def server():
    with running("tests/browser/websocket_server.py") as program:
        yield program


@pytest.fixture(scope="module")
def page(chrome, server):
    with chrome.browser() as page:
        page.go(server.url)
        yield page


def run(page, script):
    """The ``result`` that the script sets, as soon as it is there."""
    page.run("window.result = null; " + script)
    return json.loads(page.until(lambda: page.run("return window.result"), "the result"))


TALK = """
const socket = new WebSocket(%s, ["first", "second"]);
socket.binaryType = "arraybuffer";
const large = "0123456789".repeat(100000);
const bytes = new Uint8Array(100000).map((_, i) => i * 7);
const messages = ["short", "", "gr\\u00fc\\u00dfe \\u{1F600}", large, bytes.buffer];
const seen = [];
socket.onopen = () => messages.forEach(message => socket.send(message));
socket.onmessage = event => {
  const sent = messages[seen.length];
  seen.push(typeof sent === "string" ? event.data === sent
    : String(new Uint8Array(event.data)) === String(bytes));
  if (seen.length === messages.length) socket.close(1000, "done");
};
socket.onclose = event => window.result = JSON.stringify(
  [seen, socket.protocol, socket.extensions, event.code, event.reason, event.wasClean]);
socket.onerror = () => window.result = JSON.stringify("error");
"""


@pytest.mark.parametrize(
    ("path", "extensions"), [("/echo", ""), ("/compressed", "permessage-deflate")]
)
def test_messages_of_all_kinds_come_back(page, server, path, extensions):
    url = json.dumps(server.url.replace("http", "ws") + path)
    seen, protocol, used, code, reason, clean = run(page, TALK % url)
    assert seen == [True] * 5
    assert protocol == "second"
    assert used.partition(";")[0] == extensions
    # RFC 6455 section 5.5.1: the answer echoes the code.
    assert (code, clean) == (1000, True)
    assert reason in ("", "done")
    server.wait_for("closed 1000 done")


CLOSED = """
const socket = new WebSocket(%s);
socket.onopen = () => socket.send(%s);
socket.onclose = event => window.result = JSON.stringify(
  [event.code, event.reason, event.wasClean]);
"""


@pytest.mark.parametrize("code, reason", [(1000, "enough"), (1011, "oops"), (4321, "grüße")])
def test_close_codes_and_reasons_of_the_server_arrive(page, server, code, reason):
    url = json.dumps(server.url.replace("http", "ws") + "/echo")
    seen = run(page, CLOSED % (url, json.dumps(f"close {code} {reason}")))
    assert seen == [code, reason, True]


def test_a_page_of_another_origin_is_refused(page, server):
    """The default of ``check_origin``: the page comes from 127.0.0.1, and asks localhost."""
    url = json.dumps(f"ws://localhost:{server.port}/echo")
    code, _, clean = run(page, CLOSED % (url, '"close 1000 x"'))
    assert (code, clean) == (1006, False)


def test_a_page_that_is_closed_closes_its_websockets(chrome, server):
    with chrome.browser() as page:
        page.go(server.url)
        url = json.dumps(server.url.replace("http", "ws") + "/echo")
        opened = f"new WebSocket({url}).onopen = () => window.result = '1';"
        assert run(page, opened) == 1
    server.wait_for("closed (1001|None) None")
