"""How far something is, told in whole percents."""

from __future__ import annotations

import sys
from collections.abc import Callable


class Percents:
    """``percents(size)``: calls ``tell(percent)`` when that has grown by ``step``.

    Without a ``total`` there is nothing to tell.
    """

    def __init__(self, total: int | None, tell: Callable[[int], object], step: int = 1) -> None:
        self.total = total
        self._tell = tell
        self._step = step
        self._told = 0

    def __call__(self, size: int) -> None:
        if self.total:
            percent = 100 * size // self.total // self._step * self._step
            if percent > self._told:
                self._told = percent
                self._tell(percent)


def on_terminal(label: str) -> Callable[[int], object]:
    """Tells a person at the terminal, on one line that is written again and again."""

    def tell(percent: int) -> None:
        end = "\n" if percent == 100 else ""
        print(f"\r{label}: {percent:3} %", end=end, file=sys.stderr, flush=True)

    return tell
