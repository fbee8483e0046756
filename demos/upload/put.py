"""Sends a file as it is, in pieces: neither side ever has all of it in memory.

python put.py film.mp4 http://localhost:8888/files/film.mp4
"""

import asyncio
import os
import sys

from progress import Percents, on_terminal

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

PIECE = 256 * 1024


async def main(path: str, url: str) -> None:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        percents = Percents(size, on_terminal(path))

        async def produce(write):
            while piece := await asyncio.to_thread(file.read, PIECE):
                await write(piece)  # waits while the server does not keep up
                percents(file.tell())

        async with AsyncHTTPClient(force_instance=True) as client:
            response = await client.fetch(
                url,
                method="PUT",
                body_producer=produce,
                headers={"Content-Length": str(size)},
                request_timeout=0,  # as long as it takes
            )
    print(response.body.decode())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (HTTPClientError, OSError) as error:
        sys.exit(f"put.py: {error}")
