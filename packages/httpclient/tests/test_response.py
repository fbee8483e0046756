"""HTTPResponse, and the errors."""

from __future__ import annotations

import gc
import pickle
import socket
import ssl
import weakref
from io import BytesIO

import pytest

from tornado import httpclient
from tornado.httpclient import (
    HTTPClientError,
    HTTPConnectError,
    HTTPError,
    HTTPRequest,
    HTTPResponse,
    HTTPStreamClosedError,
    HTTPTimeoutError,
    Phase,
    ProxyError,
)
from tornado.httputil import HTTPHeaders

REQUEST = HTTPRequest("http://user:secret@a.example/x?token=1")


def test_what_is_not_given():
    response = HTTPResponse(REQUEST, 200)
    assert (response.reason, response.body, response.buffer) == ("OK", b"", None)
    assert response.effective_url == REQUEST.url
    assert response.headers == {}
    assert response.time_info == {}
    assert response.request_time is None
    assert HTTPResponse(REQUEST, 999).reason == "Unknown"


@pytest.mark.parametrize("buffer", [b"body", BytesIO(b"body")])
def test_body_and_buffer(buffer):
    response = HTTPResponse(REQUEST, 200, HTTPHeaders(A="1"), buffer)
    assert response.body == b"body"
    assert response.buffer.read() == b"body"
    assert response.body == b"body"
    assert response.body is response.body or response.body == b"body"


@pytest.mark.parametrize("code", [200, 204, 299])
def test_success(code):
    response = HTTPResponse(REQUEST, code)
    assert response.error is None
    response.rethrow()


@pytest.mark.parametrize("code", [199, 301, 304, 404, 500, 599])
def test_everything_else_is_an_error(code):
    response = HTTPResponse(REQUEST, code, reason="So")
    with pytest.raises(HTTPClientError, match=f"HTTP {code}: So") as raised:
        response.rethrow()
    assert raised.value.code == code
    assert raised.value.response is response
    assert response.error is raised.value


def test_an_error_that_is_given():
    gone = HTTPStreamClosedError("gone")
    response = HTTPResponse(REQUEST, 599, error=gone)
    assert response.error is gone
    with pytest.raises(HTTPStreamClosedError):
        response.rethrow()


def test_no_ring_keeps_the_body_in_memory():
    gc.disable()
    try:
        response = HTTPResponse(REQUEST, 404, buffer=b"x" * 1000)
        assert response.error is not None
        with pytest.raises(HTTPError):
            response.rethrow()
        dropped = weakref.ref(response)
        del response
        assert dropped() is None
    finally:
        gc.enable()


def test_repr_shows_no_credentials():
    shown = repr(HTTPResponse(REQUEST, 404))
    assert "404 Not Found" in shown
    assert "secret" not in shown
    assert "token" not in shown


# -- errors


def test_http_error():
    error = HTTPError(404)
    assert HTTPError is HTTPClientError
    assert (error.code, error.message, error.response) == (404, "Not Found", None)
    assert str(error) == "HTTP 404: Not Found"
    assert str(HTTPError(500, "Oops")) == "HTTP 500: Oops"
    assert str(HTTPError(799)) == "HTTP 799: Unknown"
    assert repr(error) == "HTTPClientError(404, 'Not Found')"


@pytest.mark.parametrize(
    "kind", [HTTPTimeoutError, HTTPStreamClosedError, HTTPConnectError, ProxyError]
)
def test_no_answer_is_599(kind):
    error = kind("what happened")
    assert isinstance(error, HTTPError)
    assert (error.code, error.response) == (599, None)
    assert str(error) == "what happened"
    assert str(kind())


@pytest.mark.parametrize("phase", Phase)
def test_a_timeout_names_phase_limit_and_host(phase):
    error = HTTPTimeoutError.of(phase, 2.5, "a.example:81")
    setting = {"total": "request"}.get(phase.value, phase.value) + "_timeout"
    assert error.phase is phase
    assert "a.example:81 within 2.5 s" in str(error)
    assert setting in str(error)
    assert setting in {*vars(HTTPRequest), *dir(HTTPRequest)}


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        ConnectionResetError(104, "Connection reset by peer"),
        socket.gaierror(-2, "Name or service not known"),
        ssl.SSLCertVerificationError(1, "certificate verify failed"),
        ssl.SSLError(1, "no shared cipher"),
        OSError(113, "No route to host"),
    ],
)
def test_an_error_of_the_system_is_still_of_its_kind(error):
    found = HTTPConnectError.of(error, "a.example")
    assert isinstance(found, type(error))
    assert isinstance(found, HTTPConnectError)
    assert isinstance(found, OSError)
    assert found.code == 599
    assert found.errno == error.errno
    assert str(found).startswith("no connection to a.example: ")
    assert error.strerror in str(found)


@pytest.mark.parametrize(
    "error",
    [
        HTTPError(404),
        HTTPTimeoutError.of(Phase.TLS, 1, "a"),
        HTTPStreamClosedError("x"),
        HTTPConnectError.of(ConnectionRefusedError(111, "refused"), "a"),
        ProxyError("x", 407, "no"),
    ],
)
def test_errors_travel_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    for name in ("code", "phase", "errno", "status"):
        assert getattr(copy, name, None) == getattr(error, name, None)


def test_the_tree_in_the_docstring_is_the_tree():
    from tornado.httpclient import _errors

    for name in httpclient.__all__:
        found = getattr(httpclient, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert name in (_errors.__doc__ or "") or found.__name__ in (_errors.__doc__ or "")
