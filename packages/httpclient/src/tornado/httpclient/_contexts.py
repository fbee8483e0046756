"""TLS contexts, made once for each set of settings, and again when one of their files has changed:
certificates are renewed while programs run."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

from tornado.httpclient._route import TLSKey
from tornado.netutil import ssl_options_to_context

KEPT = 64


def server_name(host: str) -> str:
    """What a TLS server is asked for, and its certificate checked against.

    The name of the URL, without the dot of a complete name (RFC 6066 section 3) and without the
    zone of an address.
    """
    return host.rpartition("%")[0] if "%" in host and ":" in host else host.removesuffix(".")


Stamps = tuple[tuple[int, int], ...]
"""Of each file of a context: when it was changed, and its size."""


class Contexts:
    """The contexts of one client."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[TLSKey, tuple[ssl.SSLContext, Stamps]] = {}

    def get(self, key: TLSKey) -> ssl.SSLContext:
        """The context of these settings.

        Raises OSError (FileNotFoundError, ``ssl.SSLError``) when a certificate cannot be read, and
        ValueError for options that do not exist.
        """
        if isinstance(key.options, ssl.SSLContext):
            return key.options
        stamps = _stamps(key)
        context, made_of = self._made.pop(key, (None, ()))
        if context is None or made_of != stamps:
            context = _make(key)
        self._made[key] = context, stamps  # the newest is last
        if len(self._made) > KEPT:
            del self._made[next(iter(self._made))]
        return context

    def clear(self) -> None:
        """Forget all of them."""
        self._made.clear()


def _stamps(key: TLSKey) -> Stamps:
    if isinstance(key.options, tuple):
        named = dict(key.options)
        files = [named.get(name) for name in ("certfile", "keyfile", "ca_certs")]
    else:
        files = [key.ca_certs, key.client_cert, key.client_key]
    found = [os.stat(file) for file in files if file is not None]
    return tuple((one.st_mtime_ns, one.st_size) for one in found)


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
