"""``python -m tornado.httpclient URL...``"""

from tornado.httpclient import main

main()
