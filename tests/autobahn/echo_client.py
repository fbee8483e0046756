"""The client that talks to Autobahn's suite: every message goes back as it is.

``python echo_client.py URL AGENT`` runs all cases that the suite at URL has chosen.
"""

import asyncio
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
    connection = await websocket_connect(url, compression_options={}, max_message_size=LARGEST)
    while (message := await connection.read_message()) is not None:
        try:
            await connection.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            break  # some cases leave without waiting for the echo


async def main(url, agent):
    for number in range(1, int(await ask(f"{url}/getCaseCount")) + 1):
        await run_case(f"{url}/runCase?case={number}&agent={agent}")
    await ask(f"{url}/updateReports?agent={agent}")


asyncio.run(main(*sys.argv[1:]))
