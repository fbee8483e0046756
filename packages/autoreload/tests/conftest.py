"""Real programs in real processes, whose files are edited while they run."""

import os
import queue
import subprocess
import sys
import threading
import time

import pytest

PATIENCE = 30


class Child:
    """A running program. Its lines, of both streams, are waited for one by one."""

    def __init__(self, arguments, cwd, env):
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.seen = []
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def line(self, part):
        """Wait for the next line that contains ``part`` and return it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                pytest.fail(f"no line with {part!r}; so far:\n" + "\n".join(self.seen))
            if line is None:
                pytest.fail(f"ended without a line with {part!r}:\n" + "\n".join(self.seen))
            self.seen.append(line)
            if part in line:
                return line

    def next_line(self, seconds):
        """The next line if it comes within these seconds, else None."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        self.seen.append(line)
        return line

    def end(self):
        """Wait until the program ends by itself; its status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while not self._lines.empty():
            line = self._lines.get()
            if line is not None:
                self.seen.append(line)
        return status

    def close(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        self.process.stdout.close()


@pytest.fixture
def write(tmp_path):
    """``write("name.py", text)`` writes a file of the program."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # As editors do: never half a file.
        draft = path.with_name(path.name + "~")
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
        return path

    return write


@pytest.fixture
def run(tmp_path):
    """``run("server.py", "--port=1")`` starts ``python server.py --port=1`` there."""
    children = []

    def run(*arguments, cwd=tmp_path, **env):
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **env}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        child = Child(arguments, cwd, environment)
        children.append(child)
        return child

    yield run
    for child in children:
        child.close()
