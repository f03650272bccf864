"""Nearest passages by comparing with each: a graph misses some where many passages are nearly alike, and few need none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.knowledge.embeddings import Vectors
    from aitoll.knowledge.found import Row

MOST = 5000  # passages: reading that many takes 0.15 s, once for each state of the index


class Exact:
    def __init__(self, rows: Iterable[Row]) -> None:
        import numpy as np

        self._rows = list(rows)
        self._vectors = np.stack([row.vector for row in self._rows]).astype(np.float32) if self._rows else None

    def nearest(self, vector: Vectors, count: int) -> list[Row]:
        """Best first; rows as alike stand in the order in which they were added."""
        import numpy as np

        if self._vectors is None:
            return []
        cosines = self._vectors @ vector
        best = np.argsort(-cosines, kind="stable")[:count]
        return [replace(self._rows[place], cosine=float(cosines[place]), vector=None) for place in best]
