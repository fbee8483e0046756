"""Fetches what it is told to and says, as JSON, what it sent and what became of it.

``python fetches.py < cases.json``: a list of cases, see test_client.py. It uses the interface of
Tornado and nothing of one implementation. The server is here too, and is a script of answers.
"""

import asyncio
import datetime
import json
import logging
import re
import sys

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

PATIENCE = 5
LAST = b"LAST\r\n\r\n"
KNOWN = {
    *("HTTPClientError", "ValueError", "KeyError", "TypeError", "AssertionError", "TimeoutError"),
    *("NotImplementedError", "UnicodeError", "OSError", "ConnectionRefusedError", "gaierror"),
    *("StreamClosedError", "StreamBufferFullError", "UnsatisfiableReadError", "HTTPOutputError"),
}


class Script:
    """A server that answers by the script of the present case, and keeps what it was sent.

    In an answer ``MORE`` stands for waiting for the body of the request, ``WAIT`` for giving no
    answer; after ``CLOSE`` the connection ends.
    """

    def __init__(self):
        self.talks = set()
        self.begin([])

    def begin(self, answers):
        self.answers = iter(answers)
        self.received = []

    async def end(self, port):
        """Returns when the connections of the case are over, those still to be accepted too."""
        self.ending = asyncio.Event()
        _, last = await asyncio.open_connection("127.0.0.1", port)
        last.write(LAST)
        await self.ending.wait()
        if self.talks:
            await asyncio.wait(self.talks, timeout=PATIENCE)
        last.close()

    async def converse(self, reader, writer):
        talk = asyncio.current_task()
        self.talks.add(talk)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head == LAST:
                    self.talks.discard(talk)
                    self.ending.set()
                    break
                self.received.append(head.decode("latin-1"))
                answer = next(self.answers, "CLOSE")
                if b"\r\nexpect:" in head.lower():
                    first, more, answer = answer.rpartition("MORE")
                    writer.write(first.encode())
                    if not more:
                        answer += "CLOSE"
                        head = b""
                self.received[-1] += (await body_of(head, reader)).decode("latin-1")
                if answer == "WAIT":
                    await reader.read()
                writer.write(answer.removesuffix("CLOSE").encode("latin-1"))
                if answer.endswith("CLOSE"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.talks.discard(talk)
            writer.close()


async def body_of(head, reader):
    if length := re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE):
        return await reader.readexactly(int(length[1]))
    body = b""
    if b"\r\ntransfer-encoding: chunked" in head.lower():
        while not re.search(rb"(^|\r\n)0\r\n\r\n$", body):
            piece = await reader.read(65536)
            if not piece:
                break
            body += piece
    return body


def arguments(options, seen):
    """What JSON cannot say: bytes, dates, callbacks."""
    options = dict(options)
    if "if_modified_since" in options:
        options["if_modified_since"] = datetime.datetime.fromisoformat(options["if_modified_since"])
    if "body_bytes" in options:
        options["body"] = bytes.fromhex(options.pop("body_bytes"))
    if options.pop("streaming", False):
        options["streaming_callback"] = lambda data: note(seen, "data", data.decode("latin-1"))
    if options.pop("heading", False):
        options["header_callback"] = lambda line: seen["callbacks"].append(["header", line])
    if (pieces := options.pop("pieces", None)) is not None:

        async def produce(write):
            for piece in pieces:
                await write(piece.encode())

        options["body_producer"] = produce
    return options


def note(seen, kind, text):
    """Keeps pieces that come one after another together: how many there are is chance."""
    if seen["callbacks"] and seen["callbacks"][-1][0] == kind:
        seen["callbacks"][-1][1] += text
    else:
        seen["callbacks"].append([kind, text])


def told(response):
    return {
        "code": response.code,
        "reason": response.reason,
        "headers": [list(pair) for pair in response.headers.get_all()],
        "body": None if response.body is None else response.body.decode("latin-1"),
        "effective_url": response.effective_url,
        "url": response.request.url,
        "error": response.error and type(response.error).__name__,
    }


def kinds(error):
    """What an ``except`` would catch it by."""
    return " ".join(sorted({kind.__name__ for kind in type(error).__mro__} & KNOWN))


async def observe(script, places, case):
    def placed(text):
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    seen = {"callbacks": []}
    script.begin([placed(answer) for answer in case["answers"]])
    client = AsyncHTTPClient(force_instance=True, **case["client"])
    try:
        options = arguments(case["options"], seen)
        url = placed(case["url"])
        if options.pop("request", False):
            raise_error = options.pop("raise_error", True)
            future = client.fetch(HTTPRequest(url, **options), raise_error=raise_error)
        else:
            future = client.fetch(url, **options)
        seen |= told(await asyncio.wait_for(future, PATIENCE))
    except HTTPClientError as error:
        seen |= {"raised": kinds(error), "code": error.code}
        if error.code != 599:
            seen["message"] = str(error)
        if error.response is not None:
            seen |= {f"response {name}": value for name, value in told(error.response).items()}
    except Exception as error:
        seen["raised"] = kinds(error)
    finally:
        client.close()
    await script.end(places["HOST"].rpartition(":")[2])
    seen["sent"] = script.received
    return seen


async def main():
    logging.disable()
    script = Script()
    server = await asyncio.start_server(script.converse, "127.0.0.1", 0, limit=2**24)
    port = str(server.sockets[0].getsockname()[1])
    host = f"127.0.0.1:{port}"
    places = {"BASE": f"http://{host}", "HOST": host, "OTHER": f"http://localhost:{port}"}
    results = {}
    for case in json.load(sys.stdin):
        results[case["name"]] = await observe(script, places, case)
    print(json.dumps(results).replace(port, "PORT"))


asyncio.run(main())
