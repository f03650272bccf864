"""The user's documents in Chroma: a collection of passages and one of files, in a folder of their own or on a server."""

from __future__ import annotations

import contextlib
import shutil
from threading import RLock
from typing import TYPE_CHECKING

from aitoll.knowledge.exact import MOST, Exact
from aitoll.knowledge.index_copies import copy_of, texts_of
from aitoll.knowledge.sealing import DATABASE
from aitoll.knowledge.user_session import InFolder, OnServer, written_out
from aitoll.knowledge.user_writer import Writer, copy
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.embeddings import Embedder, Vectors
    from aitoll.knowledge.found import Row
    from aitoll.knowledge.shelf import Current, Shelf
    from aitoll.knowledge.store import Chroma
    from aitoll.knowledge.user_writer import Progress

KINDS = ("files", "passages")  # in this order: documents count as there when their passages are
FOREIGN = "the documents were embedded by another model; `aitoll knowledge rebuild` embeds them anew"
TRIES = 5  # of a reader that an index is taken away from while it reads
NEW = "-new"  # of a collection on a server that is not whole yet


class UserIndex:
    def __init__(self, chroma: Chroma, shelf: Shelf, embedder: Embedder) -> None:
        self._chroma, self._shelf, self.embedder = chroma, shelf, embedder
        self._client: ClientAPI | None = None
        self._seen: Current | None = None
        self._copy: Path | None = None
        self._held: dict[str, Collection] = {}  # looked up once, for that takes as long as a question
        self._exact: Exact | None = None
        self._sound = False  # the graph of the open index was found as it was sealed
        self._lock = RLock()  # a reader that reopens closes the client that the others use

    # Reading

    def nearest(self, question: str, count: int) -> list[Row]:
        """The passages nearest to a question, as of the last change, whoever made it."""
        if not self._chroma.url and self._shelf.current() is None:
            return []
        vector = self.embedder.embed_queries([question])[0]
        return self._read("passages", lambda held: self._nearest(held, vector, count), with_graph=True)

    def _nearest(self, held: Collection, vector: Vectors, count: int) -> list[Row]:
        if self._exact is None and not self._chroma.url and self._chroma.count(held) <= MOST:
            self._exact = Exact(row for page in self._chroma.pages(held, vectors=True) for row in page)
        return self._exact.nearest(vector, count) if self._exact else self._chroma.nearest_rows(held, vector, count)

    def holding(self, words: Sequence[str], count: int) -> list[Row]:
        """The passages that hold any of these words; whatever model embedded them, and however their graph is."""
        return self._read("passages", lambda held: self._chroma.holding(held, words, count), any_model=True)

    def files(self) -> list[Row]:
        """What is known of each file."""
        return self._read("files", lambda held: [row for page in self._chroma.pages(held) for row in page], any_model=True)

    def passages(self) -> Iterator[list[Row]]:
        """Every passage, some at a time, for an export; as of one moment, while this process has the index open."""
        held = self._reading("passages", with_graph=False, any_model=True)
        return self._chroma.pages(held) if held else iter(())

    def foreign(self) -> bool:
        """Whether the documents that there are were embedded by another model."""
        if self._chroma.url:
            own = self._chroma.find(self._chroma.server(), self._name("passages"))
            return own is None and bool(self._others())
        current = self._shelf.current()
        return current is not None and current.fingerprint != self.embedder.fingerprint

    def _read(self, kind: str, ask: Callable[[Collection], list[Row]], *, with_graph: bool = False, any_model: bool = False) -> list[Row]:
        """Asks the index; again, where a writer has put another in its place meanwhile."""
        for attempt in range(TRIES):
            with self._lock:
                seen, known = self._seen, bool(self._held)
                try:
                    held = self._reading(kind, with_graph=with_graph, any_model=any_model)
                    return ask(held) if held else []
                except StoreFault:
                    seen = self._seen or seen
                    self._close()
                    if attempt == TRIES - 1 or not (known if self._chroma.url else seen != self._shelf.current()):
                        raise
        return []

    def _reading(self, kind: str, *, with_graph: bool, any_model: bool) -> Collection | None:
        if self._chroma.url:
            return self._on_server(kind, any_model)
        current = self._shelf.current()
        if current is None:
            return None
        if current != self._seen or self._client is None:
            self._close()
            self._seen = current
            self._client = self._readable(current)
        if not any_model and current.fingerprint != self.embedder.fingerprint:
            raise foreign()
        if kind not in self._held:
            held = self._chroma.find(self._client, self._chroma.name_of(kind, current.fingerprint))
            if held is None:
                what = f"{self._shelf.path(current)} holds no documents of aitoll; `aitoll knowledge rebuild` begins anew"
                raise StoreFault(key="stranger", place=str(self._shelf.path(current)), detail=what)
            self._held[kind] = held
        if with_graph and not self._sound:
            self._shelf.check(current)
            self._sound = True
        return self._held[kind]

    def _on_server(self, kind: str, any_model: bool) -> Collection | None:
        if kind in self._held:
            return self._held[kind]
        server, others = self._chroma.server(), self._others()
        held = self._chroma.find(server, self._name(kind))
        if held is not None:
            self._held[kind] = held
        elif others and not any_model:
            raise foreign()
        elif others:
            return self._chroma.find(server, self._chroma.name_of(kind, others[0]))
        return held

    def _readable(self, current: Current) -> ClientAPI:
        """The index opened; a copy where nothing may be written, since Chroma opens no file for reading only, or a graph is damaged."""
        folder = self._shelf.path(current)
        if not (folder / DATABASE).is_file():
            raise StoreFault(key="unreadable", place=str(folder), why="it is gone", detail=f"the store {folder} is gone")
        if not self._shelf.damage(current):
            try:
                return self._chroma.folder(folder)
            except StoreFault as fault:
                if fault.key != "unwritable":
                    raise
        self._copy = texts_of(folder) if self._shelf.damage(current) else copy_of(folder)
        return self._chroma.folder(self._copy)

    def _close(self) -> None:
        if self._client is not None:
            self._chroma.close(self._client)
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)
        self._client = self._seen = self._copy = None
        self._held, self._sound, self._exact = {}, False, None

    # Writing

    @contextlib.contextmanager
    def writer(self) -> Iterator[Writer]:
        """Adds and removes, while this process holds the lock; a Chroma server keeps order by itself."""
        if self._chroma.url:
            if self.foreign():
                raise foreign()
            yield Writer(self._chroma, OnServer(self._collections(self._chroma.server())), self.embedder)
            return
        with self._shelf.writing():
            # Named before it holds anything, so that a first addition which is killed can be resumed.
            current = self._shelf.current() or self._shelf.announce(self._shelf.fresh(self.embedder.fingerprint))
            if current.fingerprint != self.embedder.fingerprint:
                raise foreign()
            self._shelf.check(current)
            with self._writing(current) as writer:
                yield writer

    @contextlib.contextmanager
    def _writing(self, current: Current) -> Iterator[Writer]:
        session = InFolder(self._chroma, self._shelf, current, self._collections)
        try:
            writer = Writer(self._chroma, session, self.embedder)
            yield writer
            self._shelf.remember(writer.paths())
        finally:
            session.finish()

    def rebuild(self, progress: Progress) -> list[str]:
        """A new index beside the old one, with the vectors of the present model, which takes its place when it is whole.

        Where not even the texts can be read, the files are added again; those that are gone are returned.
        """
        if self._chroma.url:
            self._rebuild_on_server(progress)
            return []
        if not self._shelf.root.is_dir():
            return []
        with self._shelf.writing():
            old = self._shelf.newest_or_current()
            if old is None:
                return []
            try:
                self._rebuild_from(old, progress)
            except StoreFault as fault:
                if fault.key not in ("unreadable", "stranger"):
                    raise
                return self._added_again(progress)
        return []

    def _rebuild_from(self, old: Path, progress: Progress) -> None:
        known = self._shelf.known()
        sound = known is not None and self._shelf.path(known) == old and not self._shelf.damage(known)
        new = self._shelf.fresh(self.embedder.fingerprint)
        readable = old if sound else texts_of(old)
        try:
            with self._opened(readable) as source, self._opened(self._shelf.path(new)) as target:
                held = self._chroma.fingerprints(source)
                if not held:
                    raise StoreFault(key="stranger", place=str(old), detail=f"{old} holds no documents of aitoll")
                for fingerprint in held:
                    self._copied(source, fingerprint, target, progress, sound=sound)
            new = written_out(self._chroma, self._shelf, new, tuple(map(self._name, KINDS)))
        except BaseException:
            shutil.rmtree(self._shelf.path(new), ignore_errors=True)
            raise
        finally:
            if not sound:
                shutil.rmtree(readable, ignore_errors=True)
        self._shelf.sweep(self._shelf.announce(new))

    def _added_again(self, progress: Progress) -> list[str]:
        paths = self._shelf.remembered()
        self._shelf.set_aside()
        self._chroma.forget()
        current = self._shelf.announce(self._shelf.fresh(self.embedder.fingerprint))
        with self._writing(current) as writer:
            writer.add(paths, progress)
            return sorted({*paths} - {*writer.paths()})

    def _rebuild_on_server(self, progress: Progress) -> None:
        if not self.foreign():
            return
        server, others = self._chroma.server(), self._others()
        for kind in KINDS:  # what a rebuilding that was killed has left
            self._chroma.drop(server, self._name(kind) + NEW)
        for fingerprint in others:
            self._copied(server, fingerprint, server, progress, NEW)
        for kind in KINDS:
            self._chroma.drop(server, self._name(kind))
            self._chroma.rename(self._collection(server, kind, NEW), self._name(kind))
        for name in (self._chroma.name_of(kind, fingerprint) for fingerprint in others for kind in KINDS):
            self._chroma.drop(server, name)

    def _copied(
        self, source: ClientAPI, fingerprint: str, target: ClientAPI, progress: Progress, suffix: str = "", *, sound: bool = True
    ) -> None:
        for kind in KINDS:
            old = self._chroma.find(source, self._chroma.name_of(kind, fingerprint))
            if old is not None:
                embedder = self.embedder if not sound or fingerprint != self.embedder.fingerprint else None
                copy(self._chroma, old, self._collection(target, kind, suffix), None if kind == "files" else embedder, progress)

    @contextlib.contextmanager
    def _opened(self, folder: Path) -> Iterator[ClientAPI]:
        client = self._chroma.folder(folder)
        try:
            yield client
        finally:
            self._chroma.close(client)

    # Collections

    def _collections(self, client: ClientAPI) -> tuple[Collection, Collection]:
        return self._collection(client, "passages"), self._collection(client, "files")

    def _collection(self, client: ClientAPI, kind: str, suffix: str = "") -> Collection:
        return self._chroma.collection(client, self._name(kind) + suffix, {"fingerprint": self.embedder.fingerprint})

    def _name(self, kind: str) -> str:
        return self._chroma.name_of(kind, self.embedder.fingerprint)

    def _others(self) -> list[str]:
        """Fingerprints of other models that have embedded documents on the server."""
        held = self._chroma.fingerprints(self._chroma.server())
        return [fingerprint for fingerprint in held if fingerprint != self.embedder.fingerprint]


def foreign() -> StoreFault:
    return StoreFault(key="foreign", detail=FOREIGN)
