"""What a figure was computed from, as fields that can be changed in place, and the same over several values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.interfaces.schemas import table as table_of
from aitoll.agent.markup import Safe, tag
from aitoll.agent.showing import web
from aitoll.agent.texts import label, row_name
from aitoll.tools.facts import rows
from aitoll.tools.registry import CALCULATORS, limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.agent.answer import Figure, Language, Step
    from aitoll.tools.inputs import Inputs

LANGUAGES: tuple[Language, ...] = ("en", "fr")
FRENCH = str.maketrans({",": "\u202f", ".": ","})


def assumptions(step: Step, figures: Sequence[Figure], language: Language) -> Safe:
    inputs = CALCULATORS[step.tool].inputs
    shown = {**assumed_of(inputs, figures, language), **step.arguments}
    shown = {name: shown[name] for name in [*step.arguments, *shown]}
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
        _comparison(inputs, shown, language),
        cls="assumptions",
    )


def assumed_of(inputs: type[Inputs], figures: Sequence[Figure], language: Language) -> dict[str, float]:
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
        control = tag("input", name=name, value=plain(value, language), inputmode="decimal")
    said = tag("span", row_name(table, str(value), language) if table else "" if unit == "1" else unit, cls="unit")
    return tag("label", label(name, language), tag("span", control, said, cls="control"))


def plain(value: Any, language: Language) -> str:
    """As the page's fields take it back: thousands apart, a decimal comma in French, two dots between bounds."""
    if isinstance(value, list | tuple):
        return "..".join(plain(end, language) for end in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    text = f"{value:.10g}"
    whole, point, rest = text.partition(".")
    if "e" not in text and len(whole.lstrip("-")) > 4:
        text = f"{int(whole):,}{point}{rest}"
    return text.translate(FRENCH) if language == "fr" else text


def id_of(table: str, said: Any) -> Any:
    """A row's id, also where its name was given, in either language."""
    if not isinstance(said, str) or said in rows(table):
        return said
    wanted = said.strip().casefold()
    return next((id for id in rows(table) if wanted in (id, *(row_name(table, id, one).casefold() for one in LANGUAGES))), said)


def _comparison(inputs: type[Inputs], shown: dict[str, Any], language: Language) -> Safe:
    """The same, over several places, chips, years: a chart."""
    fields = [name for name in inputs.model_fields if table_of(inputs, name) or limits(inputs, name)[2] is not None]
    options = [
        tag(
            "option",
            label(name, language),
            value=name,
            data_table=table_of(inputs, name),
            data_example=_example(inputs, name, shown, language),
            selected=name == "place",
        )
        for name in fields
    ]
    first = _example(inputs, "place" if "place" in fields else fields[0], shown, language) if fields else ""
    return tag(
        "form",
        tag("label", web("compare_over", language), tag("select", *options, name="over")),
        tag("label", web("compare_values", language), tag("input", name="values", placeholder=first)),
        tag("button", web("compare", language), type="submit"),
        tag("div", cls="compared", role="status"),
        cls="comparison",
        autocomplete="off",
    )


def _example(inputs: type[Inputs], name: str, shown: dict[str, Any], language: Language) -> str:
    """What could be compared: three rows by name; half, once and twice the number that stands above."""
    if table := table_of(inputs, name):
        chosen = [id for id in inputs.model_fields[name].examples or () if id in rows(table)]
        return "; ".join(row_name(table, id, language) for id in [*dict.fromkeys([*chosen, *rows(table)])][:3])
    now = shown.get(name)
    if isinstance(now, bool) or not isinstance(now, int | float):
        return web("compare_numbers", language)
    low, _, high = limits(inputs, name)
    within = (min(max(now * factor, low or 0), high or now * factor) for factor in (0.5, 1, 2))
    return "; ".join(plain(float(one), language) for one in dict.fromkeys(within))
