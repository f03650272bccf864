"""Truth: numbers that are traced, numbers that are right, citations that hold, intervals that cover, languages that agree."""

from __future__ import annotations

import re
import statistics
from random import Random
from typing import TYPE_CHECKING

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory
from aitoll.agent.interfaces.plain import render
from aitoll.agent.texts import texts
from aitoll.knowledge.library import library
from aitoll.knowledge.verdicts import ARTICLES
from benchmarks import intervals
from benchmarks.card import surfaces
from benchmarks.card.figures import Measured, none_of, share
from benchmarks.card.independent import cases, holds
from tests.questions.bank import bank
from tests.questions.generate import generated
from tests.tools.test_published import COMPUTED, computed, fits

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer
    from tests.questions.bank import Entry

GENERATIVE = "commercial answer engines: 51.5 % of sentences wholly supported, 74.5 % of citations support theirs (Liu et al., 2023)"
DIGIT = re.compile(r"(?<![\w.,])[1-9](?=[\d.,\u00a0\u202f])")


def measure(short: bool) -> list[Measured]:
    answers = [told(entry) for entry in asked(100 if short else 600)]
    return [
        *traced(answers),
        *right(3 if short else 40),
        *cited(answers),
        *judged(short),
        *covered(),
        *published(),
        twins(60 if short else 600),
    ]


def asked(count: int) -> list[Entry]:
    """Questions of the bank and generated ones, those held back among them; the same draw each time."""
    every = [*bank(), *generated()]
    Random(7).shuffle(every)
    return every[:count]


def told(entry: Entry) -> Answer:
    memory = InMemory()
    last = [answer(turn, memory) for turn in entry.turns][-1]
    return last.model_copy(update={"question": " ; ".join(entry.turns)})


def traced(answers: list[Answer]) -> list[Measured]:
    """Every number on every surface; and how many changed digits this second reading would see."""
    answered = [one for one in answers if one.status == "answered"]
    found, planted = [], []
    for place, one in enumerate(answered):
        for name, text_of in surfaces.TEXTS.items():
            text = text_of(one)
            wrong = surfaces.ungrounded(text, one)
            found += [(f"{name}: {token} in {one.question}", token in wrong) for token in surfaces.numbers(text)]
        lie = lied(one.text, Random(place))
        planted += [(one.question, bool(surfaces.ungrounded(lie, one)))] if lie != one.text else []
    how = f"each run of digits on {len(surfaces.TEXTS)} surfaces against the Answer's figures, citations and question, by a second reader"
    return [
        none_of("numbers without a ground, all surfaces", found, how, GENERATIVE),
        share(
            "planted wrong digits that the second reader sees", planted, "one leading digit of a text changed; units and sides it ignores"
        ),
    ]


def lied(text: str, random: Random) -> str:
    """One leading digit made another."""
    places = [match.start() for match in DIGIT.finditer(re.sub(r"\[\d+\]", lambda mark: " " * len(mark[0]), text))]
    if not places:
        return text
    place = random.choice(places)
    return text[:place] + random.choice([d for d in "123456789" if d != text[place]]) + text[place + 1 :]


def right(draws: int) -> list[Measured]:
    """Figures against arithmetic that no calculator did."""
    tried = [(case, answer(case.question, InMemory())) for case in cases(draws)]
    answered = [(case.question, not holds(made, case)) for case, made in tried if made.status == "answered"]
    how = "questions that say every quantity, worked apart in plain arithmetic, asked in both languages and several ways of writing numbers"
    return [
        none_of("wrong figures against independent arithmetic", answered, how),
        share("of those questions answered", [(case.question, made.status == "answered") for case, made in tried], how, 0.95),
    ]


def cited(answers: list[Answer]) -> list[Measured]:
    marks, needed = [], []
    for one in answers:
        numbers = {citation.number for citation in one.citations}
        used = {int(mark) for mark in re.findall(r"\[(\d+)\]", one.text)}
        used |= {number for figure in one.figures for number in figure.citations}
        used |= {part.citation for figure in one.figures for part in figure.inputs if part.citation}
        marks += [(f"[{number}] of {one.question}", number in used and number in numbers) for number in numbers | used]
        inputs = [part for figure in one.figures for part in figure.inputs if part.status == "published"]
        needed += [(f"{part.name} of {one.question}", part.citation in numbers) for part in inputs]
    return [
        share(
            "citations that something rests on", marks, "each citation is used by the text or a figure, and each use has its citation", 1.0
        ),
        share("published inputs with their citation", needed, "every input of a figure that comes from a table", 1.0, GENERATIVE),
    ]


def judged(short: bool) -> list[Measured]:
    """Every claim of the articles and their FAQ, asked for by the questions that it answers: what is held of it must stand in the text."""
    articles = [one for one in library() if one.kind in ARTICLES]
    asked = [question for one in articles[:: 8 if short else 1] for questions in one.asks.values() for question in questions]
    tried = []
    for question in asked:
        made = answer(question, InMemory())
        names, text = texts(made.language)["verdicts"], " ".join(render(made, color=False).split())
        for one in made.citations:
            if one.kind in ARTICLES:
                held = names[one.verdict] if one.verdict else " ".join((one.note or "no verdict and no note").split())
                tried.append((f"[{one.number}] of {question}", held in text))
    how = "citations of them in answers to the questions that each claim answers, in both languages; its note where nothing can be checked"
    return [
        share("claims of the articles shown with their verdict", tried, how, 1.0),
        share(
            "claims of the articles that have one", [(one.id, bool(one.verdict)) for one in articles], "the others state nothing to check"
        ),
    ]


def covered() -> list[Measured]:
    found, figures = [], []
    for name, outcomes in intervals.kinds().items():
        counted = [what for _, what in outcomes if isinstance(what, intervals.Outcome)]
        found += [(f"{name}: {one.id}", one.inside) for one in counted]
        width = statistics.median(one.width for one in counted)
        how = "median ln(high/low) over published rows that set no input and no range"
        figures.append(Measured(f"width of {name}", round(width, 3), "ln", how, intervals.WIDEST.get(name), True, len(counted)))
    return [share("published figures inside our 90 % interval", found, "rows that were neither input nor used for a range", 0.9), *figures]


def published() -> list[Measured]:
    """The cases of the literature by the strength of their evidence."""
    how = "through the public calculators; mismatches are refused or flagged"
    figures = []
    for strength in sorted({case["evidence"] for case in COMPUTED}):
        tried = [
            (str(case["id"]), fits(case, computed(case)) == (case["expect"] == "match"))
            for case in COMPUTED
            if case["evidence"] == strength
        ]
        figures.append(share(f"published cases reproduced, evidence {strength}", tried, how, 1.0))
    return figures


def twins(count: int) -> Measured:
    """The same draw asked in French and in English."""
    pairs: dict[str, list[Entry]] = {}
    for entry in generated():
        pairs.setdefault(entry.id[:-3], []).append(entry)
    keys = [key for key, pair in pairs.items() if len(pair) == 2]
    tried = []
    for key in Random(11).sample(keys, min(count, len(keys))):
        first, second = (values(told(entry)) for entry in pairs[key])
        tried.append((pairs[key][0].turns[0], first == second))
    return share("French and English twins with the same figures", tried, "generated from one draw, every figure equal", 1.0)


def values(made: Answer) -> list[tuple[str, float, str]]:
    return [(figure.name, figure.value, figure.unit) for figure in made.figures if figure.role == "answer"]
