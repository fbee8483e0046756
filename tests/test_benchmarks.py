"""The parts of the benchmarks that read and print figures; nothing is measured here."""

import json
import shutil
import sys
from pathlib import Path

import members
import pytest

BENCHMARKS = members.ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == BENCHMARKS:
            del sys.modules[name]


STRACE = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.02    0.200000           4     50000           sendto
 38.98    0.100000           2     50010        10 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.300000           3    100010        10 total
"""


def test_the_table_of_strace_is_read_with_and_without_errors():
    import syscalls

    assert syscalls.counts(STRACE) == {"sendto": 50000, "recvfrom": 50010}


def test_ratios_are_taken_within_a_round_and_the_best_comes_first():
    import contenders
    import measuring
    import report

    table = contenders.table()
    slow = measuring.Result(table["upstream"], [100, 400, 120], [9.0] * 3, [1.0] * 3, [2.0] * 3)
    fast = measuring.Result(table["ours"], [10, 40, 10], [90.0] * 3, [0.1] * 3, [0.2] * 3)
    broken = measuring.Result(table["granian"], problem="did not start")
    rows = report.rows([slow, broken, fast])
    assert [row[:3] for row in rows] == [
        ["ours", "10.0", "10.0"],
        ["upstream", "120.0", "1.0"],
        ["granian", "-", "-"],
    ]
    assert report.problems([slow, broken]) == ["granian: did not start"]


def test_tables_for_terminals_and_for_markdown():
    import report

    rows = [["a", "1.5"], ["long name", "20"]]
    assert report.table(("who", "figure"), rows, markdown=False) == (
        "who        figure\n---------  ------\na             1.5\nlong name      20"
    )
    assert report.table(("who", "figure"), rows, markdown=True) == (
        "| who       | figure |\n| --------- | -----: |\n"
        "| a         |    1.5 |\n| long name |     20 |"
    )


def test_a_scenario_is_told_to_the_load_generator():
    import load
    import scenarios

    post = load.script(scenarios.SCENARIOS["post"])
    assert 'wrk.method = "POST"' in post
    assert 'wrk.body = "field0=' in post
    assert "request = function" not in post
    assert "request = function" in load.script(scenarios.SCENARIOS["browser"])


def test_the_websocket_scenario_has_a_load_generator_of_its_own_and_peers_that_know_it(tmp_path):
    import contenders
    import load
    import scenarios

    if shutil.which("cc") is None:
        pytest.skip("no C compiler is here; on Debian: apt-get install gcc libc6-dev")
    command = load.command(scenarios.SCENARIOS["websocket"], 8001, 3, 50, tmp_path)
    assert command[1:] == ["8001", "/echo", "50", "3", "32"]
    assert Path(command[0]).exists()
    knowing = {
        row.name
        for row in contenders.table().values()
        if row.scenarios is None or "websocket" in row.scenarios
    }
    assert {"ours", "upstream", "picows", "aiohttp", "websockets"} <= knowing
    assert "granian" not in knowing


def test_the_cpu_time_of_a_process_tree_is_read():
    import os

    import server

    assert os.getpid() in server.process_tree(os.getppid())
    fields = server.stat_fields(os.getpid())
    assert int(fields[1]) == os.getppid()
    assert int(fields[11]) + int(fields[12]) > 0


def test_clients_are_compared_with_upstreams_within_a_round(capsys):
    import client_bench

    slow = client_bench.Result("upstream simple", [100, 400, 120], [9.0] * 3)
    fast = client_bench.Result("ours simple", [10, 40, 10], [90.0] * 3)
    broken = client_bench.Result("httpx", problem="did not start")
    assert [row[:3] for row in client_bench.rows([slow, broken, fast])] == [
        ["ours simple", "10.0", "10.0"],
        ["upstream simple", "120.0", "1.0"],
        ["httpx", "-", "-"],
    ]
    assert client_bench.enough([slow, fast], 9.5)
    assert not client_bench.enough([slow, fast], 11)
    assert "ours is 10.0 xT" in capsys.readouterr().out
    assert not client_bench.enough([slow], 1)


def test_a_client_asks_for_a_while_and_says_what_it_cost():
    import http.server
    import subprocess
    import threading

    import client_bench

    class Hello(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "12")
            self.end_headers()
            self.wfile.write(b"Hello, world")

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever).start()
        command = client_bench.table()["ours simple"].command(
            Path(sys.executable).parent, server.server_port
        )
        command[0] = sys.executable
        done = subprocess.run(
            [*command, "--seconds", "0.1", "--at-once", "3"], capture_output=True, text=True
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["requests"] > 1
    assert figures["cpu"] > 0


def test_a_broadcast_is_measured():
    import broadcast

    found = broadcast.broadcast(20)
    assert list(found) == list(broadcast.WAYS)
    assert all(cpu > 0 and stretch > 0 for cpu, stretch in found.values())
