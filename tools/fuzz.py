"""Fuzzing, as a command: ``python tools/fuzz.py --seconds 600``.

Without names it goes over all targets of ``fuzz_targets`` and a live server, again and again, with
a new seed each time. Inputs are mutations of ``tests/fuzz/corpus``, of the raw requests in
``tests/rfc/cases``, and of words that HTTP is made of. A find is printed with its seed and saved in
the working directory; it belongs into the corpus once it is mended.

    python tools/fuzz.py chunked form --seconds 60
    python tools/fuzz.py --seed 7 --count 1000
    python tools/fuzz.py --guided head --seconds 300     needs atheris: coverage leads the way
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fuzz_live import Find, fuzz_live
from fuzz_targets import TARGETS
from mutations import MAX_SIZE, Mutator

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
CASES = ROOT / "tests" / "rfc" / "cases"
LIVE = "live"
SLOWEST = 2.0  # seconds for one input of at most MAX_SIZE bytes

_WORDS = r"""
\r\n|\r\n\r\n|\n|\r| |\t|\0|: |:|;|; |,|=|"|\\|\\"|%|%00|%2e%2e%2f|%u|&|?|#|*|/../|//|-1|1e9|W/
GET|HEAD|POST|OPTIONS|PROPFIND|CONNECT| HTTP/1.1\r\n|HTTP/1.0|HTTP/2.0|HTTP/1.2|http://|https://b:1
Host: a\r\n|Host:|Host: b@c\r\n|Connection: close\r\n|Connection: keep-alive\r\n|Upgrade: h2c\r\n
Content-Length: 0\r\n|Content-Length: 5\r\n|Content-Length: 100000\r\n|Content-Length: |q=0.5
Transfer-Encoding: chunked\r\n|Transfer-Encoding: gzip, chunked\r\n|Transfer-Encoding : chunked\r\n
Expect: 100-continue\r\n|Expect: x\r\n|Content-Encoding: gzip\r\n|Accept-Encoding: gzip\r\n
Content-Type: multipart/form-data; boundary=B\r\n|Cookie: |Range: bytes=0-,-1\r\n|bytes=
Content-Type: application/x-www-form-urlencoded\r\n|X-Forwarded-For: |X-Real-Ip: ::1%lo\r\n
If-None-Match: |Accept-Language: |--B\r\n|\r\n--B|--B--|Content-Disposition: form-data; name=
filename*=UTF-8''%ff|0\r\n\r\n|5\r\nhello\r\n|ffffffffffffffff\r\n|1;a\r\n|\x1f\x8b\x08\0
2\x7c1:0\x7c|10:1300000000\x7c|\x7c|\xc3\xa9|\xff|\xe2\x84\xaa
"""
WORDS = [
    word.encode().decode("unicode_escape").encode("latin-1")
    for line in _WORDS.strip("\n").split("\n")
    for word in line.split("|")
]


def raw_requests() -> list[bytes]:
    """What ``tests/rfc`` sends."""
    found = []
    for path in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(path.read_text("utf-8"))["case"]:
            for text in case.get("each") or [case["send"]]:
                whole = re.sub(
                    r"REPEAT\((.*?),(\d+)\)",
                    lambda m: m[1] * int(m[2]),
                    text + case.get("then", ""),
                    flags=re.DOTALL,
                )
                found.append(whole.encode("latin-1")[:MAX_SIZE])
    return found


def corpus(kind: str) -> list[bytes]:
    """The inputs to begin with, in an order that does not change."""
    found = [path.read_bytes() for path in sorted((CORPUS / kind).glob("[!.]*"))]
    if kind in ("head", LIVE):
        found += raw_requests()
    return found


def mutator(kind: str, seed: int) -> Mutator:
    return Mutator(random.Random(f"{kind} {seed}"), WORDS, corpus(kind))


def try_input(target: Callable[[bytes], None], data: bytes) -> None:
    """Raises Find for whatever the target raises, and for taking too long."""
    began = time.monotonic()
    try:
        target(data)
    except Exception as error:
        raise Find(f"{type(error).__name__}: {error!s:.500}") from error
    if time.monotonic() - began > SLOWEST:
        raise Find(f"{len(data)} bytes took {time.monotonic() - began:.1f} s")


def fuzz_target(kind: str, seed: int, count: int | None, seconds: float) -> int:
    """Tries the corpus, then mutations of it, of which some are mutated further.

    Returns how many. Raises Find."""
    target = TARGETS[kind]
    source = mutator(kind, seed)
    ends = time.monotonic() + seconds
    for data in source.corpus:
        try_input(target, data)
    done = 0
    while (count is None or done < count) and time.monotonic() < ends:
        data = source.mutate(source.pick())
        try:
            try_input(target, data)
        except Find as find:
            find.add_note(f"target {kind}, seed {seed}, input {done}: {data!r:.3000}")
            find.data = data  # type: ignore[attr-defined]  # for the file it is saved in
            raise
        if source.rng.random() < 0.02 and len(data) < 4000 and len(source.corpus) < 500:
            source.corpus.append(data)
        done += 1
    return done


def run(kind: str, seed: int, count: int | None, seconds: float) -> int:
    if kind == LIVE:
        rounds = None if count is None else max(count // 60, 1)
        return fuzz_live(mutator(LIVE, seed), rounds, seconds, report=print)
    return fuzz_target(kind, seed, count, seconds)


def guided(kind: str, seconds: float) -> None:
    """Lets atheris (libFuzzer) find inputs that reach new code."""
    import atheris  # an extra, for this alone

    target = TARGETS[kind]
    atheris.instrument_all()

    def one(data: bytes) -> None:
        try_input(target, data)

    directory = Path.cwd() / f"fuzz-{kind}"
    directory.mkdir(exist_ok=True)
    options = [f"-max_total_time={int(seconds)}", "-max_len=4096", str(directory)]
    atheris.Setup([sys.argv[0], *options, str(CORPUS / kind)], one)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", nargs="*", help=f"of {', '.join([*TARGETS, LIVE])}")
    parser.add_argument("--seconds", type=float, default=60, help="in all (60)")
    parser.add_argument("--count", type=int, help="inputs for each target, instead of a time")
    parser.add_argument("--seed", type=int, help="the first seed (a random one)")
    parser.add_argument("--guided", choices=TARGETS, help="one target, by coverage (atheris)")
    options = parser.parse_args()
    if options.guided:
        guided(options.guided, options.seconds)
        return 0
    kinds = options.target or [*TARGETS, LIVE]
    unknown = set(kinds) - {*TARGETS, LIVE}
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    seed = random.randrange(10**6) if options.seed is None else options.seed
    totals: dict[str, int] = dict.fromkeys(kinds, 0)
    ends = time.monotonic() + options.seconds
    while True:
        for kind in kinds:
            share = 8 if kind == LIVE else 2
            left = ends - time.monotonic() if options.count is None else float("inf")
            if left <= 0:
                break
            try:
                totals[kind] += run(kind, seed, options.count, min(left, share * 5))
            except Find as find:
                report(find, kind, seed)
                return 1
        if options.count is not None or time.monotonic() >= ends:
            break
        seed += 1
    print(f"no finds up to seed {seed}:", ", ".join(f"{k} {n}" for k, n in totals.items()))
    return 0


def report(find: Find, kind: str, seed: int) -> None:
    print(f"FIND in {kind}, seed {seed}: {find}")
    for note in getattr(find, "__notes__", ()):
        print(note)
    data: Any = getattr(find, "data", None)
    if data is not None:
        path = Path.cwd() / f"find-{kind}-{seed}.bin"
        path.write_bytes(data)
        print(f"the input is in {path}")


if __name__ == "__main__":
    sys.exit(main())
