"""The end of a stream, from either side, and who is told what."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct

import pytest

from tornado.iostream import IOStream, StreamClosedError


def reset(sock: socket.socket) -> None:
    """Close with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def test_operations_on_a_closed_stream(stream_and_peer):
    stream, _peer = stream_and_peer()
    stream.close()
    stream.close()
    assert stream.closed()
    for operation in (
        lambda: stream.read_bytes(1),
        lambda: stream.read_until(b"x"),
        lambda: stream.write(b"x"),
        lambda: stream.send(b"x"),
        lambda: stream.connect(("127.0.0.1", 1)),
        lambda: stream.start_tls(False),
    ):
        with pytest.raises(StreamClosedError) as caught:
            operation()
        assert caught.value.real_error is None


async def test_close_carries_the_cause(stream_and_peer):
    stream, _peer = stream_and_peer()
    reading = stream.read_bytes(1)
    cause = ValueError("bad frame")
    stream.close(exc_info=cause)
    with pytest.raises(StreamClosedError, match="bad frame") as caught:
        await reading
    assert caught.value.real_error is cause
    assert stream.error is cause


async def test_exc_info_true_and_tuple(stream_and_peer):
    import sys

    stream, _peer = stream_and_peer()
    other, _peer = stream_and_peer()
    cause = KeyError("k")
    try:
        raise cause
    except KeyError:
        stream.close(exc_info=True)
        other.close(exc_info=sys.exc_info())
    assert stream.error is cause
    assert other.error is cause


async def test_reset(tcp_pair):
    ours, theirs = await tcp_pair()
    reading = theirs.read_bytes(1)
    reset(ours.socket)
    with pytest.raises(StreamClosedError) as caught:
        await reading
    assert isinstance(caught.value.real_error, ConnectionResetError)


async def test_reset_ends_read_until_close(tcp_pair):
    ours, theirs = await tcp_pair()
    await ours.write(b"abc")
    reading = theirs.read_until_close()
    while not theirs._inbox:
        await asyncio.sleep(0.001)
    reset(ours.socket)
    assert await reading == b"abc"
    assert isinstance(theirs.error, ConnectionResetError)


async def test_another_error_fails_read_until_close(stream_and_peer):
    stream, peer = stream_and_peer()
    peer.send(b"abc")
    reading = stream.read_until_close()
    await asyncio.sleep(0.01)
    stream.close(exc_info=OSError("the cable"))
    with pytest.raises(StreamClosedError, match="the cable"):
        await reading


async def test_close_callback_on_an_idle_stream(stream_and_peer):
    stream, peer = stream_and_peer()
    closed = asyncio.Event()
    stream.set_close_callback(closed.set)
    peer.close()
    await closed.wait()
    assert stream.closed()
    assert stream.error is None


async def test_close_callback_is_not_reentrant_and_comes_once(stream_and_peer):
    stream, _peer = stream_and_peer()
    calls = []
    stream.set_close_callback(lambda: calls.append(1))
    stream.close()
    assert not calls
    await asyncio.sleep(0.01)
    assert calls == [1]


async def test_close_callback_set_too_late_is_called(stream_and_peer):
    stream, _peer = stream_and_peer()
    stream.close()
    called = asyncio.Event()
    stream.set_close_callback(called.set)
    await called.wait()


async def test_close_callback_after_pending_data(stream_and_peer):
    """Each line's callback reads the next; the end comes behind all of them."""
    stream, peer = stream_and_peer()
    seen: list[bytes | str] = []
    closed = asyncio.Event()

    def on_line(line: bytes) -> None:
        seen.append(line)
        stream.read_until(b"\n", on_line)

    def on_close() -> None:
        seen.append("closed")
        closed.set()

    stream.set_close_callback(on_close)
    peer.send(b"1\n2\n3\n")
    peer.close()

    def on_last_line(line: bytes) -> None:
        seen.append(line)

    stream.read_until(b"\n", on_line)
    with pytest.raises(StreamClosedError):
        while True:
            await asyncio.sleep(0)
            stream._check_closed()
    await closed.wait()
    assert seen == [b"1\n", b"2\n", b"3\n", "closed"]


async def test_close_callback_waits_while_data_is_unread(stream_and_peer):
    stream, peer = stream_and_peer()
    calls: list[int] = []
    stream.set_close_callback(lambda: calls.append(1))
    peer.send(b"ab")
    peer.close()
    await asyncio.sleep(0.02)
    assert not calls
    assert await stream.read_bytes(2) == b"ab"
    with pytest.raises(StreamClosedError):
        await stream.read_bytes(1)
    await asyncio.sleep(0)
    assert calls == [1]


async def test_pending_operations_that_nobody_awaits_stay_silent(tcp_pair):
    ours, theirs = await tcp_pair()
    theirs.read_bytes(10)
    ours.write(b"x" * 10_000_000)
    ours.read_until(b"\n")
    theirs.close()
    while not ours.closed():
        await asyncio.sleep(0.001)
    gc.collect()  # the strictness plugin looks for "exception was never retrieved"


async def test_write_to_a_closed_peer_closes_the_stream(tcp_pair):
    ours, theirs = await tcp_pair()
    reset(theirs.socket)
    with pytest.raises(StreamClosedError) as caught:
        while True:
            await ours.write(b"x" * 1000)
    assert isinstance(caught.value.real_error, ConnectionError)
    assert ours.closed()


async def test_no_cycles_keep_a_closed_stream(stream_and_peer):
    import weakref

    gc.collect()
    gc.disable()
    try:
        sock, peer = socket.socketpair()
        stream = IOStream(sock)
        stream.set_close_callback(lambda: None)
        peer.send(b"a\nb")
        assert await stream.read_until(b"\n") == b"a\n"
        await stream.write(b"x" * 100)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stream.read_until(b"\n"), 0.001)
        peer.close()
        try:
            await stream.read_until(b"\n")
        except StreamClosedError:
            pass
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone = weakref.ref(stream)
        del stream
        await asyncio.sleep(0)
        assert gone() is None
    finally:
        gc.enable()


async def test_the_descriptor_is_unregistered_before_it_is_closed(stream_and_peer):
    """A new socket with the same number is not disturbed by the old registration."""
    for _round in range(20):
        stream, _peer = stream_and_peer()
        stream.read_bytes(1)
        number = stream.fileno()
        stream.close()
        fresh, peer = stream_and_peer()
        if fresh.fileno() == number:
            break
    peer.send(b"!")
    assert await asyncio.wait_for(fresh.read_bytes(1), 2) == b"!"
