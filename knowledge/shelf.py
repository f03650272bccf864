"""The folder of the user's documents: who may write, which index is current, and since which change.

documents/
  lock       held while one process writes
  holder     who that is: pid and since when
  current    which index it is, of which layout and model, and how its graph is sealed: replaced whole after each change,
             so that readers know when to reopen
  paths      of the files that were added, for the day when the index cannot be read
  chroma-…/  the index that `current` names. New rows go to its database only; its graph is never written again once it
             is named, so a reader cannot meet half of it, nor a kill leave half of it: another one stands beside while it is made
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from aitoll.knowledge.sealing import DATABASE, Seal, broken
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LAYOUT = 2
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Current:
    generation: int
    folder: str
    fingerprint: str
    seal: Seal = field(default_factory=dict)
    settled: int = 0  # rows in the graph as it was sealed
    loose: int = 0  # rows written since: each reader that opens the index puts them into the graph that it holds in memory
    layout: int = LAYOUT


class Shelf:
    def __init__(self, home: Path) -> None:
        self.root = home / "documents"
        self._read: tuple[tuple[int, int, int], Current] | None = None  # as of which file

    def is_used(self) -> bool:
        return (self.root / "current").exists()

    def current(self) -> Current | None:
        """None as long as nothing was added."""
        try:
            about = (self.root / "current").stat()
            file = (about.st_ino, about.st_mtime_ns, about.st_size)
            if self._read is None or self._read[0] != file:
                self._read = file, self._parsed((self.root / "current").read_text("utf-8"))
            return self._read[1]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError) as fault:
            what = f"{self.root / 'current'} cannot be read ({fault}); move {self.root} away and add the documents again"
            raise StoreFault(key="pointer", place=str(self.root), why=str(fault), detail=what) from fault

    def _parsed(self, text: str) -> Current:
        held = json.loads(text)
        if {"folder", "fingerprint"} <= held.keys() and held.get("layout") != LAYOUT:
            raise self._other_version(held.get("layout"))
        return Current(**held)

    def check(self, current: Current) -> None:
        """StoreFault where the graph is not as it was sealed: Chroma's native reader might die of it."""
        name = self.damage(current)
        if name:
            what = f"{self.path(current) / name} is damaged; `aitoll knowledge rebuild` makes the index anew from its texts"
            raise StoreFault(key="damaged", place=str(self.path(current)), detail=what)

    def path(self, current: Current) -> Path:
        return self.root / current.folder

    def fresh(self, fingerprint: str) -> Current:
        """A new, empty index, not yet the current one."""
        return Current(self._generation(), f"chroma-{uuid.uuid4().hex[:8]}", fingerprint)

    def _generation(self) -> int:
        known = self.known()
        return known.generation if known else time.time_ns() if self.is_used() else 0

    def known(self) -> Current | None:
        """The current index, or None where `current` does not say which it is."""
        try:
            return self.current()
        except StoreFault as fault:
            if fault.key == "later":
                raise
            return None

    def newest_or_current(self) -> Path | None:
        known = self.known()
        if known is not None:
            return self.path(known)
        held = [(database.stat().st_mtime, database.parent) for database in self.root.glob(f"chroma-*/{DATABASE}")]
        return max(held)[1] if held else None

    def damage(self, current: Current) -> str:
        return broken(self.path(current), current.seal)

    def announce(self, current: Current) -> Current:
        """Makes this the current index, under a new generation."""
        changed = replace(current, generation=current.generation + 1)
        self._write("current", json.dumps(asdict(changed)))
        return changed

    def sweep(self, current: Current) -> None:
        for other in self.root.glob("chroma-*"):
            if other.name != current.folder:
                shutil.rmtree(other, ignore_errors=True)

    def remember(self, paths: Iterable[str]) -> None:
        self._write("paths", json.dumps(sorted(paths)))

    def remembered(self) -> list[str]:
        try:
            return [str(path) for path in json.loads((self.root / "paths").read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            return []

    def set_aside(self) -> Path:
        """Moves an index that nothing can read out of the way; the lock is held."""
        aside = self.root / f"damaged-{time.time_ns()}"
        aside.mkdir()
        for found in (*self.root.glob("chroma-*"), self.root / "current"):
            if found.exists():
                found.rename(aside / found.name)
        return aside

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """The lock; a second writer is told who holds it."""
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / "lock", timeout=0)
            with lock:
                self._write("holder", json.dumps({"pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}))
                yield
        except Timeout:
            raise self._busy() from None
        except OSError as fault:
            key, place = ("full" if fault.errno in FULL else "unwritable"), str(self.root)
            raise StoreFault(
                key=key, place=place, why=str(fault), detail=f"the documents in {place} cannot be written ({fault})"
            ) from fault

    def _busy(self) -> StoreFault:
        try:
            holder = json.loads((self.root / "holder").read_text("utf-8"))
            pid, since = int(holder["pid"]), str(holder["since"])
        except (OSError, ValueError, KeyError, TypeError):
            pid, since = 0, "?"
        what = f"the documents are being written by process {pid} since {since}; try again when it is done"
        return StoreFault(key="busy", pid=pid, since=since, detail=what)

    def _other_version(self, layout: object) -> StoreFault:
        if isinstance(layout, int) and layout > LAYOUT:
            what = f"the documents in {self.root} were written by a later aitoll; upgrade it"
            return StoreFault(key="later", place=str(self.root), detail=what)
        what = f"the documents in {self.root} are of another version; `aitoll knowledge rebuild` brings them over"
        return StoreFault(key="earlier", place=str(self.root), detail=what)

    def _write(self, name: str, text: str) -> None:
        beside = self.root / f".{name}-{os.getpid()}"
        beside.write_text(text, "utf-8")
        beside.replace(self.root / name)


def has_documents() -> bool:
    """Whether the user may have added any; told without a model or Chroma."""
    from aitoll.settings import settings

    return bool(settings().chroma_url) or Shelf(settings().home).is_used()
