"""Sends lines over a WebSocket and prints what comes, until one side ends it.

python client.py ws://localhost:9001/echo                  lines from the keyboard
python client.py ws://localhost:9001/echo < file           the lines of a file
"""

import asyncio
import sys

from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError, websocket_connect


async def send_lines(connection) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        await connection.write_message(line.rstrip("\n"))
    connection.close(1000)  # what is still on its way back will come


async def talk(url: str) -> None:
    async with websocket_connect(url, compression_options={}, ping_interval=20) as connection:
        sender = asyncio.create_task(send_lines(connection))
        try:
            async for message in connection:
                print(message if isinstance(message, str) else f"{len(message)} bytes", flush=True)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        print(f"closed: {connection.close_code} {connection.close_reason or ''}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        asyncio.run(talk(sys.argv[1]))
    except (HTTPClientError, WebSocketClosedError, OSError, ValueError) as error:
        sys.exit(f"client.py: {error}")
    except KeyboardInterrupt:
        pass
