"""What is refused is refused under ``python -O`` too: no check of a peer is an ``assert``."""

import subprocess
import sys

PROGRAM = """
from tornado.http1connection._chunked import ChunkedDecoder
from tornado.httputil import HTTPHeaders, HTTPInputError, parse_request_start_line

assert False, "python -O leaves this line out"

def refused(step, *arguments):
    try:
        step(*arguments)
    except HTTPInputError:
        print("refused")
    else:
        print("TAKEN", step, arguments)

for message in (b"5\\r\\nhelloXX", b"5\\r\\nhello0\\r\\n\\r\\n", b"+5\\r\\n", b"5\\nhello\\n"):
    refused(ChunkedDecoder().feed, message)
for line in ("X : y", "X: a\\0b", " folded", "X y"):
    refused(HTTPHeaders.parse, line + "\\r\\n")
for line in ("GET  / HTTP/1.1", "GET / HTTP/1.x", "G(T / HTTP/1.1"):
    refused(parse_request_start_line, line)
"""


def test_malformed_messages_without_asserts():
    run = subprocess.run(
        [sys.executable, "-O", "-c", PROGRAM], capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    assert run.stdout.split("\n") == ["refused"] * 11 + [""]
