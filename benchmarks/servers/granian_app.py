"""The scenarios on granian's own interface (RSGI), without a framework: ``granian_app:app``."""

import json
import os
import re
from urllib.parse import parse_qs

from scenarios import ITEM

ITEM_PATH = re.compile(r"/items/(\d+)$")
PLAIN = [("content-type", "text/plain")]


def cookie(header, name):
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None


async def app(scope, protocol):
    path = scope.path
    if path == "/":
        protocol.response_str(200, PLAIN, "Hello, world")
    elif match := ITEM_PATH.match(path):
        q = parse_qs(scope.query_string)["q"][0]
        user = cookie(scope.headers.get("cookie", ""), "user")
        protocol.response_str(200, [*PLAIN, ("x-item", match[1])], f"{match[1]} {q} {user}")
    elif path == "/json":
        protocol.response_str(200, [("content-type", "application/json")], json.dumps(ITEM))
    elif path == "/form":
        fields = parse_qs((await protocol()).decode())
        protocol.response_str(200, PLAIN, fields["last"][0])
    elif path.startswith("/static/"):
        file = os.path.join(os.environ["STATIC_FOLDER"], os.path.basename(path))
        protocol.response_file(200, [("content-type", "application/octet-stream")], file)
    else:
        protocol.response_empty(404, [])
