"""The API level of the whole family: which Tornado a program may believe it is running on.

The distributions have versions of their own; these two names answer ``version_info >= (6, 6)``.
"""

from __future__ import annotations

version = "6.6.1"
version_info = (6, 6, 1, 0)
