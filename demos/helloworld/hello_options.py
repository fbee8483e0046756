"""Hello with the features used most: options on the command line, and an argument.

python hello_options.py --port=8000
curl http://localhost:8000/                          Hello, friendly user!
curl http://localhost:8000/?greeting=Salutations     Salutations, friendly user!
"""

import tornado.httpserver
import tornado.ioloop
import tornado.options
import tornado.web
from tornado.options import define, options

define("port", default=8000, help="run on the given port", type=int)


class IndexHandler(tornado.web.RequestHandler):
    def get(self):
        greeting = self.get_argument("greeting", "Hello")
        self.write(greeting + ", friendly user!")


if __name__ == "__main__":
    tornado.options.parse_command_line()
    app = tornado.web.Application(handlers=[(r"/", IndexHandler)])
    http_server = tornado.httpserver.HTTPServer(app)
    http_server.listen(options.port)
    print(f"Hello is at http://localhost:{options.port}/", flush=True)
    try:
        tornado.ioloop.IOLoop.instance().start()
    except KeyboardInterrupt:
        pass
