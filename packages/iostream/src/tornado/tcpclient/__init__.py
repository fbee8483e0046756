"""Connections to TCP servers: :class:`TCPClient`."""

from tornado.tcpclient._client import TCPClient

__all__ = ["TCPClient"]

TCPClient.__module__ = __name__
