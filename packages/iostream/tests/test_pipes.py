"""Streams over pipes, and subprocesses at their other end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from tornado.iostream import PipeIOStream, StreamClosedError
from tornado.process import Subprocess


@pytest.fixture
def pipe():
    made = []

    def make():
        reading, writing = os.pipe()
        made.extend([PipeIOStream(reading), PipeIOStream(writing)])
        return made[-2:]

    yield make
    for stream in made:
        if stream.fd >= 0:
            os.close(stream.fd)


async def test_both_ends(pipe):
    reader, writer = pipe()
    writing = writer.write(b"x" * 500_000 + b"\n")
    assert writer.writing()
    assert len(await reader.read_until(b"\n")) == 500_001
    await writing
    writer.close()
    assert await reader.read_until_close() == b""


async def test_read_into_and_push(pipe, recorder):
    reader, writer = pipe()
    await writer.write(b"abcdef")
    target = bytearray(4)
    assert await reader.read_into(target) == 4
    assert target == b"abcd"
    consumer = recorder()
    reader.start_push(consumer)
    assert writer.send(b"g")
    await consumer.until(lambda: consumer.data == b"efg")
    writer.close()
    await consumer.until(lambda: consumer.lost == [None])


async def test_the_writer_notices_that_the_reader_has_left(pipe):
    reader, writer = pipe()
    closed = asyncio.Event()
    writer.set_close_callback(closed.set)
    reader.close()
    await closed.wait()
    reader, writer = pipe()
    reader.close()
    with pytest.raises(StreamClosedError) as caught:
        await writer.write(b"x")
    assert isinstance(caught.value.real_error, BrokenPipeError)


async def test_terminal():
    ours, theirs = os.openpty()
    stream = PipeIOStream(ours)
    os.write(theirs, b"prompt\n")
    assert b"prompt" in await stream.read_until(b"\n")
    os.close(theirs)
    assert await stream.read_until_close() == b""


# Subprocesses


async def test_any_shell_command():
    """The documents call PHP through the shell; here it is any program."""
    process = Subprocess("echo out; echo err >&2; exit 3", shell=True,
                         stdout=Subprocess.STREAM, stderr=Subprocess.STREAM)  # fmt: skip
    output, errors = await asyncio.gather(
        process.stdout.read_until_close(), process.stderr.read_until_close()
    )
    assert (output, errors) == (b"out\n", b"err\n")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        await process.wait_for_exit()
    assert caught.value.returncode == 3
    assert process.returncode == 3
    assert await process.wait_for_exit(raise_error=False) == 3


async def test_a_conversation():
    program = "import sys\nfor line in sys.stdin: print(line.upper(), end='', flush=True)"
    process = Subprocess(
        [sys.executable, "-c", program], stdin=Subprocess.STREAM, stdout=Subprocess.STREAM
    )
    for word in (b"one\n", b"two\n"):
        await process.stdin.write(word)
        assert await process.stdout.read_until(b"\n") == word.upper()
    process.stdin.close()
    assert await process.wait_for_exit() == 0
    assert await process.stdout.read_until_close() == b""


async def test_exit_callback_and_signal():
    process = Subprocess(["sleep", "100"])
    ended = asyncio.get_running_loop().create_future()
    process.set_exit_callback(ended.set_result)
    waiting = process.wait_for_exit(raise_error=False)
    assert process.returncode is None
    os.kill(process.pid, signal.SIGTERM)
    assert await ended == -signal.SIGTERM
    assert await waiting == -signal.SIGTERM


async def test_exit_before_anybody_asks():
    process = Subprocess(["true"], stdout=Subprocess.STREAM)
    await process.stdout.read_until_close()
    process.proc.wait()
    assert await process.wait_for_exit() == 0


async def test_without_process_descriptors(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = Subprocess(["sh", "-c", "exit 4"])
    assert await process.wait_for_exit(raise_error=False) == 4


async def test_a_program_that_does_not_exist():
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        Subprocess(["/does/not/exist"], stdin=Subprocess.STREAM, stdout=Subprocess.STREAM)
    assert len(os.listdir("/proc/self/fd")) == before


async def test_ordinary_pipes_are_left_alone():
    process = Subprocess(["echo", "x"], stdout=subprocess.PIPE)
    assert process.stdout.read() == b"x\n"
    process.stdout.close()
    await process.wait_for_exit()
    Subprocess.initialize()
    Subprocess.uninitialize()
