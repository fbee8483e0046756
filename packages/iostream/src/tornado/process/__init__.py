"""Several processes of one program, and other programs as subprocesses of the loop."""

from binascii import hexlify
from subprocess import CalledProcessError

from tornado.process._fork import cpu_count, fork_processes, task_id
from tornado.process._subprocess import Subprocess

__all__ = ["CalledProcessError", "Subprocess", "cpu_count", "fork_processes", "hexlify", "task_id"]

for _shown in (Subprocess, cpu_count, fork_processes, task_id):
    _shown.__module__ = __name__
