"""The user's files as passages of at most 600 characters, each with its place; and what cannot be taken in, with the reason."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from aitoll.knowledge.lexical import language_of
from aitoll.knowledge.library import LONGEST
from aitoll.knowledge.parsers import UNSEEN, Block, Parsed, markdown, plain
from aitoll.knowledge.pdf_files import pdf
from aitoll.knowledge.user_files import document_id, held, refused
from aitoll.knowledge.web_pages import html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TEXTS: dict[str, Callable[[str], Parsed]] = {
    ".md": markdown,
    ".markdown": markdown,
    ".txt": plain,
    ".text": plain,
    ".html": html,
    ".htm": html,
    ".xhtml": html,
}
JOINED = 400  # characters up to which sentences and paragraphs make one passage: a longer one says too much to be found
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
    parts: int = 1  # passages of the same place, this one among them


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    extracts: tuple[Extract, ...]
    notes: tuple[str, ...]  # what was done to read it: cp1252, hidden, scan


def read_document(path: Path) -> Document:
    """Title and passages of one file; DocumentFault says why it cannot be taken in."""
    kind, notes = path.suffix.lower(), []
    if kind == ".pdf":
        parsed = pdf(path)
    else:
        text, encoding = _decoded(path)
        parsed = TEXTS[kind](text)
        notes = [encoding] if encoding == "cp1252" else []
    pieces = list(_pieces(parsed.blocks))
    parts = Counter(piece.place for piece in pieces)
    numbered = map(Numbering(document_id(path)).extract, pieces)
    extracts = tuple(replace(extract, parts=parts[extract.place]) for extract in numbered)
    if not extracts and kind == ".pdf":
        raise refused(path, "pictures", "holds no text (pictures of pages, perhaps)")
    if not extracts:
        raise refused(path, "empty", "holds no text")
    return Document(parsed.title or path.stem, extracts, (*notes, *parsed.notes))


def _decoded(path: Path) -> tuple[str, str]:
    """The text, and the encoding it was read in."""
    read = held(path)
    encoding = next((name for mark, name in MARKS.items() if read.startswith(mark)), "utf-8")
    try:
        return _lines(read.decode(encoding)), encoding
    except UnicodeDecodeError:
        if b"\0" in read[:8192]:
            raise refused(path, "not_text", "is not text") from None
        return _lines(read.decode("cp1252", "replace")), "cp1252"


def _lines(text: str) -> str:
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " "))


def _pieces(blocks: Iterable[Block]) -> Iterator[Block]:
    """The passages: paragraphs of one place are joined up to the length, longer ones cut between sentences."""
    for (place, heading), group in groupby(blocks, key=lambda block: (block.place, block.heading)):
        piece = ""
        for part in (part for block in group for part in _cut(block.text)):
            if piece and len(piece) + 1 + len(part) > JOINED:
                yield Block(piece, place, heading)
                piece = ""
            piece = f"{piece} {part}" if piece else part
        if piece:
            yield Block(piece, place, heading)


def _cut(text: str) -> Iterator[str]:
    """Sentences, or stretches of one that is too long, none longer than a passage."""
    if len(text) <= JOINED:
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


class Numbering:
    """Ids by content, so that a passage which stays the same in a changed file keeps its vector."""

    def __init__(self, document: str) -> None:
        self.document = document
        self._times: dict[str, int] = {}

    def extract(self, piece: Block) -> Extract:
        mark = hashlib.sha256(f"{piece.heading}\n{piece.text}".encode("utf-8", "ignore")).hexdigest()[:12]
        self._times[mark] = self._times.get(mark, -1) + 1
        return Extract(f"{self.document}-{mark}-{self._times[mark]}", piece.text, piece.place, piece.heading, language_of(piece.text))
