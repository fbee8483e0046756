"""The parts of the benchmarks that read and print figures; nothing is measured here."""

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


def test_the_cpu_time_of_a_process_tree_is_read():
    import os

    import server

    assert os.getpid() in server.process_tree(os.getppid())
    fields = server.stat_fields(os.getpid())
    assert int(fields[1]) == os.getppid()
    assert int(fields[11]) + int(fields[12]) > 0
