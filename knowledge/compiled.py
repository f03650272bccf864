"""The library as it is read at start: what sources/ and concepts.yaml hold, parsed and stemmed when the vectors were built.

Reading it takes a twentieth of the time. It is used only while it was made from the very files that are there.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MADE_FROM = ("concepts.yaml", "concepts.py", "lexical.py", "library.py", "compiled.py")


def file() -> Traversable:
    return files("aitoll.knowledge") / "vectors" / "library.json"


@cache
def compiled() -> dict[str, Any] | None:
    """Passages, their concepts and stems; None where it was made from other files than there are."""
    try:
        held: dict[str, Any] = json.loads(file().read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return held if held.get("digest") == digest() else None


@cache
def digest() -> str:
    here = files("aitoll.knowledge")
    told = hashlib.sha256()
    sources = sorted((entry for entry in (here / "sources").iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    for entry in (*sources, *(here / name for name in MADE_FROM)):
        told.update(entry.name.encode() + b"\0" + entry.read_bytes().replace(b"\r\n", b"\n"))
    return told.hexdigest()[:16]


def compile_library() -> dict[str, Any]:
    """What the file is to hold."""
    from dataclasses import asdict

    from aitoll.knowledge.lexical import stems
    from aitoll.knowledge.library import LANGUAGES, read
    from aitoll.knowledge.ranking import passage_concepts, passage_words, whole

    held = read(files("aitoll.knowledge") / "sources")
    return {
        "digest": digest(),
        "passages": [asdict(one) for one in held],
        "concepts": {one.id: [sorted(some) for some in passage_concepts(one)] for one in held},
        "stems": {language: {one.id: " ".join(stems(passage_words(one, language), language)) for one in held} for language in LANGUAGES},
        "known": {language: sorted({stem for one in held for stem in stems(whole(one, language), language)}) for language in LANGUAGES},
    }
