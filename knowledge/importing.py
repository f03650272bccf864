"""Takes an export into the user's documents; what is here in another state stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aitoll.knowledge import archive
from aitoll.knowledge.documents import Numbering
from aitoll.knowledge.parsers import Block
from aitoll.knowledge.user_files import document_id, refused
from aitoll.knowledge.user_writer import Report, batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.knowledge.documents import Extract
    from aitoll.knowledge.found import About
    from aitoll.knowledge.user_writer import Progress, Writer


def take(writer: Writer, path: Path, progress: Progress) -> Report:
    """Killed at any point, it can be run again, as an addition can."""
    total, taking, done = archive.check(path), _Taking(writer), 0
    for batch in batches(taking.passages(archive.entries(path))):
        taking.report.passages += writer.put(batch, again=True)
        done += len(batch)
        progress(path, done, total)
    taking.finish()
    return taking.report


class _Taking:
    def __init__(self, writer: Writer) -> None:
        self._writer, self.report = writer, Report()
        self._taken: list[tuple[About, Numbering] | None] = []  # by the document's number in the export; None: it is not taken
        self._counts: list[int] = []

    def passages(self, entries: Iterator[dict[str, Any]]) -> Iterator[tuple[Extract, str, str]]:
        for entry in entries:
            if "document" in entry:
                self._taken.append(self._begun(entry["document"]))
                self._counts.append(0)
            elif (taken := self._taken[entry["in"]]) is not None:
                about, numbering = taken
                self._counts[entry["in"]] += 1
                extract = numbering.extract(Block(entry["text"], entry["place"], entry["heading"]))
                yield extract, str(about["path"]), str(about["title"])

    def finish(self) -> None:
        for taken, count in zip(self._taken, self._counts, strict=True):
            if taken is not None:
                path = Path(str(taken[0]["path"]))
                self._writer.record(path, {**taken[0], "passages": count, "whole": True})
                self.report.added.append(path)

    def _begun(self, told: dict[str, str]) -> tuple[About, Numbering] | None:
        path = Path(told["path"])
        before = self._writer.known.get(document_id(path), {})
        if before.get("whole") and before["hash"] == told["hash"]:
            self.report.unchanged.append(path)
            return None
        if before and before["hash"] != told["hash"]:
            self.report.skipped.append(refused(path, "other", "is here in another state, which was kept; remove it first"))
            return None
        # Without the time of a change, so that a file of this path is read when it is added.
        about: About = {**told, "path": str(path), "size": 0, "mtime": 0, "passages": 0}
        self._writer.record(path, {**about, "whole": False})
        return about, Numbering(document_id(path))
