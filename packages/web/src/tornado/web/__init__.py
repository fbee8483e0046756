r"""A web framework: applications, request handlers, and what web pages need.

::

    from tornado.ioloop import IOLoop
    from tornado.web import Application, RequestHandler

    class Greeting(RequestHandler):
        def get(self, name):
            self.write(f"Hello, {name}")

    Application([(r"/hello/(\w+)", Greeting)]).listen(8888)
    IOLoop.current().start()
"""

from tornado.httputil import HTTPServerRequest
from tornado.routing import URLSpec
from tornado.web._application import Application
from tornado.web._arguments import REQUIRED
from tornado.web._builtin import ErrorHandler, FallbackHandler, RedirectHandler
from tornado.web._compression import GZipContentEncoding
from tornado.web._errors import Finish, HTTPError, MissingArgumentError
from tornado.web._handler import RequestHandler
from tornado.web._identity import authenticated
from tornado.web._legacy import asynchronous
from tornado.web._multipart import (
    MultipartFile,
    MultipartForm,
    MultipartPart,
    MultipartReader,
    stream_multipart,
)
from tornado.web._old_transforms import ChunkedTransferEncoding
from tornado.web._request_context import RequestIdFilter, current_request
from tornado.web._signing import (
    DEFAULT_SIGNED_VALUE_MIN_VERSION,
    DEFAULT_SIGNED_VALUE_VERSION,
    MAX_SUPPORTED_SIGNED_VALUE_VERSION,
    MIN_SUPPORTED_SIGNED_VALUE_VERSION,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
)
from tornado.web._slashes import addslash, removeslash
from tornado.web._static import StaticFileHandler
from tornado.web._streaming import stream_request_body
from tornado.web._transforms import OutputTransform
from tornado.web._ui import TemplateModule, UIModule, is_absolute

url = URLSpec
_ARG_DEFAULT = REQUIRED  # the name under which old overrides of get_argument know it

__all__ = [
    "DEFAULT_SIGNED_VALUE_MIN_VERSION",
    "DEFAULT_SIGNED_VALUE_VERSION",
    "MAX_SUPPORTED_SIGNED_VALUE_VERSION",
    "MIN_SUPPORTED_SIGNED_VALUE_VERSION",
    "Application",
    "ChunkedTransferEncoding",
    "ErrorHandler",
    "FallbackHandler",
    "Finish",
    "GZipContentEncoding",
    "HTTPError",
    "HTTPServerRequest",
    "MissingArgumentError",
    "MultipartFile",
    "MultipartForm",
    "MultipartPart",
    "MultipartReader",
    "OutputTransform",
    "RedirectHandler",
    "RequestHandler",
    "RequestIdFilter",
    "StaticFileHandler",
    "TemplateModule",
    "UIModule",
    "URLSpec",
    "addslash",
    "asynchronous",
    "authenticated",
    "create_signed_value",
    "current_request",
    "decode_signed_value",
    "get_signature_key_version",
    "is_absolute",
    "removeslash",
    "stream_multipart",
    "stream_request_body",
    "url",
]

for _name in __all__:
    if not _name.isupper() and _name not in ("HTTPServerRequest", "URLSpec", "url"):
        globals()[_name].__module__ = __name__
del _name
