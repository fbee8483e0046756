"""What a process makes of what Redis publishes and keeps, in whatever order it learns of it."""

from hypothesis import given
from hypothesis import strategies as st

from tornado.rooms import Rooms
from tornado.rooms._redis_mirror import Entry, Mirror, body


class Record:
    """A stream of Redis: what was said, and said again after it was forgotten."""

    def __init__(self):
        self.entries = []
        self.numbers = {"one": 0, "two": 0}
        self.clock = 0

    def say(self, origin, number=None):
        if number is None:
            self.numbers[origin] += 1
            number = self.numbers[origin]
        self.clock += 1
        previous = self.entries[-1].id if self.entries else "0-0"
        text = body(f'["{origin}",{number}]', None, None)
        entry = Entry(f"17000000000{self.clock:05}-0", previous, origin, number, text)
        self.entries.append(entry)
        return entry

    def forget_newest(self, count):
        """Redis comes back without its newest entries, and they are said again, later."""
        lost = self.entries[len(self.entries) - count :]
        del self.entries[len(self.entries) - count :]
        return [self.say(entry.origin, entry.number) for entry in lost]

    def after(self, id):
        return [entry for entry in self.entries if entry.id > id]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["one", "two"]), st.booleans()),
        st.tuples(st.just("fetch"), st.just(0), st.just(0)),
        st.tuples(st.just("forget"), st.integers(1, 4), st.booleans()),
    ),
    max_size=40,
)


def heard(room):
    return [message.data for message in room._log.after(room._log.first, size=float("inf"))]


@given(STEPS, st.integers(0, 5))
def test_everything_is_heard_once_and_in_order(steps, before):
    record, room = Record(), Rooms(clock=lambda: 1_700_000_000)["lobby"]
    mirror = Mirror(room)
    for number in range(before):
        record.say("one" if number % 2 else "two")
    room._state = type(room._state).OPENING
    mirror.fetched(list(record.entries))
    for step, what, arrives in steps:
        if step == "say":
            published = [record.say(what)]
        elif step == "forget":
            published = record.forget_newest(min(what, len(record.entries)))
        else:
            mirror.fetched(record.after(mirror.last))
            continue
        for entry in published:
            if arrives and not mirror.hear(entry):
                mirror.fetched(record.after(mirror.last))
    mirror.fetched(record.after(mirror.last))
    for origin in ("one", "two"):
        numbers = [number for who, number in heard(room) if who == origin]
        assert numbers == list(range(1, record.numbers[origin] + 1))
    ids = [message._order for message in room._log._messages]
    assert ids == sorted(set(ids))


def test_what_is_published_before_anything_is_known_asks_for_the_record():
    record, room = Record(), Rooms(clock=lambda: 1_700_000_000)["lobby"]
    mirror = Mirror(room)
    assert mirror.hear(record.say("one")) is False
    assert heard(room) == []


def test_an_entry_reads_back():
    entry = Entry.published("5-0 4-0 origin 7\n" + body('{"a":"\\n"}', "ada", None))
    assert entry[:4] == ("5-0", "4-0", "origin", 7)
    message = entry.message()
    assert (message.data, message.sender, message.key) == ({"a": "\n"}, "ada", None)
    head = f"{entry.previous} {entry.origin} {entry.number}"
    assert Entry.kept(b"5-0", {b"h": head.encode(), b"b": entry.body.encode()}) == entry
