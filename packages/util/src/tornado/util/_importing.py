"""import_object: from a dotted name to what it names."""

from __future__ import annotations

import importlib
from typing import Any


def import_object(name: str) -> Any:
    """Import and return what a dotted name stands for: a module, or an attribute of one.

    ``import_object("json")`` is the module, ``import_object("json.dumps")`` the function, and
    ``import_object("package.module.Class.method")`` reaches into the class. Raises `ImportError`
    when a part of the name does not exist; an error inside a module that is imported on the way
    comes through as it is.
    """
    if not isinstance(name, str):
        raise TypeError(f"import_object() takes a dotted name as a str, got {name!r}")
    if not all(name.split(".")):
        raise ValueError(f"{name!r} is not a dotted name like 'package.module.Class'")
    head, *rest = name.split(".")
    found: Any = importlib.import_module(head)
    path = head
    for part in rest:
        outer, path = path, f"{path}.{part}"
        if not hasattr(found, part) and hasattr(found, "__path__"):
            try:
                importlib.import_module(path)
            except ModuleNotFoundError as error:
                if error.name != path:
                    raise  # path exists; something that it imports does not
        try:
            found = getattr(found, part)
        except AttributeError:
            raise ImportError(f"there is no {part!r} in {outer} (importing {name!r})") from None
    return found
