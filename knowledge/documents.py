"""The user's files as passages of at most 600 characters, each with its place; and what cannot be taken in, with the reason."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from aitoll.knowledge.lexical import language_of
from aitoll.knowledge.library import LONGEST
from aitoll.knowledge.parsers import Block, Parsed, markdown, plain
from aitoll.knowledge.pdf_files import pdf
from aitoll.knowledge.web_pages import html
from aitoll.tools.errors import DocumentFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LARGEST = 50_000_000  # bytes of a file
TEXTS: dict[str, Callable[[str], Parsed]] = {
    ".md": markdown,
    ".markdown": markdown,
    ".txt": plain,
    ".text": plain,
    ".html": html,
    ".htm": html,
    ".xhtml": html,
}
KINDS = (*TEXTS, ".pdf")
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SENTENCE = re.compile(r"(?<=[.!?…])[»”\"']?\s+")


@dataclass(frozen=True, slots=True)
class Extract:
    """A passage of a user's document, word for word."""

    id: str
    text: str
    place: str
    heading: str
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    extracts: tuple[Extract, ...]
    note: str  # what was done to read it, or nothing


def found(paths: Iterable[str | Path]) -> Iterator[tuple[Path, str | None]]:
    """Every file of these files and folders, in order, with why it cannot be taken in or None; links out of a folder are not followed."""
    for given in paths:
        path = Path(given).expanduser().absolute()
        if not path.exists():
            yield path, "does not exist"
        elif path.is_dir():
            yield from ((file, unfit(file)) for file in _within(path))
        else:
            yield path, unfit(path)


def _within(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def unfit(path: Path) -> str | None:
    """What can be said without opening the file."""
    try:
        about = path.stat()
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
    if not stat.S_ISREG(about.st_mode):
        return "is not a file"
    if path.suffix.lower() not in KINDS:
        return f"is none of {', '.join(KINDS)}"
    if about.st_size > LARGEST:
        return f"has {about.st_size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} are taken in"
    return None


def fingerprint(path: Path) -> str:
    """Hash of what the file holds."""
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as fault:
        raise DocumentFault(path=str(path), reason=f"cannot be read ({fault.strerror})") from fault


def document_id(path: Path) -> str:
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def read_document(path: Path) -> Document:
    """Title and passages of one file; DocumentFault says why it cannot be taken in."""
    kind = path.suffix.lower()
    if kind == ".pdf":
        parsed, note = pdf(path), ""
    else:
        text, note = _decoded(path)
        parsed = TEXTS[kind](text)
    extracts = tuple(_numbered(document_id(path), _pieces(parsed.blocks)))
    if not extracts:
        raise DocumentFault(path=str(path), reason="holds no text" + (" (pictures of pages, perhaps)" if kind == ".pdf" else ""))
    return Document(parsed.title or path.stem, extracts, note)


def _decoded(path: Path) -> tuple[str, str]:
    try:
        held = path.read_bytes()
    except OSError as fault:
        raise DocumentFault(path=str(path), reason=f"cannot be read ({fault.strerror})") from fault
    encoding = next((name for mark, name in MARKS.items() if held.startswith(mark)), "utf-8")
    try:
        return _lines(held.decode(encoding)), ""
    except UnicodeDecodeError:
        if b"\0" in held[:8192]:
            raise DocumentFault(path=str(path), reason="is not text") from None
        return _lines(held.decode("cp1252", "replace")), f"not {encoding}: read as cp1252"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")


def _pieces(blocks: Iterable[Block]) -> Iterator[Block]:
    """The passages: paragraphs of one place are joined up to the length, longer ones cut between sentences."""
    for (place, heading), group in groupby(blocks, key=lambda block: (block.place, block.heading)):
        piece = ""
        for part in (part for block in group for part in _cut(block.text)):
            if piece and len(piece) + 1 + len(part) > LONGEST:
                yield Block(piece, place, heading)
                piece = ""
            piece = f"{piece} {part}" if piece else part
        if piece:
            yield Block(piece, place, heading)


def _cut(text: str) -> Iterator[str]:
    """Sentences, or stretches of one that is too long, none longer than a passage."""
    if len(text) <= LONGEST:
        yield text
        return
    for sentence in SENTENCE.split(text):
        rest = sentence
        while len(rest) > LONGEST:
            end = rest.rfind(" ", LONGEST // 2, LONGEST) + 1 or LONGEST
            yield rest[:end].strip()
            rest = rest[end:].strip()
        if rest:
            yield rest


def _numbered(document: str, pieces: Iterable[Block]) -> Iterator[Extract]:
    """Ids by content, so that a passage which stays the same in a changed file keeps its vector."""
    seen: dict[str, int] = {}
    for piece in pieces:
        mark = hashlib.sha256(f"{piece.heading}\n{piece.text}".encode("utf-8", "ignore")).hexdigest()[:12]
        seen[mark] = seen.get(mark, -1) + 1
        yield Extract(f"{document}-{mark}-{seen[mark]}", piece.text, piece.place, piece.heading, language_of(piece.text))
