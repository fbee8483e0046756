"""Cookies: reading the request's, setting the response's, and both with a signature.

Laws:
1. What a browser was told is what a program said: nothing in a name, value or attribute may end
   the cookie early or start another header. Such a call is refused where it is made.
2. A value goes out in a form that browsers and ``parse_cookie`` give back unchanged.
3. A request without cookies costs nothing, and reading one value builds no ``SimpleCookie``.

The attributes are those of RFC 6265 section 4.1, ``SameSite`` and the name prefixes of its
successor (6265bis), and ``Partitioned`` (CHIPS).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tornado.escape import to_unicode
from tornado.httputil import format_timestamp, parse_cookie, parse_http_date
from tornado.web._base import HandlerBase
from tornado.web._signing import create_signed_value, decode_signed_value, get_signature_key_version

if TYPE_CHECKING:
    from http.cookies import SimpleCookie

Expires = float | tuple[int, ...] | time.struct_time | datetime

_YEAR = 365 * 86400

_NAME = re.compile(r"[\w!#$%&'*+\-.^`|~:]+", re.ASCII)
_TEXTS = {"comment", "domain", "expires", "max-age", "path", "samesite", "version"}
_RESERVED = frozenset(_TEXTS | {"httponly", "partitioned", "secure"})
_PLAIN_VALUE = _NAME
"""What may stand in a value without quotes."""
_NOT_IN_VALUE = re.compile(r"[\x00-\x20]|[^\x00-\xff]")
_ESCAPED_IN_QUOTES = re.compile(r'["\\,;\x7f-\xff]')
_NOT_IN_ATTRIBUTE = re.compile(r"[^\x21-\x3a\x3c-\x7e]")
_ASCII = bytes(range(128)).decode()
_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None"}
_LEGACY_WORDS = _RESERVED | {"max_age"}


class NewCookie(str):
    """The value of a Set-Cookie header. Programs that send the cookies of a handler themselves take
    it for a ``Morsel``, of which it knows what they ask."""

    __slots__ = ()

    def OutputString(self, attrs: object = None) -> str:
        return str(self)


class CookiesMixin(HandlerBase):
    """The methods of a request handler that deal with cookies."""

    # The response's cookies by name. The first one that is set makes a dict of the handler's own.
    _new_cookie: dict[str, NewCookie] | MappingProxyType[str, NewCookie] = MappingProxyType({})
    _cookie_values: dict[str, str] | None = None

    @property
    def cookies(self) -> SimpleCookie:
        """The cookies that came with the request: name to ``http.cookies.Morsel``."""
        jar: SimpleCookie = self.request.cookies
        return jar

    def get_cookie(self, name: str, default: str | None = None) -> str | None:
        """The value of the request's cookie ``name``, or ``default`` if it has none.

        Only what the browser sent counts; a cookie set in this request is seen in the next one.
        """
        request = self.request
        if request._jar is not None:  # somebody has it, and may have changed it
            morsel = request.cookies.get(name)
            return default if morsel is None else morsel.value
        values = self._cookie_values
        if values is None:
            header = request._field("Cookie")
            values = self._cookie_values = parse_cookie(header) if header else {}
        return values.get(name, default)

    def set_cookie(
        self,
        name: str,
        value: str | bytes,
        domain: str | None = None,
        expires: Expires | None = None,
        path: str = "/",
        expires_days: float | None = None,
        *,
        max_age: int | None = None,
        httponly: bool = False,
        secure: bool = False,
        samesite: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Set a cookie with the response.

        * ``expires``: when the browser shall forget it: seconds since the epoch, a UTC time tuple
          or a ``datetime``. ``expires_days``: the same in days from now, if ``expires`` is not
          given. ``max_age``: the same in seconds from now, which browsers prefer. With none of
          them the cookie lasts until the browser is closed.
        * ``domain``: also send it to this domain's subdomains. ``path``: send it below this path.
        * ``httponly``: keep it from scripts. ``secure``: only over TLS. ``samesite``: ``"Strict"``,
          ``"Lax"`` or ``"None"``. ``partitioned=True``: one jar per top-level site; needs
          ``secure``.

        The keywords may also be written as old programs do: ``HttpOnly=True``,
        ``**{"Max-Age": 60}``. A name starting with ``__Secure-`` needs ``secure``; one starting
        with ``__Host-`` needs ``secure``, ``path="/"`` and no domain.

        Setting one name twice keeps the second. ``value`` may hold printable characters of Latin-1
        without spaces; for other text use ``url_escape`` or ``set_signed_cookie``.

        Raises ValueError for what a browser would misread, TypeError for what is no text.
        """
        attributes: dict[str, Any] = {
            "domain": domain,
            "expires": expires,
            "httponly": httponly,
            "max-age": max_age,
            "path": path,
            "samesite": samesite,
            "secure": secure,
        }
        for word, given in kwargs.items():
            lower = word.lower()
            if lower not in _LEGACY_WORDS:
                raise TypeError(
                    f"set_cookie() knows no attribute {word!r}; there are domain, expires, "
                    "expires_days, httponly, max_age, partitioned, path, samesite and secure"
                )
            attributes["max-age" if lower == "max_age" else lower] = given
        if attributes["expires"] is None and expires_days is not None:
            if not isinstance(expires_days, (int, float)):
                raise TypeError(f"expires_days must be a number of days, not {expires_days!r}")
            attributes["expires"] = time.time() + expires_days * 86400
        name = _checked_name(name)
        finished = f"{name}={_written_value(name, value)}{_written_attributes(name, attributes)}"
        if not self._new_cookie:
            self._new_cookie = {}
        assert isinstance(self._new_cookie, dict)
        self._new_cookie.pop(name, None)  # so that the headers come in the order of the calls
        self._new_cookie[name] = NewCookie(finished)

    def clear_cookie(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell the browser to forget the cookie ``name``.

        ``path`` and ``domain`` must be those it was set with, and for some cookies ``samesite``
        and ``secure`` too. Takes the arguments of ``set_cookie`` but those that say when it
        expires, for which it raises TypeError. Old programs give ``path`` and ``domain`` by
        position.
        """
        if len(args) > 2:
            raise TypeError(
                "clear_cookie() takes the name, a path and a domain; write the rest as keywords"
            )
        for word, given in zip(("path", "domain"), args, strict=False):
            if word in kwargs:
                raise TypeError(f"clear_cookie() got the {word} twice")
            kwargs[word] = given
        for word in kwargs:
            if word.lower() in ("expires", "max_age", "max-age"):
                raise TypeError(
                    f"clear_cookie() takes no {word}: a cleared cookie has expired already"
                )
        kwargs.pop("expires_days", None)
        if name.startswith(("__Host-", "__Secure-")):
            kwargs.setdefault("secure", True)
        self.set_cookie(name, "", expires=time.time() - _YEAR, **kwargs)

    def clear_all_cookies(self, *args: Any, **kwargs: Any) -> None:
        """Tell the browser to forget every cookie that came with this request.

        The request does not say which path and domain a cookie has, so this reaches only those
        that match the arguments, which are those of ``clear_cookie``.
        """
        for name in self.request.cookies:
            self.clear_cookie(name, *args, **kwargs)

    def _cookie_headers(self) -> Iterable[str]:
        """The values of the response's Set-Cookie headers."""
        return [cookie.OutputString() for cookie in self._new_cookie.values()]

    # -- with a signature

    def create_signed_value(
        self, name: str, value: str | bytes, version: int | None = None
    ) -> bytes:
        """Sign ``value`` with the application's ``cookie_secret``, for use as the cookie ``name``
        or anywhere else. ``get_signed_cookie(name, value=...)`` reads it back."""
        self.require_setting("cookie_secret", "signed cookies")
        settings = self.settings
        secret = settings["cookie_secret"]
        key_version = settings.get("key_version")
        if isinstance(secret, dict) and key_version is None:
            raise ValueError(
                "the setting cookie_secret is a dict of several keys: say with the setting "
                "key_version which one signs new values"
            )
        return create_signed_value(secret, name, value, version=version, key_version=key_version)

    def set_signed_cookie(
        self,
        name: str,
        value: str | bytes,
        expires_days: float | None = 30,
        version: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Set a cookie that the client can read but not alter or make up.

        Needs the setting ``cookie_secret``: a long random str, or a dict of several by number with
        the setting ``key_version`` for the one to sign with. ``expires_days`` is how long the
        browser keeps the cookie; how old a value is believed is for ``get_signed_cookie`` to say.
        ``None`` keeps it until the browser is closed. The other arguments are those of
        ``set_cookie``.
        """
        signed = self.create_signed_value(name, value, version=version)
        self.set_cookie(name, signed, expires_days=expires_days, **kwargs)

    def get_signed_cookie(
        self,
        name: str,
        value: str | None = None,
        max_age_days: float = 31,
        min_version: int | None = None,
    ) -> bytes | None:
        """What ``set_signed_cookie`` was given, or None if the cookie is missing, altered or was
        signed more than ``max_age_days`` ago. ``value`` is taken instead of the cookie if given.
        """
        self.require_setting("cookie_secret", "signed cookies")
        if value is None:
            value = self.get_cookie(name)
        return decode_signed_value(
            self.settings["cookie_secret"],
            name,
            value,
            max_age_days=max_age_days,
            min_version=min_version,
        )

    def get_signed_cookie_key_version(self, name: str, value: str | None = None) -> int | None:
        """The number of the key that the cookie says it was signed with, unverified; or None."""
        self.require_setting("cookie_secret", "signed cookies")
        if value is None:
            value = self.get_cookie(name)
        return None if value is None else get_signature_key_version(value)

    # The names before release 6.3.

    def get_secure_cookie(
        self,
        name: str,
        value: Any = None,
        max_age_days: Any = 31,
        min_version: int | None = None,
        *,
        include_name: bool = True,
    ) -> bytes | None:
        """Another name of ``get_signed_cookie``, which also takes the arguments of 2011:
        ``(name, include_name=True, value=None)``.

        ``include_name=False`` raises ValueError: a signature that does not cover the name is good
        for any cookie.
        """
        if isinstance(value, bool):
            include_name, value, max_age_days = (
                value,
                None if max_age_days == 31 else max_age_days,
                31,
            )
        if not include_name:
            raise ValueError(
                "get_secure_cookie: signatures without the cookie's name are not read here, since "
                "the value of one cookie could be passed off as another's; leave out include_name"
            )
        return CookiesMixin.get_signed_cookie(self, name, value, max_age_days, min_version)

    set_secure_cookie = set_signed_cookie
    get_secure_cookie_key_version = get_signed_cookie_key_version


# -- writing one cookie


def _checked_name(name: str | bytes) -> str:
    text = to_unicode(name)
    if text is None or not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot be the name of a cookie: "
            "use ASCII letters, digits and !#$%&'*+-.^_`|~:"
        )
    if text.lower() in _RESERVED:
        raise ValueError(f"{text!r} cannot be the name of a cookie: it is that of an attribute")
    return text


def _written_value(name: str, value: str | bytes) -> str:
    text = to_unicode(value)
    if text is None:
        raise TypeError(f"the value of cookie {name!r} is None; use clear_cookie() to remove it")
    if _PLAIN_VALUE.fullmatch(text):
        return text
    if found := _NOT_IN_VALUE.search(text):
        raise ValueError(
            f"the value of cookie {name!r} has {found[0]!r} in it, which a cookie cannot carry; "
            "put it through tornado.escape.url_escape() or use set_signed_cookie()"
        )
    return f'"{_ESCAPED_IN_QUOTES.sub(_escape_in_quotes, text)}"'


def _escape_in_quotes(found: re.Match[str]) -> str:
    character: str = found[0]
    return "\\" + (character if character in '"\\' else f"{ord(character):03o}")


def _text_attribute(name: str, word: str, value: Any) -> str:
    """``value`` if it is a text that stays inside its attribute."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    elif word == "version" and isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"{word} of cookie {name!r} must be a str, not {value!r}")
    if found := _NOT_IN_ATTRIBUTE.search(value):
        raise ValueError(f"{word} of cookie {name!r} cannot have {found[0]!r} in it: {value!r}")
    return value


def _written_path(name: str, path: Any) -> str:
    if isinstance(path, str) and not path.isascii():
        path = quote(path, safe=_ASCII)  # as browsers write the path that they compare it with
    return _text_attribute(name, "path", path)


def _written_date(name: str, date: Any) -> str:
    if isinstance(date, str) and parse_http_date(date) is None:
        raise ValueError(f"expires of cookie {name!r} is not a date of HTTP: {date!r}")
    return date if isinstance(date, str) else format_timestamp(date)


def _written_max_age(name: str, seconds: Any) -> int:
    if isinstance(seconds, str) and re.fullmatch("-?[0-9]{1,18}", seconds):
        return int(seconds)
    if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        return int(seconds)
    kind = ValueError if isinstance(seconds, str) else TypeError
    raise kind(f"max_age of cookie {name!r} must be a number of seconds, not {seconds!r}")


def _written_same_site(name: str, value: Any) -> str:
    text = _text_attribute(name, "samesite", value)
    if text.lower() not in _SAME_SITE:
        raise ValueError(f"samesite of cookie {name!r} is Strict, Lax or None, not {value!r}")
    return _SAME_SITE[text.lower()]


def _flag(name: str, word: str, value: Any) -> bool:
    if isinstance(value, str):
        _text_attribute(name, word, value)  # some programs give the word itself
    return bool(value)


def _written_attributes(name: str, given: dict[str, Any]) -> str:
    """``; Domain=...; expires=...`` and so on, in alphabetical order."""
    out = []
    if given.get("comment"):
        out.append(f"; Comment={_text_attribute(name, 'comment', given['comment'])}")
    if domain := given["domain"]:
        out.append(f"; Domain={_text_attribute(name, 'domain', domain)}")
    if (expires := given["expires"]) is not None and expires != "":
        out.append(f"; expires={_written_date(name, expires)}")
    if _flag(name, "httponly", given["httponly"]):
        out.append("; HttpOnly")
    if given["max-age"] is not None and given["max-age"] != "":
        out.append(f"; Max-Age={_written_max_age(name, given['max-age'])}")
    secure = _flag(name, "secure", given["secure"])
    partitioned = _flag(name, "partitioned", given.get("partitioned"))
    if partitioned:
        out.append("; Partitioned")
    path = given["path"]
    if path:
        out.append(f"; Path={_written_path(name, path)}")
    if given["samesite"]:
        out.append(f"; SameSite={_written_same_site(name, given['samesite'])}")
    if secure:
        out.append("; Secure")
    if given.get("version"):
        out.append(f"; Version={_text_attribute(name, 'version', given['version'])}")
    if not secure:
        if partitioned:
            raise ValueError(f"cookie {name!r} is partitioned, which needs secure=True as well")
        if name.startswith(("__Secure-", "__Host-")):
            raise ValueError(f"cookie {name!r} needs secure=True, or browsers ignore it")
    if name.startswith("__Host-") and (domain or path != "/"):
        raise ValueError(f"cookie {name!r} needs path='/' and no domain, or browsers ignore it")
    return "".join(out)
