"""The law of numbers: every number of a text is a figure beside its own subject, or stands in a cited passage, or was asked.

It reads the final text as a reader would, with the grammar that reads questions, and knows nothing of how the text was made.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import find_names
from aitoll.agent.rules.numbers import NUMBER
from aitoll.agent.rules.quantities import MASKS, Quantity, find_quantities
from aitoll.agent.texts import label
from aitoll.tools import units
from aitoll.tools.errors import InvalidInput
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aitoll.agent.answer import Citation, Figure, Language

MARK = deferred(r"\[(\d{1,9})\]")
ORDINAL = deferred(r"(?m)^\s*(?:[-*>]\s*)?\(?\d{1,2}[.)]\s")
NAME_LIKE = deferred(r"(?<![A-Za-z])(?!CO2|m3|cm3)[A-Za-z]+-?\d+(?:\.\d+)*[A-Za-z]*|\d+(?:\.\d+)*[A-Z][A-Za-z]*-\w+")
CLAUSE = deferred(r"(?<=[.!?;:])\s+|\n+|(?<=\])\s")
LEVEL = 90.0
RATES = {
    "GPU-hour": "GPU-hour",
    "hour": "GPU-hour",
    "GPU": "GPU",
    "kWh": "kWh",
    "MWh": "MWh",
    "year": "year",
    "token": "token",
    "question": "1",
}


@dataclass(frozen=True)
class Breach:
    """A number or a mark without a ground."""

    text: str
    reason: str


@dataclass(frozen=True)
class Ground:
    """A number that may be written beside one of these subjects."""

    value: float
    unit: str
    subjects: tuple[str, ...]


def check(
    text: str, figures: Sequence[Figure], citations: Sequence[Citation], questions: Sequence[str], language: Language
) -> list[Breach]:
    """Every breach in the text, in its order; an empty list where there is none."""
    return [breach for _, breaches in _lines(text, figures, citations, questions, language) for breach in breaches]


def enforce(text: str, figures: Sequence[Figure], citations: Sequence[Citation], questions: Sequence[str], language: Language) -> str:
    """The text where it keeps the law; a line that breaks it is left out, so that no ungrounded number reaches a reader."""
    lines = list(_lines(text, figures, citations, questions, language))
    return "\n".join(line for line, breaches in lines if not breaches) if any(breaches for _, breaches in lines) else text


def _lines(
    text: str, figures: Sequence[Figure], citations: Sequence[Citation], questions: Sequence[str], language: Language
) -> Iterator[tuple[str, list[Breach]]]:
    """Each line with its breaches."""
    known = {citation.number: citation for citation in citations}
    grounds = list(_grounds(figures, language))
    names = {name for ground in grounds for name in ground.subjects}
    for line in text.splitlines():
        folded = fold(line)
        here = {name for name in names if name in folded}
        near = _Near([ground for ground in grounds if not here.isdisjoint(ground.subjects)])
        marks = [int(mark[1]) for mark in MARK.finditer(line)]
        cited = [known[mark] for mark in set(marks) if mark in known]
        written = list(_written(_without(line, folded, here), language)) if line.strip() else []
        ungrounded = {one for one in {_number(found) for _, found in written} if not _grounded(one, near, cited, questions, language)}
        lost = [Breach(f"[{mark}]", "points to no citation") for mark in marks if mark not in known]
        yield line, lost + [Breach(shown, "has no ground here") for shown, found in written if _number(found) in ungrounded]


def _without(line: str, folded: str, here: set[str]) -> str:
    """The line with its longer names blanked: "revenue needed a year" is no year, "claude-sonnet-4-5" no number."""
    longer = (name for name in here if " " in name or re.search(r"[a-z].*-\d", name))
    for name in sorted(longer, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?![\w-]|\.\d)", folded):
            line = line[: match.start()] + "\ue006" * len(match[0]) + line[match.end() :]
    return line


def _number(found: Quantity) -> Quantity:
    """Wherever it stands: equal numbers of a line are judged once."""
    return Quantity(found.low, found.high, found.unit, found.per, 0, 0, ())


def _written(line: str, language: Language) -> Iterator[tuple[str, Quantity]]:
    """Numbers of a line that are no mark, no ordinal and no part of a name."""
    bare = ORDINAL.sub(lambda match: " " * len(match[0]), MARK.sub(lambda match: " " * len(match[0]), line))
    for found in _quantities(bare, language):
        yield bare[found.start : found.end].strip(), found


@lru_cache(maxsize=512)
def _quantities(text: str, *languages: Language) -> tuple[Quantity, ...]:
    """Kept, for the lines of answers and the questions of a conversation come again."""
    folded = list(fold(text))
    for mention in find_names(text):
        if any(character.isdigit() for character in mention.text) and not mention.text[0].isdigit():  # "910B dollars" is no chip
            folded[mention.start : mention.end] = MASKS[mention.table] * (mention.end - mention.start)
    for match in NAME_LIKE.finditer(text):
        folded[match.start() : match.end()] = "\ue006" * len(match[0])
    masked = "".join(folded)
    read = [found for language in languages for found in find_quantities(text, masked, language)]
    return tuple({(found.start, found.end, found.low, found.unit): found for found in read}.values())


def _grounds(figures: Sequence[Figure], language: Language) -> Iterator[Ground]:
    for figure in figures:
        own = tuple(fold(name) for name in (figure.label or label(figure.name, language), figure.subject) if name)
        for value in (figure.value, figure.low, figure.high):
            if value is not None:
                yield Ground(value, figure.unit, own)
        for part in figure.inputs:
            for value in (part.value, part.low, part.high):
                if value is not None:
                    yield Ground(value, part.unit, (fold(label(part.name, language)), *own))
        for literal in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", figure.formula.split(" = ")[1] if " = " in figure.formula else ""):
            yield Ground(float(literal), "1", own)
        for driver in figure.drivers:
            yield Ground(100 * driver.share, "%", (fold(label(driver.name, language)),))


def _grounded(found: Quantity, near: _Near, cited: list[Citation], questions: Sequence[str], language: Language) -> bool:
    """Whether each end of it is a ground beside its subject, was asked, or stands in a cited passage."""
    ends = {found.low, found.high}
    if found.unit == "%" and ends == {LEVEL}:
        return True
    if all(near.holds(end, found) for end in ends):
        return True
    unasked = [end for end in ends if not _was_asked(end, found, questions)]
    said = [number for citation in cited for number in _of_citation(citation, language)] if unasked else []
    return all(any(_alike(end, found, number) for number in said) for end in unasked)


def _was_asked(value: float, found: Quantity, questions: Sequence[str]) -> bool:
    """The last question first: most numbers are of it, and of a long conversation the others need not be read."""
    return any(_alike(value, found, number) for question in reversed(questions) for number in _quantities(question, "fr", "en"))


class _Near:
    """The grounds of one line, in each unit that a number of it has."""

    def __init__(self, grounds: list[Ground]) -> None:
        self._grounds = grounds
        self._truths: dict[str, list[float]] = {}

    def holds(self, value: float, found: Quantity) -> bool:
        """Whether one of the grounds is what was written, to the last digit that was meant."""
        unit = f"{found.unit}/{RATES.get(found.per, found.per)}" if found.per else found.unit
        if unit not in self._truths:
            self._truths[unit] = sorted(truth for ground in self._grounds for truth in _in_unit(unit, ground))
        truths, allowed = self._truths[unit], _precision(value) * 1.02
        first = bisect_left(truths, value - allowed)
        return first < len(truths) and truths[first] <= value + allowed


def _in_unit(unit: str, ground: Ground) -> Iterator[float]:
    if unit in ("", "times", "param", "question"):
        yield ground.value
        if ground.unit == "FLOP/s/GPU":
            yield ground.value / 1e12
        return
    if unit == "%":
        if ground.unit == "%":
            yield ground.value
        if ground.unit == "1":
            yield 100 * ground.value
        return
    if unit.endswith("/Mtoken"):
        yield ground.value * 1e6
        return
    factor = _factor(ground.unit, unit)
    if factor is not None:  # another dimension is no ground
        yield ground.value * factor


def _precision(value: float) -> float:
    """Half a unit of the last digit that was meant: trailing zeros of a whole number are not, beyond the second digit."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    text = f"{abs(value):.12g}"
    mantissa, _, exponent = text.partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    size = math.floor(math.log10(abs(value)))
    meant = max(2, len(digits.rstrip("0")))
    return float(0.5 * 10.0 ** (size - meant + 1)) if mantissa or exponent else 0.0


def _alike(value: float, found: Quantity, other: Quantity) -> bool:
    """The same number as one that was asked or cited, in the same or no unit."""
    factor = 1.0 if "" in (found.unit, other.unit) else _factor(other.unit, found.unit)
    if factor is None:
        return False
    return any(math.isclose(value, reading * factor, rel_tol=1e-9) for reading in (*other.readings, other.low, other.high))


@lru_cache(maxsize=1024)
def _factor(unit: str, to: str) -> float | None:
    """None where another dimension makes it another number."""
    try:
        return units.convert(1.0, unit, to)
    except InvalidInput:
        return None


@lru_cache(maxsize=512)
def _of_text(text: str, language: Language) -> tuple[Quantity, ...]:
    plain = [
        Quantity(float(match[0]), float(match[0]), "", "", match.start(), match.end(), (float(match[0]),))
        for match in re.finditer(r"(?<!\d)\d{1,4}(?!\d)", text)
    ]
    return (*_quantities(text, language), *plain)


def _of_citation(citation: Citation, language: Language) -> list[Quantity]:
    said = (citation.title, citation.date, citation.place, citation.passage, citation.note, citation.publisher)
    return [number for text in said if text for number in _of_text(text, language)]


__all__ = ["NUMBER", "Breach", "check", "enforce"]
