"""The vectors of the shipped texts: read from the file that ships, or made where it has none."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aitoll.knowledge.library import LANGUAGES, library

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

    from aitoll.knowledge.embeddings import Embedder, Vectors
    from aitoll.knowledge.library import Passage

BETWEEN = "|"


def texts(passages: Iterable[Passage]) -> dict[str, str]:
    """What is embedded, by key `passage|language|part`: each passage, the questions that it answers, an article's keywords."""
    found = {}
    for passage in passages:
        for language in LANGUAGES:
            found[BETWEEN.join((passage.id, language, "text"))] = passage.text[language]
            for number, question in enumerate(passage.asks.get(language, ())):
                found[BETWEEN.join((passage.id, language, str(number)))] = question
            if passage.claims:
                found[BETWEEN.join((passage.id, language, "keywords"))] = passage.keywords[language]
    return found


def parts(key: str) -> tuple[str, str]:
    """Passage and language of a key."""
    passage, language, _ = key.split(BETWEEN)
    return passage, language


def vectors(embedder: Embedder) -> tuple[list[str], Vectors]:
    """Keys and vectors of the library; a text that changed since the file was built is embedded here and now."""
    import numpy as np

    wanted = texts(library())
    shipped = _shipped(embedder)
    missing = [key for key, text in wanted.items() if (key, digest(text)) not in shipped]
    made = dict(zip(missing, embedder.embed_passages([wanted[key] for key in missing]), strict=True)) if missing else {}
    rows = [made[key] if key in made else shipped[key, digest(text)] for key, text in wanted.items()]
    return list(wanted), np.stack(rows)


def rounded(rows: Vectors) -> dict[str, Any]:
    """Vectors as bytes, a quarter of the size; cosines move by a thousandth."""
    import numpy as np

    steps = np.abs(rows).max(axis=1, keepdims=True) / 127
    return {"vectors": np.round(rows / steps).astype(np.int8), "steps": steps.astype(np.float32)}


def file_of(fingerprint: str) -> Traversable:
    return files("aitoll.knowledge") / "vectors" / f"{fingerprint}.npz"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _shipped(embedder: Embedder) -> dict[tuple[str, str], Vectors]:
    file = file_of(embedder.fingerprint)
    if not file.is_file():
        return {}
    import numpy as np

    with file.open("rb") as opened, np.load(opened) as held:
        rows = held["vectors"] * held["steps"]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip(zip(held["keys"].tolist(), held["digests"].tolist(), strict=True), rows, strict=True))
