"""Whether a path stays inside a directory: the guard in front of static files.

Laws:
1. A path is compared with the directory and its separator: ``/static_foo`` is not in ``/static``.
2. A symbolic link below the directory is followed only if it ends inside, or in a directory that
   was named as allowed. The directory itself may be a link, or lie below one.
3. On Windows, names that mean something other than the file they spell are no files: alternate
   data streams (``a.txt:b``), devices (``con``, ``nul.txt``), and names with a dot or space at the
   end, which Windows drops.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence

WINDOWS = os.name == "nt"

_device = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3])",
    re.IGNORECASE,
).fullmatch


def is_inside(path: str, directory: str) -> bool:
    """Whether ``path`` is ``directory`` or below it, by the text of the two absolute paths."""
    prefix = directory if directory.endswith(os.sep) else directory + os.sep
    return path.startswith(prefix) or path == directory


def is_treacherous_on_windows(relative: str) -> bool:
    """Whether a part of a relative path means something else than it says to Windows."""
    for part in re.split(r"[/\\]", relative):
        if ":" in part or (part.endswith((".", " ")) and part not in (".", "..")):
            return True
        if _device(part.partition(".")[0].rstrip(" ")):
            return True
    return False


def links_stay_inside(path: str, directory: str, allowed: str | Sequence[str] | None) -> bool:
    """Whether following the symbolic links of ``path``, which is inside ``directory``, leads
    neither out of it nor out of the ``allowed`` directories. OSError if the path does not exist.
    """
    step = directory.rstrip(os.sep)
    for part in path[len(step) + 1 :].split(os.sep):
        step = f"{step}{os.sep}{part}"
        if WINDOWS or stat.S_ISLNK(os.lstat(step).st_mode):
            break
    else:
        return True
    target = os.path.realpath(path)
    if is_inside(target, os.path.realpath(directory)):
        return True
    if allowed is None:
        return False
    directories = [allowed] if isinstance(allowed, (str, os.PathLike)) else allowed
    return any(is_inside(target, os.path.realpath(each)) for each in directories)
