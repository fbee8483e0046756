"""A non-blocking HTTP/1.1 server.

Most programs never touch it: ``run(application, 8888)`` serves until the process is told to end,
``Application.listen`` starts a server in a program that has more to do. By hand::

    server = HTTPServer(application, xheaders=True)
    server.listen(8888)
"""

from typing import TYPE_CHECKING

from tornado.httpserver._context import HTTPRequestContext
from tornado.httpserver._proxy import ProxyPolicy
from tornado.httpserver._server import HTTPServer
from tornado.httpserver._signals import run
from tornado.httputil import HTTPHeaders
from tornado.httputil import HTTPServerRequest as HTTPRequest

__all__ = ["HTTPHeaders", "HTTPRequest", "HTTPServer", "ProxyPolicy", "run"]

_HTTPRequestContext = HTTPRequestContext
for _shown in (HTTPServer, ProxyPolicy, run):
    _shown.__module__ = __name__

if not TYPE_CHECKING:  # a checker would take every name to be there

    def __getattr__(name: str) -> object:
        if name == "HTTPConnection":
            raise AttributeError(
                "tornado.httpserver.HTTPConnection was the server's own until 2014: a request's is "
                "request.connection (a tornado.httputil.HTTPConnection), and a stream of yours is "
                "served by HTTPServer(callback).handle_stream(stream, address)"
            )
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
