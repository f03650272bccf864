"""Where a writer writes: collections on a server, or a folder whose changes are announced and whose graph is settled beside."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from aitoll.knowledge.sealing import DATABASE, seal
from aitoll.knowledge.store_faults import fault_of
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from aitoll.knowledge.shelf import Current, Shelf
    from aitoll.knowledge.store import Chroma

    Collections = Callable[[ClientAPI], tuple[Collection, Collection]]  # passages and files, made if need be

PAUSE = 1.0  # seconds between two generations, since each makes every reader reopen
LOOSE = 500  # rows that may wait while an addition runs, beside a twentieth of the graph: a reader inserts some 3000 a second
LEFT = 200  # and when it ends
log = logging.getLogger("aitoll.knowledge")


class Session(Protocol):
    passages: Collection
    files: Collection

    def wrote(self, rows: int) -> None: ...


class OnServer:
    """A Chroma server keeps order by itself."""

    def __init__(self, collections: tuple[Collection, Collection]) -> None:
        self.passages, self.files = collections

    def wrote(self, rows: int) -> None:
        pass


class InFolder:
    """The lock is held by the caller."""

    def __init__(self, chroma: Chroma, shelf: Shelf, current: Current, collections: Collections) -> None:
        self._chroma, self._shelf, self._current, self._make = chroma, shelf, current, collections
        self._announced = time.monotonic()
        self._unsettled = current.loose  # since the last attempt
        self._open()

    def wrote(self, rows: int) -> None:
        self._current = replace(self._current, loose=self._current.loose + rows)
        self._unsettled += rows
        if self._unsettled > LOOSE + self._current.settled // 20:
            self._settle()
        elif time.monotonic() - self._announced > PAUSE:
            self._announce()

    def finish(self) -> None:
        """Makes readers see the last rows; also where the work ended in a fault."""
        if self._current.loose > LEFT:
            self._settle()
        else:
            self._announce()
        self._chroma.close(self._client)

    def _open(self) -> None:
        self._client = self._chroma.folder(self._shelf.path(self._current))
        self.passages, self.files = self._make(self._client)

    def _announce(self) -> None:
        self._current = self._shelf.announce(self._current)
        self._announced = time.monotonic()

    def _settle(self) -> None:
        self._unsettled = 0
        self._chroma.close(self._client)
        try:
            self._current = settled(self._chroma, self._shelf, self._current, (self.passages.name, self.files.name))
        except StoreFault as fault:
            log.warning("the graph stays as it was: %s", fault)
        self._announce()
        self._open()
        self._shelf.sweep(self._current)


def settled(chroma: Chroma, shelf: Shelf, current: Current, names: tuple[str, ...]) -> Current:
    """A copy of the index beside it, with every row in its graph; not yet the current one."""
    new = shelf.fresh(current.fingerprint)
    try:
        _copy(shelf.path(current), shelf.path(new))
        return written_out(chroma, shelf, new, names)
    except (OSError, sqlite3.Error, shutil.Error, StoreFault) as fault:
        shutil.rmtree(shelf.path(new), ignore_errors=True)
        if isinstance(fault, StoreFault):
            raise
        raise fault_of(fault, None, str(shelf.root)) from fault


def written_out(chroma: Chroma, shelf: Shelf, new: Current, names: tuple[str, ...]) -> Current:
    """The index with its graph on the disk, and sealed."""
    rows = chroma.settle(shelf.path(new), names)
    _to_disk(shelf.path(new))
    return replace(new, seal=seal(shelf.path(new)), settled=rows, loose=0)


def _copy(old: Path, new: Path) -> None:
    shutil.copytree(old, new, ignore=lambda *_: [DATABASE, f"{DATABASE}-journal", f"{DATABASE}-wal", f"{DATABASE}-shm"])
    with closing(sqlite3.connect(old / DATABASE)) as source, closing(sqlite3.connect(new / DATABASE)) as target:
        source.backup(target)


def _to_disk(folder: Path) -> None:
    """Chroma leaves the files of a graph to the system, which might lose them when the power fails."""
    for file in (*folder.glob("*/*"), *folder.glob("*")):
        if file.is_file():
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
