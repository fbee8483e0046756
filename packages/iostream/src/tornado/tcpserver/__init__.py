"""Servers of TCP connections: subclass :class:`TCPServer`."""

from tornado.tcpserver._server import TCPServer

__all__ = ["TCPServer"]

TCPServer.__module__ = __name__
