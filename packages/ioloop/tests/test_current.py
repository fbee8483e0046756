"""Which loop is the current one: in threads, in asyncio.run, before and after."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

import tornado.ioloop
from tornado.ioloop import EPollIOLoop, IOLoop, KQueueIOLoop, SelectIOLoop, UVLoop
from tornado.platform.asyncio import AsyncIOLoop, AsyncIOMainLoop, BaseAsyncIOLoop


def in_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


async def test_in_asyncio_run_it_is_the_running_loop_each_time():
    io_loop = IOLoop.current()
    assert io_loop is IOLoop.current()
    assert io_loop is IOLoop.instance()
    assert io_loop is IOLoop.current(instance=False)
    assert io_loop.asyncio_loop is asyncio.get_running_loop()
    assert io_loop.selector_loop is asyncio.get_running_loop()
    assert isinstance(io_loop, AsyncIOMainLoop)


def test_asking_makes_one_only_when_wanted():
    assert IOLoop.current(instance=False) is None
    io_loop = IOLoop.current()
    assert isinstance(io_loop, AsyncIOLoop)
    assert IOLoop.current(instance=False) is io_loop
    assert IOLoop.initialized()
    io_loop.close()
    assert IOLoop.current(instance=False) is None


def test_a_new_loop_becomes_current_unless_told_otherwise():
    first = IOLoop()
    second = IOLoop(make_current=False)
    assert IOLoop.current() is first
    third = IOLoop(make_current=None)
    assert IOLoop.current() is first
    third.close()
    second.make_current()
    assert IOLoop.current() is second
    IOLoop.clear_current()
    assert IOLoop.current(instance=False) is None
    fourth = IOLoop(make_current=None)
    assert IOLoop.current() is IOLoop.instance() is fourth
    fourth.close()
    first.close()
    second.close()


def test_what_asyncio_was_given_is_current():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        assert IOLoop.current(instance=False) is None  # there is no IOLoop for it yet
        assert IOLoop.current().asyncio_loop is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_a_closed_loop_is_not_current():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.close()
    io_loop = IOLoop.current()
    assert io_loop.asyncio_loop is not loop
    io_loop.close()


def test_a_thread_reaches_the_main_loop_by_instance(io_loop):
    IOLoop.clear_instance()
    io_loop.install()
    assert in_thread(IOLoop.instance) is io_loop
    assert in_thread(lambda: IOLoop.current(instance=False)) is None


def test_a_thread_with_a_loop_of_its_own_has_that():
    def own():
        mine = IOLoop()
        try:
            return IOLoop.instance() is mine and IOLoop.current() is mine
        finally:
            mine.close()

    io_loop = IOLoop()
    io_loop.install()
    assert in_thread(own)
    io_loop.close()


def test_the_loop_of_2009():
    io_loop = IOLoop.instance()
    assert IOLoop.instance() is io_loop
    assert IOLoop.initialized()
    io_loop.close()
    IOLoop.clear_instance()
    assert not IOLoop.initialized()


def test_one_ioloop_for_one_asyncio_loop():
    io_loop = IOLoop()
    with pytest.raises(RuntimeError, match="has an IOLoop already"):
        AsyncIOMainLoop()
    with pytest.raises(RuntimeError, match="has an IOLoop already"):
        AsyncIOLoop(asyncio_loop=io_loop.asyncio_loop)
    io_loop.close()


def test_main_loop_makes_one_where_there_is_none():
    io_loop = AsyncIOMainLoop()
    io_loop.install()
    assert IOLoop.instance() is io_loop
    io_loop.close()


def test_base_loop_is_given_one():
    io_loop = BaseAsyncIOLoop(asyncio.new_event_loop(), make_current=False)
    assert IOLoop.current(instance=False) is None
    assert io_loop.run_sync(lambda: asyncio.sleep(0, 5)) == 5
    io_loop.close()


@pytest.fixture
def configuration():
    saved = IOLoop._save_configuration()
    yield
    IOLoop._restore_configuration(saved)


@pytest.mark.usefixtures("configuration")
def test_another_clock():
    IOLoop.configure(None, time_func=time.monotonic)
    io_loop = IOLoop()
    assert abs(io_loop.time() - time.monotonic()) < 1
    io_loop.close()


def test_the_clock_is_the_time_of_day(io_loop):
    assert abs(io_loop.time() - time.time()) < 1


@pytest.mark.usefixtures("configuration")
def test_uvloop_is_used_when_asked_for():
    try:
        import uvloop
    except ImportError:
        with pytest.raises(ImportError, match=r"pip install 'tornado-ioloop\[uvloop\]'"):
            IOLoop.configure("uvloop")
        return
    IOLoop.configure("uvloop")
    io_loop = IOLoop()
    assert isinstance(io_loop.asyncio_loop, uvloop.Loop)
    assert isinstance(io_loop, UVLoop)
    io_loop.close()


@pytest.mark.usefixtures("configuration")
def test_a_selector_by_its_old_name():
    import selectors

    IOLoop.configure(SelectIOLoop)
    io_loop = IOLoop()
    assert isinstance(io_loop.asyncio_loop._selector, selectors.SelectSelector)
    assert io_loop.run_sync(lambda: asyncio.sleep(0, 1)) == 1
    io_loop.close()
    for name, kind in (("EpollSelector", EPollIOLoop), ("KqueueSelector", KQueueIOLoop)):
        if hasattr(selectors, name):
            kind().close()
        else:
            with pytest.raises(NotImplementedError, match=name):
                kind()


@pytest.mark.usefixtures("configuration")
def test_configure_refuses_other_classes():
    with pytest.raises(ValueError, match="IOLoop"):
        IOLoop.configure(dict)


def test_names_are_those_of_the_face():
    assert repr(IOLoop) == "<class 'tornado.ioloop.IOLoop'>"
    assert repr(UVLoop) == "<class 'tornado.ioloop.UVLoop'>"
    for name in tornado.ioloop.__all__:
        assert getattr(tornado.ioloop, name)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        tornado.ioloop.Nothing  # noqa: B018


QUIET = """
import asyncio, sys
before = asyncio.new_event_loop
def fail(): raise AssertionError("a loop was made")
asyncio.new_event_loop = fail
from tornado import concurrent, gen, ioloop, locks, queues, stack_context
import tornado.platform.asyncio
from tornado.ioloop import *
assert ioloop.IOLoop.current(instance=False) is None
asyncio.new_event_loop = before
loop = ioloop.IOLoop.current()
loop.run_sync(lambda: gen.sleep(0))
loop.close()

async def main():
    assert ioloop.IOLoop.current().asyncio_loop is asyncio.get_running_loop()
asyncio.run(main())
assert ioloop.IOLoop.current(instance=False) is None
"""


def test_importing_makes_no_loop_and_nothing_warns():
    subprocess.run([sys.executable, "-W", "error", "-c", QUIET], check=True, timeout=30)
