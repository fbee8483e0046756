"""What can be set on an HTTP/1 connection, with the defaults."""

from __future__ import annotations

DEFAULT_MAX_HEADER_SIZE = 64 * 1024
DEFAULT_MAX_HEADER_COUNT = 256
DEFAULT_MAX_BODY_SIZE = 100 * 1024 * 1024
DEFAULT_HEADER_TIMEOUT = 20.0
DEFAULT_IDLE_TIMEOUT = 75.0
DEFAULT_WRITE_TIMEOUT = 60.0
DEFAULT_CHUNK_SIZE = 64 * 1024


class HTTP1ConnectionParameters:
    """Limits of one HTTP/1 connection. Sizes are bytes, times seconds; None takes the default.

    * ``no_keep_alive``: close after the first response
    * ``chunk_size``: the most a delegate is given of a body at once (64 KiB)
    * ``max_header_size``: request line and header section together (64 KiB): 431, or 414 if it is
      the request line
    * ``max_header_count``: header lines (256): 431
    * ``header_timeout``: for the whole head, from its first byte (20 s): 408
    * ``idle_timeout``: between requests (75 s): the connection is closed
    * ``max_body_size``: after decompression (100 MiB): 413
    * ``body_timeout``: for the whole body: 408; off by default
    * ``write_timeout``: for a reader that takes nothing of a waiting response (60 s): the
      connection is closed
    * ``decompress``: undo ``Content-Encoding: gzip``
    * ``half_close``: a client that has shut its sending side (RFC 9112 section 9.6) still gets the
      responses to what it has sent in full. Off by default: a client that has gone away looks the
      same, and its handlers would not be told before they write
    """

    def __init__(
        self,
        no_keep_alive: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        header_timeout: float | None = None,
        max_body_size: int | None = None,
        body_timeout: float | None = None,
        decompress: bool = False,
        *,
        max_header_count: int | None = None,
        idle_timeout: float | None = None,
        write_timeout: float | None = None,
        half_close: bool = False,
    ) -> None:
        def positive(name: str, value: float | None, default: float) -> float:
            if value is None:
                return default
            if value <= 0:
                raise ValueError(f"{name} must be positive, got {value!r}")
            return value

        self.no_keep_alive = no_keep_alive
        self.decompress = decompress
        self.half_close = half_close
        self.chunk_size = int(positive("chunk_size", chunk_size, DEFAULT_CHUNK_SIZE))
        self.max_header_size = int(
            positive("max_header_size", max_header_size, DEFAULT_MAX_HEADER_SIZE)
        )
        self.max_header_count = int(
            positive("max_header_count", max_header_count, DEFAULT_MAX_HEADER_COUNT)
        )
        self.header_timeout = positive("header_timeout", header_timeout, DEFAULT_HEADER_TIMEOUT)
        self.idle_timeout = positive("idle_timeout", idle_timeout, DEFAULT_IDLE_TIMEOUT)
        self.write_timeout = positive("write_timeout", write_timeout, DEFAULT_WRITE_TIMEOUT)
        self.body_timeout = None if not body_timeout else positive("body_timeout", body_timeout, 1)
        if max_body_size is not None and max_body_size < 0:
            raise ValueError(f"max_body_size must not be negative, got {max_body_size!r}")
        self.max_body_size = DEFAULT_MAX_BODY_SIZE if max_body_size is None else max_body_size
