"""The client that talks to Autobahn's suite: every message goes back as it is.

``python echo_client.py URL AGENT`` runs all cases that the suite at URL has chosen.
"""

import asyncio
import contextlib
import sys

from tornado.websocket import WebSocketClosedError, websocket_connect

LARGEST = 64 * 1024 * 1024


async def ask(url):
    """The one message at ``url``."""
    connection = await websocket_connect(url)
    answer = await connection.read_message()
    connection.close()
    return answer


async def run_case(url):
    def echo(message):
        if message is not None:
            # Some cases leave without waiting for it.
            with contextlib.suppress(WebSocketClosedError):
                connection.write_message(message, binary=isinstance(message, bytes))

    connection = await websocket_connect(
        url, on_message_callback=echo, compression_options={}, max_message_size=LARGEST
    )
    await connection.wait_closed()


async def main(url, agent):
    for number in range(1, int(await ask(f"{url}/getCaseCount")) + 1):
        await run_case(f"{url}/runCase?case={number}&agent={agent}")
    await ask(f"{url}/updateReports?agent={agent}")


asyncio.run(main(*sys.argv[1:]))
