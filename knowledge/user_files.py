"""The user's files: which there are in what was given, what can be told without reading them, and what they hold, within bounds."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from aitoll.tools.errors import DocumentFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 50_000_000  # bytes of a file
KINDS = (".md", ".markdown", ".txt", ".text", ".html", ".htm", ".xhtml", ".pdf")
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def found(paths: Iterable[str | Path]) -> Iterator[tuple[Path, DocumentFault | None]]:
    """Every file of these files and folders, in order, with why it cannot be taken in or None; links in a folder are not followed."""
    for given in paths:
        path = Path(given).expanduser().absolute()
        if not os.path.lexists(path):
            yield path, refused(path, "missing", "does not exist")
        elif path.is_dir():
            yield from _within(path)
        else:
            yield path, unfit(path)


def _within(folder: Path) -> Iterator[tuple[Path, DocumentFault | None]]:
    closed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in (Path(place, name) for name in sorted(names) if not name.startswith(".")):
            # A link may lead anywhere on this machine, in a circle too; one that is meant can be given by itself.
            yield file, refused(file, "link", "is a link; give the file itself") if file.is_symlink() else unfit(file)
    for fault in closed:
        path = Path(str(fault.filename or folder))
        yield path, refused(path, "file_unreadable", f"cannot be read ({fault.strerror})", why=str(fault.strerror))


def refused(path: Path, key: str, reason: str, **facts: object) -> DocumentFault:
    return DocumentFault(path=str(path), key=key, reason=reason, **facts)


def unfit(path: Path) -> DocumentFault | None:
    """What can be said without opening the file."""
    try:
        about = path.stat()
    except OSError as fault:
        return _unreadable(path, fault)
    if not stat.S_ISREG(about.st_mode):
        return refused(path, "not_file", "is not a file")
    if path.suffix.lower() not in KINDS:
        return refused(path, "kind", f"is none of {', '.join(KINDS)}", kinds=", ".join(KINDS))
    return _too_large(path, about.st_size) if about.st_size > LARGEST else None


def held(path: Path) -> bytes:
    """What a file holds: no more than is taken in, whatever size it was said to have, and no waiting for a device."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | WITHOUT_WAITING), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise refused(path, "not_file", "is not a file")
            read = opened.read(LARGEST + 1)
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    if len(read) > LARGEST:
        raise _too_large(path, len(read))
    return read


def about(path: Path) -> dict[str, int]:
    """Size and time of change, by which an unchanged file is known without reading it."""
    try:
        seen = path.stat()
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    return {"size": seen.st_size, "mtime": seen.st_mtime_ns}


def fingerprint(path: Path) -> str:
    """Hash of what the file holds."""
    return hashlib.sha256(held(path)).hexdigest()


def document_id(path: Path) -> str:
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _unreadable(path: Path, fault: OSError) -> DocumentFault:
    return refused(path, "file_unreadable", f"cannot be read ({fault.strerror})", why=str(fault.strerror))


def _too_large(path: Path, size: int) -> DocumentFault:
    megabytes, most = round(size / 1e6), round(LARGEST / 1e6)
    return refused(path, "large", f"has {megabytes} MB; at most {most} are taken in", megabytes=megabytes, most=most)
