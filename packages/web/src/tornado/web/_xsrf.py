"""Requests that another site makes in the user's name, and how they are told from the user's own.

Two protections, each switched on by a setting:

* ``xsrf_cookies``: a token that only pages of this site can read. The browser keeps one half as a
  cookie, forms and scripts send the other, and both must be of one secret. Another site can make
  the browser send the cookie, but cannot read it to send the token.
* ``cross_origin_protection``: what the browser itself says of the page that the request comes
  from, in the headers Sec-Fetch-Site and Origin. Needs nothing in the pages.

Laws:
1. No header that a form could do without exempts a request: X-Requested-With means nothing here.
2. A token is written under a new mask every time, so that compressed pages do not give it away
   byte by byte (BREACH), and compared in constant time.
3. Safe methods (GET, HEAD, OPTIONS) are never refused, so they must change nothing.

A token on the wire is ``2|mask|masked|timestamp``: four bytes of mask and the secret XORed with
them, in hexadecimal, and the time the secret was made. Version 1, the secret alone in hexadecimal,
is still read.
"""

from __future__ import annotations

import hmac
import secrets
import time
from binascii import unhexlify
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tornado.escape import SafeString, xhtml_escape
from tornado.web._base import HandlerBase
from tornado.web._errors import HTTPError

_SECRET_BYTES = 16
_MASK_BYTES = 4
_USUAL_PORTS = {"http": ":80", "https": ":443"}
_OWN_SITES = ("same-origin", "none")
"""Values of Sec-Fetch-Site for a page of this very origin, and for the user's own doing."""


class _Token(NamedTuple):
    """What is known of a secret: the format it came in (0: it was made just now), the secret
    itself, and when that was made."""

    version: int
    secret: bytes
    timestamp: int


class XsrfMixin(HandlerBase):
    """The methods of a request handler that tell forged requests from real ones."""

    if TYPE_CHECKING:
        current_user: Any  # _identity

        def get_cookie(self, name: str, default: str | None = None) -> str | None: ...  # _cookies
        def set_cookie(self, name: str, value: str | bytes, **kwargs: Any) -> None: ...  # _cookies

    _xsrf_token: bytes  # appears when it is known, as programs that look for it expect
    _xsrf_secret: _Token | None = None

    @property
    def xsrf_token(self) -> bytes:
        """The token of this user, to be sent with every POST as the field ``_xsrf`` or the header
        ``X-Xsrftoken``: ASCII bytes, differently masked in every request.

        Asking for it sets the cookie if the browser has none yet. Settings: ``xsrf_cookie_name``
        (``"_xsrf"``), ``xsrf_cookie_kwargs`` (attributes for ``set_cookie``) and
        ``xsrf_cookie_version`` (2; 1 for programs that read the cookie of old releases).
        """
        if not hasattr(self, "_xsrf_token"):
            settings = self.settings
            version = settings.get("xsrf_cookie_version", 2)
            token = self._cookie_secret()
            self._xsrf_token = _written(token, version)
            if token.version == 0:
                attributes = dict(settings.get("xsrf_cookie_kwargs", {}))
                if self.current_user and "expires_days" not in attributes:
                    attributes["expires_days"] = 30
                self.set_cookie(self._xsrf_cookie_name(), self._xsrf_token, **attributes)
        return self._xsrf_token

    def check_xsrf_cookie(self) -> None:
        """Raise HTTPError 403 unless the request carries the token that goes with its cookie.

        Called for every request but GET, HEAD and OPTIONS if the setting ``xsrf_cookies`` is on.
        The token may be the argument ``_xsrf`` or the header ``X-Xsrftoken`` or ``X-Csrftoken``.
        Override it to do nothing for handlers that no browser's cookies speak for.
        """
        headers = self.request.headers
        sent = (
            self.get_argument("_xsrf", None)
            or headers.get("X-Xsrftoken")
            or headers.get("X-Csrftoken")
        )
        if not sent:
            raise HTTPError(
                403,
                "no XSRF token: the form needs {% module xsrf_form_html() %}, "
                "a script the header X-Xsrftoken",
            )
        token = _read(sent)
        if token is None:
            raise HTTPError(403, "the XSRF token has no known format")
        expected = self._cookie_secret()
        if expected.version == 0:
            raise HTTPError(
                403, "there is an XSRF token, but no cookie %s with it", self._xsrf_cookie_name()
            )
        if not hmac.compare_digest(token.secret, expected.secret):
            raise HTTPError(403, "the XSRF token is not that of the cookie")

    def xsrf_form_html(self) -> str:
        """The hidden field ``_xsrf`` that every form sent by POST needs, ready for a template."""
        value = xhtml_escape(self.xsrf_token)
        return SafeString(f'<input type="hidden" name="_xsrf" value="{value}"/>')

    def check_trusted_origin(self, origin: str) -> bool:
        """Whether pages of the foreign ``origin`` (``https://example.com``) may change things
        here. By default those in the setting ``trusted_origins`` may.

        Asked only with the setting ``cross_origin_protection``, before ``prepare``, for a request
        that is not of a safe method and that the browser says is from another origin. An override
        may say True for addresses that other sites are meant to post to; such a handler must not
        go by cookies to know its user.
        """
        trusted = self.settings.get("trusted_origins") or ()
        if isinstance(trusted, str):
            trusted = (trusted,)
        return any(
            origin == one or origin.lower() == one.lower().removesuffix("/") for one in trusted
        )

    def _check_forgery(self) -> None:
        """What is called, before ``prepare``, for every request that is not of a safe method."""
        settings = self.settings
        if settings.get("xsrf_cookies"):
            self.check_xsrf_cookie()
        if settings.get("cross_origin_protection"):
            self._check_cross_origin()

    def _check_cross_origin(self) -> None:
        """Raise HTTPError 403 if the browser says that a page of an origin that is not trusted
        made this request. What carries neither header comes from no browser and passes."""
        headers = self.request.headers
        origin = headers.get("Origin")
        site = headers.get("Sec-Fetch-Site")
        if site is not None:
            own = site in _OWN_SITES
        else:
            own = origin is None or _is_of_host(origin, self.request.host)
        if own or (origin is not None and self.check_trusted_origin(origin)):
            return
        raise HTTPError(
            403,
            "a page of another origin made this request: Origin %r, Sec-Fetch-Site %r",
            origin,
            site,
        )

    def _xsrf_cookie_name(self) -> str:
        name: str = self.settings.get("xsrf_cookie_name", "_xsrf")
        return name

    def _cookie_secret(self) -> _Token:
        """The secret of the browser's cookie, or a new one, whose version is 0."""
        if self._xsrf_secret is None:
            cookie = self.get_cookie(self._xsrf_cookie_name())
            found = _read(cookie) if cookie else None
            if found is None:
                found = _Token(0, secrets.token_bytes(_SECRET_BYTES), int(time.time()))
            self._xsrf_secret = found
        return self._xsrf_secret


def _xor(data: bytes, mask: bytes) -> bytes:
    whole = (mask * (len(data) // _MASK_BYTES + 1))[: len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(whole, "big")
    return number.to_bytes(len(data), "big")


def _written(token: _Token, version: int) -> bytes:
    if version == 1:
        return token.secret.hex().encode()
    if version == 2:
        mask = secrets.token_bytes(_MASK_BYTES)
        masked = _xor(token.secret, mask)
        return f"2|{mask.hex()}|{masked.hex()}|{token.timestamp}".encode()
    raise ValueError(f"the setting xsrf_cookie_version can be 1 or 2, not {version!r}")


def _read(text: str) -> _Token | None:
    """The token that a client sent, or None if it is none."""
    version, bar, rest = text.partition("|")
    if not bar:
        # Version 1, or a cookie that other software has set: then its text is the secret.
        try:
            return _Token(1, unhexlify(text), int(time.time()))
        except ValueError:
            return _Token(1, text.encode("utf-8", "replace"), int(time.time()))
    fields = rest.split("|")
    if version != "2" or len(fields) != 3:
        return None
    try:
        mask, masked = unhexlify(fields[0]), unhexlify(fields[1])
    except ValueError:
        return None
    stamp = fields[2]
    if len(mask) != _MASK_BYTES or not masked or not (stamp.isascii() and stamp.isdigit()):
        return None
    if len(stamp) > 20:
        return None
    return _Token(2, _xor(masked, mask), int(stamp))


def _is_of_host(origin: str, host: str) -> bool:
    """Whether ``origin`` is this host, going by the Host header. The scheme does not count: behind
    a proxy that ends TLS we do not know ours."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    there, here = parts.netloc.lower(), host.lower()
    usual = _USUAL_PORTS.get(parts.scheme, "")
    return bool(there) and there.removesuffix(usual) == here.removesuffix(usual)
