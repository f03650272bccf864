"""Understanding: questions that the rules were not written against, refusals both ways, changes that must not matter."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import yaml

from aitoll.agent.rules.planning import plan
from aitoll.agent.rules.reading import read
from benchmarks import retrieval
from benchmarks.card.figures import Measured, none_of, share
from benchmarks.understanding import spent
from tests.questions.bank import bank, fresh
from tests.questions.changes import pairs
from tests.questions.generate import generated
from tests.questions.judge import ask, faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.questions.bank import Entry

OLD = "the same sets and older ones, written by who had not read the rules; their failures were mended since"
ROUTING = "published models route 54 to 77 % of function calls right (BFCL v4)"


def measure(short: bool) -> list[Measured]:
    held = [entry for entry in (*bank(), *generated()) if entry.held_out]
    kinds = {kind: [entry for entry in held if entry.kind == kind] for kind in ("off_topic", "on_topic", "clarify")}
    return [
        first_asked(),
        judged(
            "fresh questions right",
            sample(fresh(), 60 if short else None),
            "the same and older sets, written by who had not read the rules; their failures were mended since",
            0.95,
        ),
        judged("questions held back right", sample(held, 100 if short else None), "the third of our own bank that was kept apart", 0.95),
        judged("clarifications right", kinds["clarify"], "asked back where an input without a default is missing", 0.95),
        refused(sample(on_topic(), 60 if short else None)),
        answered(sample(off_topic(), 60 if short else None)),
        unmoved(sample([entry for entry in (*bank(), *generated()) if entry.lang != "any"], 80 if short else 900)),
        *found(),
        *times(sample([*bank(), *generated()], 300 if short else 3000)),
    ]


#: of tests/questions/fresh_strangers_*: right when first asked, on the code of the day, and how many
STRANGERS = {1: (77, 100), 2: (78, 100), 3: (79, 100), 4: (102, 120), 5: (96, 120), 6: (101, 120), 7: (123, 150), 8: (122, 150)}
STRANGERS |= {9: (136, 150), 10: (140, 150), 11: (142, 150), 12: (138, 150)}


def first_asked() -> Measured:
    """What nobody had seen, answered once: it cannot be measured again on the same questions."""
    tried = [(f"set {number}", place < right) for number, (right, of) in STRANGERS.items() for place in range(of)]
    how = "; ".join(f"set {number}: {right} of {of}" for number, (right, of) in STRANGERS.items())
    return replace(share("strangers' questions right when first asked", tried, how, 0.95, ROUTING), failed=())


def sample(entries: Sequence[Entry], count: int | None) -> list[Entry]:
    found = list(entries)
    Random(13).shuffle(found)
    return found[:count]


def judged(name: str, entries: list[Entry], how: str, target: float) -> Measured:
    return share(name, [(" => ".join(entry.turns), not faults(entry)) for entry in entries], how, target, ROUTING)


def on_topic() -> list[Entry]:
    return [entry for entry in bank() if entry.kind != "off_topic"]


def off_topic() -> list[Entry]:
    return [entry for entry in bank() if entry.kind == "off_topic"]


def refused(entries: list[Entry]) -> Measured:
    tried = [(entry.turns[-1], ask(entry).status == "out_of_scope") for entry in entries]
    return none_of("questions on the subject refused", tried, "status out_of_scope", most=0.02)


def answered(entries: list[Entry]) -> Measured:
    tried = [(entry.turns[-1], ask(entry).status == "answered") for entry in entries]
    return none_of("questions off the subject answered", tried, "near misses among them", most=0.02)


def unmoved(entries: list[Entry]) -> Measured:
    """Case, accents, number formats, politeness, typing errors: the same plan must come out."""
    tried = []
    for entry in entries:
        question = entry.turns[0]
        tried += [(f"{name}: {other}", planned(other) == planned(question)) for name, other in pairs(question, entry.lang)]
    return share("plans unmoved by what must not matter", tried, "case, accents, number formats, politeness, typing errors", 0.99)


def planned(question: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """What is called with what was said, numbers to six digits."""
    made = plan(read(question))
    given = [{name: value for name, value in call.arguments.items() if value not in (None, False)} for call in made.calls]
    return made.kind, [
        (call.tool, {name: rounded(value) for name, value in said.items()}) for call, said in zip(made.calls, given, strict=True)
    ]


def rounded(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(map(rounded, value))
    return f"{value:.6g}" if isinstance(value, (int, float)) else value


def found() -> list[Measured]:
    """Whether a passage on the topic asked for is among the first three."""
    asked = yaml.safe_load(retrieval.QUESTIONS.read_text("utf-8"))
    how = "questions of tests/knowledge held back while the search was tuned; one of their topics among the first three"
    figures = []
    for language in retrieval.LANGUAGES:
        half = [one for one in asked[language] if one.get("held_out", False)]
        tried = [(one["q"], retrieval.rank(retrieval.shipped(one["q"], language), one["topics"]) <= 3) for one in half]
        figures.append(share(f"passages found at 3, {'French' if language == 'fr' else 'English'}", tried, how, 0.95))
    return figures


def times(entries: list[Entry]) -> list[Measured]:
    taken = sorted(spent(turn) for entry in entries for turn in entry.turns)
    p50, p99 = (taken[math.floor(share * (len(taken) - 1))] for share in (0.5, 0.99))
    how = "CPU of reading and planning"
    return [
        Measured("reading and planning, p50", round(p50, 2), "ms", how, 2, True, len(taken)),
        Measured("reading and planning, p99", round(p99, 2), "ms", how, 10, True, len(taken)),
    ]
