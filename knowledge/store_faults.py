"""What went wrong in the store, told by what its parts say."""

from __future__ import annotations

from aitoll.tools.errors import StoreFault

CALCULATORS = "the calculators still work"
SIGNS = {
    "full": ("disk is full", "No space left", "File too large", "(code: 13)"),
    "unwritable": ("readonly", "Read-only", "Permission denied", "unable to open database"),
}


def fault_of(fault: BaseException, url: str | None, place: str) -> StoreFault:
    why = " ".join(str(fault).split())[:300] or type(fault).__name__
    if url:
        return StoreFault(key="server", url=url, why=why, detail=f"the Chroma server at {url} cannot be used ({why}); {CALCULATORS}")
    key = next((key for key, signs in SIGNS.items() if any(sign in why for sign in signs)), "unreadable")
    what = {"full": "has no room on its disk", "unwritable": "cannot be written", "unreadable": "cannot be used"}[key]
    return StoreFault(key=key, place=place, why=why, detail=f"the store {place} {what} ({why}); {CALCULATORS}")
