"""A short run of ``tools/fuzz.py``, the same every time; and fuzzing itself, which must find."""

import random
import re

import pytest
from fuzz import LIVE, WORDS, corpus, fuzz_target, mutator, try_input
from fuzz_live import Find, check_log, fuzz_live
from fuzz_targets import TARGETS
from mutations import MAX_SIZE, Mutator


@pytest.mark.parametrize("kind", TARGETS)
def test_a_parser(kind):
    assert fuzz_target(kind, seed=1, count=250, seconds=30) > 0


def test_a_live_server():
    assert fuzz_live(mutator(LIVE, 1), rounds=1, seconds=30, at_once=60) == 60


@pytest.mark.parametrize("kind", [*TARGETS, LIVE])
def test_every_target_has_a_corpus(kind):
    assert corpus(kind)


def test_a_seed_says_everything():
    first, second = (mutator("head", 5) for _ in range(2))
    for _ in range(50):
        data = first.mutate(first.pick())
        assert data == second.mutate(second.pick())
        assert len(data) <= MAX_SIZE
        assert b"".join(first.splits(data)) == data
        second.splits(data)


def test_what_raises_is_found():
    source = Mutator(random.Random(1), WORDS, [b"a: b\r\n"])

    def target(data):
        if b"\x00" in data:
            raise RuntimeError("a nul")

    with pytest.raises(Find, match="RuntimeError: a nul"):
        for _ in range(2000):
            try_input(target, source.mutate(source.pick()))


def test_a_traceback_in_the_log_is_found():
    check_log("WARNING tornado.general 400 GET / (127.0.0.1): malformed\n")
    log = "ERROR tornado.application Uncaught exception\nTraceback (most recent call last):\n"
    with pytest.raises(Find, match=re.escape(log)):
        check_log(log)
