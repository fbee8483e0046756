"""TLS contexts, made once for each set of settings."""

from __future__ import annotations

import ssl
from functools import lru_cache

from tornado.httpclient._route import TLSKey
from tornado.netutil import ssl_options_to_context

# Certificates are read from their files once; a program that talks with more different ones than
# this reads some of them again.
KEPT = 64


def server_name(host: str) -> str:
    """What a TLS server is asked for, and its certificate checked against.

    The name of the URL, without the dot of a complete name (RFC 6066 section 3) and without the
    zone of an address.
    """
    return host.rpartition("%")[0] if "%" in host and ":" in host else host.removesuffix(".")


class Contexts:
    """The contexts of one client."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[TLSKey, ssl.SSLContext] = {}

    def get(self, key: TLSKey) -> ssl.SSLContext:
        """The context of these settings.

        Raises OSError (FileNotFoundError, ``ssl.SSLError``) when a certificate cannot be read, and
        ValueError for options that do not exist.
        """
        if isinstance(key.options, ssl.SSLContext):
            return key.options
        context = self._made.pop(key, None) or _make(key)
        self._made[key] = context  # the newest is last
        if len(self._made) > KEPT:
            del self._made[next(iter(self._made))]
        return context

    def clear(self) -> None:
        """Forget all of them; files of certificates are read again."""
        self._made.clear()


def _make(key: TLSKey) -> ssl.SSLContext:
    if key.options is not None:
        given = {name: list(v) if isinstance(v, tuple) else v for name, v in key.options}  # type: ignore[union-attr]  # not a context: see get()
        return ssl_options_to_context(given, server_side=False)
    if key.ca_certs is None and key.client_cert is None:
        return _usual(key.validate_cert)
    context = _plain(key.validate_cert)
    if key.validate_cert:
        if key.ca_certs is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        else:
            context.load_verify_locations(key.ca_certs)
    if key.client_cert is not None:
        context.load_cert_chain(key.client_cert, key.client_key)
    return context


def _plain(validate_cert: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.options |= ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])  # RFC 7301
    if not validate_cert:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@lru_cache(maxsize=2)
def _usual(validate_cert: bool) -> ssl.SSLContext:
    """Without files of the program: shared by all clients, for loading authorities is slow."""
    context = _plain(validate_cert)
    if validate_cert:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context
