"""WebSockets (RFC 6455), for servers and for clients."""

__all__: list[str] = []
