"""``python -m tornado.httpclient URL...``: fetches, and prints."""

from __future__ import annotations

import sys

from tornado.httpclient._errors import HTTPClientError
from tornado.httpclient._sync import HTTPClient


def main() -> None:
    """Fetches the URLs of the command line and writes their bodies to the standard output.

    ``--print_headers`` writes the headers before; ``--print_body=no``, ``--follow_redirects=no``
    and ``--validate_cert=no`` do as they say; ``--proxy_host`` and ``--proxy_port`` name an HTTP
    proxy.
    Exits with 1 when a fetch failed; the body of an error's response is written too. Needs the
    distribution tornado-options.
    """
    try:
        from tornado.options import Error, define, options, parse_command_line
    except ImportError as error:
        sys.exit(f"the command line needs the package tornado-options ({error})")
    define("print_headers", type=bool, default=False, help="write the headers first")
    define("print_body", type=bool, default=True, help="write the body")
    define("follow_redirects", type=bool, default=True)
    define("validate_cert", type=bool, default=True)
    define("proxy_host", type=str, help="an HTTP proxy")
    define("proxy_port", type=int)
    try:
        urls = parse_command_line()
    except Error as error:
        sys.exit(str(error))
    if not urls:
        sys.exit("give one URL or more; --help lists the options")
    failed = False
    with HTTPClient() as client:
        for url in urls:
            try:
                response = client.fetch(
                    url,
                    follow_redirects=options.follow_redirects,
                    validate_cert=options.validate_cert,
                    proxy_host=options.proxy_host,
                    proxy_port=options.proxy_port,
                )
            except (HTTPClientError, ValueError) as error:
                failed = True
                print(f"{url}: {error}", file=sys.stderr)
                found = getattr(error, "response", None)
                if found is None:
                    continue
                response = found
            if options.print_headers:
                print(response.headers, flush=True)
            if options.print_body:
                sys.stdout.buffer.write(response.body)
                sys.stdout.buffer.flush()
    if failed:
        sys.exit(1)
