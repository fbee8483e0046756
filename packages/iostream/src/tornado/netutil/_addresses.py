"""What an IP address is."""

from __future__ import annotations

import socket

LONGEST = 100
"""Characters. An IPv6 address has 45 at most, and the name of its interface 15."""


def is_valid_ip(ip: str) -> bool:
    """Whether ``ip`` is an IPv4 or IPv6 address as numbers, and not a name to look up."""
    # getaddrinfo would take an empty string for "every interface", and leave out a soft hyphen.
    if not ip or len(ip) > LONGEST or not ip.isascii() or "\x00" in ip:
        return False
    try:
        return bool(
            socket.getaddrinfo(
                ip, 0, socket.AF_UNSPEC, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
            )
        )
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            return False
        raise
    except UnicodeError:
        return False  # longer than any name, or not encodable as one
