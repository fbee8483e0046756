"""HTTP/1.1 on a stream (RFC 9112): a strict parser, and the connection around it.

A server gives each accepted stream to an ``HTTP1ServerConnection`` and calls ``start_serving`` with
its delegate; see ``tornado.httputil`` for the delegates.
"""

from tornado.http1connection._client import HTTP1Connection
from tornado.http1connection._params import HTTP1ConnectionParameters
from tornado.http1connection._parser import is_transfer_encoding_chunked, parse_hex_int, parse_int
from tornado.http1connection._server import HTTP1ServerConnection

__all__ = [
    "HTTP1Connection",
    "HTTP1ConnectionParameters",
    "HTTP1ServerConnection",
    "is_transfer_encoding_chunked",
    "parse_hex_int",
    "parse_int",
]

for _shown in (
    HTTP1Connection,
    HTTP1ConnectionParameters,
    HTTP1ServerConnection,
    is_transfer_encoding_chunked,
    parse_hex_int,
    parse_int,
):
    _shown.__module__ = __name__
del _shown
