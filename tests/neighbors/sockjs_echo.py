"""sockjs-tornado, of 2019: WebSockets and the ways around them, by clients that know neither."""

import asyncio
import http.client
import json

from sockjs.tornado import SockJSConnection, SockJSRouter

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.websocket import websocket_connect

events = []


class Echo(SockJSConnection):
    def on_open(self, info):
        events.append(f"open from {info.ip}")

    def on_message(self, message):
        if message == "bye":
            self.close()
        else:
            self.send(message)

    def on_close(self):
        events.append("close")


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def poll(port):
    assert ask(port, "GET", "/echo/") == (200, b"Welcome to SockJS!\n")
    assert json.loads(ask(port, "GET", "/echo/info")[1])["websocket"] is True
    assert ask(port, "POST", "/echo/0/polled/xhr") == (200, b"o\n")
    assert ask(port, "POST", "/echo/0/polled/xhr_send", '["a", "b"]') == (204, b"")
    assert ask(port, "POST", "/echo/0/polled/xhr") == (200, b'a["a","b"]\n')


def stream(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/echo/0/streamed/xhr_streaming")
        response = connection.getresponse()
        assert response.read(2049) == b"h" * 2048 + b"\n"
        assert response.read(2) == b"o\n"
        assert ask(port, "POST", "/echo/0/streamed/xhr_send", '["now"]') == (204, b"")
        assert response.read(9) == b'a["now"]\n'
    finally:
        connection.close()


async def talk(port):
    socket = await websocket_connect(f"ws://127.0.0.1:{port}/echo/0/talked/websocket")
    assert await socket.read_message() == "o"
    await socket.write_message('["hello", "you"]')
    assert await socket.read_message() == 'a["hello"]'
    assert await socket.read_message() == 'a["you"]'
    await socket.write_message('["bye"]')
    assert await socket.read_message() == 'c[3000,"Go away!"]'
    assert await socket.read_message() is None
    raw = await websocket_connect(f"ws://127.0.0.1:{port}/echo/websocket")
    await raw.write_message("raw")
    assert await raw.read_message() == "raw"
    raw.close()
    assert await raw.read_message() is None


async def main():
    server = HTTPServer(tornado.web.Application(SockJSRouter(Echo, "/echo").urls))
    server.listen(0, "127.0.0.1")
    (listening,) = server._sockets.values()
    port = listening.getsockname()[1]
    await talk(port)
    assert events == ["open from 127.0.0.1", "close"] * 2, events
    await asyncio.to_thread(poll, port)
    await asyncio.to_thread(stream, port)
    server.stop()
    await server.close_all_connections()


asyncio.run(main())
print("as it should be")
