"""Takes files into the user's index and out of it. Killed at any point, it can be run again: nothing is lost or doubled."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aitoll.knowledge.documents import read_document
from aitoll.knowledge.user_files import about as seen_of
from aitoll.knowledge.user_files import document_id, fingerprint, found
from aitoll.tools.errors import DocumentFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

    from aitoll.knowledge.documents import Document, Extract
    from aitoll.knowledge.embeddings import Embedder
    from aitoll.knowledge.found import About, Row
    from aitoll.knowledge.store import Chroma
    from aitoll.knowledge.user_session import Session

SHORT = 120  # characters of a passage that needs its heading; before longer ones it draws a whole section together
BATCH = 128  # passages embedded and written at once
LARGEST_BATCH = 1024  # the same where they go fast: a Chroma server needs a third less for each
QUICK = 2.0  # seconds that a batch may take to be followed by one of twice its size

Progress = Callable[[Path, int, int], None]  # file, passages done, passages in it


@dataclass(slots=True)
class Report:
    """What an addition did."""

    added: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    skipped: list[DocumentFault] = field(default_factory=list)
    notes: list[tuple[Path, str]] = field(default_factory=list)  # cp1252, hidden, scan
    passages: int = 0  # embedded, those of changed files that stayed the same not counted


class Writer:
    def __init__(self, chroma: Chroma, session: Session, embedder: Embedder) -> None:
        self._chroma, self._session, self._embedder = chroma, session, embedder
        self.known = {row.id: row.about for page in chroma.pages(session.files) for row in page}

    def paths(self) -> list[str]:
        """Of every file that is taken in."""
        return [str(about["path"]) for about in self.known.values()]

    def add(self, paths: Iterable[str | Path], progress: Progress) -> Report:
        report = Report()
        for path, fault in found(paths):
            try:
                if fault:
                    raise fault
                self._take(path, report, progress)
            except DocumentFault as refusal:
                report.skipped.append(refusal)
        return report

    def remove(self, names: Iterable[str]) -> list[str]:
        """Paths of what was removed: files by path or id, and all files of a folder."""
        gone = []
        for name in names:
            place = Path(name).expanduser().absolute()
            for id, about in list(self.known.items()):
                path = Path(str(about["path"]))
                if id == name or path == place or place in path.parents:
                    ids = self._chroma.ids(self._session.passages, {"file": id})
                    self._chroma.delete(self._session.passages, ids)
                    self._chroma.delete(self._session.files, [id])
                    self._session.wrote(len(ids))
                    del self.known[id]
                    gone.append(str(path))
        return gone

    def _take(self, path: Path, report: Report, progress: Progress) -> None:
        before = self.known.get(document_id(path), {})
        seen: About = {**seen_of(path)}
        if before.get("whole") and all(before[name] == value for name, value in seen.items()):
            report.unchanged.append(path)
            return
        seen["hash"] = fingerprint(path)
        if before.get("whole") and before["hash"] == seen["hash"]:
            self.record(path, {**before, **seen})
            report.unchanged.append(path)
            return
        document = read_document(path)
        report.passages += self._write(path, document, bool(before), seen, progress)
        report.added.append(path)
        report.notes += [(path, note) for note in document.notes]

    def _write(self, path: Path, document: Document, again: bool, seen: About, progress: Progress) -> int:
        """Marked as begun, then filled, then cleared of what is no longer in it, then marked as whole: a replay ends the same."""
        id = document_id(path)
        about: About = {
            "path": str(path),
            "title": document.title,
            "passages": len(document.extracts),
            "notes": " ".join(document.notes),
            **seen,
        }
        about["added"] = datetime.now(UTC).isoformat(timespec="seconds")
        self.record(path, {**about, "whole": False})
        written = self._fill(path, document, again, progress)
        if again:
            kept = {extract.id for extract in document.extracts}
            self._chroma.delete(
                self._session.passages, [key for key in self._chroma.ids(self._session.passages, {"file": id}) if key not in kept]
            )
        self.record(path, {**about, "whole": True})
        return written

    def _fill(self, path: Path, document: Document, again: bool, progress: Progress) -> int:
        """Embeds and writes the passages that are not there yet; how many those were."""
        written = done = 0
        for batch in batches(document.extracts):
            written += self.put([(extract, str(path), document.title) for extract in batch], again)
            done += len(batch)
            progress(path, done, len(document.extracts))
        return written

    def put(self, batch: list[tuple[Extract, str, str]], again: bool) -> int:
        """Embeds and writes some passages, each with the path and title of its document; those that are there already are left alone."""
        there = self._chroma.present(self._session.passages, [extract.id for extract, *_ in batch]) if again else set()
        missing = [(extract, path, title) for extract, path, title in batch if extract.id not in there]
        if missing:
            vectors = self._embedder.embed_passages([embedded(extract.text, extract.heading) for extract, *_ in missing])
            texts, told = [extract.text for extract, *_ in missing], [_about(*one) for one in missing]
            self._chroma.upsert(self._session.passages, [extract.id for extract, *_ in missing], vectors, texts, told)
            self._session.wrote(len(missing))
        return len(missing)

    def record(self, path: Path, about: About) -> None:
        """What is known of a file; `whole` once all of its passages are written."""
        id = document_id(path)
        self.known[id] = about
        self._chroma.upsert(self._session.files, [id], _direction(id), [str(path)], [about])
        self._session.wrote(1)


def embedded(text: str, heading: str) -> str:
    """What stands for a passage in the vector space: where it is too short to say what it is about, its heading does."""
    return f"{heading}. {text}" if heading and len(text) < SHORT else text


def copy(chroma: Chroma, old: Collection, new: Collection, embedder: Embedder | None, progress: Progress) -> None:
    """Every row of a collection into another, with new vectors when an embedder is given."""
    done, total = 0, chroma.count(old)
    for page in chroma.pages(old, vectors=embedder is None, size=BATCH if embedder else 1000):
        texts = [row.text for row in page]
        vectors = embedder.embed_passages([embedded(row.text, str(row.about["heading"])) for row in page]) if embedder else _stacked(page)
        chroma.upsert(new, [row.id for row in page], vectors, texts, [row.about for row in page])
        done += len(page)
        progress(Path(str(page[-1].about["path"])), done, total)


def _about(extract: Extract, path: str, title: str) -> About:
    return {
        "file": document_id(Path(path)),
        "path": path,
        "title": title,
        "place": extract.place,
        "heading": extract.heading,
        "language": extract.language,
        "parts": extract.parts,
    }


Item = TypeVar("Item")


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Small ones, so that progress shows and a kill costs little; larger ones where each is done with quickly."""
    left, size = iter(items), BATCH
    while batch := list(islice(left, size)):
        started = time.monotonic()
        yield batch
        size = min(2 * size, LARGEST_BATCH) if time.monotonic() - started < QUICK else BATCH


def _stacked(page: list[Row]) -> NDArray[np.float32]:
    import numpy as np

    return np.stack([row.vector for row in page])


def _direction(id: str) -> NDArray[np.float32]:
    """Chroma wants a vector for each row; files are never searched by theirs, but equal ones would slow its graph."""
    import numpy as np

    turn = int(hashlib.sha256(id.encode()).hexdigest()[:8], 16) / 2**32 * math.tau
    return np.array([[math.cos(turn), math.sin(turn)]], np.float32)
