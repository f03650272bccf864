"""Searching and keeping texts. The only file that imports Chroma, and that on first use: it takes a second."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
from functools import cache, cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aitoll.knowledge.found import Row, State
from aitoll.tools.errors import InvalidInput, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.embeddings import Embedder, Vectors
    from aitoll.knowledge.found import About, Found
    from aitoll.knowledge.library_index import LibraryIndex
    from aitoll.knowledge.user_writer import Progress, Report
    from aitoll.settings import Settings

NEAR = 100  # vectors of the library that are looked at
NEAR_ROWS = 40  # passages of the user's documents
WRITTEN = 2000  # rows written at once; Chroma takes 5461
# A graph searched widely enough to be exact for a library, and good to a hundred thousand passages.
HNSW: Any = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}}
log = logging.getLogger("aitoll.knowledge")


class Chroma:
    """The few things that are asked of Chroma, always with our own vectors; its faults come out as StoreFault."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url

    def server(self) -> ClientAPI:
        return self._server

    @cached_property
    def _server(self) -> ClientAPI:
        import chromadb

        address = urlsplit(self.url or "")
        secure = address.scheme == "https"
        port = address.port or (443 if secure else 80)
        with faults(f"the Chroma server at {self.url}"):
            return chromadb.HttpClient(address.hostname or "", port, ssl=secure, settings=self._settings())

    def folder(self, path: Path) -> ClientAPI:
        import chromadb

        try:
            with faults(f"the store in {path}"):
                return chromadb.PersistentClient(path, self._settings())
        except StoreFault:
            self.forget()
            raise

    def close(self, client: ClientAPI) -> None:
        """Gives up an open folder, so that the next opening sees what others have written."""
        closable: Any = client
        closable.close()

    def memory(self) -> ClientAPI:
        import chromadb

        return chromadb.EphemeralClient(self._settings())

    def forget(self) -> None:
        """Drops Chroma's record of open folders: one that could not be opened would stay in it, broken."""
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()

    def collection(self, client: ClientAPI, name: str, about: About | None = None) -> Collection:
        """The collection, made if need be."""
        with faults(f"the store's {name}"):
            told = {"made_by": "aitoll", **(about or {})}
            return client.get_or_create_collection(name, configuration=HNSW, metadata=told, embedding_function=None)

    def find(self, client: ClientAPI, name: str) -> Collection | None:
        from chromadb.errors import NotFoundError

        try:
            with faults(f"the store's {name}"):
                return client.get_collection(name, embedding_function=None)
        except StoreFault as fault:
            if isinstance(fault.__cause__, NotFoundError):
                return None
            raise

    def rename(self, collection: Collection, name: str) -> None:
        with faults(f"the store's {collection.name}"):
            collection.modify(name=name)

    def drop(self, client: ClientAPI, name: str) -> None:
        if self.find(client, name) is not None:
            with faults(f"the store's {name}"):
                client.delete_collection(name)

    def fingerprints(self, client: ClientAPI) -> list[str]:
        """Of the models whose documents the store holds."""
        with faults("the store"):
            held = [about for about in (found.metadata for found in client.list_collections()) if about]
        return sorted({str(about["fingerprint"]) for about in held if about.get("made_by") == "aitoll" and "fingerprint" in about})

    def name_of(self, kind: str, fingerprint: str) -> str:
        return f"aitoll-{kind}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:8]}"

    def count(self, collection: Collection) -> int:
        with faults(f"the store's {collection.name}"):
            return collection.count()

    def upsert(self, collection: Collection, ids: list[str], vectors: Vectors, texts: list[str], about: Sequence[About]) -> None:
        with faults(f"the store's {collection.name}"):
            for start in range(0, len(ids), WRITTEN):
                part = slice(start, start + WRITTEN)
                collection.upsert(ids[part], embeddings=vectors[part], documents=texts[part], metadatas=list(about[part]))

    def delete(self, collection: Collection, ids: list[str]) -> None:
        with faults(f"the store's {collection.name}"):
            for start in range(0, len(ids), WRITTEN):
                collection.delete(ids[start : start + WRITTEN])

    def ids(self, collection: Collection, where: dict[str, Any]) -> list[str]:
        with faults(f"the store's {collection.name}"):
            return collection.get(where=where, include=[])["ids"]

    def present(self, collection: Collection, ids: list[str]) -> set[str]:
        """Which of these ids it holds."""
        with faults(f"the store's {collection.name}"):
            return set(collection.get(ids, include=[])["ids"])

    def pages(self, collection: Collection, *, vectors: bool = False, size: int = 1000) -> Iterator[list[Row]]:
        """Every row, some at a time."""
        start = 0
        while True:
            include: Any = ["documents", "metadatas", "embeddings"] if vectors else ["documents", "metadatas"]
            with faults(f"the store's {collection.name}"):
                got: Any = collection.get(limit=size, offset=start, include=include)
            if not got["ids"]:
                return
            held = got["embeddings"] if vectors else [None] * len(got["ids"])
            rows = zip(got["ids"], got["documents"], got["metadatas"], held, strict=True)
            yield [Row(id, text or "", dict(about or {}), vector=vector) for id, text, about, vector in rows]
            start += len(got["ids"])

    def nearest(self, collection: Collection, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Ids and cosines."""
        with faults(f"the store's {collection.name}"):
            got: Any = collection.query(query_embeddings=vector[None], n_results=count, include=["distances"])
        return [(id, 1 - distance) for id, distance in zip(got["ids"][0], got["distances"][0], strict=True)]

    def nearest_rows(self, collection: Collection, vector: Vectors, count: int) -> list[Row]:
        with faults(f"the store's {collection.name}"):
            got: Any = collection.query(query_embeddings=vector[None], n_results=count, include=["distances", "documents", "metadatas"])
        found = zip(got["ids"][0], got["documents"][0], got["metadatas"][0], got["distances"][0], strict=True)
        return [Row(id, text or "", dict(about or {}), 1 - distance) for id, text, about, distance in found]

    def _settings(self) -> Any:
        from chromadb.config import Settings

        return Settings(anonymized_telemetry=False)


@contextlib.contextmanager
def faults(what: str) -> Iterator[None]:
    """Chroma's and the system's errors as one of ours, which says what still works."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, OSError, sqlite3.Error, ValueError, RuntimeError, AttributeError) as fault:
        raise StoreFault(detail=f"{what} cannot be used ({fault}); the calculators still work") from fault


class Store:
    """The library and the user's documents under one set of settings."""

    def __init__(self, settings: Settings) -> None:
        from aitoll.knowledge.embeddings import resolve
        from aitoll.knowledge.shelf import Shelf
        from aitoll.knowledge.stem_vectors import StemVectors
        from aitoll.knowledge.user_index import UserIndex

        self.embedder, self.decision = resolve(settings)
        self.home = settings.home
        self._chroma = Chroma(settings.chroma_url)
        self.documents = UserIndex(self._chroma, Shelf(self.home), self.embedder or StemVectors())
        self._lock = Lock()
        self._library: LibraryIndex | None = None

    def library(self, embedder: Embedder) -> LibraryIndex:
        from aitoll.knowledge.library_index import LibraryIndex

        with self._lock:
            if self._library is None:
                self._library = LibraryIndex(self._chroma, self.home, embedder)
            return self._library

    def in_library(self, question: str, language: str, limit: int) -> list[Found]:
        from aitoll.knowledge import found, ranking
        from aitoll.knowledge.library import passage

        near = None
        if self.embedder is not None:
            vector = self.embedder.embed_queries([question])[0]
            near = self.library(self.embedder).nearest(vector, max(NEAR, 8 * limit))
        scores = ranking.of_library(question, language, near, self.embedder.fingerprint if self.embedder else "")
        return [found.of_library(passage(id), language, score) for id, score in _best(scores, limit)]

    def in_documents(self, question: str, language: str, limit: int) -> list[Found]:
        from aitoll.knowledge import found, ranking

        rows = self.documents.nearest(question, max(NEAR_ROWS, 4 * limit))
        scores = ranking.of_rows(question, language, rows, self.documents.embedder.fingerprint)
        by_id = {row.id: row for row in rows}
        return [found.of_document(by_id[id], score) for id, score in _best(scores, limit)]


def _best(scores: dict[str, float], limit: int) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))[:limit]


@cache
def _store(settings: Settings) -> Store:
    return Store(settings)


def store() -> Store:
    """The store of this process under the present settings."""
    from aitoll.settings import settings

    return _store(settings())


def search(text: str, *, language: str | None = None, limit: int = 5, within: str = "all") -> list[Found]:
    """The passages that fit a text best, best first; of the library in `language`, else in the text's own."""
    from aitoll.knowledge.embeddings import LONGEST_QUESTION, clean
    from aitoll.knowledge.lexical import language_of

    if within not in ("all", "library", "user"):
        raise InvalidInput(field="within", value=within, allowed="all, library and user can")
    question = clean(text, LONGEST_QUESTION)
    if not any(map(str.isalnum, question)) or limit < 1:
        return []
    here, spoken = store(), language or language_of(question)
    found = [] if within == "user" else here.in_library(question, spoken, limit)
    if within != "library":
        try:
            found += here.in_documents(question, spoken, limit)
        except StoreFault as fault:
            if within == "user":
                raise
            log.warning("only the library was searched: %s", fault)
    return sorted(found, key=lambda one: (-one.score, one.id))[:limit]


def add(paths: Iterable[str | Path], progress: Progress | None = None) -> Report:
    """Takes files and folders in; what did not change costs nothing. `progress` gets a file, passages done, passages in it."""
    with store().documents.writer() as writer:
        return writer.add(paths, progress or _silent)


def remove(names: Iterable[str]) -> list[str]:
    """Takes files out, by path, folder or id; the paths that were."""
    with store().documents.writer() as writer:
        return writer.remove(names)


def rebuild(progress: Progress | None = None) -> None:
    """Builds the library anew, and the index of the documents from their passages, with the vectors of the present model."""
    here = store()
    if here.embedder is not None:
        here.library(here.embedder).rebuild()
    here.documents.rebuild(progress or _silent)


def state() -> State:
    """What the store holds and how it searches."""
    from aitoll.knowledge.library import library

    here = store()
    documents = [row.about for row in sorted(here.documents.files(), key=lambda row: row.text)]
    return State(here.decision.name, here.decision.reason, str(here.home), len(library()), documents, here.documents.foreign())


def _silent(path: Path, done: int, total: int) -> None:
    pass
