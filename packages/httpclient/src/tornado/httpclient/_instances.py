"""The clients that a thread's loop has: one for each class, made when first asked for.

A client is kept by its loop, as an attribute, and by nothing else: when the loop is forgotten, so
are its clients and their connections. A mapping with weak keys would not do that, for a client
holds its loop.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, MutableMapping
from typing import Any

from tornado.ioloop import IOLoop


class PerLoop(MutableMapping[IOLoop, Any]):
    """The clients of one class, by loop."""

    def __init__(self) -> None:
        self._attribute = f"_client_{id(self)}"
        self._loops: weakref.WeakSet[IOLoop] = weakref.WeakSet()

    def __getitem__(self, loop: IOLoop) -> Any:
        try:
            return vars(loop)[self._attribute]
        except KeyError:
            raise KeyError(loop) from None

    def __setitem__(self, loop: IOLoop, client: Any) -> None:
        setattr(loop, self._attribute, client)
        self._loops.add(loop)

    def __delitem__(self, loop: IOLoop) -> None:
        if vars(loop).pop(self._attribute, None) is None:
            raise KeyError(loop)
        self._loops.discard(loop)

    def __iter__(self) -> Iterator[IOLoop]:
        return iter(list(self._loops))

    def __len__(self) -> int:
        return len(self._loops)
