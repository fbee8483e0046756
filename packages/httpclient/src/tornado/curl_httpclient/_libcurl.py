"""pycurl, and what the libcurl under it can do."""

from __future__ import annotations

import ssl

try:
    import pycurl
except ImportError as missing:
    raise ImportError(
        "tornado.curl_httpclient needs pycurl: pip install 'tornado-httpclient[curl]'"
    ) from missing

__all__ = [
    "AUTHORITIES",
    "HAS_HTTP2",
    "SUPPRESS_CONNECT_HEADERS",
    "TELLS_PROXY_USERS_APART",
    "pycurl",
]

SUPPRESS_CONNECT_HEADERS = 265
"""An option of libcurl that pycurl has no name for."""

_info = pycurl.version_info()

HAS_HTTP2 = bool(_info[4] & pycurl.VERSION_HTTP2)

TELLS_PROXY_USERS_APART = _info[2] >= 0x081300
"""Before 8.19.0 libcurl used the tunnel of one user of a proxy for another (CVE-2026-3784)."""

_paths = ssl.get_default_verify_paths()
AUTHORITIES = [
    (option, path)
    for option, path in ((pycurl.CAINFO, _paths.cafile), (pycurl.CAPATH, _paths.capath))
    if path is not None
]
"""Where the ``ssl`` module finds the system's authorities: a libcurl that came in a wheel does not
know where this system has them."""
