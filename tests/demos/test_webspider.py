"""The spider, on a site of its own."""

import asyncio
import subprocess
import sys

import pytest
from programs import ROOT, running

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

DEMO = ROOT / "demos/webspider"


class Site:
    """Pages by path: a list of links, or a status and headers. ``asked`` has what was fetched,
    ``most`` how many at a time."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = []
        self.now = self.most = 0
        site = self

        class Page(RequestHandler):
            async def get(self):
                site.asked.append(self.request.uri)
                site.now += 1
                site.most = max(site.most, site.now)
                await asyncio.sleep(0.01)
                site.now -= 1
                page = site.pages.get(self.request.uri, 404)
                if isinstance(page, int):
                    self.set_status(page)
                elif isinstance(page, str):
                    self.redirect(page)
                elif isinstance(page, bytes):
                    self.set_header("Content-Type", "text/plain")
                    self.write(page)
                else:
                    for link in page:
                        self.write(f'<p><A HREF="{link}">x</a>')

        quiet = {"log_function": lambda handler: None}
        self.server = HTTPServer(Application([(".*", Page)], **quiet))
        sockets = bind_sockets(0, "127.0.0.1")
        self.server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"


@pytest.fixture
def spider(monkeypatch):
    monkeypatch.syspath_prepend(str(DEMO))
    monkeypatch.delitem(sys.modules, "spider", raising=False)
    import spider

    return spider


async def crawl(spider, site, path="/", **options):
    crawler = spider.Spider(site.url + path, **options)
    pages = {page.url.removeprefix(site.url): page async for page in crawler.crawl()}
    site.server.stop()
    return pages


async def test_each_page_once_and_none_outside(spider):
    site = Site(
        {
            "/docs/": [
                "a.html",
                "/docs/b.html#part",
                "../outside",
                "http://192.0.2.1/far",
                "b.html",
            ],
            "/docs/a.html": [
                "b.html?x=1&amp;y=2",
                "mailto:ada@example.com",
                "",
                "./",
                "http://[oops",
            ],
            "/docs/b.html": ["a.html", "text.txt", "moved", "away", "gone"],
            "/docs/b.html?x=1&y=2": ["#here"],
            "/docs/text.txt": b'<a href="not-a-link.html">',
            "/docs/moved": "/docs/c.html",
            "/docs/away": "/outside",
            "/docs/c.html": [],
            "/docs/gone": 410,
            "/outside": ["/docs/only-from-outside"],
        }
    )
    pages = await crawl(spider, site, "/docs/")
    assert sorted(pages) == sorted(set(site.pages) - {"/outside"})
    assert sorted(site.asked) == sorted(pages)
    assert {path: page.code for path, page in pages.items() if page.code != 200} == {
        "/docs/moved": 302,
        "/docs/away": 302,
        "/docs/gone": 410,
    }
    assert pages["/docs/c.html"].depth == 3


async def test_breadth_first(spider):
    site = Site({f"/{i}": [f"/{2 * i}", f"/{2 * i + 1}"] for i in range(1, 32)})
    pages = await crawl(spider, site, "/1", concurrency=1)
    assert site.asked == [f"/{i}" for i in range(1, 64)]
    assert pages["/33"].depth == 5
    assert site.most == 1


@pytest.mark.parametrize("concurrency", [3, 10])
async def test_so_many_at_a_time(spider, concurrency):
    site = Site({"/": [f"/{i}" for i in range(40)]} | {f"/{i}": [] for i in range(40)})
    pages = await crawl(spider, site, concurrency=concurrency)
    assert len(pages) == 41
    assert site.most == concurrency


async def test_a_limit(spider):
    site = Site({"/": [f"/{i}" for i in range(40)]})
    assert len(await crawl(spider, site, limit=7)) == 7


async def test_who_has_seen_enough_may_leave(spider):
    site = Site({"/": [f"/{i}" for i in range(40)]})
    crawl = spider.Spider(site.url).crawl()
    async for page in crawl:
        assert page.url == site.url + "/"
        break
    await crawl.aclose()
    site.server.stop()
    assert [task for task in asyncio.all_tasks() if "Spider" in repr(task)] == []


async def test_nobody_there(spider):
    site = Site({})
    site.server.stop()
    (page,) = (await crawl(spider, site)).values()
    assert page.code == 599
    assert page.problem


def run(*arguments):
    command = [sys.executable, "-W", "error", DEMO / "main.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_program():
    with running("demos/chat/main.py", "--port=0") as chat:
        done = run(f"{chat.url}/signin")
    assert done.stderr == ""
    assert f"200 {chat.url}/signin " in done.stdout
    assert done.returncode == 0
    wrong = run("localhost")
    assert "give the address" in wrong.stderr


def test_broken_pages_are_told():
    with running("demos/tutorial/home.py", "--port=0") as program:
        done = run(f"{program.url}/nothing")
    assert done.returncode == 1
    assert f"404 {program.url}/nothing Not Found\n" in done.stdout
    assert "1 of them broken" in done.stdout
