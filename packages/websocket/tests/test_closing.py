"""RFC 6455 section 7: the close handshake and its codes."""

import pytest

from tornado.websocket import WebSocketClosedError, WebSocketParams, WebSocketProtocol13
from tornado.websocket._closing import may_be_sent
from tornado.websocket._errors import PeerError
from tornado.websocket._events import Close
from tornado.websocket._protocol import Machine
from tornado.websocket._state import State

BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1099, 1100, 1999, 2000, 2999, 5000, 65535]
GOOD_CODES = [
    *[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014],
    *[3000, 3999, 4000, 4999],
]


def closing(payload):
    """A server that has received a close frame with this payload."""
    server = Machine(False, 100)
    server.feed(bytes([0x88, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    return server


@pytest.mark.parametrize("code", GOOD_CODES)
def test_these_codes_may_be_received_and_sent(code):
    server = closing(code.to_bytes(2, "big") + b"why")
    assert server.next_event() == Close(code, "why")
    assert server.close(code) == b"\x88\x02" + code.to_bytes(2, "big")
    assert may_be_sent(code)


@pytest.mark.parametrize("code", BAD_CODES)
def test_these_codes_are_answered_by_1002_and_never_echoed(code):
    server = closing(code.to_bytes(2, "big") + b"why")
    with pytest.raises(PeerError, match=str(code)) as caught:
        server.next_event()
    assert server.fail(caught.value)[2:4] == (1002).to_bytes(2, "big")


@pytest.mark.parametrize("code", [*BAD_CODES, -1, 70000, "1000"])
def test_these_codes_are_refused_before_they_are_sent(code):
    server = Machine(False, 100)
    with pytest.raises(ValueError, match="may not be sent"):
        server.close(code)
    assert server.state is State.OPEN


def test_a_close_frame_of_one_byte():
    with pytest.raises(PeerError) as caught:
        closing(b"\x03").next_event()
    assert caught.value.code == 1002


def test_the_reason_must_be_utf_8():
    with pytest.raises(PeerError) as caught:
        closing(b"\x03\xe8\xff").next_event()
    assert caught.value.code == 1007


def test_a_close_frame_may_be_empty():
    server = closing(b"")
    assert server.next_event() == Close(None, None)
    assert server.close(None) == b"\x88\x00"
    assert server.state is State.CLOSED


def test_a_reason_has_at_most_123_bytes():
    server = Machine(False, 100)
    for long in ("x" * 124, "ü" * 62):
        with pytest.raises(ValueError, match="at most 123"):
            server.close(1000, long)
    assert len(server.close(1000, "ü" * 61)) == 2 + 2 + 122


def test_a_reason_alone_goes_with_1000():
    assert Machine(False, 100).close(reason="bye") == b"\x88\x05\x03\xe8bye"


def test_there_is_one_close_frame():
    server = Machine(False, 100)
    assert server.close(1000)
    assert server.close(1001) == b""
    assert server.state is State.CLOSING


def test_our_close_then_theirs(frame):
    server = Machine(False, 100)
    server.close(1000)
    server.feed(frame(0x88, b"\x03\xe8"))
    assert server.next_event() == Close(1000, None)
    assert server.state is State.CLOSED
    assert server.close(1000) == b""


def test_messages_may_come_until_their_close_frame(frame):
    server = Machine(False, 100)
    server.close(1000)
    server.feed(frame(0x81, b"still") + frame(0x88, b"\x03\xe8"))
    assert server.next_event() == "still"
    assert server.next_event() == Close(1000, None)
    assert server.next_event() is None


def test_their_close_frame_waits_for_messages_that_are_under_way(frame):
    server = Machine(False, 100)
    server.feed(frame(0x88, b"\x03\xe8"))
    assert server.next_event() == Close(1000, None)
    assert server.message(1, b"answer") == b"\x81\x06answer"
    assert server.close(1000) == b"\x88\x02\x03\xe8"


@pytest.mark.parametrize("end", ["close", "fail", "lost", "theirs"])
def test_nothing_is_sent_after_the_end(end, frame):
    server = Machine(False, 100)
    if end == "close":
        server.close()
    elif end == "fail":
        server.fail(PeerError(1002, "why"))
    elif end == "lost":
        server.lost()
    else:
        server.feed(frame(0x88))
        server.next_event()
        server.close()
    for send in (
        lambda: server.message(1, b"x"),
        lambda: server.ping(b""),
        lambda: server.pong(b""),
        lambda: server.fragment(1, b"", True, True),
    ):
        with pytest.raises(WebSocketClosedError):
            send()


def test_a_failure_after_our_close_frame_sends_no_second_one(frame):
    server = Machine(False, 100)
    server.close(1000)
    server.feed(frame(0x83))
    with pytest.raises(PeerError) as caught:
        server.next_event()
    assert server.fail(caught.value) == b""
    assert server.state is State.FAILED


def test_the_reason_of_a_failure_fits_into_the_frame():
    sent = Machine(False, 100).fail(PeerError(1002, "ü" * 200))
    assert sent[1] <= 125
    sent[4:].decode()


def test_a_protocol_that_has_not_started_sends_nothing():
    protocol = WebSocketProtocol13(None, False, WebSocketParams())
    assert protocol.is_closing()
    assert protocol.stream is None
    protocol._abort()  # without effect
