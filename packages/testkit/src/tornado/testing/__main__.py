"""``python -m tornado.testing MODULE ...``: unittest, with the options of Tornado programs."""

from tornado.testing import main

main(module=None)
