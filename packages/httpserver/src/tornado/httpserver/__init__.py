"""A non-blocking HTTP/1.1 server.

Most programs never touch it: ``Application.listen`` starts one. By hand::

    server = HTTPServer(application, xheaders=True)
    server.listen(8888)
"""

from tornado.httpserver._context import HTTPRequestContext
from tornado.httpserver._server import HTTPServer
from tornado.httputil import HTTPServerRequest as HTTPRequest

__all__ = ["HTTPRequest", "HTTPServer"]

_HTTPRequestContext = HTTPRequestContext
HTTPServer.__module__ = __name__
