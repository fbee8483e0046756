"""The README's first command: ``hatch run demo`` prints its address, serves, and ends on Ctrl-C."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request

START_SECONDS = 120
"""The first start also makes the environment."""

demo = subprocess.Popen(
    ["hatch", "run", "demo", "--port=0"],
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    start_new_session=True,
)
assert demo.stdout is not None
printed = b""
deadline = time.monotonic() + START_SECONDS
try:
    while not (address := re.search(rb"http://[\w.:]+\d", printed)):
        if not select.select([demo.stdout], [], [], deadline - time.monotonic())[0]:
            sys.exit(f"no address in {START_SECONDS} s; it printed:\n{printed.decode()}")
        chunk = os.read(demo.stdout.fileno(), 65536)
        if not chunk:
            sys.exit(f"it ended without printing an address:\n{printed.decode()}")
        printed += chunk
    with urllib.request.urlopen(address[0].decode() + "/", timeout=10) as answer:
        page = answer.read().decode()
    assert answer.status == 200, answer.status
    assert "<html" in page.lower(), page
    os.killpg(demo.pid, signal.SIGINT)  # what Ctrl-C does: all of the terminal's job
    rest, _ = demo.communicate(timeout=10)
    assert b"Traceback" not in rest, rest.decode()
    print(f"{address[0].decode()} answered with {len(page)} characters; it ended cleanly")
finally:
    if demo.poll() is None:
        os.killpg(demo.pid, signal.SIGKILL)
