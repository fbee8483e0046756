"""The HTTP client on our own streams, with a pool of connections.

``SimpleAsyncHTTPClient`` is what ``AsyncHTTPClient()`` makes unless the program configures another.
"""

from tornado.httpclient import HTTPStreamClosedError, HTTPTimeoutError
from tornado.simple_httpclient._client import SimpleAsyncHTTPClient

__all__ = ["HTTPStreamClosedError", "HTTPTimeoutError", "SimpleAsyncHTTPClient"]

SimpleAsyncHTTPClient.__module__ = __name__
