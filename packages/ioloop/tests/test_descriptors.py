"""Handlers of file descriptors, with real sockets."""

import asyncio
import os
import socket

import pytest

from tornado.ioloop import IOLoop

NONE, READ, WRITE, ERROR = IOLoop.NONE, IOLoop.READ, IOLoop.WRITE, IOLoop.ERROR


def test_the_numbers_are_those_of_epoll(io_loop):
    assert (NONE, READ, WRITE, ERROR) == (0, 0x001, 0x004, 0x018)
    assert (io_loop.NONE, io_loop.READ, io_loop.WRITE, io_loop.ERROR) == (0, 0x001, 0x004, 0x018)


def test_read_write_update_remove_as_the_documents_show(io_loop, pair):
    ioloop, (sock, other) = io_loop, pair
    seen = []

    def callback(fd, events):
        assert fd == sock.fileno()
        seen.append(events)
        if events & ioloop.READ:
            assert sock.recv(100) == b"ping"
            ioloop.update_handler(sock.fileno(), ioloop.WRITE)
        else:
            sock.send(b"pong")
            ioloop.remove_handler(sock.fileno())
            ioloop.stop()

    ioloop.add_handler(sock.fileno(), callback, ioloop.READ)
    other.send(b"ping")
    ioloop.start()
    assert seen == [READ, WRITE]
    assert other.recv(100) == b"pong"


def test_an_object_comes_back_as_it_was_given(io_loop, pair):
    sock, other = pair
    seen = []

    def callback(fd, events):
        seen.append((fd, fd.recv(1), events))
        io_loop.stop()

    io_loop.add_handler(sock, callback, READ)
    other.send(b"x")
    io_loop.start()
    assert seen == [(sock, b"x", READ)]
    io_loop.remove_handler(sock)


def test_read_and_write_at_once(io_loop, pair):
    sock, other = pair
    seen = []

    def callback(fd, events):
        seen.append(events)
        if len(seen) == 2:
            io_loop.stop()

    io_loop.add_handler(sock, callback, READ | WRITE | ERROR)
    other.send(b"x")
    io_loop.start()
    io_loop.remove_handler(sock)
    assert set(seen) == {READ, WRITE}  # in two calls


async def test_none_waits_for_nothing(pair, turns):
    io_loop = IOLoop.current()
    sock, other = pair
    seen = []
    io_loop.add_handler(sock, lambda fd, events: seen.append(events), NONE)
    other.send(b"x")
    await asyncio.sleep(0.01)
    assert seen == []
    io_loop.update_handler(sock, READ)
    await asyncio.sleep(0.01)
    io_loop.update_handler(sock, NONE)
    assert seen
    assert set(seen) == {READ}
    count = len(seen)
    await asyncio.sleep(0.01)
    assert len(seen) == count
    io_loop.remove_handler(sock)


async def test_a_handler_that_was_removed_misses_the_event_that_was_seen(pair):
    io_loop = IOLoop.current()
    (left, right), seen = pair, []

    def first(fd, events):
        seen.append(fd)
        io_loop.remove_handler(left)
        io_loop.remove_handler(right)

    io_loop.add_handler(left, first, READ)
    io_loop.add_handler(right, first, READ)
    left.send(b"x")
    right.send(b"x")
    await asyncio.sleep(0.01)
    assert len(seen) == 1


async def test_the_end_of_the_other_side_is_readable(pair):
    io_loop = IOLoop.current()
    sock, other = pair
    seen = asyncio.get_running_loop().create_future()

    def callback(fd, events):
        io_loop.remove_handler(fd)
        seen.set_result((events, fd.recv(1)))

    io_loop.add_handler(sock, callback, READ)
    other.close()
    assert await seen == (READ, b"")


async def test_an_exception_of_a_handler_is_logged_and_it_is_called_again(pair, expect_log):
    io_loop = IOLoop.current()
    sock, other = pair
    done = asyncio.Event()

    def callback(fd, events):
        if fd.recv(1) == b"2":
            done.set()
        raise ZeroDivisionError

    io_loop.add_handler(sock, callback, READ)
    with expect_log("tornado.application", "Exception in callback .*ZeroDivisionError", count=2):
        other.send(b"12")
        await done.wait()
    io_loop.remove_handler(sock)


async def test_a_handler_may_be_an_async_def(pair):
    io_loop = IOLoop.current()
    sock, other = pair
    done = asyncio.Event()

    async def callback(fd, events):
        io_loop.remove_handler(fd)
        await asyncio.sleep(0)
        done.set()

    io_loop.add_handler(sock, callback, READ)
    other.send(b"x")
    await done.wait()


async def test_mistakes_are_told(pair, tmp_path):
    io_loop = IOLoop.current()
    sock, _ = pair
    io_loop.add_handler(sock, print, NONE)
    with pytest.raises(ValueError, match=r"has a handler already.*update_handler\(\)"):
        io_loop.add_handler(sock.fileno(), print, READ)
    io_loop.remove_handler(sock)
    io_loop.remove_handler(sock)
    with pytest.raises(KeyError, match=r"has no handler: call add_handler\(\) first"):
        io_loop.update_handler(sock, READ)
    with pytest.raises(TypeError, match="a callable, got None"):
        io_loop.add_handler(sock, None, READ)
    with pytest.raises(TypeError, match="READ, WRITE or READ"):
        io_loop.add_handler(sock, print, "r")
    with pytest.raises(TypeError, match=r"an object with fileno\(\), got 'x'"):
        io_loop.add_handler("x", print, READ)
    with open(tmp_path / "file", "w") as file, pytest.raises(PermissionError):
        io_loop.add_handler(file, print, READ)
    assert io_loop._descriptors.entries == {}


def test_close_can_close_what_has_handlers():
    io_loop = IOLoop()
    left, right = socket.socketpair()
    number = os.dup(right.fileno())
    io_loop.add_handler(left, print, READ)
    io_loop.add_handler(number, print, READ)
    io_loop.close(all_fds=True)
    assert left.fileno() == -1
    with pytest.raises(OSError):
        os.fstat(number)
    right.close()
    io_loop.close_fd(number)  # closed already: no harm
    assert io_loop.split_fd(5) == (5, 5)
