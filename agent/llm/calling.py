"""Runs what a model asks for: a calculator on the conversation's own numbers and names, a search, a name in the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.answer import Step
from aitoll.agent.llm.said import NotGiven, given_number, shown
from aitoll.agent.rules.choosing import ROWS, Call
from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.quoting import by_words_only, library_search
from aitoll.agent.rules.running import Outcome, beside, looks_up, run_call
from aitoll.agent.rules.tables import COLUMNS, LOOK_UP, row_call
from aitoll.agent.texts import row_name, sentence
from aitoll.tools.errors import AitollError
from aitoll.tools.inputs import Range
from aitoll.tools.registry import CALCULATORS, limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitoll.agent.llm.work import Work
    from aitoll.tools.registry import Calculator

MOST_CALLS = 16  # in one answer
LONGEST_QUERY = 300
METRICS = {
    "training_energy": ["energy"],
    "training_carbon": ["carbon"],
    "training_water": ["water"],
    "training_compute": ["compute"],
    "training_cost": ["cost"],
    "use_energy": ["energy"],
    "use_carbon": ["carbon"],
    "use_water": ["water"],
}


class Refused(Exception):
    """A call that is not made; the message tells the model what would do."""


def calculate(work: Work, tool: str, said: dict[str, Any]) -> str:
    """What the model reads of it: the figures under their references, or why there are none."""
    return called(work, tool, said, lambda: call_of(work, CALCULATORS[tool], said))


def called(work: Work, tool: str, said: dict[str, Any], made: Callable[[], Call]) -> str:
    """One call, once; a refusal is a step too."""
    if len(work.outcome.steps) >= MOST_CALLS:
        return work.tell("No more calls: write the answer from what you have.")
    try:
        call = made()
    except Refused as refusal:
        work.outcome.steps.append(Step(tool=tool, arguments={"fields": sorted(said)}, elapsed_ms=0.0, error=f"refused: {refusal}"))
        return work.tell(f"Not run: {refusal}")
    if any(result.call == call for result in work.outcome.results):
        return work.tell("The same call was made before: use its references.")
    result = run_call(call, work.outcome.steps)
    if result.error is not None:
        work.outcome.results.append(result)
        return work.tell(f"No figure: {result.error}")
    if not result.estimates:
        work.outcome.results.append(result)
        return work.tell(f"No figure: this was never published of {call.subject}. Search for what is said of it.")
    return work.take(result) + _claims_beside(work, Outcome([result]))


def call_of(work: Work, found: Calculator, said: dict[str, Any]) -> Call:
    """Refused where an argument is none of the conversation's."""
    arguments, currency = _arguments(work, found, said)
    own = next((call for call in work.made.calls if call.tool == found.name and call.arguments == arguments), None)
    subject, figure = (own.subject, own.figure) if own else (_subject(work, arguments), "")
    return Call(found.name, arguments, subject, _currency(work, found.name, currency), work.made.slots.given_in, figure=figure)


def _currency(work: Work, tool: str, of_arguments: str) -> str:
    """Euros where its money was given in euros, or where the rules read that euros are asked for."""
    return next((call.currency for call in work.made.calls if call.tool == tool), of_arguments)


def _subject(work: Work, arguments: dict[str, Any]) -> str:
    names = [row_name(table, arguments[field], work.language) for field, table in ROWS.items() if arguments.get(field)]
    return ", ".join(dict.fromkeys(names)) or str(arguments.get("api_model", ""))


def _claims_beside(work: Work, outcome: Outcome) -> str:
    """What the articles say of a looked-up value stands beside it, as when the rules answer."""
    numbers = [value for result in outcome.results for value in result.call.arguments.values() if isinstance(value, float)]
    if numbers or not looks_up(outcome):
        return ""
    found = beside(work.reading, Plan("calls", METRICS.get(outcome.results[0].call.tool, [])))
    work.beside += [passage for passage in found if passage not in work.beside]
    return f"\nWhat the sources say:\n{work.take_passages(found)}" if found else ""


def _arguments(work: Work, found: Calculator, said: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Names by their ids, numbers as they were given; Refused says which one nobody named or gave."""
    arguments: dict[str, Any] = {}
    currency = "USD"
    for field, value in said.items():
        if value is None or value == "":
            continue
        if field not in found.inputs.model_fields:
            raise Refused(f"{found.name} has no input {field[:40]!r}; it takes {', '.join(found.inputs.model_fields)}")
        if limits(found.inputs, field)[2] is not None:
            arguments[field], euros = _number(work, found, field, value)
            currency = "EUR" if euros else currency
        elif table := table_of(found, field):
            arguments[field] = _row(work, table, field, str(value)[:80])
        else:
            arguments[field] = value
    return arguments, currency


def _number(work: Work, found: Calculator, field: str, value: Any) -> tuple[Any, bool]:
    """A number of the conversation, and whether it is money in euros where the calculator counts in dollars."""
    dollars = found.inputs.unit(field).startswith("USD")
    value = pair(value)
    if field in work.own and value in (own := work.own[field]):
        return own[own.index(value)], work.made.slots.currency == "EUR" and dollars
    try:
        number, at = given_number(found.inputs.unit(field), field, value, work.said)
    except NotGiven:
        raise nobody_gave(work, field) from None
    return number, at.unit == "EUR" and dollars


def look_up(work: Work, said: dict[str, Any]) -> str:
    """One published value of a row that is named."""
    return called(work, LOOK_UP, said, lambda: _looked_up(work, said))


def _looked_up(work: Work, said: dict[str, Any]) -> Call:
    column = COLUMNS.get(str(said.get("quantity")))
    if column is None:
        raise Refused(f"quantity: one of {', '.join(COLUMNS)}")
    return row_call(work.reading, column, _row(work, column.table, "row", str(said.get("row"))[:80]))


def pair(value: Any) -> Any:
    return Range(*value) if isinstance(value, list) and len(value) == 2 else value


def nobody_gave(work: Work, field: str) -> Refused:
    given = "; ".join([*shown(work.said), *work.shown_own()]) or "none"
    return Refused(f"{field}: nobody gave this number. Given: {given}. Use one of these as it stands, or leave {field} out")


def _row(work: Work, table: str, field: str, said: str) -> str:
    id = work.named.row(table, said)
    if id is None:
        known = ", ".join(work.named.ids.get(table, ())) or "none"
        raise Refused(f"{field}: the conversation does not name it. Named: {known}. Leave {field} out, or look a name up with find_name")
    return id


def table_of(found: Calculator, field: str) -> str | None:
    extra = found.inputs.model_fields[field].json_schema_extra
    table = extra.get("table") if isinstance(extra, dict) else None
    return str(table) if table else "api" if field == "api_model" else None


def search(work: Work, query: str) -> str:
    if len(work.outcome.steps) >= MOST_CALLS:
        return work.tell("No more calls: write the answer from what you have.")
    try:
        found = library_search(query[:LONGEST_QUERY], work.language, work.outcome.steps, warnings=work.outcome.warnings)
    except AitollError as error:
        return work.tell(f"The search failed: {error}")
    if by_words_only() and (lexical := sentence("lexical", work.language)) not in work.outcome.warnings:
        work.outcome.warnings.append(lexical)
    return work.take_passages(found) if found else work.tell("Nothing found.")


def find_name(work: Work, text: str) -> str:
    found = work.named.look_up(text[:80])
    return work.tell("\n".join(f"{row_name(table, id, work.language)} = {id} ({table})" for table, id in found) or "No table has it.")
