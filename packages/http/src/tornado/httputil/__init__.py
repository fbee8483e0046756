"""What HTTP code of every kind shares: fields, start lines, requests, bodies, URLs, dates, and the
delegates at which servers, clients and applications meet."""

from urllib.parse import urlencode

from tornado.httputil._auth import encode_username_password
from tornado.httputil._bodies import parse_body_arguments
from tornado.httputil._cookies import parse_cookie
from tornado.httputil._dates import format_timestamp, parse_http_date
from tornado.httputil._delegates import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
)
from tornado.httputil._doctests import doctests
from tornado.httputil._errors import HTTPInputError, HTTPOutputError
from tornado.httputil._files import HTTPFile
from tornado.httputil._headers import HTTPHeaders
from tornado.httputil._multipart import parse_multipart_form_data
from tornado.httputil._parse_config import (
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    set_parse_body_config,
)
from tornado.httputil._request import HTTPServerRequest
from tornado.httputil._startline import (
    RequestStartLine,
    ResponseStartLine,
    parse_request_start_line,
    parse_response_start_line,
)
from tornado.httputil._statuses import responses
from tornado.httputil._urls import qs_to_qsl, split_host_and_port, url_concat

__all__ = [
    "HTTPConnection",
    "HTTPFile",
    "HTTPHeaders",
    "HTTPInputError",
    "HTTPMessageDelegate",
    "HTTPOutputError",
    "HTTPServerConnectionDelegate",
    "HTTPServerRequest",
    "ParseBodyConfig",
    "ParseMultipartConfig",
    "ParseUrlEncodedConfig",
    "RequestStartLine",
    "ResponseStartLine",
    "doctests",
    "encode_username_password",
    "format_timestamp",
    "parse_body_arguments",
    "parse_cookie",
    "parse_http_date",
    "parse_multipart_form_data",
    "parse_request_start_line",
    "parse_response_start_line",
    "qs_to_qsl",
    "responses",
    "set_parse_body_config",
    "split_host_and_port",
    "url_concat",
    "urlencode",
]

for _name in __all__:
    if _name not in ("responses", "urlencode"):
        globals()[_name].__module__ = __name__
del _name
