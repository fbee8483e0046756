"""Secrets are compared in a time that does not tell how much of a guess was right."""

import hmac

import pytest

from tornado.web import RequestHandler, create_signed_value, decode_signed_value

TOKEN = "000102030405060708090a0b0c0d0e0f"


@pytest.fixture
def compared(monkeypatch):
    """The pairs that were given to the comparison of the standard library."""
    pairs = []
    compare = hmac.compare_digest

    def noting(one, other):
        pairs.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noting)
    return pairs


@pytest.mark.parametrize("version", [1, 2])
def test_signatures(compared, version):
    value = create_signed_value("secret", "name", "value", version=version)
    signature = value.rpartition(b"|")[2]
    assert decode_signed_value("secret", "name", value, min_version=1) == b"value"
    assert [signature in pair for pair in compared] == [True]
    forged = value[:-4] + b"0000"
    assert decode_signed_value("secret", "name", forged, min_version=1) is None
    assert len(compared) == 2, "a forged one is compared in the same way"


async def test_tokens(serve, fetch, compared):
    class Guarded(RequestHandler):
        def post(self):
            self.write("done")

    port = serve([("/", Guarded)], xsrf_cookies=True)
    headers = {"Cookie": f"_xsrf={TOKEN}", "X-XSRFToken": TOKEN}
    assert (await fetch(port, "POST", "/", headers=headers, body=b"")).status == 200
    assert compared == [(bytes.fromhex(TOKEN), bytes.fromhex(TOKEN))]
