"""A small certificate authority for tests, made on the fly by the openssl command.

made = certificates.Certificates(folder)
made.server("good")        the context of a server for localhost and 127.0.0.1
made.authority             the file that clients are to trust
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

from absence import not_here

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Certificates:
    """``cert(name)`` and ``key(name)`` are files. The names: ``good`` is for localhost and
    127.0.0.1, ``other`` for elsewhere.example, ``client`` and ``stranger`` are of clients."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            not_here("the openssl command is not here; on Debian: apt-get install openssl")
        self.folder = folder
        self.authority = self.cert("authority")
        self._run("req", "-x509", *EC, "-keyout", self.key("authority"), "-out", self.authority,
                  "-subj", "/CN=test authority", "-days", "2",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        self._sign("good", "DNS:localhost,IP:127.0.0.1")
        self._sign("other", "DNS:elsewhere.example")
        self._sign("client", "DNS:client.example")
        self._sign("stranger", "DNS:stranger.example")

    def cert(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def server(self, name: str = "good", client: ssl.VerifyMode = ssl.CERT_NONE) -> ssl.SSLContext:
        """The context of a server with this certificate; ``client``: whether it asks for one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert(name), self.key(name))
        context.set_alpn_protocols(["http/1.1"])
        if client is not ssl.CERT_NONE:
            context.load_verify_locations(self.authority)
            context.verify_mode = client
        return context

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def _sign(self, name: str, names: str) -> None:
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\nauthorityKeyIdentifier=keyid\n")
        self._run("req", "-new", *EC, "-keyout", self.key(name), "-out", str(request),
                  "-subj", f"/CN={name}")  # fmt: skip
        self._run("x509", "-req", "-in", str(request), "-CA", self.authority,
                  "-CAkey", self.key("authority"), "-CAcreateserial",
                  "-extfile", str(extensions), "-days", "2", "-out", self.cert(name))  # fmt: skip
