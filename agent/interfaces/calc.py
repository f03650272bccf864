"""One calculator by itself on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from aitoll.agent.ask import calculate
from aitoll.agent.formatting import quantity
from aitoll.agent.texts import sentence, with_range
from aitoll.tools import sources
from aitoll.tools.errors import AitollError, UnknownName
from aitoll.tools.facts import rows
from aitoll.tools.registry import CALCULATORS, bounds, calculator, limits

if TYPE_CHECKING:
    from aitoll.agent.answer import Figure
    from aitoll.tools.inputs import Inputs

MOST_NAMED = 60  # names that are listed whole
FEW = 8  # that stand for a longer list
YES, NO = ("yes", "true", "1", "oui", "vrai"), ("no", "false", "0", "non", "faux")


def listed(as_json: bool) -> str:
    """Every calculator with its question and its inputs."""
    if as_json:
        return json.dumps({name: found.inputs.model_json_schema() for name, found in CALCULATORS.items()}, ensure_ascii=False, indent=2)
    return "\n\n".join(f"{name}\n  {found.question}\n{_inputs(found.inputs)}" for name, found in CALCULATORS.items())


def _inputs(inputs: type[Inputs]) -> str:
    return "\n".join(f"    {field:22} {info.description or ''} ({allowed(inputs, field)})" for field, info in inputs.model_fields.items())


def allowed(inputs: type[Inputs], field: str) -> str:
    """What an input takes, in words."""
    if limits(inputs, field)[2] is not None:
        return bounds(inputs, field).removeprefix("use a number ")
    extra = inputs.model_fields[field].json_schema_extra
    return f"a row of {extra['table']}" if isinstance(extra, dict) and "table" in extra else "text or yes/no"


def run(name: str, words: list[str], as_json: bool) -> int:
    try:
        inputs = dict(_parsed(name, word) for word in options(words))
        figures = calculate(name, **inputs)
    except AitollError as error:
        typer.echo(f"aitoll: {error}{_instead(error)}", err=True)
        return 2
    if as_json:
        typer.echo(json.dumps([figure.model_dump(mode="json") for figure in figures], ensure_ascii=False, indent=2))
        return 0
    for line in overdue(figures):
        typer.echo(line, err=True)
    for figure in figures:
        typer.echo(f"{figure.label}: {with_range(figure.value, figure.low, figure.high, figure.unit, 'en')}")
        if figure.formula:
            typer.echo(f"  {figure.formula}")
        for part in figure.inputs:
            where = f" [{part.source}, {part.where}]" if part.source else ""
            typer.echo(f"  - {part.name}: {quantity(part.value, part.unit, 'en')}, {part.status}{where}")
    return 0


def _instead(error: AitollError) -> str:
    """What there is, where nothing near a wrong name was found."""
    if not isinstance(error, UnknownName) or error.near:
        return ""
    names = _names(error.table)
    return f"; there are {', '.join(names)}" if len(names) <= MOST_NAMED else f"; there are {len(names)}, such as {', '.join(names[:FEW])}"


def _names(table: str) -> list[str]:
    from aitoll.tools.api_cost import api_models

    if table == "api prices":
        return sorted(api_models())
    return list(CALCULATORS if table == "calculators" else rows(table))


def overdue(figures: list[Figure]) -> list[str]:
    """A sentence for each source of these figures that was to be read again before today."""
    cited = {part.source for figure in figures for part in figure.inputs}
    late = [found for found in sources.overdue(datetime.now(UTC).date().isoformat()) if found.title in cited]
    return [sentence("overdue", "en", title=found.title, date=found.review_by) for found in late]


def _parsed(name: str, word: str) -> tuple[str, Any]:
    """ "gpus=512", "price=2..3", "hours=30 days", "cluster=yes": numbers and names are read by the registry, as everywhere."""
    from aitoll.tools.errors import InvalidInput

    field, sign, value = word.partition("=")
    if not sign or not value.strip():
        raise InvalidInput(field=field, value="without a value", allowed="write name=value or name=low..high")
    info = calculator(name).inputs.model_fields.get(field)
    if info is not None and info.annotation is bool:
        return field, _yes(field, value)
    return field, value.strip()


def _yes(field: str, value: str) -> bool:
    from aitoll.tools.errors import InvalidInput

    said = value.strip().casefold()
    if said not in (*YES, *NO):
        raise InvalidInput(field=field, value=value, allowed="use yes or no")
    return said in YES


def options(words: list[str]) -> list[str]:
    """ "--gpus 512 --cluster" as "gpus=512", "cluster=yes"."""
    from aitoll.tools.errors import InvalidInput

    found: list[str] = []
    open_name = ""
    for word in [*words, "--"]:
        if not word.startswith("--"):
            found.append(f"{open_name}={word}" if open_name else word)
            open_name = ""
            continue
        if open_name:
            found.append(f"{open_name}=yes")
        open_name, sign, value = word.removeprefix("--").partition("=")
        open_name = open_name.replace("-", "_")
        if sign:
            found.append(f"{open_name}={value}")
            open_name = ""
    if any("=" not in word for word in found):
        raise InvalidInput(field=next(word for word in found if "=" not in word), value="by itself", allowed="write --name value")
    return found
