"""The folder of the user's documents: who may write, which index is current, and since which change.

documents/
  lock       held while one process writes
  holder     who that is: pid and since when
  current    {"generation", "folder", "fingerprint"}: replaced whole after each change, so that readers know when to reopen
  chroma-…/  the index that `current` names; another one stands beside while it is rebuilt
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Current:
    generation: int
    folder: str
    fingerprint: str


class Shelf:
    def __init__(self, home: Path) -> None:
        self.root = home / "documents"

    def current(self) -> Current | None:
        """None as long as nothing was added."""
        try:
            return Current(**json.loads((self.root / "current").read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as fault:
            what = f"{self.root / 'current'} cannot be read ({fault}); move {self.root} away and add the documents again"
            raise StoreFault(detail=what) from fault

    def path(self, current: Current) -> Path:
        return self.root / current.folder

    def fresh(self, fingerprint: str) -> Current:
        """A new, empty index, not yet the current one."""
        before = self.current()
        return Current(before.generation if before else 0, f"chroma-{uuid.uuid4().hex[:8]}", fingerprint)

    def announce(self, current: Current) -> Current:
        """Makes this the current index under a new generation, and removes any other."""
        changed = replace(current, generation=current.generation + 1)
        self._write("current", json.dumps(asdict(changed)))
        return changed

    def sweep(self, current: Current) -> None:
        for other in self.root.glob("chroma-*"):
            if other.name != current.folder:
                shutil.rmtree(other, ignore_errors=True)

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
            raise StoreFault(detail=f"the documents are being written by {self._holder()}; try again when it is done") from None
        except OSError as fault:
            raise StoreFault(detail=f"the documents in {self.root} cannot be written ({fault})") from fault

    def _holder(self) -> str:
        try:
            holder = json.loads((self.root / "holder").read_text("utf-8"))
            return f"process {holder['pid']} since {holder['since']}"
        except (OSError, ValueError, KeyError):
            return "another process"

    def _write(self, name: str, text: str) -> None:
        beside = self.root / f".{name}-{os.getpid()}"
        beside.write_text(text, "utf-8")
        beside.replace(self.root / name)
