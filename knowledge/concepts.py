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
        parts = [(key, one) for key, sets in held.items() for one in sets if one]
        self._keys = tuple(held)
        self._having = _by_concept((one, number) for number, (_, one) in enumerate(parts))
        self._telling = {concept: {parts[number][0] for number in numbers} for concept, numbers in self._having.items()}
        self._rarity = {concept: math.log((len(self._keys) + 1) / (len(keys) + 0.5)) for concept, keys in self._telling.items()}
        self._sizes = [(key, self._weight(one)) for key, one in parts]

    def scores(self, question: str, language: str) -> dict[str, tuple[float, float]]:
        """Key → how much of the question the whole of its texts covers, and how alike the question and its best text are; 0..1."""
        asked = concepts(question, language)
        total = self._weight(asked)
        if not total:
            return {}
        covered, shared = dict.fromkeys(self._keys, 0.0), dict[int, float]()
        for concept in sorted(asked & self._having.keys()):
            for key in self._telling[concept]:
                covered[key] += self._rarity[concept]
            for number in self._having[concept]:
                shared[number] = shared.get(number, 0.0) + self._rarity[concept]
        alike = dict.fromkeys(self._keys, 0.0)
        for number, weight in shared.items():
            key, size = self._sizes[number]
            alike[key] = max(alike[key], weight / math.sqrt(total * size))
        return {key: (weight / total, alike[key]) for key, weight in covered.items()}

    def _weight(self, some: Iterable[str]) -> float:
        return sum(self._rarity.get(concept, 5.0) for concept in some)


def _by_concept(numbered: Iterable[tuple[Concepts, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for some, number in numbered:
        for concept in some:
            found.setdefault(concept, []).append(number)
    return found


def of_texts(texts: Mapping[str, Iterable[str]]) -> tuple[Concepts, ...]:
    """The concepts of texts given by language."""
    return tuple(concepts(text, language) for language in LANGUAGES for text in texts[language])
