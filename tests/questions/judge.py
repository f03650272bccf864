"""Judges an answer against what an entry of the bank expects: status, calls, figures, citations, words."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.knowledge.library import library

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Figure
    from tests.questions.bank import Entry

#: unit of a figure → its family and the factor to the family's base
FAMILIES = {
    "gCO2e": ("tCO2e", 1e-6),
    "kgCO2e": ("tCO2e", 1e-3),
    "m3": ("L", 1e3),
    "USD/GPU": ("USD", 1.0),  # the price of one is asked as a price
    "day": ("hour", 24.0),
    "year": ("hour", 8766.0),
}


def ask(entry: Entry) -> Answer:
    """The answer to the last turn."""
    memory = InMemory()
    return [answer(turn, memory) for turn in entry.turns][-1]


def faults(entry: Entry) -> list[str]:
    """What is wrong with the answer to this entry; nothing where it is right."""
    try:
        return judge(entry, ask(entry))
    except Exception as error:  # noqa: BLE001 - a fault of one question is one failure of the bank
        return [f"raised {type(error).__name__}: {error}"]


def judge(entry: Entry, got: Answer) -> list[str]:
    found = [] if got.status in entry.status else [f"status {got.status}, expected {'/'.join(entry.status)}"]
    if entry.lang != "any" and got.language != entry.lang:
        found.append(f"language {got.language}")
    return [*found, *_calls(entry, got), *_figures(entry, got), *_words(entry, got)]


def _calls(entry: Entry, got: Answer) -> list[str]:
    tools = [step.tool for step in got.steps]
    found = [f"no call of {entry.tool}, seen {tools}"] if entry.tool and entry.tool not in tools else []
    seen = [dict(step.arguments) for step in got.steps]
    missing = [wanted for wanted in entry.arguments if not any(_holds(step, wanted) for step in seen)]
    return found + [f"no call with {wanted}, seen {seen}" for wanted in missing]


def _holds(step: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(name in step and same(step[name], value) for name, value in wanted.items())


def same(got: Any, expected: Any) -> bool:
    """Equal, numbers up to rounding, ranges end by end."""
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(expected, bool) or not isinstance(expected, (int, float)) or not isinstance(got, (int, float)):
        return bool(got == expected)
    return abs(got - expected) <= 1e-3 * abs(expected)


def _figures(entry: Entry, got: Answer) -> list[str]:
    asked = [figure for figure in got.figures if figure.role == "answer"]
    seen = [(figure.low, figure.value, figure.high, figure.unit) for figure in asked]
    found = [f"no figure meets {wanted}, seen {seen}" for wanted in entry.figures if not any(_meets(figure, wanted) for figure in asked)]
    units = {_base(figure.unit, 1.0)[0] for figure in asked}
    return found + [f"no figure in {unit}, seen {seen}" for unit in entry.units if unit not in units]


def _meets(figure: Figure, wanted: dict[str, Any]) -> bool:
    tolerance = wanted.get("tol", 0.02)
    for end in ("low", "value", "high"):
        if end not in wanted:
            continue
        value = getattr(figure, end)
        family, expected = _base(wanted["unit"], wanted[end])
        if value is None or _base(figure.unit, value)[0] != family:
            return False
        if abs(_base(figure.unit, value)[1] - expected) > tolerance * abs(expected) + 1e-12:
            return False
    return True


def _base(unit: str, value: float) -> tuple[str, float]:
    family, factor = FAMILIES.get(unit, (unit, 1.0))
    return family, value * factor


@cache
def topic_of() -> dict[str, str]:
    return {passage.id: passage.topic for passage in library()}


def _words(entry: Entry, got: Answer) -> list[str]:
    found = [f"text lacks /{pattern}/" for pattern in entry.say if not re.search(pattern, got.text, re.IGNORECASE)]
    found += [f"text has /{pattern}/" for pattern in entry.not_say if re.search(pattern, got.text, re.IGNORECASE)]
    sources = [f"{citation.title} {citation.author} {citation.publisher}" for citation in got.citations]
    found += [f"no citation of /{pattern}/" for pattern in entry.cite if not any(re.search(pattern, source) for source in sources)]
    topics = {topic_of().get(citation.id, "") for citation in got.citations} - {""}
    if entry.topics and not topics & set(entry.topics):
        found.append(f"no citation about {'/'.join(entry.topics)}, seen {sorted(topics)}")
    return found if got.text.strip() else [*found, "empty text"]
