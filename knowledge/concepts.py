"""What a text is about, whatever its words and its language: the concepts of concepts.yaml that it names.

A question seldom uses the words of the passage that answers it, and an embedding takes a synonym for a neighbour at best. Both
sides are reduced to concepts, so that "thirst", "eau" and "litres" meet.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aitoll.knowledge.lexical import spelt, words
from aitoll.knowledge.library import LANGUAGES
from aitoll.tools.yaml_files import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Concepts = frozenset[str]


Table = dict[tuple[str, ...], set[str]]  # words in a row → the concepts that they name


@cache
def _held() -> dict[str, dict[str, list[str]]]:
    held: dict[str, dict[str, list[str]]] = parse((files("aitoll.knowledge") / "concepts.yaml").read_text("utf-8"))
    return held


@cache
def _stemmed(language: str) -> Table:
    return _table((words(str(phrase), language), concept) for concept, said in _held().items() for phrase in said.get(language, ()))


@cache
def _names() -> Table:
    """As they are spelt: the stem of Meta is that of a French verb."""
    return _table((spelt(str(name)), concept) for concept, said in _held().items() for name in said.get("names", ()))


def _table(phrases: Iterable[tuple[list[str], str]]) -> Table:
    found: Table = {}
    for said, concept in phrases:
        found.setdefault(tuple(said), set()).add(concept)
    return found


def concepts(text: str, language: str) -> Concepts:
    return frozenset((*_named(words(text, language), _stemmed(language)), *_named(spelt(text), _names())))


def _named(said: list[str], table: Table) -> Iterator[str]:
    longest = max(map(len, table))
    for start in range(len(said)):
        for length in range(1, longest + 1):
            yield from table.get(tuple(said[start : start + length]), ())


class ConceptIndex:
    """Texts by key, each in both languages, found by concepts; a rare concept weighs more."""

    def __init__(self, held: Mapping[str, Iterable[Concepts]]) -> None:
        self._parts = {key: tuple(sets) for key, sets in held.items()}
        self._whole = {key: frozenset[str]().union(*sets) for key, sets in self._parts.items()}
        counts: dict[str, int] = {}
        for whole in self._whole.values():
            for concept in whole:
                counts[concept] = counts.get(concept, 0) + 1
        self._rarity = {concept: math.log((len(self._whole) + 1) / (count + 0.5)) for concept, count in counts.items()}

    def scores(self, question: str, language: str) -> dict[str, tuple[float, float]]:
        """Key → how much of the question the whole of its texts covers, and how alike the question and its best text are; 0..1."""
        asked = concepts(question, language)
        total = self._weight(asked)
        if not total:
            return {}
        return {
            key: (self._weight(asked & whole) / total, self._likeness(asked, total, self._parts[key])) for key, whole in self._whole.items()
        }

    def _likeness(self, asked: Concepts, total: float, sets: tuple[Concepts, ...]) -> float:
        return max((self._weight(asked & one) / math.sqrt(total * self._weight(one)) for one in sets if one), default=0.0)

    def _weight(self, some: Iterable[str]) -> float:
        return sum(self._rarity.get(concept, 5.0) for concept in some)


def of_texts(texts: Mapping[str, Iterable[str]]) -> tuple[Concepts, ...]:
    """The concepts of texts given by language."""
    return tuple(concepts(text, language) for language in LANGUAGES for text in texts[language])
