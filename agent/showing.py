"""A Figure in words, for the surfaces that show it beside the text: value, range, formula with the numbers put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aitoll.agent.formatting import digits_deserved, quantity, share
from aitoll.agent.texts import label, sentence, surface

if TYPE_CHECKING:
    from aitoll.agent.answer import Answer, Figure, FigureInput, Language


def web(key: str, language: Language, **facts: object) -> str:
    """A sentence of the pages and exports."""
    return str(surface("web", language)[key]).format(**facts)


def name_of(figure: Figure, language: Language) -> str:
    said = label(figure.name, language) if not figure.label else figure.label
    said = said[:1].upper() + said[1:]
    return f"{said} ({figure.subject})" if figure.subject else said


def value_of(figure: Figure, language: Language) -> str:
    shown = _shown(figure, figure.value, language)
    if figure.high is None:
        return sentence("at_least", language, value=shown)
    return sentence("at_most", language, value=shown) if figure.low is None else shown


def range_of(figure: Figure, language: Language) -> str:
    """The interval's ends in words; nothing where there is none."""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return ""
    return sentence("range", language, low=_shown(figure, figure.low, language), high=_shown(figure, figure.high, language))


def _shown(figure: Figure, number: float, language: Language) -> str:
    if figure.name == "saved_share":
        return share(number, language)
    digits = 4 if not figure.formula else digits_deserved(figure.value, figure.low, figure.high, figure.unit)
    return quantity(number, figure.unit, language, digits)


def formula_of(figure: Figure, language: Language) -> tuple[str, str]:
    """The formula with names, then with numbers; both empty for a looked-up value."""
    parts = figure.formula.split(" = ", 2)
    if len(parts) < 3:
        return "", ""
    inputs = {part.name: part for part in figure.inputs}

    def filled(numbers: bool) -> str:
        text = parts[1].replace("**", "^").replace("*", "×").replace("/", "÷").replace(" - ", " − ")
        return re.sub(r"[a-z_][a-z_0-9]*", lambda match: _term(inputs.get(match[0]), match[0], numbers, language), text)

    return filled(False), filled(True)


def _term(part: FigureInput | None, name: str, number: bool, language: Language) -> str:
    if part is None:
        return name
    return input_value(part, language) if number else label(part.name, language)


def input_value(part: FigureInput, language: Language) -> str:
    deserved = 7 if part.low == part.high else max(3, digits_deserved(part.value, part.low, part.high, part.unit))
    digits = {"given": 6, "computed": deserved}.get(part.status, 4)
    return quantity(part.value, part.unit, language, digits)


def answer_figures(answer: Answer) -> list[Figure]:
    return [figure for figure in answer.figures if figure.role == "answer"]
