"""What gunicorn serves: the process that answers."""

import os

from tornado.web import Application, RequestHandler


class Process(RequestHandler):
    def get(self):
        self.write(str(os.getpid()))


application = Application([("/", Process)])
