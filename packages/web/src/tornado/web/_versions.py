"""Versions of static files: the ``?v=`` of their URLs and the text of their Etags.

Laws:
1. A version is a hash of the content, so that a file that comes back to what it was has the version
   it had, on every server of a cluster.
2. It is worked out once per state of a file (modification time, size, inode) and remembered; at
   most ``MAX_CACHED_VERSIONS`` are.
3. Files larger than ``MAX_VERSION_CONTENT_SIZE`` have no version: hashing them would stop the loop.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.web._known_files import known_files, state_of

log = logging.getLogger("tornado.general")


class VersionedFiles:
    """The class methods of StaticFileHandler that know versions."""

    MAX_VERSION_CONTENT_SIZE = 64 * 1024 * 1024  # bytes
    MAX_CACHED_VERSIONS = 10_000

    _static_hashes: ClassVar[dict[str, str | None]] = {}
    # By path: what the entry of _static_hashes was made from.
    _hashed_states: ClassVar[dict[str, tuple[Any, ...]]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()  # static_url() may be called from threads

    if TYPE_CHECKING:

        @classmethod
        def get_absolute_path(cls, root: str, path: str) -> str: ...
        @classmethod
        def get_content(
            cls, abspath: str, start: int | None = None, end: int | None = None
        ) -> Iterable[bytes]: ...

    @classmethod
    def reset(cls) -> None:
        """Forget all versions, and all else that is known of files."""
        with cls._lock:
            cls._static_hashes.clear()
            cls._hashed_states.clear()
        known_files.clear()

    @classmethod
    def make_static_url(
        cls, settings: dict[str, Any], path: str, include_version: bool = True
    ) -> str:
        """The URL of the static file ``path``, which is relative to the setting ``static_path``.

        It begins with the setting ``static_url_prefix`` (``/static/``) and carries the version as
        ``?v=`` unless the file has none or ``include_version`` is false. A path that leads out of
        the directory is an `HTTPError` 403.
        """
        url: str = settings.get("static_url_prefix", "/static/") + path
        if not include_version:
            return url
        version = cls.get_version(settings, path)
        return f"{url}?v={version}" if version else url

    @classmethod
    def get_version(cls, settings: dict[str, Any], path: str) -> str | None:
        """The version for the URL of ``path``, or None if it has none.

        May be overridden. A subclass that has its files elsewhere than in directories overrides
        ``get_content_version`` instead.
        """
        return cls._get_cached_version(cls.get_absolute_path(settings["static_path"], path))

    @classmethod
    def get_content_version(cls, abspath: str) -> str:
        """A text that is another for another content: here a hash of it. May be overridden."""
        content = cls.get_content(abspath)
        digest = blake2b(digest_size=16)
        for chunk in (content,) if isinstance(content, bytes) else content:
            digest.update(chunk)
        return digest.hexdigest()

    @classmethod
    def _get_cached_version(cls, abs_path: str) -> str | None:
        # Subclasses share the cache, and may read or hash the same path in their own ways.
        ways = (_function(cls.get_content_version), _function(cls.get_content))
        found: os.stat_result | None = None
        state: tuple[Any, ...] = ways
        try:
            found = os.stat(abs_path)
            state += state_of(found)
        except (OSError, ValueError):
            pass  # a subclass may know better where its content is
        if cls._hashed_states.get(abs_path) == state and abs_path in cls._static_hashes:
            return cls._static_hashes[abs_path]
        version = None
        if found is None or cls._has_version(abs_path, found):
            try:
                version = cls.get_content_version(abs_path)
            except Exception as error:
                log.error("static file %r has no version: %s", abs_path, error)
        with cls._lock:
            while len(cls._static_hashes) >= max(cls.MAX_CACHED_VERSIONS, 1):
                oldest = next(iter(cls._static_hashes))
                del cls._static_hashes[oldest]
                cls._hashed_states.pop(oldest, None)
            cls._static_hashes[abs_path] = version
            cls._hashed_states[abs_path] = state
        return version

    @classmethod
    def _has_version(cls, abs_path: str, found: os.stat_result) -> bool:
        """Whether what is at a path that exists can and may be hashed."""
        if not stat.S_ISREG(found.st_mode):
            log.error("static file %r has no version: it is not a regular file", abs_path)
            return False
        return found.st_size <= cls.MAX_VERSION_CONTENT_SIZE


def _function(method: Any) -> Any:
    return getattr(method, "__func__", method)
