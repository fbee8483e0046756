"""TLS contexts from the dicts that older programs pass."""

from __future__ import annotations

import socket
import ssl
from typing import Any

_KEYS = frozenset(
    {"ssl_version", "certfile", "keyfile", "cert_reqs", "ca_certs", "ciphers", "alpn_protocols"}
)


def ssl_options_to_context(
    ssl_options: dict[str, Any] | ssl.SSLContext, server_side: bool | None = None
) -> ssl.SSLContext:
    """``ssl_options`` as an ``ssl.SSLContext``; a context is returned as it is.

    The keys of a dict, all optional:

    * ``certfile``, ``keyfile``: our certificate with its chain, and its key (PEM files);
    * ``ca_certs``: a PEM file of the authorities to trust (default for a client: the system's);
    * ``cert_reqs``: ``ssl.CERT_NONE``, ``CERT_OPTIONAL`` or ``CERT_REQUIRED`` (the default for a
      client, together with the check of the host name);
    * ``ciphers``: in the notation of OpenSSL, for TLS up to 1.2;
    * ``alpn_protocols``: a list of names, the preferred one first;
    * ``ssl_version``: an ``ssl.PROTOCOL_*`` constant; leave it out.

    ``server_side`` None means a server when there is a ``certfile`` and no ``ca_certs``. Raises
    ValueError for an unknown key, FileNotFoundError and ``ssl.SSLError`` for unusable files.
    """
    if isinstance(ssl_options, ssl.SSLContext):
        return ssl_options
    if not isinstance(ssl_options, dict):
        raise TypeError(
            f"ssl_options must be an ssl.SSLContext or a dict, not {type(ssl_options).__name__}"
        )
    unknown = ssl_options.keys() - _KEYS
    if unknown:
        raise ValueError(
            f"unknown ssl_options {', '.join(sorted(map(repr, unknown)))}; known are "
            f"{', '.join(sorted(_KEYS))}"
        )
    if server_side is None:
        server_side = "certfile" in ssl_options and "ca_certs" not in ssl_options
    given = {key: value for key, value in ssl_options.items() if value is not None}
    usual = ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT
    context = ssl.SSLContext(given.get("ssl_version", usual))
    context.options |= ssl.OP_NO_COMPRESSION  # CRIME
    verify = given.get("cert_reqs", context.verify_mode)
    if verify == ssl.CERT_NONE:
        context.check_hostname = False  # ssl wants this one first
    context.verify_mode = verify
    if "ca_certs" in given:
        context.load_verify_locations(given["ca_certs"])
    elif verify != ssl.CERT_NONE and not server_side:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if "certfile" in given:
        context.load_cert_chain(given["certfile"], given.get("keyfile"))
    if "ciphers" in given:
        context.set_ciphers(given["ciphers"])
    if "alpn_protocols" in given:
        context.set_alpn_protocols(given["alpn_protocols"])
    return context


def ssl_wrap_socket(
    socket: socket.socket,
    ssl_options: dict[str, Any] | ssl.SSLContext,
    server_hostname: str | None = None,
    server_side: bool | None = None,
    **kwargs: Any,
) -> ssl.SSLSocket:
    """``socket`` as an ``ssl.SSLSocket``, by a context or a dict of options.

    ``server_hostname`` is the name to ask the server for and to check its certificate against;
    with it ``server_side`` None means a client. ``kwargs`` go to ``SSLContext.wrap_socket``.
    """
    if server_side is None and server_hostname:
        server_side = False
    context = ssl_options_to_context(ssl_options, server_side=server_side)
    if server_side is None:
        server_side = context.protocol == ssl.PROTOCOL_TLS_SERVER
    return context.wrap_socket(
        socket,
        server_side=server_side,
        server_hostname=server_hostname if not server_side else None,
        **kwargs,
    )
