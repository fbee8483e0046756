"""HTTP clients: what every implementation shares, and the one a program asks for.

::

    async with AsyncHTTPClient(force_instance=True) as client:
        response = await client.fetch("http://example.com/")
        print(response.body)
"""

from tornado.httpclient._client import AsyncHTTPClient
from tornado.httpclient._errors import (
    BodyTooLargeError,
    HTTPClientError,
    HTTPConnectError,
    HTTPDecodeError,
    HTTPError,
    HTTPProtocolError,
    HTTPRedirectError,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
    TooManyRedirectsError,
)
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._response import HTTPResponse

__all__ = [
    "AsyncHTTPClient",
    "BodyTooLargeError",
    "HTTPClientError",
    "HTTPConnectError",
    "HTTPDecodeError",
    "HTTPError",
    "HTTPProtocolError",
    "HTTPRedirectError",
    "HTTPRequest",
    "HTTPResponse",
    "HTTPStreamClosedError",
    "HTTPTimeoutError",
    "Phase",
    "ProxyError",
    "TooManyRedirectsError",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
