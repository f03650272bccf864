"""Text made easy to match without moving a character: lower case, no accents, one kind of space, dash and quote."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ALIKE = {**dict.fromkeys("\u00a0\u202f\u2009\u2007\t\r\n", " "), **dict.fromkeys("’‘ʼ′`", "'"), **dict.fromkeys("–—−‐‑", "-")}
_KEPT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻×·€£$²³"


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _KEPT:
            folded = character
        elif character in _ALIKE:
            folded = _ALIKE[character]
        else:
            folded = unicodedata.normalize("NFKD", character)[:1].lower()[:1] or character
        self[code] = folded
        return folded


_TABLE = _Table()


@lru_cache(64)
def fold(text: str) -> str:
    """As long as the text, so that positions in one hold in the other. Kept, for a long question is folded at each of its names."""
    return text.translate(_TABLE)
