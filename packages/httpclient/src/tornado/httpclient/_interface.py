"""The local end of a connection: an IP address, or the address of a network interface."""

from __future__ import annotations

import socket
import struct
import sys

from tornado.netutil import is_valid_ip

_SIOCGIFADDR = 0x8915  # of Linux, netdevice(7)
_NAME = 16  # bytes, with the final zero
_REQUEST = 256


def local_ip(given: str) -> str:
    """The IP address to connect from. For the name of an interface (Linux): its IPv4 address.

    Raises ValueError when there is no such interface, or it has no address.
    """
    if is_valid_ip(given):
        return given
    if not sys.platform.startswith("linux"):
        raise ValueError(
            f"network_interface={given!r}: the name of an interface is understood on Linux only; "
            "give one of this machine's IP addresses"
        )
    import fcntl

    name = given.encode()
    if 0 < len(name) < _NAME and b"\0" not in name:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                answer = fcntl.ioctl(sock, _SIOCGIFADDR, struct.pack(f"{_REQUEST}s", name))
            except OSError as error:
                reason = error.strerror
            else:
                return socket.inet_ntoa(answer[20:24])
    else:
        reason = "no such name"
    known = ", ".join(interface for _, interface in socket.if_nameindex())
    raise ValueError(
        f"network_interface={given!r} is neither an IP address nor an interface with an IPv4 "
        f"address ({reason}); the interfaces here are {known}"
    )
