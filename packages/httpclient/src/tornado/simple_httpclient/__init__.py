"""The HTTP client on our own streams, with a pool of connections."""

__all__: list[str] = []
