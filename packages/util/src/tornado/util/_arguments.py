"""ArgReplacer: read and replace one argument of a call, wherever the caller put it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

Args = Sequence[Any]
Kwargs = dict[str, Any]

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class ArgReplacer:
    """Finds the argument ``name`` in calls of ``func``, passed by position or by keyword.

    For decorators that wrap, say, a callback::

        replacer = ArgReplacer(fetch, "callback")
        old, args, kwargs = replacer.replace(wrapped, args, kwargs)
        return fetch(*args, **kwargs)
    """

    def __init__(self, func: Callable[..., Any], name: str) -> None:
        self.name = name
        #: Where the argument stands among the positional ones; None if it is keyword-only.
        self.arg_pos: int | None = None
        names = _positional_names(func)
        if name in names:
            self.arg_pos = names.index(name)

    def _given_by_position(self, args: Args) -> bool:
        return self.arg_pos is not None and len(args) > self.arg_pos

    def get_old_value(self, args: Args, kwargs: Kwargs, default: Any = None) -> Any:
        """The argument as the caller gave it, or ``default`` if the caller did not."""
        if self._given_by_position(args):
            assert self.arg_pos is not None
            return args[self.arg_pos]
        return kwargs.get(self.name, default)

    def replace(self, new_value: Any, args: Args, kwargs: Kwargs) -> tuple[Any, Args, Kwargs]:
        """``(old value or None, args, kwargs)`` with the argument set to ``new_value``.

        An argument that the caller left out is added by keyword. The caller's ``args`` and
        ``kwargs`` are not changed.
        """
        old = self.get_old_value(args, kwargs)
        if self._given_by_position(args):
            args = [new_value if i == self.arg_pos else arg for i, arg in enumerate(args)]
        else:
            kwargs = {**kwargs, self.name: new_value}
        return old, args, kwargs


def _positional_names(func: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(func).parameters.values()
    except ValueError:
        # Compiled functions may carry their names in a code object and nowhere else.
        code = getattr(func, "__code__", None)
        if code is None:
            raise TypeError(f"the parameters of {func!r} cannot be inspected") from None
        return list(code.co_varnames[: code.co_argcount])
    return [p.name for p in parameters if p.kind in _POSITIONAL]
