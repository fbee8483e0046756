"""What Application.listen passes on: every limit of the server, and the proxies it believes."""

from tornado.httpserver import ProxyPolicy
from tornado.web import Application


async def test_all_limits_are_settable():
    policy = ProxyPolicy(networks=["10.0.0.0/8"])
    server = Application([]).listen(
        0,
        "127.0.0.1",
        chunk_size=1,
        max_header_size=2,
        max_header_count=3,
        header_timeout=4,
        idle_connection_timeout=5,
        max_body_size=6,
        body_timeout=7,
        write_timeout=8,
        max_connections=9,
        max_buffer_size=10,
        proxy=policy,
        half_close=True,
    )
    try:
        params = server.conn_params
        assert (params.chunk_size, params.max_header_size, params.max_header_count) == (1, 2, 3)
        assert (params.header_timeout, params.idle_timeout, params.max_body_size) == (4, 5, 6)
        assert (params.body_timeout, params.write_timeout) == (7, 8)
        assert (server.max_connections, server.max_buffer_size) == (9, 10)
        assert server.proxy is policy
        assert params.half_close
    finally:
        server.stop()
