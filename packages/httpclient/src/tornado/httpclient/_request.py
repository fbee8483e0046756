"""HTTPRequest: what to fetch and how; and the view of it that an implementation works with.

Laws:
1. A setting that nobody made is None, and lives on the class: an instance holds what was given.
2. The program's request is never changed by a fetch. What runs is a view with the client's
   defaults filled in, and with headers of its own.
3. None means "as the client's defaults say", whatever was None or became None.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tornado.escape import utf8
from tornado.httputil import HTTPHeaders, format_timestamp

if TYPE_CHECKING:
    import ssl

    from tornado.httpclient._proxy import Proxy

Headers = HTTPHeaders | Mapping[str, str]


class _Settings:
    """The attributes of a request, each None until it is set."""

    url: str
    method: str = "GET"
    start_time: float = 0.0

    auth_username: str | None = None
    auth_password: str | None = None
    auth_mode: str | None = None
    connect_timeout: float | None = None
    request_timeout: float | None = None
    follow_redirects: bool | None = None
    max_redirects: int | None = None
    user_agent: str | None = None
    decompress_response: bool | None = None
    network_interface: str | None = None
    streaming_callback: Callable[[bytes], Awaitable[None] | None] | None = None
    header_callback: Callable[[str], None] | None = None
    prepare_curl_callback: Callable[[Any], None] | None = None
    proxy_host: str | None = None
    proxy_port: int | None = None
    proxy_username: str | None = None
    proxy_password: str | None = None
    proxy_auth_mode: str | None = None
    allow_nonstandard_methods: bool | None = None
    validate_cert: bool | None = None
    ca_certs: str | None = None
    allow_ipv6: bool | None = None
    client_key: str | None = None
    client_cert: str | None = None
    body_producer: Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]] | None = None
    expect_100_continue: bool = False
    ssl_options: dict[str, Any] | ssl.SSLContext | None = None
    proxy: str | Proxy | None = None
    unix_socket: str | None = None
    queue_timeout: float | None = None
    tls_timeout: float | None = None
    headers_timeout: float | None = None
    body_timeout: float | None = None
    max_body_size: int | None = None
    retries: int | None = None

    _headers: Headers | None = None
    _body: bytes | None = None

    @property
    def headers(self) -> Any:
        """The fields to send: an HTTPHeaders, or the mapping that was given."""
        if self._headers is None:
            self._headers = HTTPHeaders()
        return self._headers

    @headers.setter
    def headers(self, value: Headers | None) -> None:
        self._headers = value

    @property
    def body(self) -> Any:
        """The bytes to send, or None. A str that is set becomes UTF-8."""
        return self._body

    @body.setter
    def body(self, value: bytes | str | None) -> None:
        self._body = utf8(value)

    @property
    def use_gzip(self) -> bool | None:
        """The older name of ``decompress_response``."""
        return self.decompress_response

    @use_gzip.setter
    def use_gzip(self, value: bool | None) -> None:
        self.decompress_response = value


_NAMES = tuple(
    name
    for name, value in vars(_Settings).items()
    if name[0] != "_" and not isinstance(value, property)
)


class HTTPRequest(_Settings):
    """What to fetch. All but ``url`` may be left out; None means the default.

    What is asked for:

    :arg url: ``http:`` or ``https:``. Letters outside ASCII are escaped, and host names of any
        script are translated. Credentials in it are used as ``auth_username`` and password.
    :arg method: by default GET.
    :arg headers: an HTTPHeaders or a mapping of str to str.
    :arg body: bytes, or a str that is sent as UTF-8. POST, PUT and PATCH need one, ``b""`` at
        least; GET, HEAD, DELETE and OPTIONS may not have one.
    :arg body_producer: in place of ``body``: a coroutine function that gets a function ``write``
        and awaits ``write(chunk)`` for every piece. Without a Content-Length among ``headers`` the
        body is sent in chunks. It is called again when a redirect or a retry sends the body again.
    :arg allow_nonstandard_methods: any method but CONNECT, and any combination of method and body.
        Default False.
    :arg if_modified_since: a ``datetime`` or seconds since the epoch: the field of that name.
    :arg user_agent: the field of that name.
    :arg expect_100_continue: send the body only after the server has agreed. Default False.
    :arg auth_username: with ``auth_password``: credentials for the server, not for those that it
        redirects to. ``auth_mode`` is "basic" (the default), or "digest" with the client of
        ``tornado.curl_httpclient``.

    What comes back:

    :arg follow_redirects: Default True, at most ``max_redirects``, default 5.
    :arg decompress_response: ask for a compressed body and decode it. Default True. The name was
        ``use_gzip``.
    :arg streaming_callback: called with each piece of the body; ``response.body`` is then empty.
        Reading waits for an awaitable that it returns.
    :arg header_callback: called with each line of a header that has arrived, the status line first
        and ``"\\r\\n"`` at the end; for each response, redirects included.
    :arg max_body_size: bytes, of the body as it came and as decoded. Default: the client's.

    How long (seconds; 0 is no limit):

    :arg connect_timeout: name resolution and connection. Default 20.
    :arg request_timeout: everything from the start of the connection to the last byte, redirects
        and retries included. Default 20.
    :arg queue_timeout: waiting for one of the client's ``max_clients`` places. Default: the smaller
        of ``connect_timeout`` and ``request_timeout``.
    :arg tls_timeout: the TLS handshake, within ``connect_timeout``.
    :arg headers_timeout: from the end of the request to the end of the response's header.
    :arg body_timeout: from there to the last byte of the body.
    :arg retries: how many times a request that failed is tried again. Default 0: see
        ``docs/httpclient.md`` for which ones are.

    Which way:

    :arg proxy: a URL, ``http://user:secret@proxy.example:3128``, or with ``https``, ``socks5`` or
        ``socks5h`` (the proxy resolves names) for a scheme; or "environment": what the variables
        ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` say.
    :arg proxy_host: with ``proxy_port``, ``proxy_username``, ``proxy_password`` and
        ``proxy_auth_mode``: the same for an HTTP proxy, one by one.
    :arg unix_socket: the path of a socket to connect to; the URL's host goes into the Host field.
    :arg network_interface: connect from this address or interface.
    :arg allow_ipv6: False is IPv4 only. Default True.
    :arg ssl_options: an ``ssl.SSLContext`` or a dict for `tornado.netutil.ssl_options_to_context`;
        the five below do not count then.
    :arg validate_cert: Default True. With False anybody can be the server.
    :arg ca_certs: a file of certificates to trust instead of the system's.
    :arg client_cert: with ``client_key``: files of our certificate and its key.
    :arg prepare_curl_callback: gets the ``pycurl.Curl`` object before the request, for settings
        that have no name here (``tornado.curl_httpclient`` only).

    Arguments from ``proxy`` on that are not in the list of positional ones are keyword-only.
    Nothing is checked here: a request that cannot be sent fails when it is fetched.
    """

    _DEFAULTS: dict[str, Any] = {
        "connect_timeout": 20.0,
        "request_timeout": 20.0,
        "follow_redirects": True,
        "max_redirects": 5,
        "decompress_response": True,
        "proxy_password": "",
        "allow_nonstandard_methods": False,
        "validate_cert": True,
        "retries": 0,
    }

    def __init__(
        self,
        url: str,
        method: str = "GET",
        headers: Headers | None = None,
        body: bytes | str | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        auth_mode: str | None = None,
        connect_timeout: float | None = None,
        request_timeout: float | None = None,
        if_modified_since: float | datetime | None = None,
        follow_redirects: bool | None = None,
        max_redirects: int | None = None,
        user_agent: str | None = None,
        use_gzip: bool | None = None,
        network_interface: str | None = None,
        streaming_callback: Callable[[bytes], Awaitable[None] | None] | None = None,
        header_callback: Callable[[str], None] | None = None,
        prepare_curl_callback: Callable[[Any], None] | None = None,
        proxy_host: str | None = None,
        proxy_port: int | None = None,
        proxy_username: str | None = None,
        proxy_password: str | None = None,
        proxy_auth_mode: str | None = None,
        allow_nonstandard_methods: bool | None = None,
        validate_cert: bool | None = None,
        ca_certs: str | None = None,
        allow_ipv6: bool | None = None,
        client_key: str | None = None,
        client_cert: str | None = None,
        body_producer: Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]]
        | None = None,
        expect_100_continue: bool = False,
        decompress_response: bool | None = None,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        *,
        proxy: str | Proxy | None = None,
        unix_socket: str | None = None,
        queue_timeout: float | None = None,
        tls_timeout: float | None = None,
        headers_timeout: float | None = None,
        body_timeout: float | None = None,
        max_body_size: int | None = None,
        retries: int | None = None,
    ) -> None:
        # Law 1. Written out, this would be forty conditions.
        given = {name: value for name, value in locals().items() if value is not None}
        del given["self"]
        if not expect_100_continue:
            del given["expect_100_continue"]
        given["start_time"] = time.time()
        if "headers" in given:
            given["_headers"] = given.pop("headers")
        if "body" in given:
            given["_body"] = utf8(given.pop("body"))
        if "use_gzip" in given:
            older = given.pop("use_gzip")
            given.setdefault("decompress_response", older)
        if "if_modified_since" in given:
            # In a copy: the mapping is the program's.
            given["_headers"] = HTTPHeaders(given.get("_headers") or {})
            given["_headers"]["If-Modified-Since"] = format_timestamp(
                given.pop("if_modified_since")
            )
        self.__dict__ = given

    @classmethod
    def _bare(cls, url: str) -> HTTPRequest:
        """``HTTPRequest(url)``, quicker."""
        request = cls.__new__(cls)
        request.__dict__ = {"url": url, "method": "GET", "start_time": time.time()}
        return request


class _RequestProxy(_Settings):
    """A request with defaults filled in: what implementations get to see.

    ``request`` is the program's HTTPRequest. Settings are read from it once, when the view is
    made; what is set on the view stays there.
    """

    request: HTTPRequest
    defaults: dict[str, Any] | None

    def __init__(self, request: HTTPRequest, defaults: dict[str, Any] | None) -> None:
        given = vars(request)
        if type(request) is not HTTPRequest:
            # A subclass may have settings of its class.
            given = {**{name: getattr(request, name, None) for name in _NAMES}, **given}
        if None in given.values():
            given = {name: value for name, value in given.items() if value is not None}
        self.__dict__ = {**defaults, **given} if defaults else dict(given)
        self.request = request
        self.defaults = defaults

    def changed(self, **settings: Any) -> _RequestProxy:
        """Another view of the same request, with some settings changed."""
        view = _RequestProxy.__new__(_RequestProxy)
        view.__dict__ = {**self.__dict__, **settings}
        return view

    def __getattr__(self, name: str) -> Any:
        # Not a setting: something of the program's own, a property of its subclass for instance.
        if name == "request":
            raise AttributeError(name)
        return getattr(self.request, name)
