"""Takes off a vector what every text of its kind shares, so that what is left is the subject.

e5's vectors lie close together: all cosines fall between 0.73 and 0.88, and general sentences come near any question.
The mean of ordinary questions (background.yaml), embedded as questions and as passages, is that common part.
`python -m aitoll.knowledge.build_vectors --centre` writes it; a new one is a new vector space.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.knowledge.lexical import language_of
from aitoll.knowledge.library import LANGUAGES
from aitoll.tools.yaml_files import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from aitoll.knowledge.embeddings import Embedder, Vectors

VERSION = "c1"


class Centred:
    """An embedder around another: its vectors less the mean of their language, normalised again."""

    def __init__(self, inner: Embedder, centre: dict[str, Vectors]) -> None:
        self.inner = inner
        self.fingerprint = f"{inner.fingerprint}-{VERSION}"
        self.dimension = inner.dimension
        self._centre = centre  # "question-fr", "passage-en", …

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._less("question", texts, self.inner.embed_queries(texts))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._less("passage", texts, self.inner.embed_passages(texts))

    def _less(self, role: str, texts: Sequence[str], vectors: Vectors) -> Vectors:
        import numpy as np

        moved = vectors - np.stack([self._centre[f"{role}-{language_of(text)}"] for text in texts])
        return normalised(moved)


def normalised(vectors: Vectors) -> Vectors:
    import numpy as np

    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


def centred(inner: Embedder) -> Embedder:
    """The embedder with its centre, if one ships for it; else as it is."""
    file = centre_file(inner)
    if not file.is_file():
        return inner
    import numpy as np

    with file.open("rb") as opened, np.load(opened) as held:
        return Centred(inner, {name: held[name] for name in held.files})


def centre_file(inner: Embedder) -> Traversable:
    return files("aitoll.knowledge") / "vectors" / f"{inner.fingerprint}-centre.npz"


def measure(inner: Embedder) -> dict[str, Vectors]:
    """The centre of the background questions, by role and language."""
    asked = parse((files("aitoll.knowledge") / "background.yaml").read_text("utf-8"))
    roles = {"question": inner.embed_queries, "passage": inner.embed_passages}
    return {f"{role}-{language}": embed(asked[language]).mean(axis=0) for role, embed in roles.items() for language in LANGUAGES}
