"""WebSockets with other people's programs, in both roles: websockets, aiohttp, published Tornado.

Each peer is a program of ``websocket_peers/`` in an environment of its own.
"""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import venvs
from absence import not_here
from programs import ADDRESS, Program, start

from tornado.websocket import websocket_connect

PEERS = Path(__file__).parent / "websocket_peers"
ENVIRONMENTS = {
    "websockets": ("websocket-websockets", ["websockets==15.0.1"]),
    "aiohttp": ("websocket-aiohttp", ["aiohttp>=3.11,<4"]),
    "tornado": ("published", ["tornado==6.6.1"]),  # that of the differential tests
}
MESSAGES = ["short", "", "grüße", "0123456789" * 100_000]


def interpreter(peer):
    name, packages = ENVIRONMENTS[peer]
    try:
        return venvs.cached(name, packages)
    except venvs.CommandFailed as error:
        not_here(f"{packages[0]} could not be installed; it needs a package index\n{error}")


@contextmanager
def serving(python, peer, folder):
    """The address of a peer's server."""
    command = [str(python), str(PEERS / f"with_{peer}.py"), "serve"]
    process = start(command, folder, folder / "errors")
    try:
        found = Program(process, folder / "errors").wait_for(ADDRESS.pattern)
        yield found[1].replace("http", "ws") + "/"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("deflate", ["deflate", "plain"])
@pytest.mark.parametrize("peer", ENVIRONMENTS)
def test_their_client_and_our_server(peer, deflate, tmp_path):
    python = interpreter(peer)
    with serving(sys.executable, "tornado", tmp_path) as url:
        command = [python, PEERS / f"with_{peer}.py", "ask", url, deflate]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["same"] == [True] * 6
    assert said["closed"] == [4321, "enough"]
    assert said["subprotocol"] == "second"
    assert said["extensions"] == (["permessage-deflate"] if deflate == "deflate" else [])
    assert (tmp_path / "errors").read_text() == ""


@pytest.mark.parametrize("deflate", ["deflate", "plain"])
@pytest.mark.parametrize("peer", ENVIRONMENTS)
async def test_our_client_and_their_server(peer, deflate, tmp_path):
    with serving(interpreter(peer), peer, tmp_path) as url:
        options = {} if deflate == "deflate" else None
        subprotocols = ["first", "second"]
        async with websocket_connect(
            url, compression_options=options, subprotocols=subprotocols
        ) as connection:
            extensions = connection.headers.get("Sec-WebSocket-Extensions", "")
            assert ("permessage-deflate" in extensions) is (deflate == "deflate")
            assert connection.selected_subprotocol == "second"
            for message in [*MESSAGES, b"\x00\xff", *MESSAGES]:
                connection.write_message(message, binary=isinstance(message, bytes))
                assert await connection.read_message() == message
            connection.write_message("leave")
            assert await connection.read_message() is None
            assert (connection.close_code, connection.close_reason) == (4321, "enough")


@pytest.mark.parametrize("peer", ENVIRONMENTS)
async def test_our_client_closes_first(peer, tmp_path):
    with serving(interpreter(peer), peer, tmp_path) as url:
        async with websocket_connect(url, subprotocols=["second"]) as connection:
            connection.close(1000, "done")
            assert await connection.read_message() is None
        assert connection.close_code in (1000, None)
