"""Names and arguments that older programs know."""

import subprocess
import sys

import pytest

from tornado import netutil, process, tcpserver
from tornado.ioloop import IOLoop


def test_the_server_has_its_name_of_2011_too():
    assert netutil.TCPServer is tcpserver.TCPServer
    with pytest.raises(AttributeError, match=r"'tornado\.netutil' has no attribute 'TCPservers'"):
        _ = netutil.TCPservers


@pytest.mark.parametrize("module", ["tornado.netutil", "tornado.tcpserver"])
def test_it_is_found_whichever_module_comes_first(module):
    program = f"import {module}\nfrom tornado.netutil import TCPServer\nprint(TCPServer.__module__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "tornado.tcpserver\n", done.stderr


async def test_the_loop_in_first_place():
    loop = IOLoop.current()
    server = netutil.TCPServer(loop, None)
    assert server._io_loop is loop
    assert server.ssl_options is None


async def test_a_failed_program_is_told_by_an_error_of_the_process_module():
    with pytest.raises(process.CalledProcessError) as caught:
        await process.Subprocess([sys.executable, "-c", "raise SystemExit(3)"]).wait_for_exit()
    assert caught.value.returncode == 3
