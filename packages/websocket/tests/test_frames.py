"""RFC 6455 section 5, sentence by sentence, in bytes."""

import pytest

from tornado.websocket._errors import PeerError
from tornado.websocket._events import Close, Ping, Pong
from tornado.websocket._protocol import Machine
from tornado.websocket._state import State


@pytest.fixture
def server():
    return Machine(False, 1 << 20)


def events(machine, data):
    machine.feed(data)
    found = []
    while (event := machine.next_event()) is not None:
        found.append(event)
    return found


# -- 5.7: the examples of the RFC


def test_single_frame_unmasked_text_message():
    assert events(Machine(True, 100), bytes.fromhex("810548656c6c6f")) == ["Hello"]


def test_single_frame_masked_text_message(server):
    assert events(server, bytes.fromhex("818537fa213d7f9f4d5158")) == ["Hello"]


def test_fragmented_unmasked_text_message():
    client = Machine(True, 100)
    assert events(client, bytes.fromhex("010348656c")) == []
    assert events(client, bytes.fromhex("80026c6f")) == ["Hello"]


def test_unmasked_ping_and_masked_pong(server):
    client = Machine(True, 100)
    assert events(client, bytes.fromhex("890548656c6c6f")) == [Ping(b"Hello")]
    assert events(server, bytes.fromhex("8a8537fa213d7f9f4d5158")) == [Pong(b"Hello")]


@pytest.mark.parametrize(("size", "head"), [(256, "827e0100"), (65536, "827f0000000000010000")])
def test_binary_messages_of_256_bytes_and_of_64_kib(size, head):
    payload = bytes(range(256)) * (size // 256)
    client, server = Machine(True, 1 << 20), Machine(False, 1 << 20)
    assert events(client, bytes.fromhex(head) + payload) == [payload]
    assert server.message(2, payload) == bytes.fromhex(head) + payload


# -- 5.1


def test_a_client_must_mask_all_frames_that_it_sends(server):
    client = Machine(True, 100)
    for sent in (
        client.message(1, b"text"),
        client.ping(b""),
        client.pong(b"x"),
        client.fragment(1, b"a", True, False),
        client.close(1000),
    ):
        assert sent[1] & 0x80


def test_a_server_must_close_upon_receiving_an_unmasked_frame(server, frame):
    assert refused(server, frame(0x81, b"hi", mask=None)) == 1002


def test_a_server_must_not_mask():
    server = Machine(False, 100)
    assert server.message(1, b"text") == b"\x81\x04text"
    assert server.ping(b"") == b"\x89\x00"


def test_a_client_must_close_upon_receiving_a_masked_frame(frame):
    assert refused(Machine(True, 100), frame(0x81, b"hi")) == 1002


def test_a_masking_key_is_new_for_each_frame():
    client = Machine(True, 100)
    keys = {client.message(1, b"same")[2:6] for _ in range(20)}
    assert len(keys) == 20


# -- 5.2


def refused(machine, data):
    """The close code of what ``data`` deserves."""
    with pytest.raises(PeerError) as caught:
        events(machine, data)
    sent = machine.fail(caught.value)
    assert machine.state is State.FAILED
    assert events(machine, data) == []  # nothing more is looked at
    code = int.from_bytes(sent[2:4] if not machine.client else unmask(sent)[:2], "big")
    assert code == caught.value.code
    return code


def unmask(data):
    return bytes(byte ^ data[2 + i % 4] for i, byte in enumerate(data[6:]))


@pytest.mark.parametrize("bit", [0x40, 0x20, 0x10])
@pytest.mark.parametrize("opcode", [0x1, 0x2, 0x8, 0x9, 0xA])
def test_reserved_bits_must_be_0_unless_an_extension_is_negotiated(server, frame, bit, opcode):
    assert refused(server, frame(0x80 | bit | opcode)) == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_an_unknown_opcode_fails_the_connection(server, frame, opcode):
    assert refused(server, frame(0x80 | opcode)) == 1002


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 65537])
def test_the_length_is_written_in_the_fewest_bytes(size):
    sent = Machine(False, 1 << 20).message(2, bytes(size))
    assert len(sent) - size == (2 if size < 126 else 4 if size < 65536 else 10)
    assert events(Machine(True, 1 << 20), sent) == [bytes(size)]


@pytest.mark.parametrize(
    "head", ["827e007d", "827f000000000000007d", "827f000000000000ffff", "827e0000"]
)
def test_the_minimal_number_of_bytes_must_be_used_for_the_length(head):
    assert refused(Machine(True, 1 << 20), bytes.fromhex(head)) == 1002


def test_the_most_significant_bit_of_a_64_bit_length_must_be_0():
    assert refused(Machine(True, 1 << 20), bytes.fromhex("827f8000000000000000")) == 1002


# -- 5.4


def test_a_fragmented_message(server, frame):
    assert events(server, frame(0x01, b"Hel") + frame(0x00, b"l") + frame(0x80, b"o")) == ["Hello"]


def test_control_frames_may_be_injected_in_the_middle_of_a_fragmented_message(server, frame):
    data = frame(0x01, b"a") + frame(0x89, b"ping") + frame(0x80, b"b") + frame(0x81, b"next")
    assert events(server, data) == [Ping(b"ping"), "ab", "next"]


def test_fragments_may_be_of_any_size_including_zero(server, frame):
    data = frame(0x02) + frame(0x00, b"x") + frame(0x00) + frame(0x80)
    assert events(server, data) == [b"x"]


def test_fragments_of_different_messages_must_not_be_interleaved(server, frame):
    assert refused(server, frame(0x01, b"a") + frame(0x81, b"b")) == 1002


@pytest.mark.parametrize("first", [0x00, 0x80])
def test_a_continuation_without_a_message_to_continue(server, frame, first):
    assert refused(server, frame(first, b"a")) == 1002


def test_a_continuation_after_the_message_has_ended(server, frame):
    assert refused(server, frame(0x01, b"a") + frame(0x80, b"b") + frame(0x80, b"c")) == 1002


def test_a_sender_may_fragment(frame):
    client, server = Machine(True, 1 << 20), Machine(False, 1 << 20)
    sent = server.fragment(1, b"Hel", True, False) + server.ping(b"!")
    sent += server.fragment(1, b"lo", False, False) + server.fragment(1, b"", False, True)
    assert sent == b"\x01\x03Hel\x89\x01!\x00\x02lo\x80\x00"
    assert events(client, sent) == [Ping(b"!"), "Hello"]


# -- 5.5


@pytest.mark.parametrize("opcode", [0x8, 0x9, 0xA])
def test_control_frames_must_not_be_fragmented(server, frame, opcode):
    assert refused(server, frame(opcode, b"")) == 1002


@pytest.mark.parametrize("opcode", [0x88, 0x89, 0x8A])
def test_control_frames_have_a_payload_of_125_bytes_or_less(frame, opcode):
    payload = b"\x03\xe8" + b"x" * 123
    assert len(events(Machine(False, 10), frame(opcode, payload))) == 1
    assert refused(Machine(False, 1 << 20), frame(opcode, payload + b"x")) == 1002


def test_a_ping_of_ours_may_be_125_bytes_long(server):
    assert server.ping(b"x" * 125) == b"\x89\x7d" + b"x" * 125
    with pytest.raises(ValueError, match="125"):
        server.ping(b"x" * 126)
    with pytest.raises(ValueError, match="125"):
        server.pong(b"x" * 126)


# -- 5.6 and 8.1


def test_text_is_utf_8(server, frame):
    assert events(server, frame(0x81, "κόσμε 🌪".encode())) == ["κόσμε 🌪"]


@pytest.mark.parametrize(
    "bad",
    [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"abc\x80", b"\xf5"],
)
def test_text_that_is_not_utf_8_is_answered_by_1007(frame, bad):
    for padding in (b"", b"x" * 200):
        assert refused(Machine(False, 1000), frame(0x81, padding + bad)) == 1007


def test_a_character_may_be_split_between_fragments(server, frame):
    euro = "€".encode()
    data = frame(0x01, euro[:1]) + frame(0x00, euro[1:2]) + frame(0x80, euro[2:])
    assert events(server, data) == ["€"]


def test_invalid_text_is_refused_at_the_first_bad_byte(frame):
    """Not at the end of the message, nor of the frame."""
    whole = frame(0x01, "κόσμε".encode() + b"\xf4\x90" + b"x" * 1000)
    for cut in range(1, len(whole)):
        server = Machine(False, 1 << 20)
        if cut < 8 + len("κόσμε".encode()) + 2:
            assert events(server, whole[:cut]) == []
        else:
            assert refused(server, whole[:cut]) == 1007
            break
    assert cut == 8 + len("κόσμε".encode()) + 2  # the head of this frame has 8 bytes


# -- limits (section 10.4)


def test_a_message_larger_than_the_limit_is_refused_by_its_length(frame):
    whole = frame(0x82, bytes(101))
    assert events(Machine(False, 101), whole) == [bytes(101)]
    assert refused(Machine(False, 100), whole[:2]) == 1009
    assert refused(Machine(False, 200), frame(0x82, bytes(201))[:4]) == 1009


def test_fragments_count_together(frame):
    server = Machine(False, 100)
    assert events(server, frame(0x02, bytes(60))) == []
    assert refused(server, frame(0x00, bytes(41))) == 1009


def test_control_frames_do_not_count(frame):
    server = Machine(False, 10)
    data = frame(0x02, bytes(9)) + frame(0x89, bytes(100)) + frame(0x80, b"x")
    assert events(server, data) == [Ping(bytes(100)), bytes(9) + b"x"]


# -- 5.5.1


def test_no_more_data_is_read_after_a_close_frame(server, frame):
    assert events(server, frame(0x88, b"\x03\xe8bye") + frame(0x81, b"late")) == [
        Close(1000, "bye")
    ]


def test_a_close_frame_may_come_in_the_middle_of_a_message(server, frame):
    assert events(server, frame(0x01, b"begun") + frame(0x88)) == [Close(None, None)]
