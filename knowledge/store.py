"""Searching and keeping texts. The only file that imports Chroma, and that on first use: it takes a second."""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aitoll.knowledge.found import Row, State
from aitoll.knowledge.store_faults import guarded
from aitoll.tools.errors import InvalidInput, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.embeddings import Vectors
    from aitoll.knowledge.found import About, Found, Searched
    from aitoll.knowledge.searching import Store
    from aitoll.knowledge.user_writer import Progress, Report
    from aitoll.settings import Settings

WRITTEN = 2000  # rows written at once; Chroma takes 5461
NEVER = 10**9  # rows after which Chroma writes a graph out: in a folder this is done beside, in files that are not read yet
SERVED = 10_000  # the same on a server, which alone has its files open
# A graph searched widely enough to be exact for a library, and good to a hundred thousand passages.
HNSW: Any = {"space": "cosine", "ef_construction": 200, "ef_search": 200}


class Chroma:
    """The few things that are asked of Chroma, always with our own vectors; its faults come out as StoreFault."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self.place = ""  # the folder that was opened last, for the message of a fault

    def server(self) -> ClientAPI:
        return self._server

    @cached_property
    def _server(self) -> ClientAPI:
        import chromadb

        address = urlsplit(self.url or "")
        secure = address.scheme == "https"
        port = address.port or (443 if secure else 80)
        with guarded(self.url, self.place):
            return chromadb.HttpClient(address.hostname or "", port, ssl=secure, settings=self._settings())

    def folder(self, path: Path) -> ClientAPI:
        import chromadb

        self.place = str(path)
        try:
            with guarded(self.url, self.place):
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
        graph: Any = {"hnsw": {**HNSW, "sync_threshold": SERVED if self.url else NEVER}}
        with guarded(self.url, self.place):
            told = {"made_by": "aitoll", **(about or {})}
            return client.get_or_create_collection(name, configuration=graph, metadata=told, embedding_function=None)

    def settle(self, folder: Path, names: Iterable[str]) -> int:
        """Writes the graphs of a folder that nobody has open out whole, so that opening them needs no building; the rows of the largest."""
        client, largest = self.folder(folder), 0
        try:
            for name in names:
                collection = self.find(client, name)
                if collection is not None:
                    self._write_out(collection)
                    largest = max(largest, self.count(collection))
        finally:
            self.close(client)
        return largest

    def _write_out(self, collection: Collection) -> None:
        # Chroma does so at the first question after this many rows, and only where nothing, not even a count, was asked before.
        with guarded(self.url, self.place):
            collection.modify(configuration={"hnsw": {"sync_threshold": 2}})
            row: Any = collection.get(limit=1, include=["embeddings"])["embeddings"]
            if len(row):
                collection.query(query_embeddings=row, n_results=1, include=[])
            collection.modify(configuration={"hnsw": {"sync_threshold": NEVER}})

    def find(self, client: ClientAPI, name: str) -> Collection | None:
        from chromadb.errors import NotFoundError

        try:
            with guarded(self.url, self.place):
                return client.get_collection(name, embedding_function=None)
        except StoreFault as fault:
            if isinstance(fault.__cause__, NotFoundError):
                return None
            raise

    def rename(self, collection: Collection, name: str) -> None:
        with guarded(self.url, self.place):
            collection.modify(name=name)

    def drop(self, client: ClientAPI, name: str) -> None:
        if self.find(client, name) is not None:
            with guarded(self.url, self.place):
                client.delete_collection(name)

    def fingerprints(self, client: ClientAPI) -> list[str]:
        """Of the models whose documents the store holds."""
        with guarded(self.url, self.place):
            held = [about for about in (found.metadata for found in client.list_collections()) if about]
        return sorted({str(about["fingerprint"]) for about in held if about.get("made_by") == "aitoll" and "fingerprint" in about})

    def name_of(self, kind: str, fingerprint: str) -> str:
        return f"aitoll-{kind}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:8]}"

    def count(self, collection: Collection) -> int:
        with guarded(self.url, self.place):
            return collection.count()

    def upsert(self, collection: Collection, ids: list[str], vectors: Vectors, texts: list[str], about: Sequence[About]) -> None:
        with guarded(self.url, self.place):
            for start in range(0, len(ids), WRITTEN):
                part = slice(start, start + WRITTEN)
                collection.upsert(ids[part], embeddings=vectors[part], documents=texts[part], metadatas=list(about[part]))

    def delete(self, collection: Collection, ids: list[str]) -> None:
        with guarded(self.url, self.place):
            for start in range(0, len(ids), WRITTEN):
                collection.delete(ids[start : start + WRITTEN])

    def ids(self, collection: Collection, where: dict[str, Any]) -> list[str]:
        with guarded(self.url, self.place):
            return collection.get(where=where, include=[])["ids"]

    def present(self, collection: Collection, ids: list[str]) -> set[str]:
        """Which of these ids it holds."""
        with guarded(self.url, self.place):
            return set(collection.get(ids, include=[])["ids"])

    def pages(self, collection: Collection, *, vectors: bool = False, size: int = 1000) -> Iterator[list[Row]]:
        """Every row, some at a time."""
        start = 0
        while True:
            include: Any = ["documents", "metadatas", "embeddings"] if vectors else ["documents", "metadatas"]
            with guarded(self.url, self.place):
                got: Any = collection.get(limit=size, offset=start, include=include)
            if not got["ids"]:
                return
            held = got["embeddings"] if vectors else [None] * len(got["ids"])
            rows = zip(got["ids"], got["documents"], got["metadatas"], held, strict=True)
            yield [Row(id, text or "", dict(about), vector=vector) for id, text, about, vector in rows if about]
            start += len(got["ids"])

    def nearest(self, collection: Collection, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Ids and cosines."""
        with guarded(self.url, self.place):
            got: Any = collection.query(query_embeddings=vector[None], n_results=count, include=["distances"])
        return [(id, 1 - distance) for id, distance in zip(got["ids"][0], got["distances"][0], strict=True)]

    def nearest_rows(self, collection: Collection, vector: Vectors, count: int) -> list[Row]:
        """Without those that another process removes meanwhile: a server knows no more of them than their ids."""
        with guarded(self.url, self.place):
            got: Any = collection.query(query_embeddings=vector[None], n_results=count, include=["distances", "documents", "metadatas"])
        found = zip(got["ids"][0], got["documents"][0], got["metadatas"][0], got["distances"][0], strict=True)
        return [Row(id, text or "", dict(about), 1 - distance) for id, text, about, distance in found if about]

    def holding(self, collection: Collection, words: Sequence[str], count: int) -> list[Row]:
        """Rows that hold any of these words as they stand; no graph is opened for it."""
        holds: Any = [{"$contains": word} for word in words]
        with guarded(self.url, self.place):
            where: Any = holds[0] if len(holds) == 1 else {"$or": holds}
            got: Any = collection.get(where_document=where, limit=count, include=["documents", "metadatas"])
        rows = zip(got["ids"], got["documents"], got["metadatas"], strict=True)
        return [Row(id, text or "", dict(about)) for id, text, about in rows if about]

    def _settings(self) -> Any:
        from chromadb.config import Settings

        return Settings(anonymized_telemetry=False)


@cache
def _store(settings: Settings) -> Store:
    from aitoll.knowledge.searching import Store

    return Store(settings)


def store() -> Store:
    """The store of this process under the present settings."""
    from aitoll.settings import settings

    return _store(settings())


def search(text: str, *, language: str | None = None, limit: int = 5, within: str = "all") -> list[Found]:
    """The passages that fit a text best, best first; of the library in `language`, else in the text's own."""
    searched = look_up(text, language=language, limit=limit, within=within)
    refuse_nothing(searched, within)
    return searched.found


def refuse_nothing(searched: Searched, within: str) -> None:
    """A fault where nothing was found in the user's documents because they could not be searched."""
    if within == "user" and searched.missed and not searched.found:
        raise searched.missed[0]


def look_up(text: str, *, language: str | None = None, limit: int = 5, within: str = "all") -> Searched:
    """The same, with what could not be searched or only by its words."""
    from aitoll.knowledge.embeddings import LONGEST_QUESTION, clean
    from aitoll.knowledge.found import Searched

    if within not in ("all", "library", "user"):
        raise InvalidInput(field="within", value=within, allowed="all, library and user can")
    question = clean(text, LONGEST_QUESTION)
    if not any(map(str.isalnum, question)) or limit < 1:
        return Searched()
    return store().look_up(question, language, limit, within)


def add(paths: Iterable[str | Path], progress: Progress | None = None) -> Report:
    """Takes files and folders in; what did not change costs nothing. `progress` gets a file, passages done, passages in it."""
    with store().documents.writer() as writer:
        return writer.add(paths, progress or _silent)


def remove(names: Iterable[str]) -> list[str]:
    """Takes files out, by path, folder or id; the paths that were."""
    with store().documents.writer() as writer:
        return writer.remove(names)


def export(path: Path) -> tuple[int, int]:
    """Writes the user's documents into one file, for another machine or model; documents and passages in it."""
    from aitoll.knowledge import archive

    documents = store().documents
    return archive.write(path, documents.files(), documents.passages())


def take_export(path: Path, progress: Progress | None = None) -> Report:
    """Takes in what `export` wrote; nothing of a file that is cut, changed or made up."""
    from aitoll.knowledge import importing

    with store().documents.writer() as writer:
        return importing.take(writer, path, progress or _silent)


def rebuild(progress: Progress | None = None) -> list[str]:
    """Builds the library anew, and the index of the documents with the vectors of the present model; the files that were lost."""
    here = store()
    if here.embedder is not None:
        here.library(here.embedder).rebuild()
    return here.documents.rebuild(progress or _silent)


def state() -> State:
    """What the store holds and how it searches."""
    from aitoll.knowledge.library import library

    here = store()
    documents = [row.about for row in sorted(here.documents.files(), key=lambda row: row.text)]
    return State(here.decision.name, here.decision.reason, str(here.home), len(library()), documents, here.documents.foreign())


def _silent(path: Path, done: int, total: int) -> None:
    pass
