"""Vectors of word stems for the user's documents where no model runs: texts that share words point the same way."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from zlib import crc32

from aitoll.knowledge.lexical import language_of, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class StemVectors:
    fingerprint = "stems-1"
    dimension = 1024

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for stem, times in Counter(stems(text, language_of(text))).items():
                place = crc32(stem.encode("utf-8", "ignore"))
                row[place % self.dimension] += times**0.5 * (1 if place >> 31 else -1)
            row[0] += 1e-3  # a text without words has a direction too
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths
