"""Restart a program when its source changes.

For servers in development: an application with ``debug=True`` (or ``autoreload=True``) restarts by
itself, and other programs call `start` before their loop runs. Programs that end, and programs
that may fail before they get that far, are run by the wrapper::

    python -m tornado.autoreload -m unittest
    python -m tornado.autoreload server.py --port=8000

The process is replaced by a new one with the same arguments: nothing of the old state remains. A
changed file with a syntax error is reported, and the restart waits until it is mended. Not for
production, and not for servers of several processes.
"""

from tornado.autoreload._files import watch
from tornado.autoreload._main import main, wait
from tornado.autoreload._restart import add_reload_hook
from tornado.autoreload._watcher import start

__all__ = ["add_reload_hook", "main", "start", "wait", "watch"]

for _shown in (add_reload_hook, main, start, wait, watch):
    _shown.__module__ = __name__
del _shown
