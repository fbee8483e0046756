"""Escaping and encoding: HTML, JSON, URLs, and the step between ``str`` and ``bytes``.

Everything here is a plain function of its arguments, but for the JSON library that a program may
choose with ``use_json``. Nothing depends on another distribution or on the event loop. With
``markupsafe`` installed (extra ``speedups``) HTML is escaped in C, to the same bytes.
"""

from tornado.escape._html import SafeString, xhtml_escape, xhtml_unescape
from tornado.escape._json import json_decode, json_encode, use_json
from tornado.escape._linkify import linkify
from tornado.escape._text import (
    native_str,
    recursive_unicode,
    squeeze,
    to_basestring,
    to_unicode,
    utf8,
)
from tornado.escape._url import parse_qs_bytes, url_escape, url_unescape

# Kept for programs written for Python 2 and 3 at once.
_unicode = to_unicode

__all__ = [
    "SafeString",
    "json_decode",
    "json_encode",
    "linkify",
    "native_str",
    "parse_qs_bytes",
    "recursive_unicode",
    "squeeze",
    "to_basestring",
    "to_unicode",
    "url_escape",
    "url_unescape",
    "use_json",
    "utf8",
    "xhtml_escape",
    "xhtml_unescape",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
