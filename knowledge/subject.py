"""How likely a question is on our subject, whatever its words: a line through its embedding and the score of the best passage.

The line was drawn by tests/questions/subject.py between questions on the subject and off it, of which some are near misses.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.knowledge.embeddings import LONGEST_QUESTION, clean
from aitoll.knowledge.store import store

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aitoll.knowledge.embeddings import Vectors

CERTAIN = 0.999  # a score beyond which its odds tell nothing more


def likely(question: str, best: float) -> float | None:
    """From 0 to 1, given the library's best score for the question; None where it was not embedded by the model that ships."""
    embedder = store().embedder
    line = _line(embedder.fingerprint) if embedder else None
    if embedder is None or line is None:
        return None
    vector = embedder.embed_queries([clean(question, LONGEST_QUESTION)])[0]
    return 1 / (1 + math.exp(-float(line[0] @ vector) - float(line[1][0]) * odds(best) - float(line[1][1])))


def odds(score: float) -> float:
    """The logarithm of a score's odds."""
    held = min(CERTAIN, max(1 - CERTAIN, score))
    return math.log(held / (1 - held))


def line_file(fingerprint: str) -> Traversable:
    return files("aitoll.knowledge") / "vectors" / f"{fingerprint}-subject.npz"


@cache
def _line(fingerprint: str) -> tuple[Vectors, Vectors] | None:
    file = line_file(fingerprint)
    if not file.is_file():
        return None
    import numpy as np

    with file.open("rb") as opened, np.load(opened) as held:
        return held["along"], held["score_and_bias"]
