"""HTTP clients: what every implementation shares, and the one a program asks for.

::

    async with AsyncHTTPClient(force_instance=True) as client:
        response = await client.fetch("http://example.com/")
        print(response.body)
"""

from typing import Any

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
from tornado.httpclient._main import main
from tornado.httpclient._multipart import MultipartForm, encode_multipart
from tornado.httpclient._request import HTTPRequest
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._sync import HTTPClient

__all__ = [
    "AsyncHTTPClient",
    "BodyTooLargeError",
    "HTTPClient",
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
    "MultipartForm",
    "Phase",
    "ProxyError",
    "TooManyRedirectsError",
    "encode_multipart",
    "main",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name


def __getattr__(name: str) -> Any:
    # In 2009 it was here; importing it needs pycurl.
    if name == "CurlError":
        from tornado.curl_httpclient import CurlError

        return CurlError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
