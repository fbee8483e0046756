"""One connection cannot keep the loop from the others, however small the pieces of its work are."""

import asyncio

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def count_turns(turns):
    turns[0] += 1
    asyncio.get_running_loop().call_soon(count_turns, turns)


async def test_pipelined_requests_leave_turns_to_others(serve, connect, recorder):
    turns = [0]
    served = []  # the turn of the loop in which each request was

    class Noting(recorder):
        def finish(self):
            served.append(turns[0])
            super().finish()

    client = await connect(serve(Noting))
    count_turns(turns)
    client.send(GET * 1000)
    for _ in range(1000):
        await client.response()
    assert max(map(served.count, served)) <= 64


async def test_tiny_chunks_are_given_out_together(serve, connect):
    server = serve()
    client = await connect(server)
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send(b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n")
    assert (await client.response())[0] == 200
    (request,) = server.app.requests
    assert b"".join(request.chunks) == b"x" * 20_000
    assert len(request.chunks) < 200
