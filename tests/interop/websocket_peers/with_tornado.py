"""Tornado's API as a peer, as ``with_websockets.py`` says; it runs on what others have published,
and the server of it on ours too.
"""

import asyncio
import json
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

MESSAGES = ["short", "", "grüße", "0123456789" * 100_000]


class Echo(WebSocketHandler):
    def get_compression_options(self):
        return {}

    def select_subprotocol(self, subprotocols):
        return "second" if "second" in subprotocols else None

    async def on_message(self, message):
        if message == "leave":
            self.close(4321, "enough")
        else:
            await self.write_message(message, binary=isinstance(message, bytes))


async def run_server():
    server = HTTPServer(Application([("/", Echo)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


async def ask(url, deflate):
    connection = await websocket_connect(
        url,
        compression_options={} if deflate == "deflate" else None,
        subprotocols=["first", "second"],
    )
    same = []
    for message in [*MESSAGES, b"\x00\xff"]:
        await connection.write_message(message, binary=isinstance(message, bytes))
        same.append(await connection.read_message() == message)
    pong = asyncio.get_running_loop().create_future()
    connection.on_pong = pong.set_result
    connection.ping(b"there?")
    same.append(await pong == b"there?")
    await connection.write_message("leave")
    assert await connection.read_message() is None
    extensions = connection.headers.get_list("Sec-WebSocket-Extensions")
    print(
        json.dumps(
            {
                "same": same,
                "closed": [connection.close_code, connection.close_reason],
                "subprotocol": connection.selected_subprotocol,
                "extensions": [name.partition(";")[0] for name in extensions],
            }
        )
    )


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    asyncio.run(run_server() if kind == "serve" else ask(*arguments))
