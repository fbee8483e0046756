"""Sockets that listen, and taking connections from them."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import stat

import pytest

from tornado.netutil import add_accept_handler, bind_sockets, bind_unix_socket, is_valid_ip


@pytest.fixture
def closing():
    sockets: list[socket.socket] = []
    yield sockets.extend
    for sock in sockets:
        sock.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_one_port_for_all_families(closing):
    sockets = bind_sockets(0)
    closing(sockets)
    assert len({sock.getsockname()[1] for sock in sockets}) == 1
    assert sockets[0].family == socket.AF_INET
    assert len(sockets) == (2 if has_ipv6() else 1)
    assert all(sock.gettimeout() == 0 for sock in sockets)
    assert all(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) for sock in sockets)


@pytest.mark.skipif(not has_ipv6(), reason="needs IPv6")
def test_families(closing):
    localhost = bind_sockets(0, "localhost", socket.AF_INET)
    six = bind_sockets(0, "::1")
    closing(localhost + six)
    assert [sock.family for sock in localhost] == [socket.AF_INET]
    assert [sock.getsockname()[0] for sock in six] == ["::1"]


def test_port_in_use_names_the_address(closing):
    [first] = bind_sockets(0, "127.0.0.1")
    closing([first])
    port = first.getsockname()[1]
    with pytest.raises(OSError, match=rf"listen on 127\.0\.0\.1:{port}: .* in use") as caught:
        bind_sockets(port, "127.0.0.1")
    assert caught.value.errno == errno.EADDRINUSE


def test_address_of_another_machine():
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1:0: no interface") as caught:
        bind_sockets(0, "192.0.2.1")
    assert caught.value.errno == errno.EADDRNOTAVAIL


def test_unknown_name():
    with pytest.raises(OSError, match=r"cannot listen on no\.such\.host\.invalid:80"):
        bind_sockets(80, "no.such.host.invalid")


def test_reuse_port(closing):
    [first] = bind_sockets(0, "127.0.0.1", reuse_port=True)
    closing([first])
    closing(bind_sockets(first.getsockname()[1], "127.0.0.1", reuse_port=True))


def test_unix_socket(tmp_path, closing):
    path = str(tmp_path / "socket")
    first = bind_unix_socket(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    first.close()
    closing([bind_unix_socket(path, mode=0o666)])  # what is left over is replaced
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ValueError, match="not a socket"):
        bind_unix_socket(str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "precious"
    with pytest.raises(OSError, match="cannot listen on '/does/not/exist'"):
        bind_unix_socket("/does/not/exist")


def test_abstract_unix_socket(closing):
    name = f"\0tornado-iostream-{os.getpid()}"
    closing([bind_unix_socket(name)])
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(name)


@pytest.mark.parametrize(
    ("text", "valid"),
    [("127.0.0.1", True), ("4.4.4.4", True), ("::1", True), ("2620:0:1cfe:face:b00c::3", True),
     ("", False), (" ", False), ("\n", False), ("\x00", False), ("localhost", False),
     ("www.google.com", False), ("4.4.4.4<", False), ("a" * 100, False), ("256.1.1.1", False),
     ("1" * 65536, False), ("127.0.0.1\xad", False), ("fe80::1%" + "9" * 30, False)],
)  # fmt: skip
def test_is_valid_ip(text, valid):
    assert is_valid_ip(text) is valid


async def test_accept_handler(closing):
    [listener] = bind_sockets(0, "127.0.0.1")
    closing([listener])
    accepted: asyncio.Queue[tuple[socket.socket, object]] = asyncio.Queue()
    stop = add_accept_handler(listener, lambda *arguments: accepted.put_nowait(arguments))
    clients = [socket.create_connection(listener.getsockname()) for _client in range(100)]
    closing(clients)
    addresses = set()
    for _client in clients:
        connection, address = await accepted.get()
        closing([connection])
        assert connection.gettimeout() == 0
        addresses.add(address)
    assert addresses == {client.getsockname() for client in clients}
    stop()
    stop()
    closing([socket.create_connection(listener.getsockname())])
    await asyncio.sleep(0.01)
    assert accepted.empty()


async def test_a_blocking_listener_does_not_hold_the_loop():
    accepted = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = add_accept_handler(listener, lambda connection, _: accepted.set_result(connection))
        with socket.create_connection(listener.getsockname()), await accepted as connection:
            assert connection.gettimeout() == 0
        stop()


async def test_a_failing_callback_does_not_end_it(closing, expect_log):
    [listener] = bind_sockets(0, "127.0.0.1")
    closing([listener])
    done = asyncio.Event()
    calls = []

    def callback(connection, _address):
        calls.append(connection)
        if len(calls) == 1:
            raise KeyError("first")
        connection.close()
        done.set()

    stop = add_accept_handler(listener, callback)
    with expect_log("tornado.application", "callback for an accepted connection failed", count=1):
        for _client in range(2):
            closing([socket.create_connection(listener.getsockname())])
        await done.wait()
    stop()


async def test_out_of_descriptors(closing, expect_log, monkeypatch):
    """It says so once, rests, and goes on by itself."""
    from tornado.netutil import _listening

    monkeypatch.setattr(_listening, "REST_SECONDS", 0.05)
    [listener] = bind_sockets(0, "127.0.0.1")
    closing([listener])
    accepted: asyncio.Queue[socket.socket] = asyncio.Queue()
    stop = add_accept_handler(listener, lambda taken, _address: accepted.put_nowait(taken))
    client = socket.create_connection(listener.getsockname())
    closing([client])
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    with expect_log("tornado.general", "Cannot accept connections for 0.05 s.*ulimit -n") as rested:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
        try:
            while True:
                taken.append(os.dup(client.fileno()))
        except OSError as error:
            full = error.errno
        finally:
            await asyncio.sleep(0.12)
            for fd in taken:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert full == errno.EMFILE
    assert 1 <= len(rested) <= 3  # not a busy loop
    closing([await asyncio.wait_for(accepted.get(), 5)])
    stop()
