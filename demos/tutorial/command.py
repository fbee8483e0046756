"""A system command (a PHP script, say) whose output becomes a page; the server goes on meanwhile.

python command.py
python command.py --command="php script_name.php"
curl http://localhost:8888/
"""

import asyncio
import shlex
import sys

from listening import serve

import tornado.web
from tornado.options import define, options

hello = [sys.executable, "-c", "print('Hello from a command')"]
define("command", default=shlex.join(hello), help="what to run", type=str)


class MainHandler(tornado.web.RequestHandler):
    async def get(self):
        process = await asyncio.create_subprocess_exec(
            *shlex.split(options.command), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise tornado.web.HTTPError(502, "the command ended with %s", process.returncode)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.write(output)


application = tornado.web.Application(
    [
        (r"/", MainHandler),
    ]
)

if __name__ == "__main__":
    serve(application)
