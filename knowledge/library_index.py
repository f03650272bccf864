"""The shipped library in Chroma: built beside on first use and renamed, then only read, by any number of processes."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
import uuid
from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.knowledge.library import library
from aitoll.knowledge.sealing import broken, seal
from aitoll.knowledge.vectors import parts, texts, vectors
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.embeddings import Embedder, Vectors
    from aitoll.knowledge.found import About
    from aitoll.knowledge.store import Chroma

LAYOUT = "2"
SPARE = 0.5  # days after which what a killed build left is removed
log = logging.getLogger("aitoll.knowledge")


class LibraryIndex:
    """One open library of one embedder."""

    def __init__(self, chroma: Chroma, home: Path, embedder: Embedder) -> None:
        self._chroma, self._home, self._embedder = chroma, home, embedder
        self.digest = _digest(embedder)
        self.folder = home / f"library-{self.digest}"
        self.name = f"aitoll-library-{self.digest}"
        self.place = str(self.folder)
        self._collection = self._open()

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Keys and cosines of the vectors nearest to this one."""
        try:
            return self._chroma.nearest(self._collection, vector, count)
        except StoreFault:
            if self._chroma.url:
                raise
            self._collection = self._mended()
            return self._chroma.nearest(self._collection, vector, count)

    def rebuild(self) -> None:
        """Anew, and without what earlier versions and damage have left."""
        if self._chroma.url:
            return
        self._collection = self._mended()
        for other in (*self._home.glob("library-*"), *self._home.glob("damaged-library-*")):
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def _open(self) -> Collection:
        if self._chroma.url:
            self.place = self._chroma.url
            return self._filled(self._chroma.server())
        if not self.folder.is_dir():
            return self._built()
        try:
            return self._whole()
        except StoreFault as fault:
            log.info("the library is built again: %s", fault)
            return self._mended()

    def _mended(self) -> Collection:
        """Sets a damaged folder aside and builds a new one."""
        self._chroma.forget()
        aside = self.folder.with_name(f"damaged-{self.folder.name}-{time.time_ns()}")
        try:
            self.folder.rename(aside)
        except FileNotFoundError:
            pass  # another process has done so
        except OSError:
            return self._in_memory()
        return self._built()

    def _built(self) -> Collection:
        beside = self._home / f".{self.folder.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            beside.mkdir(parents=True)
        except OSError as fault:
            log.info("nothing can be written in %s (%s): the library is held in memory", self._home, fault)
            return self._in_memory()
        try:
            client = self._chroma.folder(beside)
            self._filled(client)
            self._chroma.close(client)
            self._chroma.settle(beside, [self.name])
            (beside / "seal").write_text(json.dumps(seal(beside)), "utf-8")
            _rename(beside, self.folder)
        except (OSError, StoreFault) as fault:
            log.warning("the library cannot be kept in %s: %s", self._home, fault)
            return self._in_memory()
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            _sweep(self._home)
        return self._whole()

    def _whole(self) -> Collection:
        """The collection of the folder, once it is seen to hold every vector."""
        self.place = str(self.folder)
        damage = self._damage()
        if damage:
            raise StoreFault(key="damaged", place=str(self.folder), detail=f"{self.folder / damage} is damaged")
        collection = self._chroma.find(self._chroma.folder(self.folder), self.name)
        held, expected = self._chroma.count(collection) if collection else 0, len(texts(library()))
        if collection is None or held != expected:
            raise StoreFault(detail=f"{self.folder} holds {held} vectors instead of {expected}")
        return collection

    def _damage(self) -> str:
        """The file of the graph that is not as it was written, if any."""
        try:
            return broken(self.folder, json.loads((self.folder / "seal").read_text("utf-8")))
        except (OSError, ValueError, AttributeError, TypeError):
            return "seal"

    def _in_memory(self) -> Collection:
        self.place = "memory"
        return self._filled(self._chroma.memory())

    def _filled(self, client: ClientAPI) -> Collection:
        """The collection with every vector in it; filling it again changes nothing, so two may do it at once."""
        collection = self._chroma.collection(client, self.name)
        wanted = texts(library())
        if self._chroma.count(collection) != len(wanted):
            keys, rows = vectors(self._embedder)
            about: list[About] = [{"passage": passage, "language": language} for passage, language in map(parts, keys)]
            self._chroma.upsert(collection, keys, rows, [wanted[key] for key in keys], about)
        return collection


def _digest(embedder: Embedder) -> str:
    """Changes with the texts, the vector space and the layout, so that each has a folder of its own."""
    told = hashlib.sha256(f"{LAYOUT}\n{embedder.fingerprint}\n".encode())
    for file in sorted((files("aitoll.knowledge") / "sources").iterdir(), key=lambda file: file.name):
        told.update(file.read_bytes())
    return told.hexdigest()[:16]


def _rename(beside: Path, folder: Path) -> None:
    try:
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first, and what it built is as good
            raise


def _sweep(home: Path) -> None:
    """Removes what builds that were killed have left."""
    for left in home.glob(".library-*"):
        try:
            if time.time() - left.stat().st_mtime > SPARE * 86400:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue
