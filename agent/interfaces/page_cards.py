"""A figure as a card: value, range, formula with its numbers, what moves it, and assumptions that can be changed in place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import calculate
from aitoll.agent.charts import range_chart, row_of, table_twin
from aitoll.agent.formatting import share
from aitoll.agent.interfaces.rest import figures_of
from aitoll.agent.interfaces.schemas import table as table_of
from aitoll.agent.markup import Safe, joined, tag
from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.refusing import refuse
from aitoll.agent.showing import answer_figures, formula_of, input_value, name_of, range_of, value_of, web
from aitoll.agent.texts import label, row_name, texts
from aitoll.tools.errors import AitollError, InvalidInput
from aitoll.tools.registry import CALCULATORS, limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aitoll.agent.answer import Answer, Figure, FigureInput, Language, Step
    from aitoll.tools.inputs import Inputs


def cards(answer: Answer, mark: Callable[[int], Safe | None]) -> list[Safe]:
    """One card for each calculator that ran, with all its figures; one for each figure where that cannot be told."""
    return [card(answer, figures, step, mark) for step, figures in _by_step(answer)]


def _by_step(answer: Answer) -> Iterator[tuple[Step | None, list[Figure]]]:
    figures = answer_figures(answer)
    steps = [step for step in answer.steps if step.tool in CALCULATORS and not step.error]
    counts = [_count(step, answer.language) for step in steps]
    if sum(counts) != len(figures):
        yield from ((None, [figure]) for figure in figures)
        return
    for step, count in zip(steps, counts, strict=True):
        yield step, figures[:count]
        figures = figures[count:]


def _count(step: Step, language: Language) -> int:
    try:
        return sum(figure.role == "answer" for figure in calculate(step.tool, language, **step.arguments))
    except AitollError:
        return 0


def card(answer: Answer, figures: Sequence[Figure], step: Step | None, mark: Callable[[int], Safe | None]) -> Safe:
    form = _assumptions(answer, step) if step else None
    return tag(
        "section",
        tag("div", *(result(figure, answer.language, mark) for figure in figures), cls="results", role="status"),
        form,
        cls="card",
        data_tool=step.tool if step else None,
        data_arguments=json.dumps(step.arguments) if step else None,
        aria_label=name_of(figures[0], answer.language) if figures else None,
    )


def result(figure: Figure, language: Language, mark: Callable[[int], Safe | None]) -> Safe:
    interval = range_of(figure, language)
    return tag(
        "div",
        tag("h3", name_of(figure, language)),
        tag("p", value_of(figure, language), cls="value"),
        tag("p", f"{web('interval', language)} ", interval, cls="range") if interval else None,
        _formula(figure, language),
        _drivers(figure, language),
        _inputs(figure, language, mark),
        cls="result",
    )


def _formula(figure: Figure, language: Language) -> Safe | None:
    names, numbers = formula_of(figure, language)
    return tag("p", tag("span", f"= {names}"), tag("br"), tag("span", f"= {numbers}"), cls="formula") if names else None


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


# Assumptions


def _assumptions(answer: Answer, step: Step) -> Safe:
    inputs, language = CALCULATORS[step.tool].inputs, answer.language
    shown = dict(step.arguments) | {
        name: value for name, value in _assumed(inputs, answer.figures, language).items() if name not in step.arguments
    }
    fields = [_field(inputs, name, value, language) for name, value in shown.items() if name in inputs.model_fields]
    others = [
        tag("option", label(name, language), value=name, data_unit=inputs.unit(name), data_table=table_of(inputs, name))
        for name in _more(inputs, shown)
    ]
    more = tag("label", web("another", language), tag("select", tag("option", "–", value=""), *others, cls="more")) if others else None
    return tag(
        "details",
        tag("summary", web("change", language)),
        tag("form", *fields, more, tag("p", cls="fault", role="alert"), autocomplete="off"),
        _comparison(inputs, language),
        cls="assumptions",
    )


def _assumed(inputs: type[Inputs], figures: Sequence[Figure], language: Language) -> dict[str, float]:
    """What the figures took from tables and could be told instead: an input of the same name, or called the same, in the same unit."""
    called = {(label(field, language), inputs.unit(field)): field for field in inputs.model_fields if limits(inputs, field)[2] is not None}
    found: dict[str, float] = {}
    for part in (part for figure in figures for part in figure.inputs if part.status in ("published", "assumed")):
        own = (
            part.name
            if part.name in inputs.model_fields and inputs.unit(part.name) == part.unit
            else called.get((label(part.name, language), part.unit))
        )
        if own:
            found.setdefault(own, part.value)
    return found


def _more(inputs: type[Inputs], shown: dict[str, Any]) -> list[str]:
    return [name for name in inputs.model_fields if name not in shown and (limits(inputs, name)[2] is not None or table_of(inputs, name))]


def _field(inputs: type[Inputs], name: str, value: Any, language: Language) -> Safe:
    table, unit = table_of(inputs, name), inputs.unit(name)
    if isinstance(value, bool):
        control = tag("input", type="checkbox", name=name, checked=value)
    elif table:
        control = tag("input", name=name, value=value, data_table=table, list=f"names-{table}")
    else:
        control = tag("input", name=name, value=_plain(value, language), inputmode="decimal")
    said = tag("span", row_name(table, str(value), language) if table else "" if unit == "1" else unit, cls="unit")
    return tag("label", label(name, language), tag("span", control, said, cls="control"))


def _plain(value: Any, language: Language) -> str:
    if isinstance(value, list | tuple):
        return "..".join(_plain(end, language) for end in value)
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text.replace(".", ",") if language == "fr" else text


def _comparison(inputs: type[Inputs], language: Language) -> Safe:
    """The same, over several places, chips, years: a chart."""
    fields = [name for name in inputs.model_fields if table_of(inputs, name) or limits(inputs, name)[2] is not None]
    options = [
        tag("option", label(name, language), value=name, data_table=table_of(inputs, name), selected=name == "place") for name in fields
    ]
    return tag(
        "form",
        tag("label", web("compare_over", language), tag("select", *options, name="over")),
        tag("label", web("compare_values", language), tag("input", name="values", placeholder=web("compare_example", language))),
        tag("button", web("compare", language), type="submit"),
        tag("div", cls="compared", role="status"),
        cls="comparison",
        autocomplete="off",
    )


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
    found = [(value, figures_of(name, {**inputs, over: value}, language)[0]) for value in values]
    unit = CALCULATORS[name].inputs.unit(over) if not table and found else ""
    rows = [
        row_of(
            figure,
            language,
            row_name(table, str(value), language) if table else f"{_plain(value, language)} {unit if unit != '1' else ''}".strip(),
        )
        for value, figure in found
    ]
    title = f"{name_of(found[0][1], language)} – {label(over, language)}"
    return chart_figure(range_chart(title, rows, found[0][1].unit, language), table_twin(rows, language), title, language)


def chart_figure(svg: Safe, table: Safe, title: str, language: Language) -> Safe:
    return tag(
        "figure",
        tag("figcaption", title),
        svg,
        tag(
            "details",
            tag("summary", web("as_table", language)),
            tag("div", table, cls="scroll", tabindex="0", role="region", aria_label=title),
        ),
        tag("button", web("download_svg", language), type="button", cls="save-svg"),
        cls="chart",
    )


def results(name: str, inputs: dict[str, Any], language: Language) -> Safe:
    """The figures of a calculator run anew, as they stand in its card, and what its fields should now show."""
    figures, kind = figures_of(name, inputs, language), CALCULATORS[name].inputs
    assumed = {field: _plain(value, language) for field, value in _assumed(kind, figures, language).items()}
    rows = {field: row_name(table, str(value), language) for field, value in inputs.items() if (table := table_of(kind, field))}
    shown = [result(figure, language, lambda _: None) for figure in figures if figure.role == "answer"]
    return joined(*shown, tag("data", hidden=True, value=json.dumps({"values": assumed, "names": rows})))
