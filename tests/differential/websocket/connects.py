"""Opens WebSockets as it is told to and says, as JSON, what became of them.

``python connects.py < cases.json``: a list of cases, see test_websocket_client.py. It uses the
interface of Tornado and nothing of one implementation. The server is here too, and is a script.
"""

import asyncio
import base64
import hashlib
import json
import logging
import re
import sys

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

PATIENCE = 5
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KNOWN = {
    *("HTTPClientError", "ValueError", "TypeError", "WebSocketError", "WebSocketClosedError"),
    *("OSError", "ConnectionRefusedError", "gaierror", "StreamClosedError", "TimeoutError"),
}


class Script:
    """A server that answers by the script of the present case, and keeps what it was sent."""

    def begin(self, case):
        self.case = case
        self.head = ""
        self.frames = b""
        self.over = asyncio.Event()

    async def converse(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.head = head.decode("latin-1")
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
            digest = hashlib.sha1((key[1] if key else b"") + GUID).digest()
            answer = self.case["answer"].replace("ACCEPT", base64.b64encode(digest).decode())
            writer.write(answer.encode("latin-1") + bytes.fromhex(self.case["frames"]))
            if self.case["closes"]:
                writer.write_eof()
            # The server is the first to close the connection, when it has a close frame.
            while not any(frame.startswith("88") for frame in unmasked(self.frames)):
                data = await asyncio.wait_for(reader.read(65536), PATIENCE)
                if not data:
                    break
                self.frames += data
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.over.set()
            writer.close()


def unmasked(data):
    """The frames of a client as lines of text."""
    while len(data) > 1:
        first, size, data = data[0], data[1] & 127, data[2:]
        if size == 126:
            size, data = int.from_bytes(data[:2], "big"), data[2:]
        key, payload, data = data[:4], data[4 : 4 + size], data[4 + size :]
        text = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload)).decode("latin-1")
        yield f"{first:02x} {text}"


def kinds(error):
    """What an ``except`` would catch it by."""
    return " ".join(sorted({kind.__name__ for kind in type(error).__mro__} & KNOWN))


async def observe(script, host, case):
    script.begin(case)
    seen = {}
    options = dict(case["options"])
    url = case["url"].replace("HOST", host)
    try:
        if "request" in options:
            url = HTTPRequest(url, **options.pop("request"))
        connection = await asyncio.wait_for(websocket_connect(url, **options), PATIENCE)
        messages = []
        while (message := await asyncio.wait_for(connection.read_message(), PATIENCE)) is not None:
            kind = "text" if isinstance(message, str) else "binary"
            body = message if isinstance(message, str) else message.decode("latin-1")
            messages.append(f"{kind} {body[:100]}")
        seen["messages"] = messages
        seen["code"] = f"{connection.close_code} {connection.close_reason}"
        seen["subprotocol"] = str(connection.selected_subprotocol)
        connection.close()
    except HTTPClientError as error:
        seen |= {"raised": kinds(error), "status": str(error.code)}
    except Exception as error:
        seen |= {"raised": kinds(error)}
    if script.head:
        await asyncio.wait_for(script.over.wait(), 2 * PATIENCE)
        line, *fields = script.head.rstrip().split("\r\n")
        seen["line"] = line
        for field in fields:
            name, _, value = field.partition(":")
            seen[f"sent {name.title()}"] = "random" if name.lower().endswith("-key") else value
        seen["frames"] = list(unmasked(script.frames))
    return seen


async def main():
    logging.disable()
    script = Script()
    server = await asyncio.start_server(script.converse, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    results = {}
    for case in json.load(sys.stdin):
        results[case["name"]] = await observe(script, f"127.0.0.1:{port}", case)
    print(json.dumps(results).replace(port, "PORT"))


asyncio.run(main())
