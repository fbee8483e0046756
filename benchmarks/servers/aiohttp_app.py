"""The WebSocket scenario on aiohttp: ``python aiohttp_app.py PORT [uvloop]``."""

import asyncio
import sys

from aiohttp import WSMsgType, web


async def echo(request):
    connection = web.WebSocketResponse(compress=False)
    await connection.prepare(request)
    async for message in connection:
        if message.type == WSMsgType.TEXT:
            await connection.send_str(message.data)
        else:
            await connection.send_bytes(message.data)
    return connection


def new_loop(kind):
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


if __name__ == "__main__":
    port, *kind = sys.argv[1:]
    application = web.Application()
    application.router.add_get("/echo", echo)
    web.run_app(
        application,
        host="127.0.0.1",
        port=int(port),
        loop=new_loop(*kind or ["asyncio"]),
        access_log=None,
        print=None,
    )
