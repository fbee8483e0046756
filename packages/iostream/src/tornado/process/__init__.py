"""Several processes of one program, and other programs as subprocesses of the loop."""

from binascii import hexlify

from tornado.process._fork import cpu_count, fork_processes, task_id

__all__ = ["cpu_count", "fork_processes", "hexlify", "task_id"]

for _shown in (cpu_count, fork_processes, task_id):
    _shown.__module__ = __name__
