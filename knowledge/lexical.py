"""Search by words: stems of both languages with accents folded, in SQLite's full-text index, in memory."""

from __future__ import annotations

import math
import sqlite3
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

K1 = 1.2  # of FTS5's bm25(): a word found counts at most K1 + 1 times its rarity
LONGEST = 64  # distinct words of a question that are looked for
ORIGIN = 5  # letters in which words of one origin agree: transparency, transparence
WORD = deferred(r"[^\W_]+")
NAMES = {"fr": "french", "en": "english"}

# Folded, and only words that carry no subject; the question words are among them.
STOP = {
    "fr": """
        a ai au aucun aussi autre aux avec avoir c ca car ce ceci cela celle celles celui ces cet cette ceux chaque chez ci
        combien comme comment d dans de des dont donc du elle elles en encore entre es est et etait etc ete etre eu fait faire
        faut fois ici il ils j je jusqu l la laquelle le lequel les leur leurs lors lui m ma mais me meme mes moi mon n ne ni
        nos notre nous on ont ou par parmi pas peu peut plus pour pourquoi qu quand que quel quelle quelles quels quelqu qui
        quoi s sa sans se ses si soit son sont sous sur t ta te tel telle tes toi ton tous tout toute toutes tu un une va vers
        veut vos votre vous y""",
    "en": """
        a about after all also am an and any are as at be been being but by can could d did do does doing for from get gets go
        got had has have he her here him his how i if in into is it its itself ll m many me more most much my no not of on or
        other our out over own re s same she should so some such t than that the their them then there these they this those to
        too under until up us ve very was we were what when where which while who whom whose why will with would you your""",
}


def fold(text: str) -> str:
    """Lower case without accents: 'Coût' is 'cout'."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@cache
def _stop(language: str) -> frozenset[str]:
    return frozenset(STOP[language].split())


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(NAMES[language])


def stems(text: str, language: str) -> list[str]:
    """The words that carry the subject, each as its stem, in order."""
    stop = _stop(language)
    found: list[str] = _stemmer(language).stemWords([word for word in WORD.findall(fold(text)) if word not in stop])
    return found


def beginnings(text: str, language: str) -> list[str]:  # noqa: ARG001 (cuts as `stems` does, alike in both languages)
    """How the words that carry the subject begin: names, numbers and words of one origin do so alike in both languages."""
    little = _stop("fr") | _stop("en")
    return [word[:ORIGIN] for word in WORD.findall(fold(text)) if word not in little and (len(word) > ORIGIN - 2 or word.isdecimal())]


def spelt(text: str) -> list[str]:
    """Every word, folded, in order."""
    return WORD.findall(fold(text))


def words(text: str, language: str) -> list[str]:
    """Every word as its stem, in order."""
    found: list[str] = _stemmer(language).stemWords(spelt(text))
    return found


def language_of(text: str) -> str:
    """'fr' or 'en' by the little words and the accents; 'en' when neither has more."""
    said = WORD.findall(text[:2000].lower())
    french, english = (sum(fold(word) in _stop(language) for word in said) for language in ("fr", "en"))
    return "fr" if french + sum(not word.isascii() for word in said) > english else "en"


class Index:
    """Texts by key, in one language, ranked by BM25."""

    def __init__(
        self, texts: Iterable[tuple[str, str]], language: str, *, stemmed: bool = False, cut: Callable[[str, str], list[str]] = stems
    ) -> None:
        self.language, self._cut = language, cut
        self._base = sqlite3.connect(":memory:", check_same_thread=False)  # guarded by SQLite's own lock
        self._base.execute("CREATE VIRTUAL TABLE texts USING fts5(key UNINDEXED, words)")
        self._base.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, row)")
        rows = list(texts) if stemmed else [(key, " ".join(cut(text, language))) for key, text in texts]
        self._base.executemany("INSERT INTO texts VALUES (?, ?)", rows)
        self._size = len(rows)

    def scores(self, question: str) -> dict[str, float]:
        """Key → 0..1: how much of the question's weight in rare words the text holds; words found nowhere weigh most."""
        asked = list(dict.fromkeys(self._cut(question, self.language)))[:LONGEST]
        if not asked or not self._size:
            return {}
        best = (K1 + 1) * sum(self._rarities(asked))
        wanted = " OR ".join(f'"{stem}"' for stem in asked)
        rows = self._base.execute("SELECT key, -bm25(texts) FROM texts WHERE texts MATCH ?", (wanted,))
        return {key: min(1.0, found / best) for key, found in rows}

    def _rarities(self, asked: list[str]) -> Iterable[float]:
        marks = ", ".join("?" * len(asked))
        held = dict(self._base.execute(f"SELECT term, doc FROM terms WHERE term IN ({marks})", asked))  # noqa: S608 (marks only)
        return (max(1e-6, math.log((self._size - held.get(stem, 0) + 0.5) / (held.get(stem, 0) + 0.5))) for stem in asked)
