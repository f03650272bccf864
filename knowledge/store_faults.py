"""What went wrong in the store, told by what its parts say."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

CALCULATORS = "the calculators still work"
SIGNS = {
    "full": ("disk is full", "No space left", "File too large", "(code: 13)", "(code: 778)"),
    "unwritable": ("readonly", "Read-only", "Permission denied", "unable to open database"),
}


def fault_of(fault: BaseException, url: str | None, place: str) -> StoreFault:
    why = " ".join(str(fault).split())[:300] or type(fault).__name__
    if url:
        return StoreFault(key="server", url=url, why=why, detail=f"the Chroma server at {url} cannot be used ({why}); {CALCULATORS}")
    key = next((key for key, signs in SIGNS.items() if any(sign in why for sign in signs)), "unreadable")
    what = {"full": "has no room on its disk", "unwritable": "cannot be written", "unreadable": "cannot be used"}[key]
    return StoreFault(key=key, place=place, why=why, detail=f"the store {place} {what} ({why}); {CALCULATORS}")


EXPECTED = (OSError, sqlite3.Error, ValueError, RuntimeError, AttributeError, KeyError)
OTHERS = ("chromadb", "httpx", "httpcore", "pyo3_runtime")  # whose own errors derive from none of these, the last not even from Exception


@contextlib.contextmanager
def guarded(url: str | None, place: str) -> Iterator[None]:
    """Chroma's and the system's errors as one of ours, which says what is the matter and what still works."""
    try:
        yield
    except BaseException as fault:
        if isinstance(fault, EXPECTED) or type(fault).__module__.partition(".")[0] in OTHERS:
            raise fault_of(fault, url, place) from fault
        raise
