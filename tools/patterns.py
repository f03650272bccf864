"""Patterns that are compiled when a text is first held against them: most questions need few of the three hundred that there are."""

from __future__ import annotations

import re
from typing import Any, cast


class _Deferred:
    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern, self.flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """A method of the compiled pattern, kept here so that the next call finds it at once."""
        found = getattr(re.compile(self.pattern, self.flags), name)
        setattr(self, name, found)
        return found


def deferred(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, at the first use."""
    return cast("re.Pattern[str]", _Deferred(pattern, flags))
