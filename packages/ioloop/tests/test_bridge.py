"""The selector thread, on a plain asyncio loop: what Windows' proactor gets."""

import asyncio
import gc
import socket
import threading

import pytest

from tornado.ioloop import IOLoop
from tornado.platform.asyncio import (
    AddThreadSelectorEventLoop,
    AsyncIOLoop,
    SelectorThread,
    to_asyncio_future,
    to_tornado_future,
)


def selector_threads():
    return [t for t in threading.enumerate() if t.name == "tornado-selector"]


@pytest.fixture(autouse=True)
def _no_thread_stays():
    yield
    assert selector_threads() == []


async def test_readable_and_writable(pair):
    left, right = pair
    loop = asyncio.get_running_loop()
    selector = SelectorThread(loop)
    received, writable = loop.create_future(), loop.create_future()
    me = threading.get_ident()

    def read(tag):
        assert threading.get_ident() == me
        received.set_result((tag, left.recv(100)))
        assert selector.remove_reader(left)

    def write():
        assert selector.remove_writer(right.fileno())
        writable.set_result(right.send(b"hello"))

    selector.add_reader(left, read, "tag")
    selector.add_writer(right.fileno(), write)
    assert await writable == 5
    assert await received == ("tag", b"hello")
    assert not selector.remove_reader(left)
    assert not selector.remove_writer(left)
    selector.close()
    selector.close()


async def test_an_echo_of_many_pieces(pair):
    left, right = pair
    loop = asyncio.get_running_loop()
    selector = SelectorThread(loop)
    data, got, sent, finished = b"0123456789" * 50_000, bytearray(), 0, loop.create_future()

    def read():
        got.extend(left.recv(65536))
        if len(got) == len(data):
            finished.set_result(None)

    def write():
        nonlocal sent
        sent += right.send(data[sent : sent + 65536])
        if sent == len(data):
            selector.remove_writer(right)

    selector.add_reader(left, read)
    selector.add_writer(right, write)
    await finished
    assert bytes(got) == data
    selector.close()


async def test_a_failing_callback_is_reported_and_the_rest_goes_on(pair):
    left, right = pair
    loop = asyncio.get_running_loop()
    seen = []
    loop.set_exception_handler(lambda loop, context: seen.append(context["exception"]))
    selector = SelectorThread(loop)
    again = asyncio.Event()

    def read():
        if left.recv(1) == b"2":
            again.set()
        raise ZeroDivisionError

    selector.add_reader(left, read)
    right.send(b"1")
    await asyncio.sleep(0.01)
    right.send(b"2")
    await again.wait()
    assert {type(error) for error in seen} == {ZeroDivisionError}
    selector.close()


async def test_a_descriptor_that_was_closed_too_early_does_not_stop_the_others(pair):
    left, right = pair
    loop = asyncio.get_running_loop()
    selector = SelectorThread(loop)
    early, peer = socket.socketpair()
    number = early.fileno()
    selector.add_reader(number, print)
    await asyncio.sleep(0.01)
    early.close()
    received = loop.create_future()
    selector.add_reader(left, lambda: received.done() or received.set_result(left.recv(1)))
    right.send(b"x")
    assert await received == b"x"
    selector.remove_reader(number)
    selector.close()
    peer.close()


def test_asyncio_run_ends_the_thread(pair):
    async def main():
        SelectorThread(asyncio.get_running_loop()).add_reader(pair[0], print)
        await asyncio.sleep(0.01)
        assert len(selector_threads()) == 1

    asyncio.run(main())


def test_one_that_never_ran_is_closed():
    loop = asyncio.new_event_loop()
    bridge = AddThreadSelectorEventLoop(loop)
    bridge.close()
    assert loop.is_closed()
    gc.collect()


def test_the_wrapped_loop_is_a_loop():
    loop = asyncio.new_event_loop()
    bridge = AddThreadSelectorEventLoop(loop)
    assert isinstance(bridge, asyncio.AbstractEventLoop)
    assert bridge.run_until_complete(asyncio.sleep(0, 5)) == 5
    assert bridge.time() >= 0
    assert "add_reader" in AddThreadSelectorEventLoop.MY_ATTRIBUTES
    bridge.close()


def test_an_ioloop_on_the_bridge(pair):
    left, right = pair

    class Bridged(AsyncIOLoop):
        def initialize(self, **kwargs):
            super().initialize(**kwargs)
            self.selector_loop = AddThreadSelectorEventLoop(self.asyncio_loop)

    io_loop = Bridged()
    seen = []

    def handler(fd, events):
        seen.append((fd.recv(10), events))
        io_loop.stop()

    io_loop.add_handler(left, handler, IOLoop.READ)
    right.send(b"x")
    io_loop.start()
    io_loop.update_handler(left, IOLoop.WRITE)
    io_loop.remove_handler(left)
    assert seen == [(b"x", IOLoop.READ)]
    io_loop.close()


async def test_the_two_kinds_of_futures_are_one():
    future = asyncio.get_running_loop().create_future()
    assert to_tornado_future(future) is future
    assert to_asyncio_future(future) is future
    future.set_result(1)
    assert await to_asyncio_future([future]) == [1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_policy_that_older_programs_name():
    import tornado.platform.asyncio as module

    policy = module.AnyThreadEventLoopPolicy()
    assert module.AnyThreadEventLoopPolicy is type(policy)
    loops = []
    thread = threading.Thread(target=lambda: loops.append(policy.get_event_loop()))
    thread.start()
    thread.join()
    loops[0].close()
    with pytest.raises(AttributeError, match="Nothing"):
        module.Nothing  # noqa: B018
