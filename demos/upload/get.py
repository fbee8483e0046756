"""Fetches a file in pieces, and goes on where an earlier try has stopped.

python get.py http://localhost:8888/files/film.mp4 film.mp4

What there is of the file is in ``film.mp4.part``, and in ``film.mp4.etag`` which version of it that
is: had the file changed meanwhile, the server would send all of the new one (RFC 9110 section
13.1.5).
"""

import asyncio
import re
import sys
from pathlib import Path

from progress import Percents, on_terminal

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.httputil import HTTPHeaders


class Download:
    """Takes the response as it comes: headers one line at a time, then the body in pieces."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self.etag = path.with_name(path.name + ".etag")
        self.code = 0
        self.headers = HTTPHeaders()
        self.file = self.part.open("ab")

    def request_headers(self) -> dict[str, str]:
        have = self.file.tell()
        if not have or not self.etag.exists():
            return {}
        return {"Range": f"bytes={have}-", "If-Range": self.etag.read_text()}

    def header_line(self, line: str) -> None:
        if line.startswith("HTTP/"):  # of this response, or of the one after a redirect
            self.code = int(line.split(" ")[1])
            self.headers = HTTPHeaders()
        elif line.strip():
            self.headers.parse_line(line)
        elif self.code in (200, 206):
            self.begin()

    def begin(self) -> None:
        if self.code == 200:
            self.file.truncate(0)
        etag = self.headers.get("Etag", "")
        if etag.startswith('"'):  # a weak one says nothing about single bytes
            self.etag.write_text(etag)
        else:
            self.etag.unlink(missing_ok=True)
        length = self.headers.get("Content-Length")
        total = self.file.tell() + int(length) if length else None
        self.percents = Percents(total, on_terminal(self.path.name))

    def piece(self, data: bytes) -> None:
        if self.code in (200, 206):
            self.file.write(data)
            self.percents(self.file.tell())

    def is_complete(self, error: HTTPClientError) -> bool:
        """Whether there was nothing left to ask for: ``Content-Range: bytes */SIZE``."""
        size = re.fullmatch(r"bytes \*/(\d+)", self.headers.get("Content-Range", ""))
        return error.code == 416 and size is not None and int(size[1]) == self.file.tell()

    def keep(self) -> None:
        self.part.replace(self.path)
        self.etag.unlink(missing_ok=True)


async def main(url: str, path: str) -> None:
    download = Download(Path(path))
    with download.file:
        async with AsyncHTTPClient(force_instance=True) as client:
            try:
                await client.fetch(
                    url,
                    headers=download.request_headers(),
                    header_callback=download.header_line,
                    streaming_callback=download.piece,
                    decompress_response=False,  # ranges are of the bytes as they are sent
                    request_timeout=0,
                )
            except HTTPClientError as error:
                if not download.is_complete(error):
                    raise
    download.keep()
    print(f"{path}: {Path(path).stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (HTTPClientError, OSError) as error:
        sys.exit(f"get.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
