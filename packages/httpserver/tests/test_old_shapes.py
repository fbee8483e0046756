"""Names and arguments that older programs know."""

import ssl

import pytest

from tornado import httpserver, httputil
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop


def handle(request):
    raise AssertionError("nobody asks")


@pytest.mark.parametrize("given", [True, False])
async def test_the_loop_in_third_place(given):
    loop = IOLoop.current() if given else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = HTTPServer(handle, True, loop)
    assert (server.no_keep_alive, server._io_loop, server.xheaders) == (True, loop, False)
    server = HTTPServer(handle, False, loop, True)
    assert (server.no_keep_alive, server._io_loop, server.xheaders) == (False, loop, True)
    server = HTTPServer(handle, False, loop, False, context)
    assert (server.xheaders, server.ssl_options, server.protocol) == (False, context, None)
    server = HTTPServer(handle, False, loop, ssl_options=context, protocol="https")
    assert (server.xheaders, server.ssl_options, server.protocol) == (False, context, "https")


def test_the_arguments_of_today_by_position():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = HTTPServer(handle, False, True, context, "https")
    assert (server.xheaders, server.ssl_options, server.protocol) == (True, context, "https")


def test_names():
    assert httpserver.HTTPHeaders is httputil.HTTPHeaders
    assert httpserver.HTTPHeaders.parse("A: b\r\n")["a"] == "b"
    with pytest.raises(AttributeError, match=r"request's is request\.connection"):
        _ = httpserver.HTTPConnection
    with pytest.raises(AttributeError, match=r"'tornado\.httpserver' has no attribute 'Nothing'"):
        _ = httpserver.Nothing
