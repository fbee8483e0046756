"""``@stream_multipart``: forms that are read while they arrive, live."""

import asyncio
import gc
import os
import shutil
import subprocess

import pytest

from tornado.web import RequestHandler, stream_multipart

TYPE = {"Content-Type": "multipart/form-data; boundary=B"}


def form(*parts):
    out = []
    for name, filename, content in parts:
        file = f'; filename="{filename}"\r\nContent-Type: text/x' if filename else ""
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        out += [head.encode(), content, b"\r\n"]
    return b"".join([*out, b"--B--\r\n"])


@stream_multipart
class Parts(RequestHandler):
    async def post(self):
        told = []
        async for part in self.multipart:
            told.append([part.name, part.filename, part.content_type, (await part.read()).decode()])
        self.write({"parts": told})


async def test_parts_one_after_another(serve, fetch):
    import json

    body = form(("a", None, b"1"), ("f", "n.txt", b"x" * 200_000), ("a", None, b""))
    response = await fetch(serve([("/", Parts)]), "POST", headers=TYPE, body=body)
    assert json.loads(response.body)["parts"] == [
        ["a", None, None, "1"],
        ["f", "n.txt", "text/x", "x" * 200_000],
        ["a", None, None, ""],
    ]


async def test_a_part_is_there_before_the_next_has_come(serve):
    seen = asyncio.Queue()

    @stream_multipart()
    class Live(RequestHandler):
        async def post(self):
            async for part in self.multipart:
                async for chunk in part:
                    seen.put_nowait((part.name, chunk))
            self.write("over")

    port = serve([("/", Live)])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n")
    writer.write(b"Transfer-Encoding: chunked\r\n\r\n")

    def send(data):
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))

    send(b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none')
    assert await asyncio.wait_for(seen.get(), 10) == ("a", b"one")
    send(b"two\r\n--B\r\n")
    assert await asyncio.wait_for(seen.get(), 10) == ("a", b"two")
    send(b'Content-Disposition: form-data; name="b"\r\n\r\nthree\r\n--B--')
    assert await asyncio.wait_for(seen.get(), 10) == ("b", b"three")
    send(b"epilogue")
    writer.write(b"0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    reply = await asyncio.wait_for(reader.read(), 10)
    assert b"HTTP/1.1 200 OK" in reply
    assert b"overHTTP/1.1 404" in reply, "the connection goes on"
    writer.close()


async def test_a_whole_form(serve, fetch):
    files = []

    @stream_multipart(spool_size=1000)
    class Whole(RequestHandler):
        async def post(self):
            got = await self.multipart.form()
            small, large = got.files["f"]
            files.extend([small.file, large.file])
            assert (small.filename, small.content_type, small.size) == ("s", "text/x", 1000)
            assert (large.filename, large.size) == ("l", 100_000)
            assert large.file.read() == b"l" * 100_000
            assert not small.file._rolled
            assert large.file._rolled, "on disk"
            assert got.fields == {"a": ["1", "é"]}
            assert self.get_body_arguments("a") == self.get_arguments("a") == ["1", "é"]
            self.write("fine")

    body = form(
        ("a", None, b"1"),
        ("f", "s", b"s" * 1000),
        ("f", "l", b"l" * 100_000),
        ("a", None, "é".encode()),
    )
    response = await fetch(serve([("/", Whole)]), "POST", headers=TYPE, body=body)
    assert response.body == b"fine"
    assert all(file.closed for file in files)


async def test_saving(serve, fetch, tmp_path):
    @stream_multipart
    class Save(RequestHandler):
        async def post(self):
            async for part in self.multipart:
                self.write(str(await part.save(tmp_path / "saved")))

    port = serve([("/", Save)])
    data = os.urandom(300_000)
    response = await fetch(port, "POST", headers=TYPE, body=form(("f", "../../x", data)))
    assert response.body == b"300000"
    assert (tmp_path / "saved").read_bytes() == data


async def test_what_is_not_read_is_skipped(serve, fetch):
    @stream_multipart
    class Names(RequestHandler):
        async def post(self):
            async for part in self.multipart:
                self.write(part.name)
                if part.name == "b":
                    async for _chunk in part:
                        break

    body = form(("a", "f", b"x" * 300_000), ("b", "f", b"x" * 300_000), ("c", None, b"x"))
    assert (await fetch(serve([("/", Names)]), "POST", headers=TYPE, body=body)).body == b"abc"


async def test_a_handler_that_reads_nothing(serve, fetch):
    @stream_multipart
    class Uninterested(RequestHandler):
        def post(self):
            self.write("no, thanks")

    port = serve([("/", Uninterested)])
    for size in (10, 1_000_000):
        response = await fetch(port, "POST", headers=TYPE, body=form(("a", "f", b"x" * size)))
        assert response.body == b"no, thanks"


@stream_multipart(max_part_size=1000, max_field_size=100, max_parts=3, max_body_size=5000)
class Limited(RequestHandler):
    async def post(self):
        if self.get_query_argument("how") == "form":
            await self.multipart.form()
        else:
            async for part in self.multipart:
                await part.text(500)


@pytest.mark.parametrize("how", ["form", "parts"])
@pytest.mark.parametrize(
    ("headers", "body", "status", "line"),
    [
        (TYPE, form(("f", "f", b"x" * 1001)), 413, "'f' of more than 1000 bytes"),
        (TYPE, form(("f", None, b"x" * 501)), 413, "'f' of more than (100|500) bytes"),
        (TYPE, form(*[("f", "f", b"x")] * 4), 400, "more than the 3 parts"),
        (TYPE, form(("f", None, b"\xff")), 400, "not UTF-8"),
        (TYPE, form(("f", "f", b"x"))[:-8], 400, "without its closing boundary"),
        (TYPE, b"nonsense", 400, "does not begin with its boundary"),
        (TYPE, b"--B\r\nnonsense\r\n\r\n", 400, "bad header line"),
        ({"Content-Type": "multipart/form-data"}, b"x", 400, "without a boundary"),
        ({"Content-Type": "text/plain"}, b"x", 415, "not 'text/plain'"),
        ({**TYPE, "Content-Encoding": "gzip"}, b"x", 415, "Content-Encoding"),
        (TYPE, b"", 400, "closing boundary"),
    ],
)
async def test_what_is_refused(serve, fetch, expect_log, how, headers, body, status, line):
    port = serve([("/", Limited)])
    with expect_log("tornado.general", line):
        response = await fetch(port, "POST", f"/?how={how}", headers=headers, body=body)
    assert response.status == status
    assert str(status).encode() in response.body


async def test_a_body_that_is_too_large_is_refused_before_it_comes(serve, fetch):
    response = await fetch(
        serve([("/", Limited)]),
        "POST",
        "/?how=form",
        headers=TYPE,
        body=form(("f", "f", b"x" * 6000)),
    )
    assert response.status == 413
    assert b"at most 5000" in response.body


async def test_a_chunked_body_that_grows_too_large(serve):
    port = serve([("/", Limited)])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /?how=form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    body = form(*[("f", "f", b"x" * 900)] * 3) + b"e" * 4000
    for start in range(0, len(body), 500):
        piece = body[start : start + 500]
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await asyncio.sleep(0)
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_a_client_that_leaves(serve, tmp_path):
    left, path = asyncio.Event(), tmp_path / "file"

    @stream_multipart
    class Save(RequestHandler):
        async def post(self):
            async for part in self.multipart:
                await part.save(path)

        def on_finish(self):
            left.set()

    port = serve([("/", Save)])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        b"Content-Length: 1000\r\n\r\n" + form(("f", "f", b"x"))[:-10]
    )
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.01)
        writer.close()
        await left.wait()
        while path.exists():
            await asyncio.sleep(0.01)


async def test_a_slow_handler_slows_its_client_down(serve):
    go = asyncio.Event()

    @stream_multipart
    class Slow(RequestHandler):
        async def post(self):
            await go.wait()
            size = 0
            async for part in self.multipart:
                async for chunk in part:
                    size += len(chunk)
            self.write(str(size))

    port = serve([("/", Slow)])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = form(("f", "f", b"x" * 30_000_000))
    writer.write(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    writer.write(body)
    try:
        await asyncio.wait_for(writer.drain(), 0.3)
    except TimeoutError:
        pass
    assert writer.transport.get_write_buffer_size() > 10_000_000
    go.set()
    assert (await asyncio.wait_for(reader.read(), 20)).endswith(b"30000000")
    writer.close()
    gc.collect()


async def test_a_handler_that_fails(serve, fetch, expect_log):
    @stream_multipart
    class Failing(RequestHandler):
        async def post(self):
            async for _part in self.multipart:
                raise ZeroDivisionError

    port = serve([("/", Failing)])
    with expect_log("tornado.application", "ZeroDivisionError"):
        response = await fetch(port, "POST", headers=TYPE, body=form(("f", "f", b"x" * 100_000)))
    assert response.status == 500


def test_only_handlers_are_decorated():
    with pytest.raises(TypeError, match="RequestHandler class"):
        stream_multipart(object)
    with pytest.raises(TypeError, match="max_size"):
        stream_multipart(max_size=5)


async def test_without_the_decorator(serve, fetch, expect_log):
    class Plain(RequestHandler):
        def post(self):
            self.multipart.form()

    port = serve([("/", Plain)])
    with expect_log("tornado.application", "Plain has no @stream_multipart"):
        assert (await fetch(port, "POST", body=b"x")).status == 500


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")
async def test_curl(serve, tmp_path):
    file = tmp_path / "file.bin"
    file.write_bytes(os.urandom(3_000_000))

    @stream_multipart
    class Upload(RequestHandler):
        async def post(self):
            got = await self.multipart.form()
            same = got.files["f"][0].file.read() == file.read_bytes()
            self.write(f"{got.fields['name'][0]} {got.files['f'][0].filename} {same}")

    url = f"http://127.0.0.1:{serve([('/', Upload)])}/"
    command = ["curl", "-sS", "--max-time", "20", "-F", "name=Zoë", "-F", f"f=@{file}", url]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("Zoë file.bin True", "")
