"""The manual's nginx configuration in front of four processes: the promises made about production.

The load is spread, clients cannot lie about themselves, a process can die or be restarted without
anybody noticing, and an upload that is too large is refused in words. What the frontends do is in
``frontend.py``.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

import nginx
import pytest
from absence import not_here
from programs import running
from visitor import Visitor

PROCESSES = 4
PATIENCE = 20
FRONTEND = "tests/interop/frontend.py"
LIES = {
    "X-Real-IP": "203.0.113.7",
    "X-Scheme": "https",
    "X-Forwarded-For": "203.0.113.8",
    "X-Forwarded-Proto": "https",
}
UPLOAD = 5 * 1024 * 1024


def require(name):
    """Without a program the test is skipped, or fails where servers are required."""
    if shutil.which(name) is None:
        not_here(f"{name} is not here; on Debian: apt-get install {name}")


def started(stack, port=0):
    return stack.enter_context(running(FRONTEND, f"--port={port}", "--xheaders"))


class Cluster:
    """Four frontends behind nginx. ``url`` and ``port`` are nginx's; ``tls_port`` too."""

    def __init__(self, stack, program, folder, change=str):
        self.frontends = [started(stack) for _ in range(PROCESSES)]
        self.tls_port = nginx.free_port()
        port = nginx.free_port()
        text = nginx.printed(folder, port, [frontend.port for frontend in self.frontends])
        text = change(self.with_tls(self.with_unbuffered(text), folder))
        proxy = stack.enter_context(nginx.running(program, text, folder, port))
        self.port, self.url = proxy.port, proxy.url

    def with_tls(self, text, folder):
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            + ["-nodes", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        lines = (
            f"listen 127.0.0.1:{self.tls_port} ssl;"
            f"ssl_certificate {certificate}; ssl_certificate_key {key};"
        )
        return text.replace("server {\n", f"server {{\n{lines}\n", 1)

    def with_unbuffered(self, text):
        """The printed location once more, for uploads that nginx passes on while they arrive."""
        location = re.search(r"location / \{(.*?)\}", text, re.S)
        more = f"location /unbuffered/ {{ proxy_request_buffering off; {location[1]} }}"
        return text[: location.start()] + more + text[location.start() :]

    def tell(self):
        answer = Visitor(self.url).get("/")
        assert answer.status == 200, answer
        return answer.json()


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    program = nginx.found()
    require("openssl")

    @contextmanager
    def build(**more):
        with ExitStack() as stack:
            yield Cluster(stack, program, tmp_path_factory.mktemp("nginx"), **more)

    return build


@pytest.fixture(scope="module")
def cluster(build):
    """One for the tests that leave it as it was."""
    with build() as cluster:
        yield cluster


@pytest.fixture
def mortal(build):
    """One for a test that ends processes."""
    with build() as cluster:
        yield cluster


@pytest.fixture
def curl():
    require("curl")

    def curl(*arguments):
        command = ["curl", "--silent", "--show-error", "--max-time", "20", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    return curl


class Visitors:
    """Asks for ``/`` again and again over kept connections, several at a time, until it is left."""

    def __init__(self, port, count=4):
        self.port = port
        self.processes = Counter()
        self.failures = []
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(count)
        self._count = count

    def __enter__(self):
        self._running = [self._pool.submit(self._visit) for _ in range(self._count)]
        return self

    def __exit__(self, *exc_info):
        self._over.set()
        self._pool.shutdown()
        for visit in self._running:
            visit.result()

    def _visit(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            while not self._over.is_set():
                connection.request("GET", "/")
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == HTTPStatus.OK:
                    self.processes[json.loads(body)["process"]] += 1
                else:
                    self.failures.append((answer.status, body))
        finally:
            connection.close()

    def see(self, more=100):
        """Waits until so many further answers have come."""
        wanted = self.processes.total() + len(self.failures) + more
        until(lambda: self.processes.total() + len(self.failures) >= wanted)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# -- the load


def test_the_load_is_spread_over_all_processes(cluster):
    seen = Counter(cluster.tell()["process"] for _ in range(40))
    assert set(seen) == {frontend.process.pid for frontend in cluster.frontends}
    assert set(seen.values()) == {10}, "one after the other"


def test_connections_to_the_processes_are_kept(cluster):
    told = [cluster.tell() for _ in range(40)]
    assert len({tuple(one["peer"]) for one in told}) == PROCESSES
    assert {(one["version"], one["connection"]) for one in told} == {("HTTP/1.1", None)}


def test_an_nginx_of_2009_that_keeps_none(build):
    def change(text):
        for line in ("keepalive 32;", "proxy_http_version 1.1;", 'proxy_set_header Connection "";'):
            assert line in text
            text = text.replace(line, "")
        return text

    with build(change=change) as cluster:
        told = [cluster.tell() for _ in range(12)]
    assert len({one["process"] for one in told}) == PROCESSES
    assert len({tuple(one["peer"]) for one in told}) == 12
    assert {(one["version"], one["connection"]) for one in told} == {("HTTP/1.0", "close")}


# -- who asks, and how


def test_the_address_and_the_scheme_are_those_that_nginx_saw(cluster, curl):
    # Another address of this machine, to tell it from nginx's own.
    told = json.loads(curl("--interface", "127.0.0.2", f"{cluster.url}/").stdout)
    assert (told["remote_ip"], told["protocol"]) == ("127.0.0.2", "http")
    assert told["peer"][0] == "127.0.0.1"
    site = f"https://127.0.0.1:{cluster.tls_port}"
    told = json.loads(curl("--insecure", "--interface", "127.0.0.3", f"{site}/").stdout)
    assert (told["remote_ip"], told["protocol"]) == ("127.0.0.3", "https")
    assert told["host"] == f"127.0.0.1:{cluster.tls_port}"


@pytest.mark.parametrize("names", [*([name] for name in LIES), list(LIES)], ids=" ".join)
def test_what_a_client_claims_is_not_believed(cluster, names):
    lies = {name: LIES[name] for name in names}
    told = Visitor(cluster.url).ask("GET", "/", headers=lies).json()
    assert (told["remote_ip"], told["protocol"]) == ("127.0.0.1", "http")


def test_a_connection_that_served_one_client_forgets_it_for_the_next(cluster, curl):
    for address in ("127.0.0.2", "127.0.0.3"):
        for _ in range(PROCESSES):
            told = json.loads(curl("--interface", address, f"{cluster.url}/").stdout)
            assert told["remote_ip"] == address


def test_without_xheaders_nobody_is_believed():
    with running(FRONTEND, "--port=0") as frontend:
        told = Visitor(frontend.url).ask("GET", "/", headers=LIES).json()
        assert (told["remote_ip"], told["protocol"]) == ("127.0.0.1", "http")


# -- processes come and go


def test_a_process_killed_in_the_middle_of_its_answers(mortal):
    victim = mortal.frontends[0].process
    with Visitors(mortal.port) as visitors:
        visitors.see()
        victim.kill()
        victim.wait()
        visitors.see(300)
    assert visitors.failures == []
    assert len(visitors.processes) == PROCESSES
    after = {mortal.tell()["process"] for _ in range(12)}
    assert after == {frontend.process.pid for frontend in mortal.frontends[1:]}


def test_a_request_whose_process_is_killed_is_asked_of_the_next(mortal):
    def holding():
        return {frontend for frontend in mortal.frontends if "holding" in frontend.output}

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(Visitor(mortal.url).get, "/hold")
        until(holding)
        [victim] = holding()
        victim.process.kill()
        victim.process.wait()
        until(lambda: len(holding()) == 2)
        [heir] = holding() - {victim}
        assert Visitor(heir.url).post("/release").status == 200
        answer = answer.result(PATIENCE)
    assert answer.status == 200
    assert answer.json() == {"process": heir.process.pid}


def test_processes_are_restarted_one_by_one(mortal):
    # nginx passes over one that refused a connection for 10 seconds, so that two are left as they
    # are: a restart that has time waits that long.
    old = [frontend.process.pid for frontend in mortal.frontends]
    with ExitStack() as stack:
        with Visitors(mortal.port) as visitors:
            visitors.see()
            for frontend in mortal.frontends[:2]:
                frontend.process.send_signal(signal.SIGTERM)
                frontend.wait_for("draining")
                assert frontend.process.wait(PATIENCE) == 0
                visitors.see()
                frontend.successor = started(stack, frontend.port)
                visitors.see()
        assert visitors.failures == []
        assert set(visitors.processes) >= set(old)
        for frontend in mortal.frontends[:2]:
            told = Visitor(frontend.url).get("/").json()
            assert told["process"] == frontend.successor.process.pid not in old
            assert "cut" not in frontend.output


def test_a_draining_process_answers_what_it_was_asked(mortal):
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = [pool.submit(Visitor(mortal.url).get, "/hold") for _ in mortal.frontends]
        until(lambda: all("holding" in frontend.output for frontend in mortal.frontends))
        # One connection to each for a word during its drain: new ones are not accepted.
        words = []
        for frontend in mortal.frontends:
            word = http.client.HTTPConnection("127.0.0.1", frontend.port, timeout=PATIENCE)
            word.putrequest("POST", "/release")
            word.putheader("Content-Length", "1")
            word.endheaders()
            words.append(word)
        for frontend in mortal.frontends:
            frontend.process.send_signal(signal.SIGTERM)
            frontend.wait_for("draining")
        for word in words:
            word.send(b"x")
            assert word.getresponse().status == 200
            word.close()
        told = {answer.result(PATIENCE).json()["process"] for answer in answers}
    assert told == {frontend.process.pid for frontend in mortal.frontends}
    assert [frontend.process.wait(PATIENCE) for frontend in mortal.frontends] == [0] * PROCESSES


# -- uploads


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("upload") / "file"
    path.write_bytes(os.urandom(UPLOAD))
    return f"@{path}"


@pytest.mark.parametrize("kind", ["--data-binary", "--form"])
@pytest.mark.parametrize("way", ["/upload", "/unbuffered/upload", "direct", "direct, unannounced"])
def test_an_upload_past_the_limit_is_answered_whole(cluster, curl, large, tmp_path, way, kind):
    url = cluster.frontends[0].url + "/upload" if "direct" in way else cluster.url + way
    # Without Expect curl sends all of it, whatever it is told.
    more = ["--header", "Expect:"] if "unannounced" in way else []
    body = f"f={large}" if kind == "--form" else large
    head = tmp_path / "head"
    for _ in range(5):
        done = curl("--dump-header", str(head), kind, body, *more, url)
        assert (done.returncode, done.stderr) == (0, "")
        last = head.read_text().strip().rpartition("\n\n")[2]
        assert last.startswith("HTTP/1.1 413 ")
        assert f"Content-Length: {len(done.stdout)}\n" in last + "\n"
        assert "at most 1048576 are allowed" in done.stdout


def test_an_upload_within_the_limit(cluster, curl, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(os.urandom(1024 * 1024))
    for path in ("/upload", "/unbuffered/upload"):
        done = curl("--data-binary", f"@{file}", cluster.url + path)
        assert json.loads(done.stdout) == {"bytes": 1024 * 1024}
