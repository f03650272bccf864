"""A figure as a card: value, range, formula with its numbers, what moves it, and assumptions that can be changed in place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import calculate
from aitoll.agent.charts import NARROW, WIDTH, Row, parts_of, range_chart, row_of, table_twin
from aitoll.agent.formatting import share
from aitoll.agent.interfaces.page_assumptions import assumed_of, assumptions, id_of, plain
from aitoll.agent.interfaces.rest import figures_of
from aitoll.agent.interfaces.schemas import table as table_of
from aitoll.agent.markup import Safe, joined, tag
from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.refusing import refuse
from aitoll.agent.showing import answer_figures, formula_of, input_value, name_of, range_of, value_of, web
from aitoll.agent.texts import label, row_name, texts
from aitoll.tools.errors import AitollError, InvalidInput
from aitoll.tools.registry import CALCULATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aitoll.agent.answer import Answer, Figure, FigureInput, Language, Step


def cards(answer: Answer, mark: Callable[[int], Safe | None]) -> list[Safe]:
    """One card for each calculator that ran, with its figures; one for each figure of none, such as a value looked up."""
    return [card(answer.language, figures, made, mark) for made, figures in _by_calculator(answer)]


@dataclass(frozen=True)
class Made:
    """A calculator that ran for the answer, and all that it gives."""

    step: Step
    figures: list[Figure]

    def gave(self, figure: Figure) -> bool:
        return any((one.name, one.unit, one.value) == (figure.name, figure.unit, figure.value) for one in self.figures)


def _by_calculator(answer: Answer) -> list[tuple[Made | None, list[Figure]]]:
    made = [found for step in answer.steps if (found := _made(step, answer.language))]
    groups: list[tuple[Made | None, list[Figure]]] = []
    for figure in answer_figures(answer):
        by = next((one for one in made if one.gave(figure)), None)
        group = next((figures for one, figures in groups if one is by and one), None)
        if group is None or any((one.name, one.subject) == (figure.name, figure.subject) for one in group):
            groups.append((by, [figure]))
        else:
            group.append(figure)
    return groups


def _made(step: Step, language: Language) -> Made | None:
    if step.tool not in CALCULATORS or step.error:
        return None
    try:
        return Made(step, calculate(step.tool, language, **step.arguments))
    except AitollError:
        return None


def card(language: Language, figures: Sequence[Figure], made: Made | None, mark: Callable[[int], Safe | None]) -> Safe:
    form = assumptions(made.step, made.figures, language) if made else None
    return tag(
        "section",
        tag("div", *(result(figure, language, mark) for figure in figures), cls="results", role="status"),
        form,
        cls="card",
        data_tool=made.step.tool if made else None,
        data_arguments=json.dumps(made.step.arguments) if made else None,
        aria_label=name_of(figures[0], language),
    )


def result(figure: Figure, language: Language, mark: Callable[[int], Safe | None]) -> Safe:
    interval = range_of(figure, language)
    return tag(
        "div",
        tag("h3", name_of(figure, language)),
        tag("p", value_of(figure, language), cls="value"),
        tag("p", f"{web('interval', language)} ", interval, cls="range") if interval else None,
        _formula(figure, language),
        _parts(figure, language),
        _drivers(figure, language),
        _inputs(figure, language, mark),
        cls="result",
    )


def _formula(figure: Figure, language: Language) -> Safe | None:
    names, numbers = formula_of(figure, language)
    return tag("p", tag("span", f"= {names}"), tag("br"), tag("span", f"= {numbers}"), cls="formula") if names else None


def _parts(figure: Figure, language: Language) -> Safe | None:
    parts, title = parts_of(figure, language), web("parts", language)
    drawn = chart_figure(title, parts, figure.unit, language, "share") if parts else None
    return tag("details", tag("summary", title), drawn, cls="parts") if parts else None


def _drivers(figure: Figure, language: Language) -> Safe | None:
    told = [driver for driver in figure.drivers if driver.share >= 0.02][:5] if len(figure.drivers) > 1 else []
    lines = [
        tag(
            "li",
            tag("span", label(one.name, language)),
            tag("progress", value=one.share, max=1, aria_label=label(one.name, language)),
            tag("span", share(one.share, language)),
        )
        for one in told
    ]
    return tag("div", tag("p", web("drivers", language)), tag("ul", *lines), cls="drivers") if lines else None


def _inputs(figure: Figure, language: Language, mark: Callable[[int], Safe | None]) -> Safe | None:
    statuses = texts(language)["statuses"]

    def line(part: FigureInput) -> Safe:
        cited = mark(part.citation) if part.citation else None
        source = f" — {part.source}" if part.source and cited is None else ""
        note = tag("span", part.note, cls="note") if part.note else None
        return tag(
            "li",
            f"{label(part.name, language)} : " if language == "fr" else f"{label(part.name, language)}: ",
            input_value(part, language),
            f", {statuses[part.status]}",
            cited,
            source,
            note,
        )

    lines = [line(part) for part in figure.inputs]
    return tag("details", tag("summary", web("rests_on", language)), tag("ul", *lines), cls="inputs") if lines else None


def fault(error: AitollError, name: str, language: Language) -> str:
    """What cannot be and what would do, in the reader's language where we have the words."""
    if error.code in ("invalid", "unknown_name"):
        return refuse(error, name, language, Plan("calls"))[1]
    return str(error)


def compared(name: str, inputs: dict[str, Any], over: str, values: Sequence[Any], language: Language) -> Safe:
    """The first figure of a calculator at each value of one of its inputs, side by side."""
    table = table_of(CALCULATORS[name].inputs, over) if over in CALCULATORS[name].inputs.model_fields else None
    if not values:
        raise InvalidInput(field=over, value="nothing", allowed=web("compare_example", language))
    values = [id_of(table, value) if table else value for value in values]
    found = [(value, figures_of(name, {**inputs, over: value}, language)[0]) for value in values]
    unit = CALCULATORS[name].inputs.unit(over) if not table and found else ""
    rows = [
        row_of(
            figure,
            language,
            row_name(table, str(value), language) if table else f"{plain(value, language)} {unit if unit != '1' else ''}".strip(),
        )
        for value, figure in found
    ]
    title = f"{name_of(found[0][1], language)} – {label(over, language)}"
    return chart_figure(title, rows, found[0][1].unit, language)


def chart_figure(title: str, rows: Sequence[Row], unit: str, language: Language, last: str = "interval") -> Safe:
    return tag(
        "figure",
        tag("figcaption", title),
        *(range_chart(title, rows, unit, language, width) for width in (WIDTH, NARROW)),
        tag(
            "details",
            tag("summary", web("as_table", language)),
            tag("div", table_twin(rows, language, last), cls="scroll", tabindex="0", role="region", aria_label=title),
        ),
        tag("button", web("download_svg", language), type="button", cls="save-svg"),
        cls="chart",
    )


def results(name: str, inputs: dict[str, Any], language: Language) -> Safe:
    """The figures of a calculator run anew, as they stand in its card, and what its fields should now show."""
    kind = CALCULATORS[name].inputs
    inputs = {field: id_of(table, value) if (table := table_of(kind, field)) else value for field, value in inputs.items()}
    figures = figures_of(name, inputs, language)
    assumed = {field: plain(value, language) for field, value in assumed_of(kind, figures, language).items()}
    rows = {field: row_name(table, str(value), language) for field, value in inputs.items() if (table := table_of(kind, field))}
    shown = [result(figure, language, lambda _: None) for figure in figures if figure.role == "answer"]
    return joined(*shown, tag("data", hidden=True, value=json.dumps({"values": assumed, "names": rows})))
