"""The WebSocket scenario on websockets: ``python websockets_app.py PORT``."""

import asyncio
import sys

from websockets.asyncio.server import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(port):
    async with serve(echo, "127.0.0.1", int(port), compression=None) as server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1]))
