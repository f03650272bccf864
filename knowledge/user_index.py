"""The user's documents in Chroma: a collection of passages and one of files, in a folder of their own or on a server."""

from __future__ import annotations

import contextlib
from threading import RLock
from typing import TYPE_CHECKING

from aitoll.knowledge.user_writer import Writer, copy
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.embeddings import Embedder
    from aitoll.knowledge.found import Row
    from aitoll.knowledge.shelf import Current, Shelf
    from aitoll.knowledge.store import Chroma
    from aitoll.knowledge.user_writer import Progress

KINDS = ("files", "passages")  # in this order: documents count as there when their passages are
FOREIGN = "the documents were embedded by another model; `aitoll knowledge rebuild` embeds them anew"


class UserIndex:
    def __init__(self, chroma: Chroma, shelf: Shelf, embedder: Embedder) -> None:
        self._chroma, self._shelf, self.embedder = chroma, shelf, embedder
        self._client: ClientAPI | None = None
        self._seen: Current | None = None
        self._lock = RLock()  # a reader that reopens closes the client that the others use

    def nearest(self, question: str, count: int) -> list[Row]:
        """The passages nearest to a question, as of the last change, whoever made it."""
        if not self._chroma.url and self._shelf.current() is None:
            return []
        vector = self.embedder.embed_queries([question])[0]
        with self._lock:
            passages = self._reading("passages")
            return self._chroma.nearest_rows(passages, vector, count) if passages else []

    def files(self) -> list[Row]:
        """What is known of each file."""
        with self._lock:
            if self.foreign():
                return []
            held = self._reading("files")
            return [row for page in self._chroma.pages(held) for row in page] if held else []

    def foreign(self) -> bool:
        """Whether the documents that there are were embedded by another model."""
        if self._chroma.url:
            own = self._chroma.find(self._chroma.server(), self._name("passages"))
            return own is None and bool(self._others())
        current = self._shelf.current()
        return current is not None and current.fingerprint != self.embedder.fingerprint

    @contextlib.contextmanager
    def writer(self) -> Iterator[Writer]:
        """Adds and removes, while this process holds the lock; a Chroma server keeps order by itself."""
        if self._chroma.url:
            if self.foreign():
                raise StoreFault(detail=FOREIGN)
            yield self._writer(self._chroma.server())
            return
        with self._shelf.writing():
            # Named before it holds anything, so that a first addition which is killed can be resumed.
            current = self._shelf.current() or self._shelf.announce(self._shelf.fresh(self.embedder.fingerprint))
            if current.fingerprint != self.embedder.fingerprint:
                raise StoreFault(detail=FOREIGN)
            with self._opened(current) as client:
                writer = self._writer(client, self._shelf)
                try:
                    yield writer
                finally:
                    writer.announce()

    def rebuild(self, progress: Progress) -> None:
        """A new index beside the old one, with the vectors of the present model, which takes its place when it is whole."""
        if self._chroma.url:
            self._rebuild_on_server(progress)
            return
        if self._shelf.current() is None:
            return
        with self._shelf.writing():
            old = self._shelf.current()
            if old is None:
                return
            new = self._shelf.fresh(self.embedder.fingerprint)
            with self._opened(old) as source, self._opened(new) as target:
                self._copied(source, old.fingerprint, target, progress)
            current = self._shelf.announce(new)
            self._shelf.sweep(current)

    def _rebuild_on_server(self, progress: Progress) -> None:
        if not self.foreign():
            return
        server, others = self._chroma.server(), self._others()
        for fingerprint in others:
            self._copied(server, fingerprint, server, progress, "-new")
        for kind in KINDS:
            self._chroma.rename(self._collection(server, kind, "-new"), self._name(kind))
        for name in (self._chroma.name_of(kind, fingerprint) for fingerprint in others for kind in KINDS):
            self._chroma.drop(server, name)

    def _copied(self, source: ClientAPI, fingerprint: str, target: ClientAPI, progress: Progress, suffix: str = "") -> None:
        for kind in KINDS:
            old = self._chroma.find(source, self._chroma.name_of(kind, fingerprint))
            if old is not None:
                # A file's vector means nothing, so it can always be kept.
                embedder = None if kind == "files" or fingerprint == self.embedder.fingerprint else self.embedder
                copy(self._chroma, old, self._collection(target, kind, suffix), embedder, progress)

    def _reading(self, kind: str) -> Collection | None:
        if self._chroma.url:
            held = self._chroma.find(self._chroma.server(), self._name(kind))
            if held is None and self._others():
                raise StoreFault(detail=FOREIGN)
            return held
        current = self._shelf.current()
        if current is None:
            return None
        if current.fingerprint != self.embedder.fingerprint:
            raise StoreFault(detail=FOREIGN)
        if current != self._seen or self._client is None:
            self._close()
            self._client, self._seen = self._chroma.folder(self._shelf.path(current)), current
        return self._chroma.find(self._client, self._name(kind))

    def _close(self) -> None:
        if self._client is not None:
            self._chroma.close(self._client)
        self._client = self._seen = None

    @contextlib.contextmanager
    def _opened(self, current: Current) -> Iterator[ClientAPI]:
        client = self._chroma.folder(self._shelf.path(current))
        try:
            yield client
        finally:
            self._chroma.close(client)

    def _writer(self, client: ClientAPI, shelf: Shelf | None = None) -> Writer:
        return Writer(self._chroma, self._collection(client, "passages"), self._collection(client, "files"), self.embedder, shelf)

    def _collection(self, client: ClientAPI, kind: str, suffix: str = "") -> Collection:
        return self._chroma.collection(client, self._name(kind) + suffix, {"fingerprint": self.embedder.fingerprint})

    def _name(self, kind: str) -> str:
        return self._chroma.name_of(kind, self.embedder.fingerprint)

    def _others(self) -> list[str]:
        """Fingerprints of other models that have embedded documents on the server."""
        held = self._chroma.fingerprints(self._chroma.server())
        return [fingerprint for fingerprint in held if fingerprint != self.embedder.fingerprint]
