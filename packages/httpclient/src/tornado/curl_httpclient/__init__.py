"""The HTTP client on libcurl (extra ``curl``).

::

    AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient")
"""

from tornado.curl_httpclient._client import CurlAsyncHTTPClient
from tornado.curl_httpclient._errors import CurlError

__all__ = ["CurlAsyncHTTPClient", "CurlError"]

CurlAsyncHTTPClient.__module__ = CurlError.__module__ = __name__
