"""Foundations that the whole family stands on.

Here live small tools without state and without I/O: configurable classes, gzip, imports by name,
and the names that older programs import from here. Nothing here imports asyncio or any other part
of the family.
"""

from tornado.util._arguments import ArgReplacer
from tornado.util._configurable import Configurable
from tornado.util._errors import TimeoutError, errno_from_exception, raise_exc_info
from tornado.util._gzip import GzipDecompressor
from tornado.util._importing import import_object
from tornado.util._objectdict import ObjectDict
from tornado.util._python import (
    PY3,
    doctests,
    exec_in,
    is_finalizing,
    timedelta_to_seconds,
)
from tornado.util._strings import b, basestring_type, bytes_type, re_unescape, u, unicode_type
from tornado.util._version import version, version_info

__all__ = [
    "PY3",
    "ArgReplacer",
    "Configurable",
    "GzipDecompressor",
    "ObjectDict",
    "TimeoutError",
    "b",
    "basestring_type",
    "bytes_type",
    "doctests",
    "errno_from_exception",
    "exec_in",
    "import_object",
    "is_finalizing",
    "raise_exc_info",
    "re_unescape",
    "timedelta_to_seconds",
    "u",
    "unicode_type",
    "version",
    "version_info",
]

for _shown in (
    ArgReplacer,
    Configurable,
    GzipDecompressor,
    ObjectDict,
    b,
    doctests,
    errno_from_exception,
    exec_in,
    import_object,
    raise_exc_info,
    re_unescape,
    timedelta_to_seconds,
    u,
):
    _shown.__module__ = __name__
del _shown
