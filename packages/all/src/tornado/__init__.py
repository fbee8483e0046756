"""Tornado: a web framework, an HTTP server and an asynchronous networking library.

Each module is a distribution of its own; this file belongs to tornado-all, which brings them all.
It makes them attributes that are imported when they are first used::

    import tornado

    tornado.version           # the API level, see tornado.util
    tornado.web.Application   # imports tornado.web

Without tornado-all, ``tornado`` is a namespace without any attributes, and ``import tornado.web``
works just as well.
"""

from __future__ import annotations

import importlib.util
import os
import pkgutil
from typing import Any

_here = os.path.dirname(os.path.abspath(__file__))

# The parts may be installed in several places. Where another __init__.py is, it is another Tornado:
# what is missing here must not be taken from there.
__path__ = [
    path
    for path in pkgutil.extend_path(__path__, __name__)
    if os.path.abspath(path) == _here or not os.path.exists(os.path.join(path, "__init__.py"))
]

_NEEDS = {"curl_httpclient": "pycurl"}
"""Modules that come without what they stand on: it is an extra."""


def _modules() -> list[str]:
    """The public modules that are installed, and can be imported: they are all folders."""
    names: set[str] = set()
    for path in __path__:
        try:
            names.update(entry.name for entry in os.scandir(path) if entry.is_dir())
        except OSError:
            continue
    for name, other in _NEEDS.items():
        if name in names and importlib.util.find_spec(other) is None:
            names.remove(name)
    return sorted(name for name in names if name.isidentifier() and not name.startswith("_"))


def __getattr__(name: str) -> Any:
    if name in ("version", "version_info"):
        from tornado import util

        value = globals()[name] = getattr(util, name)
        return value
    if name == "__all__":
        return ["version", "version_info", *_modules()]
    if not name.startswith("_"):
        full = f"{__name__}.{name}"
        try:
            return importlib.import_module(full)
        except ModuleNotFoundError as error:
            if error.name != full:
                raise  # it exists; something that it imports does not
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "__all__", "version", "version_info", *_modules()})


def _warn_of_the_other() -> None:
    """Speak up if the files of the distribution ``tornado`` are among ours."""
    # A file where we have a folder is cheaper to find than the metadata of a distribution.
    if not os.path.exists(os.path.join(_here, "web.py")):
        return
    import importlib.metadata
    import warnings

    try:
        other = f"tornado {importlib.metadata.version('tornado')}"
    except importlib.metadata.PackageNotFoundError:
        other = "another tornado"
    warnings.warn(
        f"{other} is installed in {_here} together with tornado-all, and the two overwrite each "
        "other's files. Keep one of them: pip uninstall tornado, then "
        "pip install --force-reinstall tornado-all",
        RuntimeWarning,
        stacklevel=3,
    )


_warn_of_the_other()
