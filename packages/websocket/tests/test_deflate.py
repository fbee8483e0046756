"""RFC 7692: negotiation, messages, limits."""

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.websocket import PreparedMessage
from tornado.websocket._deflate import RATIO_FREE, Deflate
from tornado.websocket._errors import PeerError
from tornado.websocket._extensions import (
    Agreement,
    accept_offer,
    check_options,
    make_offer,
    parse_extensions,
    read_answer,
)
from tornado.websocket._protocol import Machine

NAME = "permessage-deflate"

# -- 7.1: negotiation


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (NAME, NAME),
        # 7.1.1.1: a server accepts by including the parameter in the response.
        (f"{NAME}; server_no_context_takeover", f"{NAME}; server_no_context_takeover"),
        # 7.1.1.2: the client says that it will not take over, and is told to do so.
        (f"{NAME}; client_no_context_takeover", f"{NAME}; client_no_context_takeover"),
        # 7.1.2.1
        (f"{NAME}; server_max_window_bits=10", f"{NAME}; server_max_window_bits=10"),
        (f'{NAME}; server_max_window_bits="10"', f"{NAME}; server_max_window_bits=10"),
        (f"{NAME}; server_max_window_bits=15", f"{NAME}; server_max_window_bits=15"),
        # 7.1.2.2: the parameter may have no value; the server need not answer it.
        (f"{NAME}; client_max_window_bits", NAME),
        (f"{NAME}; client_max_window_bits=9", f"{NAME}; client_max_window_bits=9"),
        # Other extensions, and offers that are no good, are passed over.
        (f"x-webkit-deflate-frame, {NAME}", NAME),
        (f"{NAME}; server_max_window_bits=7, {NAME}", NAME),
        (f"{NAME}; client_max_window_bits; server_max_window_bits=20, {NAME}", NAME),
    ],
)
def test_a_server_accepts(offer, answer):
    accepted = accept_offer(offer, {})
    assert accepted is not None
    assert accepted[1] == answer


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "permessage-bzip2",
        f"{NAME}; unknown",
        f"{NAME}; server_no_context_takeover=1",
        f"{NAME}; server_no_context_takeover; server_no_context_takeover",
        f"{NAME}; server_max_window_bits",
        f"{NAME}; server_max_window_bits=7",
        f"{NAME}; server_max_window_bits=16",
        f"{NAME}; server_max_window_bits=08",
        f"{NAME}; client_max_window_bits=+9",
        f"{NAME}; client_max_window_bits=",
        f"{NAME}=1",
        f"{NAME};",
        "; ,",
    ],
)
def test_a_server_declines(offer):
    """7.1: "A server MUST decline an extension negotiation offer" with a wrong parameter."""
    assert accept_offer(offer, {}) is None


def test_the_options_of_the_server_are_in_its_answer():
    options = {
        "server_no_context_takeover": True,
        "client_no_context_takeover": True,
        "server_max_window_bits": 9,
        "client_max_window_bits": 10,
    }
    agreement, answer = accept_offer(f"{NAME}; client_max_window_bits", options)
    assert agreement == Agreement(False, False, 9, 10)
    assert parse_extensions(answer) == [
        (
            NAME,
            [
                ("server_no_context_takeover", None),
                ("server_max_window_bits", "9"),
                ("client_no_context_takeover", None),
                ("client_max_window_bits", "10"),
            ],
        )
    ]
    # 7.1.2.2: a client that did not name its window cannot be told one.
    agreement, answer = accept_offer(NAME, {"client_max_window_bits": 10})
    assert agreement.client_bits == 15
    assert answer == NAME


def test_a_client_offers_what_its_options_say():
    assert make_offer({}) == f"{NAME}; client_max_window_bits"
    assert make_offer({"server_no_context_takeover": True, "client_max_window_bits": 9}) == (
        f"{NAME}; server_no_context_takeover; client_max_window_bits=9"
    )


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "server_no_context_takeover": st.booleans(),
            "client_no_context_takeover": st.booleans(),
            "server_max_window_bits": st.integers(8, 15),
            "client_max_window_bits": st.integers(8, 15),
        },
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "server_no_context_takeover": st.booleans(),
            "client_no_context_takeover": st.booleans(),
            "server_max_window_bits": st.integers(8, 15),
            "client_max_window_bits": st.integers(8, 15),
        },
    ),
    st.lists(st.binary(max_size=3000), max_size=6),
)
def test_both_sides_agree_and_understand_each_other(client_options, server_options, messages):
    agreed = accept_offer(make_offer(client_options), server_options)
    assert agreed is not None
    agreement, answer = agreed
    theirs = read_answer(answer, client_options)
    assert theirs.server_takeover == agreement.server_takeover
    assert theirs.server_bits == agreement.server_bits
    client = Machine(True, 10000, Deflate(theirs, client_options, True))
    server = Machine(False, 10000, Deflate(agreement, server_options))
    for message in messages * 2:
        server.feed(client.message(2, message))
        assert server.next_event() == message
        client.feed(server.message(2, message))
        assert client.next_event() == message


@pytest.mark.parametrize(
    "answer",
    [
        "permessage-bzip2",
        f"{NAME}, {NAME}",
        f"{NAME}; unknown",
        f"{NAME}; client_max_window_bits",  # 7.1.2.2: in an answer it has a value
        f"{NAME}; server_max_window_bits=12",  # more than was asked for
        NAME,  # 7.1.1.1: what was asked for must be confirmed
    ],
)
def test_a_client_refuses_an_answer_to_what_it_did_not_ask(answer):
    with pytest.raises(ValueError, match="server"):
        read_answer(answer, {"server_max_window_bits": 10})


def test_options_that_mean_nothing():
    with pytest.raises(ValueError, match="compression_lvl"):
        check_options({"compression_lvl": 3})
    with pytest.raises(ValueError, match="8 to 15"):
        check_options({"server_max_window_bits": 16})
    check_options({"compression_level": 1, "mem_level": 5, "max_ratio": 50})


# -- 7.2: messages


def pair(agreement=None, options=None, limit=1 << 24):
    agreement, options = agreement or Agreement(), options or {}
    return (
        Machine(True, limit, Deflate(agreement, options, True)),
        Machine(False, limit, Deflate(agreement, options)),
    )


def test_the_examples_of_the_rfc():
    """7.2.3.1 to 7.2.3.3: "Hello" twice, the second with the context of the first."""
    client, _server = pair()
    client.feed(bytes.fromhex("c107f248cdc9c90700"))
    assert client.next_event() == "Hello"
    client.feed(bytes.fromhex("c105f200110000"))
    assert client.next_event() == "Hello"


def test_fragments_of_a_compressed_message():
    """7.2.3.1: the same in two frames, of which the first says that it is compressed."""
    client, _server = pair()
    client.feed(bytes.fromhex("4103f248cd") + bytes.fromhex("8004c9c90700"))
    assert client.next_event() == "Hello"


def test_a_block_without_compression():
    """7.2.3.3"""
    client, _server = pair()
    client.feed(bytes.fromhex("c10b000500faff48656c6c6f00"))
    assert client.next_event() == "Hello"


def test_a_block_that_calls_itself_the_last():
    """7.2.3.4"""
    client, _server = pair()
    client.feed(bytes.fromhex("c108f348cdc9c9070000"))
    assert client.next_event() == "Hello"


def test_two_blocks_in_one_message():
    """7.2.3.5"""
    client, _server = pair()
    client.feed(bytes.fromhex("c10df24805000000ffffcac9c90700"))
    assert client.next_event() == "Hello"


def test_an_empty_message():
    """7.2.3.6"""
    client, server = pair()
    assert server.message(1, b"") == b"\xc1\x01\x00"
    for message in (b"", b"x", b"", b""):
        client.feed(server.message(1, message))
        assert client.next_event() == message.decode()


def test_uncompressed_messages_may_come_in_between(frame):
    """6: "An endpoint MAY send a message without compressing"."""
    client, server = pair()
    server.feed(client.message(1, b"abc" * 20) + frame(0x81, b"plain") + client.message(1, b"abc"))
    assert [server.next_event() for _ in range(3)] == ["abc" * 20, "plain", "abc"]


def test_without_takeover_the_same_message_is_the_same_bytes():
    _client, server = pair(Agreement(server_takeover=False))
    assert server.message(1, b"hello " * 9) == server.message(1, b"hello " * 9)
    _client, server = pair()
    assert server.message(1, b"hello " * 9) != server.message(1, b"hello " * 9)


def test_rsv1_on_a_continuation_is_refused(frame):
    _client, server = pair()
    server.feed(frame(0x41, b"\xf2\x48") + frame(0xC0, b"\xcd\xc9\xc9\x07\x00"))
    with pytest.raises(PeerError) as caught:
        server.next_event()
    assert caught.value.code == 1002


def test_damaged_data(frame):
    _client, server = pair()
    server.feed(frame(0xC2, b"\xff\xff\xff\xff"))
    with pytest.raises(PeerError) as caught:
        server.next_event()
    assert caught.value.code == 1007


def test_a_window_of_256_bytes():
    """7.1.2.1: zlib cannot have one; what is sent must fit into it all the same."""
    _client, server = pair(Agreement(server_bits=8))
    data = bytes(i * i & 255 for i in range(300)) * 5
    sent = server.message(2, data)[4:]
    assert zlib.decompressobj(-9).decompress(sent + b"\x00\x00\xff\xff") == data


# -- limits


def bomb(size):
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(bytes(size)) + machine.flush(zlib.Z_SYNC_FLUSH)[:-4]


def refused(server):
    with pytest.raises(PeerError) as caught:
        while server.next_event() is not None:
            pass
    return caught.value.code


def test_a_bomb_is_stopped_at_the_limit(frame):
    options = {"max_ratio": 5000}
    _client, server = pair(options=options, limit=100_000)
    server.feed(frame(0xC2, bomb(100_000)))
    assert server.next_event() == bytes(100_000)
    server.feed(frame(0xC2, bomb(20_000_000)))
    assert refused(server) == 1009
    assert server.deflate._inflater.given == 100_001  # nothing was made beyond


def test_a_bomb_that_unfolds_in_the_last_fragment(frame):
    packed = bomb(2_000_000)
    _client, server = pair(limit=1_500_000)
    server.feed(frame(0x42, packed[:10]))
    assert server.next_event() is None
    server.feed(frame(0x80, packed[10:]))
    assert refused(server) == 1009


def test_the_ratio_counts_where_messages_may_be_large(frame):
    _client, server = pair(limit=1 << 26)
    server.feed(frame(0xC2, bomb(RATIO_FREE)))
    assert server.next_event() == bytes(RATIO_FREE)
    server.feed(frame(0xC2, bomb(2 * RATIO_FREE)))
    with pytest.raises(PeerError, match="200 bytes each") as caught:
        server.next_event()
    assert caught.value.code == 1009
    _client, server = pair(options={"max_ratio": 2000}, limit=1 << 26)
    server.feed(frame(0xC2, bomb(2 * RATIO_FREE)))
    assert server.next_event() == bytes(2 * RATIO_FREE)


def test_a_message_of_the_largest_size_need_not_compress():
    data = os.urandom(100_000)
    client, server = pair(limit=100_000)
    server.feed(client.message(2, data))
    assert server.next_event() == data


def test_final_blocks_without_end_are_refused(frame):
    _client, server = pair()
    server.feed(frame(0xC2, b"\x03\x00" * 1000))
    assert refused(server) == 1007


# -- PreparedMessage


def test_a_prepared_message_is_compressed_once_for_all_that_are_alike():
    prepared = PreparedMessage("hello " * 100)
    alone, other = (Machine(False, 10, Deflate(Agreement(server_takeover=False), {})) for _ in "ab")
    assert prepared._frame_for(alone) is prepared._frame_for(other)
    small = Machine(False, 10, Deflate(Agreement(server_takeover=False, server_bits=9), {}))
    assert prepared._frame_for(small) is not prepared._frame_for(alone)
    _client, context = pair()
    assert prepared._frame_for(context) != prepared._frame_for(context)
    assert prepared._frame_for(Machine(False, 10)) is prepared._frame_for(Machine(False, 20))
