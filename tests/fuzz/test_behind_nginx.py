"""Smuggling: nginx and the server behind it must read every request alike.

What nginx forwards, it marks with an id that it also writes to its log. A request that the server
sees without one, or with one it has seen already, began where nginx saw no beginning.
"""

import asyncio
import contextlib
import getpass
import os
import random
import time
from collections import Counter

import nginx
import pytest
from fuzz import LIVE, WORDS, corpus
from mutations import Mutator

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

CONNECTIONS = 200
AT_ONCE = 20

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    {temporary}
    log_format forwarded '$request_id $upstream_status $request_method';
    access_log {folder}/access.log forwarded;
    underscores_in_headers on; ignore_invalid_headers off;
    upstream server {{ server 127.0.0.1:{server}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        client_header_timeout 1s; client_body_timeout 1s;
        location / {{
            proxy_pass http://server; proxy_http_version 1.1; proxy_request_buffering {buffering};
            proxy_set_header Connection ""; proxy_set_header X-Forwarded-Id $request_id;
        }}
    }}
}}
"""


class Seen(RequestHandler):
    SUPPORTED_METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")

    def initialize(self, seen):
        self.seen = seen

    def answer(self):
        self.seen.append((self.request.headers.get("X-Forwarded-Id"), self.request.method))

    get = head = post = put = delete = patch = options = propfind = answer

    def log_exception(self, *error):
        pass  # refusals are expected here


async def send(port, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError, TimeoutError):
        writer.write(data)
        await asyncio.wait_for(reader.read(), 0.3)
    writer.transport.abort()


@pytest.mark.parametrize("buffering", ["on", "off"])
async def test_what_nginx_forwards_is_read_alike(tmp_path, buffering):
    program = nginx.found()
    seen = []
    server = HTTPServer(Application([(r".*", Seen, {"seen": seen})], log_function=lambda _: None))
    (sock,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([sock])
    port = nginx.free_port()
    text = CONFIGURATION.format(
        folder=tmp_path,
        user=f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
        temporary="".join(f"{n}_temp_path {tmp_path}/{n}; " for n in nginx.TEMPORARY),
        server=sock.getsockname()[1],
        port=port,
        buffering=buffering,
    )
    inputs = [
        data if b"\r\n\r\n" in data else data + b"\r\n\r\n"
        for data in [*corpus("head"), *corpus(LIVE)]
    ]
    mutator = Mutator(random.Random(buffering), WORDS, inputs)
    with nginx.running(program, text, tmp_path, port):
        for _ in range(CONNECTIONS // AT_ONCE):
            batch = [mutator.mutate(mutator.pick()) for _ in range(AT_ONCE)]
            await asyncio.gather(*(send(port, data) for data in batch))
        await server.drain(5)
        ends = time.monotonic() + 5
        while nginx_log(tmp_path).keys() < {i for i, _ in seen} and time.monotonic() < ends:
            await asyncio.sleep(0.05)
    forwarded = nginx_log(tmp_path)
    assert len(seen) > 20
    assert [method for i, method in seen if i not in forwarded] == []
    assert [i for i, count in Counter(i for i, _ in seen).items() if count > 1] == []
    assert [i for i, method in seen if forwarded[i] != method] == []


def nginx_log(folder):
    """The ids of requests that nginx has seen, with their methods."""
    lines = (folder / "access.log").read_text("latin-1").splitlines()
    return {line.split(" ")[0]: line.split(" ")[-1] for line in lines}
