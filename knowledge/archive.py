"""The user's documents in one file, for another machine or model: their texts and places, no vectors, which are made anew.

Compressed JSON lines: a head with the version, a line for each document, one for each passage, and an end with their numbers and
the checksum of all that comes before. A file is read twice: it is taken in only once it is known to be whole and within bounds.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from aitoll.knowledge.library import LONGEST
from aitoll.knowledge.parsers import LONGEST_TITLE, seen
from aitoll.knowledge.user_files import WITHOUT_WAITING, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from aitoll.knowledge.found import Row
    from aitoll.tools.errors import DocumentFault

FORMAT, VERSION = "aitoll-documents", 1
MOST_BYTES = 4_000_000_000  # uncompressed: some five million passages
LONGEST_LINE = 20_000
DOCUMENT = {"path": 4096, "title": LONGEST_TITLE, "hash": 64, "notes": 100, "added": 40}  # most characters
PASSAGE = {"text": LONGEST, "place": 2000, "heading": LONGEST_TITLE}


def write(path: Path, files: Iterable[Row], pages: Iterable[list[Row]]) -> tuple[int, int]:
    """Documents and passages written; the file appears when it is whole."""
    if os.path.lexists(path):
        raise refused(path, "exists", "exists already")
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with (
            os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, 0) as out,
        ):
            counts = _written(out, files, pages)
        beside.rename(path)
    except OSError as fault:
        raise refused(path, "file_unreadable", f"cannot be written ({fault.strerror})", why=str(fault.strerror)) from fault
    finally:
        beside.unlink(missing_ok=True)
    return counts


def _written(out: gzip.GzipFile, files: Iterable[Row], pages: Iterable[list[Row]]) -> tuple[int, int]:
    summed, numbers, passages = hashlib.sha256(), dict[str, int](), 0

    def line(held: dict[str, Any]) -> None:
        told = json.dumps(held, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        summed.update(told)
        out.write(told)

    line({"format": FORMAT, "version": VERSION})
    for row in files:
        if row.about["whole"]:
            numbers[row.id] = len(numbers)
            line({"document": {name: row.about.get(name, "") for name in DOCUMENT}})
    for row in (row for page in pages for row in page):
        number = numbers.get(str(row.about["file"]))
        if number is not None:
            line({"in": number, "text": row.text, "place": row.about["place"], "heading": row.about["heading"]})
            passages += 1
    end = {"documents": len(numbers), "passages": passages, "sha256": summed.hexdigest()}
    out.write(json.dumps({"end": end}).encode() + b"\n")
    return len(numbers), passages


def check(path: Path) -> int:
    """The number of passages of a whole export; DocumentFault says what is wrong with any other file."""
    return sum("in" in entry for entry in entries(path))


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """The documents, then the passages; DocumentFault at the first thing that no export holds, or where the checksum does not fit."""
    try:
        with _opened(path) as opened:
            yield from _entries(path, opened)
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise refused(path, "archive_damaged", "is cut or was changed") from fault
    except OSError as fault:
        raise refused(path, "file_unreadable", f"cannot be read ({fault.strerror})", why=str(fault.strerror)) from fault


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_RDONLY | WITHOUT_WAITING), "rb") as raw:
        if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            raise refused(path, "not_file", "is not a file")
        if raw.read(2) != b"\x1f\x8b":
            raise refused(path, "not_archive", "is not an export of aitoll")
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw) as opened:
            yield cast("IO[bytes]", opened)


def _entries(path: Path, opened: IO[bytes]) -> Iterator[dict[str, Any]]:
    summed, size, documents, passages = hashlib.sha256(), 0, 0, 0
    _head(path, opened.readline(LONGEST_LINE), summed)
    while line := opened.readline(LONGEST_LINE):
        size += len(line)
        held = _parsed(path, line, size)
        if "end" in held:
            if held["end"] != {"documents": documents, "passages": passages, "sha256": summed.hexdigest()} or opened.read(1):
                break
            return
        summed.update(line)
        if "document" in held:
            _bounded(path, held["document"], DOCUMENT)
            documents += 1
        else:
            number = held.pop("in", None)
            _bounded(path, held, PASSAGE)
            if type(number) is not int or not 0 <= number < documents:
                raise _beyond(path, "a passage of no document")
            held["in"] = number
            passages += 1
        yield held
    raise refused(path, "archive_damaged", "is cut or was changed: its checksum does not fit")


def _head(path: Path, line: bytes, summed: Any) -> None:
    summed.update(line)
    try:
        head = json.loads(line)
        version = head["version"] if head["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, RecursionError):
        version = None
    if type(version) is not int:
        raise refused(path, "not_archive", "is not an export of aitoll")
    if version != VERSION:
        reason = f"is an export of version {version}, and this aitoll reads {VERSION}"
        raise refused(path, "archive_version", reason, version=version, known=VERSION)


def _parsed(path: Path, line: bytes, size: int) -> dict[str, Any]:
    if size > MOST_BYTES or (len(line) == LONGEST_LINE and not line.endswith(b"\n")):
        raise _beyond(path, "more than fits in one")
    try:
        held = json.loads(line)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise _beyond(path, "a line that cannot be read")
    return held


def _bounded(path: Path, held: object, most: dict[str, int]) -> None:
    """Exactly these fields, as lines of what a reader would see."""
    if not isinstance(held, dict) or held.keys() != most.keys():
        raise _beyond(path, "other fields")
    for name, value in held.items():
        if not isinstance(value, str) or len(value) > most[name]:
            raise _beyond(path, f"a {name} that is too long or no text")
        held[name] = seen(value)
    if not held.get("path", "x") or not held.get("text", "x"):
        raise _beyond(path, "an empty document or passage")


def _beyond(path: Path, why: str) -> DocumentFault:
    return refused(path, "archive_bounds", f"holds what no export holds ({why})", why=why)
