"""Follows the links of a site and says what it finds.

python main.py http://localhost:8888/docs/ [--prefix=http://localhost:8888/] [--concurrency=10]
"""

import asyncio
import sys
import time

from spider import Spider

from tornado.options import define, options, parse_command_line

define("prefix", default="", help="visit what begins with this (default: the folder of the page)")
define("concurrency", default=10, type=int, help="pages fetched at a time")
define("limit", default=10_000, type=int, help="pages in all, at most")


async def main(start: str) -> int:
    began = time.monotonic()
    spider = Spider(start, options.prefix or None, options.concurrency, options.limit)
    count = broken = 0
    async for page in spider.crawl():
        count += 1
        broken += page.code >= 400
        print(page.code, page.url, page.problem or f"{page.size} bytes", flush=True)
    print(f"{count} pages in {time.monotonic() - began:.1f} s, {broken} of them broken")
    return 1 if broken else 0


if __name__ == "__main__":
    where = parse_command_line()
    if len(where) != 1 or not where[0].startswith(("http://", "https://")):
        sys.exit("main.py: give the address of one page, such as http://localhost:8888/")
    try:
        sys.exit(asyncio.run(main(where[0])))
    except KeyboardInterrupt:
        sys.exit(130)
