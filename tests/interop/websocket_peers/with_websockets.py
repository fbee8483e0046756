"""The library ``websockets`` as a peer: ``serve`` prints its address, ``ask URL DEFLATE`` talks.

Both sides of every peer do the same. A server sends back what it gets; "leave" makes it close with
4321 and "enough". A client says what it got as JSON: see ``test_websocket_peers.py``.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

MESSAGES = ["short", "", "grüße", "0123456789" * 100_000]


async def echo(connection):
    async for message in connection:
        if message == "leave":
            await connection.close(4321, "enough")
        else:
            await connection.send(message)


async def run_server():
    async with serve(echo, "127.0.0.1", 0, subprotocols=["second"]) as server:
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


async def ask(url, deflate):
    compression = "deflate" if deflate == "deflate" else None
    async with connect(
        url, compression=compression, subprotocols=["first", "second"], max_size=None
    ) as connection:
        same = []
        for message in [*MESSAGES, b"\x00\xff"]:
            await connection.send(message)
            same.append(await connection.recv() == message)
        await connection.send(["fra", "gmen", "ted"])
        same.append(await connection.recv() == "fragmented")
        await (await connection.ping(b"there?"))
        await connection.send("leave")
        try:
            await connection.recv()
        except ConnectionClosed as closed:
            code, reason = closed.rcvd.code, closed.rcvd.reason
        extensions = [extension.name for extension in connection.protocol.extensions]
        print(
            json.dumps(
                {
                    "same": same,
                    "closed": [code, reason],
                    "subprotocol": connection.subprotocol,
                    "extensions": extensions,
                }
            )
        )


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    asyncio.run(run_server() if kind == "serve" else ask(*arguments))
