"""ProxyPolicy with nginx in front: one nginx, one behind another, and over a Unix socket."""

import subprocess
import sys
import urllib.request

import nginx
import pytest

SERVER = """
import asyncio, sys
from tornado.httpserver import HTTPServer, ProxyPolicy
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler

class Told(RequestHandler):
    def get(self):
        self.write(f"{self.request.remote_ip} {self.request.protocol} {self.request.host}")

async def main():
    app = Application([("/", Told)])
    near = app.listen(int(sys.argv[1]), "127.0.0.1", proxy=ProxyPolicy())
    far = app.listen(int(sys.argv[2]), "127.0.0.1", proxy=ProxyPolicy(
        header="Forwarded", hops=2))
    local = HTTPServer(app, proxy=ProxyPolicy(
        header="X-Real-Ip", scheme_header="X-Scheme", host_header="X-Forwarded-Host",
        networks=["unix"]))
    local.add_socket(bind_unix_socket(sys.argv[3]))
    print("ready", flush=True)
    await near.serve_until_signal(far, local, timeout=5)

asyncio.run(main())
"""

CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        location = /near {{
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_pass http://127.0.0.1:{near}/;
        }}
        location = /far {{
            proxy_set_header Forwarded
                "$http_forwarded, for=$remote_addr;proto=https;host=\\"$http_host\\"";
            proxy_pass http://127.0.0.1:{port}/second;
        }}
        location = /second {{
            proxy_set_header Forwarded "$http_forwarded, for=$remote_addr;proto=$scheme";
            proxy_pass http://127.0.0.1:{far}/;
        }}
        location = /local {{
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Scheme https;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_pass http://unix:{folder}/socket:/;
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    program = nginx.found()
    folder = tmp_path_factory.mktemp("nginx")
    port, near, far = (nginx.free_port() for _ in range(3))
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(near), str(far), str(folder / "socket")],
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout.readline() == b"ready\n"
        (folder / "socket").chmod(0o666)
        folder.chmod(0o755)
        temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in nginx.TEMPORARY)
        text = CONFIGURATION.format(
            folder=folder, port=port, near=near, far=far, temporary=temporary
        )
        user = "user root;\n" if nginx.os.geteuid() == 0 else ""
        with nginx.running(program, user + text, folder, port) as proxy:
            yield proxy
    finally:
        server.terminate()
        assert server.wait(20) == 0
        server.stdout.close()


SPOOFED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "gopher",
    "X-Real-Ip": "6.6.6.6",
    "Forwarded": "for=6.6.6.6;host=evil",
    "X-Forwarded-Host": "evil",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/near", "127.0.0.1 http 127.0.0.1:{port}"),
        ("/far", "127.0.0.1 https 127.0.0.1:{port}"),
        ("/local", "127.0.0.1 https 127.0.0.1:{port}"),
    ],
)
@pytest.mark.parametrize("headers", [{}, SPOOFED], ids=["honest", "spoofed"])
def test_what_reaches_the_program(proxy, path, expected, headers):
    asked = urllib.request.Request(proxy.url + path, headers=headers)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.read().decode() == expected.format(port=proxy.port)


def test_a_broken_forwarded_header_cannot_hide_its_sender(proxy):
    asked = urllib.request.Request(proxy.url + "/far", headers={"Forwarded": 'for="6.6.6.6'})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(asked, timeout=20)
