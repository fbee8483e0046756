"""fork_processes, each time in a program of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tornado.process import cpu_count, fork_processes, task_id


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_numbers_and_the_normal_end():
    done = run("""
        import os
        from tornado.process import fork_processes, task_id
        number = fork_processes(3)
        assert number == task_id()
        os.write(1, b"%d\\n" % number)
    """)
    assert sorted(done.stdout.split()) == ["0", "1", "2"]
    assert done.returncode == 0, done.stderr


def test_one_for_each_processor():
    done = run("""
        import os
        from tornado.process import fork_processes
        os.write(1, b"%d\\n" % fork_processes(None))
    """)
    assert sorted(map(int, done.stdout.split())) == list(range(cpu_count()))


def test_restarts_with_the_same_number_and_other_random_numbers(tmp_path):
    done = run(f"""
        import logging, os, random, signal, sys
        logging.basicConfig(level=logging.INFO)
        from tornado.process import fork_processes
        random.seed(1)
        number = fork_processes(2)
        mark = {str(tmp_path)!r} + "/" + str(number)
        os.write(1, f"{{number}} {{random.random()}}\\n".encode())
        if not os.path.exists(mark):
            open(mark, "w").close()
            if number:
                os.kill(os.getpid(), signal.SIGKILL)
            sys.exit(5)
    """)
    assert done.returncode == 0, done.stderr
    assert sorted(line.split()[0] for line in done.stdout.splitlines()) == ["0", "0", "1", "1"]
    assert len({line.split()[1] for line in done.stdout.splitlines()}) == 4
    assert "exited with status 5, restarting" in done.stderr
    assert "killed by signal 9, restarting" in done.stderr


def test_too_many_restarts():
    done = run("""
        import sys
        from tornado.process import fork_processes
        try:
            fork_processes(2, max_restarts=3)
        except RuntimeError as error:
            print(error)
            sys.exit(7)
        sys.exit(1)
    """)
    assert done.returncode == 7
    assert "more than max_restarts=3 times" in done.stdout


def test_not_twice_and_not_inside_a_loop():
    done = run("""
        from tornado.process import fork_processes
        fork_processes(1)
        try:
            fork_processes(1)
        except RuntimeError as error:
            print(error, flush=True)
    """)
    assert "already" in done.stdout


async def test_not_inside_a_running_loop():
    with pytest.raises(RuntimeError, match="Fork first"):
        fork_processes(2)
    assert task_id() is None
