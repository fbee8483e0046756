"""Settings of gunicorn for its tornado worker; see test_neighbors.py.

The worker imports ``tornado.wsgi`` for programs that are WSGI. Where that is not installed, what it
asks for is put in its place: nothing here is WSGI.
"""

import importlib.util
import sys
import types

if importlib.util.find_spec("tornado.wsgi") is None:
    wsgi = sys.modules["tornado.wsgi"] = types.ModuleType("tornado.wsgi")
    wsgi.WSGIContainer = type("WSGIContainer", (), {})

bind = "127.0.0.1:0"
workers = 1
worker_class = "tornado"
max_requests = 3
control_socket_disable = True
