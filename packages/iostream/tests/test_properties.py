"""However the bytes are split on their way, the reads give what a plain model gives.

The model is a bytes object and a position. The program of reads is random, the splits are random,
and the pauses between them let the loop run a random number of turns.
"""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tornado.iostream import IOStream, StreamClosedError

ENDED = "ended"

bounded = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

data_strategy = st.lists(
    st.sampled_from([b"a", b"b", b"ab", b"\n", b"\r\n", b"aab", b"xyz", b"\x00"]), max_size=60
).map(b"".join)

reads = st.lists(
    st.one_of(
        st.tuples(st.just("until"), st.sampled_from([b"\n", b"\r\n", b"aab", b"ab", b"zz"])),
        st.tuples(st.just("regex"), st.sampled_from([b"a+b", b"\\d", b"x*", b"b|\n", b"[xy]+z"])),
        st.tuples(st.just("bytes"), st.integers(0, 12)),
        st.tuples(st.just("partial"), st.integers(1, 12)),
        st.tuples(st.just("into"), st.integers(1, 12)),
        st.tuples(st.just("into_partial"), st.integers(1, 12)),
        st.tuples(st.just("push"), st.integers(1, 12)),
        st.tuples(st.just("streaming"), st.integers(1, 12)),
    ),
    max_size=25,
)


class Model:
    """The reads over all the data at once."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, count: int) -> bytes:
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def read(self, kind: str, argument: bytes | int) -> bytes | str:
        if kind == "until":
            found = self.rest.find(argument)
            return ENDED if found < 0 else self.take(found + len(argument))
        if kind in ("bytes", "into", "push", "streaming"):
            return ENDED if len(self.rest) < argument else self.take(argument)
        raise AssertionError(kind)


class Exactly:
    """A push consumer that leaves after so many bytes and gives the others back."""

    def __init__(self, stream: IOStream, count: int) -> None:
        self.stream = stream
        self.count = count
        self.got = b""
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.got += data
        if len(self.got) >= self.count:
            self.stream.stop_push(self.got[self.count :])
            self.done.set_result(self.got[: self.count])

    def connection_lost(self, exc: BaseException | None) -> None:
        self.done.set_exception(StreamClosedError(exc))


async def perform(stream: IOStream, kind: str, argument: bytes | int) -> bytes:
    if kind == "until":
        return await stream.read_until(argument)
    if kind == "regex":
        return await stream.read_until_regex(argument)
    if kind == "bytes":
        return await stream.read_bytes(argument)
    if kind == "partial":
        return await stream.read_bytes(argument, partial=True)
    if kind in ("into", "into_partial"):
        target = bytearray(argument)
        count = await stream.read_into(target, partial=kind == "into_partial")
        return bytes(target[:count])
    if kind == "push":
        consumer = Exactly(stream, argument)
        stream.start_push(consumer)
        return await consumer.done
    pieces: list[bytes] = []
    assert await stream.read_bytes(argument, streaming_callback=pieces.append) == b""
    await asyncio.sleep(0)
    return b"".join(pieces)


async def drive(data: bytes, cuts: list[tuple[int, int]], program, chunk: int) -> None:
    ours, peer = socket.socketpair()
    stream = IOStream(ours, read_chunk_size=chunk)
    model = Model(data)

    async def feed() -> None:
        position = 0
        for size, turns in cuts:
            peer.sendall(data[position : position + size])
            position += size
            for _turn in range(turns):
                await asyncio.sleep(0)
        peer.sendall(data[position:])
        peer.close()

    feeding = asyncio.ensure_future(feed())
    try:
        for kind, argument in program:
            before = model.rest
            try:
                got = await perform(stream, kind, argument)
            except StreamClosedError:
                if kind == "until" or kind == "bytes":
                    assert model.read(kind, argument) == ENDED
                elif kind == "regex":
                    assert not re.search(argument, before)
                    continue
                elif "partial" in kind:
                    assert before == b""
                else:
                    assert len(before) < argument
                    return  # these have eaten what was there
                continue
            if kind == "regex":
                # What has arrived decides where a greedy match ends; it must be a match.
                assert before.startswith(got)
                match = re.search(argument, got)
                assert match
                assert match.end() == len(got)
                model.take(len(got))
            elif "partial" in kind:
                assert 0 < len(got) <= argument
                assert before.startswith(got)
                model.take(len(got))
            else:
                assert got == model.read(kind, argument)
        assert await stream.read_until_close() == model.rest
    finally:
        await feeding
        stream.close()


@bounded
@given(
    data=data_strategy,
    cuts=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=30),
    program=reads,
    chunk=st.sampled_from([1, 2, 3, 7, 65536]),
)
def test_reads_do_not_depend_on_splits(data, cuts, program, chunk):
    asyncio.run(drive(data, cuts, program, chunk))


class Stuttering(IOStream):
    """Sends what a list says: a number of bytes, or nothing now."""

    steps: list[int] = []
    own = False

    def write_to_fd(self, data):
        if not self.steps:
            return super().write_to_fd(data)
        step = self.steps.pop()
        if step == 0:
            raise BlockingIOError
        if step < 0:
            return 0
        return super().write_to_fd(data[:step])


@bounded
@given(
    pieces=st.lists(
        st.tuples(
            st.sampled_from(["write", "send", "file", "append"]),
            st.one_of(st.binary(max_size=20), st.integers(2000, 5000).map(lambda n: b"L" * n)),
        ),
        max_size=20,
    ),
    steps=st.lists(st.integers(-1, 3000), max_size=60),
    turns=st.lists(st.integers(0, 2), min_size=20, max_size=20),
)
def test_writes_do_not_depend_on_partial_sends(tmp_path, pieces, steps, turns):
    async def main() -> None:
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        stream = Stuttering(ours)
        stream.steps = list(steps)
        expected = b"".join(piece for _kind, piece in pieces)
        finished: list[int] = []
        position = 0

        async def receive() -> bytes:
            got = bytearray()
            loop = asyncio.get_running_loop()
            while len(got) < len(expected):
                got += await loop.sock_recv(peer, 100_000)
            return bytes(got)

        receiving = asyncio.ensure_future(receive())
        futures = []
        for (kind, piece), pause in zip(pieces, turns, strict=False):
            position += len(piece)
            if kind == "send":
                stream.send(piece)
            elif kind == "append":
                stream._write_buffer.append(piece)
            else:
                if kind == "file":
                    path = tmp_path / "piece"
                    path.write_bytes(piece)
                    with path.open("rb") as file:
                        kept = open(file.fileno(), "rb", closefd=False)  # noqa: SIM115
                        futures.append(stream.sendfile(kept))
                        await futures[-1]
                else:
                    futures.append(stream.write(piece))
                mark = position
                futures[-1].add_done_callback(lambda _done, mark=mark: finished.append(mark))
            for _turn in range(pause):
                await asyncio.sleep(0)
        await stream.write(b"")
        assert await receiving == expected
        for future in futures:
            await future
        await asyncio.sleep(0)
        assert finished == sorted(finished)
        assert len(finished) == len(futures)
        stream.close()
        peer.close()

    asyncio.run(main())


@pytest.mark.parametrize("size", [1, 100, 4096, 100_000])
def test_consuming_the_buffer_is_linear(size):
    """Taking small parts of a large buffer does not move the rest: counted in bytes copied."""
    from tornado.iostream._buffer import ReadBuffer

    buffer = ReadBuffer()
    whole = bytes(range(256)) * 4000
    buffer.append(whole)
    got = bytearray()
    while buffer:
        got += buffer.take(size)
    assert got == whole
