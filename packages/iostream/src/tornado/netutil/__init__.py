"""Sockets that listen, addresses, names, and the making of TLS contexts."""

from typing import TYPE_CHECKING

from tornado.netutil._addresses import is_valid_ip
from tornado.netutil._listening import add_accept_handler, bind_sockets, bind_unix_socket
from tornado.netutil._resolvers import (
    BlockingResolver,
    DefaultExecutorResolver,
    DefaultLoopResolver,
    ExecutorResolver,
    OverrideResolver,
    Resolver,
    ThreadedResolver,
)
from tornado.netutil._tls import ssl_options_to_context, ssl_wrap_socket

__all__ = [
    "BlockingResolver",
    "DefaultExecutorResolver",
    "DefaultLoopResolver",
    "ExecutorResolver",
    "OverrideResolver",
    "Resolver",
    "ThreadedResolver",
    "add_accept_handler",
    "bind_sockets",
    "bind_unix_socket",
    "is_valid_ip",
    "ssl_options_to_context",
    "ssl_wrap_socket",
]

for _shown in (
    BlockingResolver,
    DefaultExecutorResolver,
    DefaultLoopResolver,
    ExecutorResolver,
    OverrideResolver,
    Resolver,
    ThreadedResolver,
    add_accept_handler,
    bind_sockets,
    bind_unix_socket,
    is_valid_ip,
    ssl_options_to_context,
    ssl_wrap_socket,
):
    _shown.__module__ = __name__

if not TYPE_CHECKING:  # a checker would take every name to be there

    def __getattr__(name: str) -> object:
        if name == "TCPServer":  # its place until 2013
            from tornado.tcpserver import TCPServer  # which imports this module

            return TCPServer
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
