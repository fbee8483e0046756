"""A non-blocking HTTP/1.1 server.

Most programs never touch it: ``run(application, 8888)`` serves until the process is told to end,
``Application.listen`` starts a server in a program that has more to do. By hand::

    server = HTTPServer(application, xheaders=True)
    server.listen(8888)
"""

from tornado.httpserver._context import HTTPRequestContext
from tornado.httpserver._proxy import ProxyPolicy
from tornado.httpserver._server import HTTPServer
from tornado.httpserver._signals import run
from tornado.httputil import HTTPServerRequest as HTTPRequest

__all__ = ["HTTPRequest", "HTTPServer", "ProxyPolicy", "run"]

_HTTPRequestContext = HTTPRequestContext
for _shown in (HTTPServer, ProxyPolicy, run):
    _shown.__module__ = __name__
