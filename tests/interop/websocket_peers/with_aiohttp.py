"""aiohttp as a peer, as ``with_websockets.py`` says."""

import asyncio
import json
import sys

from aiohttp import ClientSession, WSMsgType, web

MESSAGES = ["short", "", "grüße", "0123456789" * 100_000]


async def echo(request):
    connection = web.WebSocketResponse(protocols=["second"])
    await connection.prepare(request)
    async for message in connection:
        if message.data == "leave":
            await connection.close(code=4321, message=b"enough")
        elif message.type == WSMsgType.TEXT:
            await connection.send_str(message.data)
        else:
            await connection.send_bytes(message.data)
    return connection


async def run_server():
    application = web.Application()
    application.router.add_get("/", echo)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def ask(url, deflate):
    async with (
        ClientSession() as session,
        session.ws_connect(
            url,
            compress=15 if deflate == "deflate" else 0,
            protocols=["first", "second"],
            max_msg_size=0,
            autoping=False,
        ) as connection,
    ):
        same = []
        for message in MESSAGES:
            await connection.send_str(message)
            same.append((await connection.receive()).data == message)
        await connection.send_bytes(b"\x00\xff")
        same.append((await connection.receive()).data == b"\x00\xff")
        await connection.ping(b"there?")
        pong = await connection.receive()
        same.append((pong.type, pong.data) == (WSMsgType.PONG, b"there?"))
        await connection.send_str("leave")
        closing = await connection.receive()
        print(
            json.dumps(
                {
                    "same": same,
                    "closed": [closing.data, closing.extra],
                    "subprotocol": connection.protocol,
                    "extensions": ["permessage-deflate"] if connection.compress else [],
                }
            )
        )


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    asyncio.run(run_server() if kind == "serve" else ask(*arguments))
