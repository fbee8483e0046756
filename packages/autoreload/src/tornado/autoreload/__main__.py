"""``python -m tornado.autoreload``."""

from tornado.autoreload import main

main()
