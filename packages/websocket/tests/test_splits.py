"""How the bytes were cut makes no difference: not to the events, nor to the refusals."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tornado.websocket._deflate import Deflate
from tornado.websocket._errors import PeerError
from tornado.websocket._events import Piece
from tornado.websocket._extensions import Agreement
from tornado.websocket._protocol import Machine


def taken(data, cuts, client, deflate=False, in_pieces=False):
    """The events, and the close code of the refusal if there is one."""
    machine = Machine(client, 400, Deflate(Agreement(), {}, client) if deflate else None, in_pieces)
    found = []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    try:
        for start, end in itertools.pairwise(edges):
            piece = data[start:end]
            if not piece:
                continue
            short = machine.short_message(piece)
            if short is not None:
                found.append(short)
                continue
            machine.feed(piece)
            while (event := machine.next_event()) is not None:
                found.append(event)
    except PeerError as error:
        found.append(error.code)
    return found


def joined(events):
    """Pieces as messages."""
    found, message = [], None
    for event in events:
        if isinstance(event, Piece):
            message = event.data if message is None else message + event.data
            if event.last:
                found.append(message)
                message = None
        else:
            found.append(event)
    return found


@st.composite
def conversations(draw):
    """Frames that one side sends: mostly right ones, at times a wrong one."""
    client = draw(st.booleans())
    deflate = draw(st.booleans())
    sender = Machine(not client, 1000, Deflate(Agreement(), {}, not client) if deflate else None)
    data = b""
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["text", "binary", "parts", "ping", "pong", "raw", "bad"]))
        payload = draw(st.binary(max_size=200))
        if kind == "text":
            data += sender.message(1, draw(st.text(max_size=80)).encode())
        elif kind == "binary":
            data += sender.message(2, payload)
        elif kind == "parts":
            parts = draw(st.lists(st.text(max_size=20), min_size=1, max_size=4))
            for i, part in enumerate(parts):
                data += sender.fragment(1, part.encode(), i == 0, False)
                if draw(st.booleans()):
                    data += sender.ping(b"in between")
            data += sender.fragment(1, b"", False, True)
        elif kind == "ping":
            data += sender.ping(payload[:125])
        elif kind == "pong":
            data += sender.pong(payload[:125])
        elif kind == "raw":
            data += sender.message(1, payload)
        else:
            data += draw(st.binary(min_size=2, max_size=20))
    if draw(st.booleans()):
        data += sender.close(draw(st.sampled_from([1000, 4000])), "end")
    return data, client, deflate


cuts = st.lists(st.integers(0, 600), max_size=30)


@given(conversations(), cuts)
def test_any_cut_gives_the_same_events(conversation, cuts):
    data, client, deflate = conversation
    assert taken(data, cuts, client, deflate) == taken(data, [], client, deflate)


@given(conversations())
def test_one_byte_at_a_time(conversation):
    data, client, deflate = conversation
    assert taken(data, range(len(data)), client, deflate) == taken(data, [], client, deflate)


@given(conversations(), cuts)
def test_messages_in_pieces_are_the_same_messages(conversation, cuts):
    data, client, deflate = conversation
    whole = taken(data, [], client, deflate)
    parts = joined(taken(data, cuts, client, deflate, in_pieces=True))
    assert parts == whole
