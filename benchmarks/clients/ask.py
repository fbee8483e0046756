"""One HTTP client asks a server for a while, and says what that has cost it.

    python ask.py simple http://127.0.0.1:8080/ --seconds 3 --at-once 100

Run by client_bench.py, in the environment of the client. Printed is a line of JSON: requests
answered, and seconds of CPU and of the clock that they took. What was done to warm up is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

ANSWER = b"Hello, world"
WARM_UP = 0.5

Ask = Callable[[], Awaitable[bytes]]


class Meter:
    """Counts what is answered after the warming up; ``goes_on`` until the time is over."""

    def __init__(self, seconds: float) -> None:
        self._begins = time.perf_counter() + WARM_UP
        self._ends = self._begins + seconds
        self.requests = -1
        self._cpu = self._began = 0.0

    def goes_on(self) -> bool:
        now = time.perf_counter()
        if self.requests < 0:
            if now >= self._begins:
                self.requests, self._cpu, self._began = 0, time.process_time(), now
        else:
            self.requests += 1
        return now < self._ends

    def figures(self) -> dict[str, float]:
        return {
            "requests": self.requests,
            "cpu": time.process_time() - self._cpu,
            "seconds": time.perf_counter() - self._began,
        }


async def asking(ask: Ask, meter: Meter, at_once: int) -> None:
    if await ask() != ANSWER:
        raise SystemExit("the server answers something else")

    async def one_after_another() -> None:
        while meter.goes_on():
            await ask()

    await asyncio.gather(*[one_after_another() for _ in range(at_once)])


async def by_tornado(url: str, meter: Meter, at_once: int, implementation: str) -> None:
    from tornado.httpclient import AsyncHTTPClient

    AsyncHTTPClient.configure(implementation, max_clients=max(at_once, 10))
    client = AsyncHTTPClient()

    async def ask() -> bytes:
        return (await client.fetch(url)).body

    await asking(ask, meter, at_once)
    client.close()


async def by_simple(url: str, meter: Meter, at_once: int) -> None:
    await by_tornado(url, meter, at_once, "tornado.simple_httpclient.SimpleAsyncHTTPClient")


async def by_curl(url: str, meter: Meter, at_once: int) -> None:
    await by_tornado(url, meter, at_once, "tornado.curl_httpclient.CurlAsyncHTTPClient")


async def by_aiohttp(url: str, meter: Meter, at_once: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:

        async def ask() -> bytes:
            async with session.get(url) as response:
                body: bytes = await response.read()
                return body

        await asking(ask, meter, at_once)


async def by_httpx(url: str, meter: Meter, at_once: int) -> None:
    import httpx

    async with httpx.AsyncClient() as client:

        async def ask() -> bytes:
            body: bytes = (await client.get(url)).content
            return body

        await asking(ask, meter, at_once)


async def by_pycurl(url: str, meter: Meter, at_once: int) -> None:
    """libcurl without anything around it: a multi handle and a loop over what is ready."""
    import pycurl

    multi = pycurl.CurlMulti()
    for _ in range(at_once):
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.WRITEFUNCTION, lambda data: None)
        multi.add_handle(handle)
    running = at_once
    while running:
        multi.perform()
        _, done, failed = multi.info_read()
        if failed:
            raise SystemExit(f"pycurl: {failed[0][2]}")
        for handle in done:
            multi.remove_handle(handle)
            if meter.goes_on():
                multi.add_handle(handle)
            else:
                running -= 1
        if not done:
            multi.select(1.0)


CLIENTS: dict[str, Any] = {
    "simple": by_simple,
    "curl": by_curl,
    "aiohttp": by_aiohttp,
    "httpx": by_httpx,
    "pycurl": by_pycurl,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--uvloop", action="store_true")
    options = parser.parse_args()
    if options.uvloop:
        import uvloop

        run = uvloop.run
    else:
        run = asyncio.run
    meter = Meter(options.seconds)

    async def whole() -> None:
        await CLIENTS[options.client](options.url, meter, options.at_once)

    run(whole())
    print(json.dumps(meter.figures()))


if __name__ == "__main__":
    main()
