"""The article: hello_server.py, and the output of a system command as a page."""

import sys

from programs import running
from visitor import Visitor


def test_hello_server(hello, curl):
    program = hello("hello_server.py")
    assert curl(program, "curl 127.0.0.1:%d" % program.port) == "Hello, world"


def test_output_of_a_command(visit):
    answer = visit("tutorial/command.py").get("/")
    assert answer.text == "Hello from a command\n"


def test_a_command_that_fails_is_a_bad_gateway():
    command = f"{sys.executable} -c raise(SystemExit(3))"
    with running("demos/tutorial/command.py", "--port=0", f"--command={command}") as program:
        assert Visitor(program.url).get("/").status == 502
