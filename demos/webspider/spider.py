"""A spider: every page below a first one, breadth first, by ten fetches at a time.

The queue is all there is of a plan. A worker takes the address that has waited longest, fetches it,
and puts what the page links to at the end, unless somebody has put it there before. When every
address that was put has been dealt with, ``queue.join()`` returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.queues import Queue

LARGEST_PAGE = 10 * 1024 * 1024


@dataclass(frozen=True)
class Page:
    """One address that was visited."""

    url: str
    depth: int  # links from the first page
    code: int  # 599: there was no answer
    size: int = 0
    problem: str = ""
    links: frozenset[str] = field(default=frozenset(), repr=False)


class Links(HTMLParser):
    """Collects the addresses that a page links to, whole and without their ``#fragment``."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if not address:
            return
        with suppress(ValueError):  # not every href is an address
            if tag == "base":
                self.base = urljoin(self.base, address)
            elif tag == "a":
                self.found.add(whole(urljoin(self.base, address)))


def whole(address: str) -> str:
    """The address without fragment, and with a path. ValueError if it is none."""
    parts = urlsplit(urldefrag(address).url)
    return parts._replace(path=parts.path or "/").geturl()


def links_of(url: str, html: str) -> frozenset[str]:
    parser = Links(url)
    parser.feed(html)
    return frozenset(parser.found)


class Spider:
    """``async for page in Spider("http://localhost:8888/docs/").crawl()``.

    It stays within ``prefix``: by default the folder of the first page.
    """

    def __init__(
        self,
        start: str,
        prefix: str | None = None,
        concurrency: int = 10,
        limit: int = 10_000,
    ) -> None:
        self.start = whole(start)
        self.prefix = prefix or urljoin(self.start, ".")
        self.concurrency = concurrency
        self.limit = limit
        self._waiting: Queue[tuple[str, int]] = Queue()
        self._known: set[str] = set()
        self._visited: Queue[Page | None] = Queue(maxsize=concurrency)

    async def crawl(self) -> AsyncIterator[Page]:
        """Visits each page once. Pages come as their fetches end."""
        self._put(self.start, 0)
        async with AsyncHTTPClient(
            force_instance=True, max_clients=self.concurrency, max_body_size=LARGEST_PAGE
        ) as client:
            workers = [asyncio.create_task(self._work(client)) for _ in range(self.concurrency)]
            end = asyncio.create_task(self._wait_for_all())
            try:
                while (page := await self._visited.get()) is not None:
                    yield page
            finally:
                for task in (*workers, end):
                    task.cancel()
                await asyncio.gather(*workers, end, return_exceptions=True)

    async def _wait_for_all(self) -> None:
        await self._waiting.join()
        await self._visited.put(None)

    async def _work(self, client: AsyncHTTPClient) -> None:
        async for url, depth in self._waiting:
            try:
                page = await visit(client, url, depth)
                for link in sorted(page.links):
                    self._put(link, depth + 1)
                await self._visited.put(page)
            finally:
                self._waiting.task_done()

    def _put(self, url: str, depth: int) -> None:
        if url in self._known or not url.startswith(self.prefix) or len(self._known) >= self.limit:
            return
        self._known.add(url)
        self._waiting.put_nowait((url, depth))


async def visit(client: AsyncHTTPClient, url: str, depth: int) -> Page:
    """Fetches one page. What goes wrong is told in the page."""
    try:
        # A redirect counts as a page with one link, so that it cannot lead out of the prefix.
        response = await client.fetch(url, follow_redirects=False, raise_error=False)
    except (HTTPClientError, OSError, ValueError) as error:  # nobody there, no proper address
        return Page(url, depth, 599, problem=str(error))
    headers = response.headers
    links: frozenset[str] = frozenset()
    if "Location" in headers:
        links = frozenset([whole(urljoin(url, headers["Location"]))])
    elif headers.get("Content-Type", "").startswith("text/html"):
        links = links_of(url, response.body.decode(errors="replace"))
    problem = response.reason or "" if response.code >= 400 else ""
    return Page(url, depth, response.code, len(response.body), problem, links)
