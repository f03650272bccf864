"""Words of the library: its keywords tell a question on its subject from one off it, and which claims a name belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.vocabulary import small_words
from aitoll.knowledge.library import Passage, library

if TYPE_CHECKING:
    from aitoll.agent.answer import Language


@dataclass(frozen=True)
class Word:
    text: str
    strong: bool


@cache
def keywords() -> dict[str, frozenset[str]]:
    """Folded keyword → ids of the articles' passages that carry it."""
    found: dict[str, set[str]] = {}
    for passage in library():
        for language in ("fr", "en"):
            for word in map(fold, map(str.strip, passage.keywords[language].split(","))):
                if passage.kind in ("article", "faq") or _tells(word):  # of a primary source the names that are of nothing else
                    found.setdefault(word, set()).add(passage.id)
    return {word: frozenset(ids) for word, ids in found.items() if len(word) > 2}


def of_named_source(folded: str) -> list[str]:
    """Ids of the passages of the primary sources that a question names: "what did Strubell say"."""
    from aitoll.knowledge.library import passage

    ids = (id for word in library_words(folded) if word.text in small_words("authors") for id in sorted(keywords()[word.text]))
    return [id for id in dict.fromkeys(ids) if passage(id).kind not in ("article", "faq")]


@cache
def sums() -> frozenset[float]:
    """Sums that alone tell what is spoken of: the 600 billion dollars, the 191 million."""
    told = (re.fullmatch(r"(\d+) (million|billion)", word) for word in small_words("our_keywords"))
    return frozenset(float(match[1]) * (1e9 if match[2] == "billion" else 1e6) for match in told if match)


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(keywords(), key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])({'|'.join(re.escape(word) for word in words)})s?(?![a-z0-9])")


@lru_cache(8)
def library_words(folded: str) -> list[Word]:
    return [Word(match[1], _tells(match[1])) for match in _pattern().finditer(folded)]


@cache
def _tells(word: str) -> bool:
    """A keyword that alone puts a question on the subject: the name of a person, a method or a machine that is ours."""
    return word in small_words("our_keywords") or word in small_words("authors")


@cache
def vocabulary(language: Language) -> frozenset[str]:
    """Beginnings of all the words that the library's passages use."""
    texts = (text for passage in library() for text in (passage.text[language], passage.keywords[language]))
    return frozenset(_stem(word) for text in texts for word in re.findall(r"[a-z]{3,}", fold(text)))


def _stem(word: str) -> str:
    return word.rstrip("s")[:7]


def foreign(words: list[str], language: Language) -> list[str]:
    """Words that no passage of the library has."""
    known = vocabulary(language)
    return [word for word in words if _stem(word) not in known]


def alike(question: str, text: str) -> bool:
    """Whether a passage has words of the question that carry a meaning."""
    from aitoll.agent.rules.cues import is_cue

    said = re.findall(r"[a-z]{4,}", fold(question))
    words = [word for word in said if is_cue(word) or not any(word in small_words(kind) for kind in SMALL)]
    return shared(words, text) > 0


SMALL = ("small", "french", "english")


def shared(words: list[str], text: str) -> int:
    """How many of the words a passage has itself."""
    known = {_stem(word) for word in re.findall(r"[a-z]{3,}", fold(text))}
    return len({_stem(word) for word in words} & known)


def claims_about(named: list[tuple[str, str]], cues: set[str], *, used: bool = False) -> list[Passage]:
    """Checked claims about one of these rows and one of these quantities; found by their keywords, without any model."""
    from aitoll.agent.rules.names import key, names_of
    from aitoll.tools.facts import row

    wanted = {key(name) for table, id in named for name in names_of(table, row(table, id))}
    used = used or any(table == "inference" for table, _ in named)  # what is said of any question is said of this system's
    found = []
    for passage in library():
        words = key(" , ".join(passage.keywords.values()))
        asked = used and "use" in _cues_of(fold(" , ".join(passage.keywords.values())))
        if passage.verdict in (None, "opinion") or not (asked or any(_holds(words, name) for name in wanted)):
            continue
        said = _cues_of(fold(" ".join((*passage.keywords.values(), passage.text["en"]))))
        of_training = "train" in said and "use" not in _cues_of(fold(" , ".join(passage.keywords.values())))
        if said & cues and not (used and of_training):
            found.append(passage)
    return found


@cache
def _cues_of(text: str) -> frozenset[str]:
    from aitoll.agent.rules.cues import find_cues

    return frozenset(cue.name for cue in find_cues(text))


def _holds(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return any(words[i : i + len(name)] == name for i in range(len(words) - len(name) + 1))
