"""One search over the library and the user's documents, by meaning where that can be had, else by words and saying so."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from aitoll.knowledge import found, ranking
from aitoll.knowledge.embeddings import resolve
from aitoll.knowledge.found import Searched
from aitoll.knowledge.lexical import WORD, Index, language_of, stems
from aitoll.knowledge.library import passage
from aitoll.knowledge.shelf import Shelf
from aitoll.knowledge.stem_vectors import StemVectors
from aitoll.knowledge.user_index import UserIndex
from aitoll.knowledge.verdicts import asks_of_article, judged
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from aitoll.knowledge.embeddings import Embedder
    from aitoll.knowledge.found import Found, Row
    from aitoll.knowledge.library_index import LibraryIndex
    from aitoll.knowledge.store import Chroma
    from aitoll.settings import Settings

NEAR = 300  # vectors of the library that are looked at
JUDGED = 20  # passages among which the article's claim is sought whose verdict is asked
NEAR_ROWS = 40  # passages of the user's documents
WORDED_ROWS = 200  # the same where only words are searched
WORDS = 12  # of a question that are looked for in documents
log = logging.getLogger("aitoll.knowledge")


class Store:
    """The library and the user's documents under one set of settings."""

    def __init__(self, settings: Settings) -> None:
        from aitoll.knowledge.store import Chroma

        self.embedder, self.decision = resolve(settings)
        self.home = settings.home
        self._chroma: Chroma = Chroma(settings.chroma_url)
        self.documents = UserIndex(Chroma(settings.chroma_url), Shelf(self.home), self.embedder or StemVectors())
        self._lock = Lock()
        self._library: LibraryIndex | None = None

    def look_up(self, question: str, language: str | None, limit: int, within: str) -> Searched:
        spoken = language or language_of(question)
        searched = Searched()
        if within != "user":
            searched.found += self._in_library(question, spoken, limit, searched.missed)
        if within != "library":
            searched.found += self._in_documents(question, spoken, limit, searched.missed)
        searched.found.sort(key=lambda one: (-one.score, one.id))
        del searched.found[limit:]
        return searched

    def library(self, embedder: Embedder) -> LibraryIndex:
        from aitoll.knowledge.library_index import LibraryIndex

        with self._lock:
            if self._library is None:
                self._library = LibraryIndex(self._chroma, self.home, embedder)
            return self._library

    def _in_library(self, question: str, language: str, limit: int, missed: list[StoreFault]) -> list[Found]:
        near = None
        if self.embedder is not None:
            try:
                vector = self.embedder.embed_queries([question])[0]
                near = self.library(self.embedder).nearest(vector, max(NEAR, 8 * limit))
            except StoreFault as fault:
                _note(fault, missed)
        scores = ranking.of_library(question, language, near, self.embedder.fingerprint if self.embedder else "")
        held = [found.of_library(passage(id), language, score) for id, score in _best(scores, max(limit, JUDGED))]
        return (judged(held, language) if asks_of_article(question) else held)[:limit]

    def _in_documents(self, question: str, language: str, limit: int, missed: list[StoreFault]) -> list[Found]:
        try:
            rows = self.documents.nearest(question, max(NEAR_ROWS, 4 * limit))
            scores = ranking.of_rows(question, language, rows, self.documents.embedder.fingerprint)
        except StoreFault as fault:
            _note(fault, missed)
            rows = self._holding(question, language)
            scores = _by_words(question, language, rows)
        by_id = {row.id: row for row in rows}
        return [found.of_document(by_id[id], score) for id, score in _best(scores, limit)]

    def _holding(self, question: str, language: str) -> list[Row]:
        """Passages of the documents that share a word with the question, where their graph or the model cannot be used."""
        words = [word for word in dict.fromkeys(WORD.findall(question)) if len(word) > 2 and stems(word, language)][:WORDS]
        spelt = dict.fromkeys(form for word in words for form in (word, word.lower(), word.capitalize()))
        try:
            return self.documents.holding(list(spelt), WORDED_ROWS) if spelt else []
        except StoreFault as fault:
            log.info("the documents cannot be read at all: %s", fault)
            return []


def _note(fault: StoreFault, missed: list[StoreFault]) -> None:
    log.info("only part was searched: %s", fault)
    if str(fault) not in map(str, missed):
        missed.append(fault)


def _by_words(question: str, language: str, rows: list[Row]) -> dict[str, float]:
    words = Index(((row.id, row.text) for row in rows), language).scores(question)
    return {id: ranking.LEXICAL.score(value) for id, value in words.items()}


def _best(scores: dict[str, float], limit: int) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))[:limit]
