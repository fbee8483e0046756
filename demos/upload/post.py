"""Sends files as a form does, each read while it is sent.

python post.py http://localhost:8888/files film.mp4 notes.txt
"""

import asyncio
import sys
from pathlib import Path

from progress import Percents, on_terminal

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, MultipartForm


async def main(url: str, *paths: str) -> None:
    form = MultipartForm(files=[("file", Path(path)) for path in paths])
    percents = Percents(int(form.headers["Content-Length"]), on_terminal("form"))

    async def produce(write):
        sent = 0

        async def write_and_tell(piece):
            nonlocal sent
            await write(piece)
            sent += len(piece)
            percents(sent)

        await form(write_and_tell)

    async with AsyncHTTPClient(force_instance=True) as client:
        response = await client.fetch(
            url, method="POST", headers=form.headers, body_producer=produce, request_timeout=0
        )
    print(response.body.decode())


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (HTTPClientError, OSError) as error:
        sys.exit(f"post.py: {error}")
