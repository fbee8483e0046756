"""The HTTP client with callbacks: a GET, and a POST with name and password.

python fetching.py http://localhost:8080/some/resource
python fetching.py --body='{"key": "value"}' --username=foo --password=bar --validate_cert=no \\
    https://localhost:8443/some/resource
"""

import json
import sys

from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop
from tornado.options import define, options, parse_command_line

define("body", default="", help="JSON to POST")
define("username", default=None, type=str, help="a name, for a resource that asks for it")
define("password", default=None, type=str, help="and the password")
define("validate_cert", default=True, help="no: believe any certificate, as a test server has")


def callback(response):
    if response.error:
        print("Error:", response.error)
    else:
        print(response.code)
        print(response.body.decode())
    IOLoop.instance().stop()


def fetch_callback(response):
    if not response.error:
        print(response.headers["Content-Type"])
    callback(response)


def fetch(url):
    client = AsyncHTTPClient()
    if not options.body:
        client.fetch(url, callback)
        return
    client.fetch(
        url,
        method="POST",
        body=json.dumps(json.loads(options.body)),
        headers={"Content-type": "application/json"},
        auth_username=options.username,
        auth_password=options.password,
        validate_cert=options.validate_cert,
        callback=fetch_callback,
    )


if __name__ == "__main__":
    rest = parse_command_line()
    if len(rest) != 1:
        sys.exit(__doc__)
    IOLoop.instance().add_callback(fetch, rest[0])
    IOLoop.instance().start()
