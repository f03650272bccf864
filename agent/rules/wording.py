"""The answer in words: the figure first, then its range, what it rests on, what moves it most, and what the sources say."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aitoll.agent.formatting import THIN, digits_deserved, quantity, share
from aitoll.agent.texts import label, label_of, note_in, row_name, sentence, texts, with_range
from aitoll.tools.estimate import Estimate, Value
from aitoll.tools.facts import row
from aitoll.tools.sources import source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aitoll.agent.answer import Language
    from aitoll.agent.ledger import Evidence, Ledger
    from aitoll.agent.rules.running import Outcome, Result

DRIVERS = 3
LOOK_UP = "look_up"
PRICES = ("input_price", "output_price")  # of a million tokens: no more to work out


def word(outcome: Outcome, ledger: Ledger, remarks: Sequence[tuple[str, str]] = ()) -> str:
    """The whole text, with marks still unnumbered; `remarks` tell what was done with a number of the question."""
    from aitoll.agent.rules.verdicts import verdicts

    parts = [_result(result, ledger) for result in outcome.answered]
    parts += [_never_told(result, ledger) for result in outcome.unpublished]
    compared = [_ranking(outcome, ledger)] if outcome.lead[0] and outcome.answered else verdicts(outcome, ledger)
    rests = _rests_on(outcome, ledger)
    claims = _claims(outcome, ledger)
    told = "  \n".join(remark(key, said, ledger.language) for key, said in dict.fromkeys(remarks))
    figures = (*compared, *parts, told, rests)
    return "\n\n".join(part for part in ((claims, *figures) if outcome.doubted else (*figures, claims)) if part)


def _ranking(outcome: Outcome, ledger: Ledger) -> str:
    """Which row is first, and which ones follow."""
    key, figure = outcome.lead
    first, *others = dict.fromkeys(result.call.subject for result in outcome.answered)
    language = ledger.language
    told = sentence(key, language, label=capital(label(figure, language)), first=first, others=", ".join(others))
    return f"{told} {texts(language)['cost_kinds']['amortised-estimate']}" if figure == "amortised_cost" else told


def remark(key: str, said: str, language: Language) -> str:
    """A sentence on words of the question, in its language's own quotation marks."""
    return sentence(key, language, said=f"«{THIN}{said}{THIN}»" if language == "fr" else f"“{said}”")


def _result(result: Result, ledger: Ledger) -> str:
    lines = []
    for i, found in enumerate(result.estimates):
        ledger.add(found, result.call.subject, "answer")
        if i and found.name == result.estimates[0].name:
            lines.append(sentence("own_estimate", ledger.language))
        lines.append(_headline(found, result.call.subject if i == 0 or found.published else "", ledger))
        if found.name == "training_carbon_market" and not found.value:
            lines.append(sentence("market_zero", ledger.language))
        if found.whole:
            lines.append(sentence("rounded_chips", ledger.language))
        if found.published:
            lines += published(found, ledger, whole=result.call.tool == LOOK_UP)
    return "  \n".join([*lines, *_workings(result, ledger)])


def published(found: Estimate, ledger: Ledger, *, whole: bool) -> list[str]:
    """Where a value of a table comes from, how good it is, of when, and what its row warns of."""
    from aitoll.agent.rules.tables import caveats, dated, hardware, place_of

    leaf, language = next(found.leaves()), ledger.language
    table, id, column = place_of(leaf)
    if not column:
        return []
    date, quality = dated(table, id, column), texts(language)["qualities"].get(row(table, id).get("quality", ""), "")
    words = ", ".join(part for part in (texts(language)["statuses"][leaf.status], quality if leaf.source else "", date) if part)
    told = sentence("table_source", language, title=source(leaf.source).title, marks=ledger.mark(leaf, date)) if leaf.source else ""
    lines = [sentence("table_value", language, words=capital(words)) + told] if whole else []
    if found.name == "gpus" and (chip := hardware(id)):
        lines.append(sentence("hardware", language, chip=row_name("accelerators", chip, language)))
    notes = [told for note in caveats(table, id, column) if (told := note_in(note, language))]
    return [*lines, *(sentence("table_note", language, note=note, marks=ledger.mark(leaf, note)) for note in notes)]


def _never_told(result: Result, ledger: Ledger) -> str:
    """A row that is known, without the value that was asked; and what it does hold."""
    from aitoll.agent.rules.tables import known_of

    language, said = ledger.language, result.call.arguments
    held = ", ".join(label(name, language) for name in known_of(str(said["table"]), str(said["row"])))
    text = sentence("never_published", language, label=label(result.call.figure, language), subject=result.call.subject)
    return text + (sentence("held_instead", language, held=held) if held else "")


def workings(outcome: Outcome, ledger: Ledger) -> str:
    """How each figure comes about and what it rests on, for who has said the figures already."""
    parts = ["  \n".join(_workings(result, ledger)) for result in outcome.answered]
    return "\n\n".join(part for part in (*parts, _rests_on(outcome, ledger), _claims(outcome, ledger)) if part)


def _workings(result: Result, ledger: Ledger) -> list[str]:
    lines = []
    lines += _kind_of_cost(result, ledger)
    if _never_published(result):
        lines.append(sentence("not_published", ledger.language, subject=result.call.subject))
    main = next((found for found in result.estimates if found.expression), result.estimates[0])
    if result.call.wanted and "limit" in main.inputs and "result" in main.inputs:
        lines.append(_backwards(main, ledger))
    elif main.expression and not main.name.endswith(PRICES):
        lines.append(_formula(main, ledger))
    lines.append(_drivers(main, ledger))
    lines += [sentence("shared", ledger.language)] if result.shared else []
    lines += [sentence(warning, ledger.language) for found in result.estimates for warning in found.warnings]
    if main.sampled:
        lines.append(sentence("sampled", ledger.language))
    return [line for line in lines if line]


def _kind_of_cost(result: Result, ledger: Ledger) -> list[str]:
    """What a published cost of a model holds: sums of different kinds must not be compared unawares."""
    leaf = next(result.estimates[0].leaves())
    table, _, rest = leaf.row.partition("/")
    if table != "models" or not rest.endswith("/cost_usd"):
        return []
    kind = row("models", rest.partition("/")[0])["cost_kind"]
    return [texts(ledger.language)["cost_kinds"][kind]]


def _backwards(found: Estimate, ledger: Ledger) -> str:
    """What was sought, and the result that was given."""
    limit, result, language = found.inputs["limit"], found.inputs["result"], ledger.language
    named = result.name if isinstance(result, Estimate) else "limit"
    shown = quantity(limit.value, limit.unit, language)
    return sentence("inverse", language, wanted=label(named, language), limit=shown)


def _never_published(result: Result) -> bool:
    """A question about a run as it was, answered by our own arithmetic alone."""
    said = {name for name, value in result.call.arguments.items() if value is not None}
    converted = all(leaf.row.startswith("models/") for leaf in result.estimates[0].leaves() if not leaf.row.startswith("constants/eur-usd"))
    return said == {"model"} and not converted and not any(found.published for found in result.estimates)


def _headline(found: Estimate, subject: str, ledger: Ledger) -> str:
    language = ledger.language
    named = sentence("subject", language, subject=subject) if subject else ""
    leaf = next(found.leaves())
    marks = ledger.mark(_sourced(leaf)) if found.published else ""
    text = sentence(
        "headline", language, label=capital(label_of(found, language)), subject=named, value=value_of(found, language), marks=marks
    )
    return text + _interval(found, language)


def _sourced(leaf: Value) -> Value:
    """An estimate that stands in a row of another's facts rests on that row's source."""
    parts = leaf.row.split("/")
    if leaf.source or len(parts) != 3 or parts[0] not in ("models", "accelerators"):
        return leaf
    cells = row(parts[0], parts[1])
    return replace(leaf, source=cells["source"], where=cells["where"]) if cells["source"] else leaf


def value_of(found: Estimate, language: Language) -> str:
    shown = quantity(
        found.value, found.unit, language, 4 if found.published else digits_deserved(found.value, found.low, found.high, found.unit)
    )
    if found.unit == "1" and found.name == "saved_share":
        shown = share(found.value, language)
    if found.high is None:
        return sentence("at_least", language, value=shown)
    return sentence("at_most", language, value=shown) if found.low is None else shown


def _interval(found: Estimate, language: Language) -> str:
    if found.low is None or found.high is None or found.low == found.high:
        return ""
    digits = digits_deserved(found.value, found.low, found.high, found.unit)
    ends = [
        share(end, language) if found.name == "saved_share" else quantity(end, found.unit, language, digits)
        for end in (found.low, found.high)
    ]
    return sentence(f"interval_{found.bounded}" if found.bounded else "interval", language, low=ends[0], high=ends[1])


def _formula(found: Estimate, ledger: Ledger) -> str:
    language = ledger.language
    names = _filled(found, lambda name: label(name, language))
    numbers = _filled(found, lambda name: number_of(found, name, language))
    left = label(found.name, language)
    return sentence("formula", language, names=f"{left} = {names}", numbers=numbers)


def _filled(found: Estimate, how: Callable[[str], str]) -> str:
    text = found.expression.replace(" ** ", " ^ ").replace("**", " ^ ").replace("*", "×").replace("/", "÷").replace(" - ", " − ")
    return re.sub(r"[a-z_][a-z_0-9]*", lambda match: how(match[0]) if match[0] in found.inputs else match[0], text)


def number_of(found: Estimate, name: str, language: Language) -> str:
    part = found.inputs[name]
    exact = not isinstance(part, Value) and part.low == part.high
    deserved = 4 if isinstance(part, Value) else 7 if exact else max(3, digits_deserved(part.value, part.low, part.high, part.unit))
    return quantity(part.value, part.unit, language, 6 if isinstance(part, Value) and part.status == "given" else deserved)


def _rests_on(outcome: Outcome, ledger: Ledger) -> str:
    """Every published or assumed input once, with its range, its status and its mark."""
    language = ledger.language
    leaves = dict.fromkeys(
        leaf
        for result in outcome.answered
        for found in result.estimates
        if not found.published
        for leaf in found.leaves()
        if leaf.status != "given"
    )
    lines = []
    for leaf in leaves:
        value = with_range(leaf.value, leaf.low, leaf.high, leaf.unit, language)
        lines.append(
            "- "
            + sentence(
                "input",
                language,
                label=label(leaf.name, language),
                value=value,
                status=texts(language)["statuses"][leaf.status],
                marks=ledger.mark(leaf),
            )
        )
    return "\n".join([sentence("rests_on", language), *lines]) if lines else ""


def _drivers(found: Estimate, ledger: Ledger) -> str:
    language = ledger.language
    if len(found.drivers) < 2:
        return ""
    named = [
        sentence("driver", language, label=label(name, language), share=share(part, language))
        for name, part in found.drivers[:DRIVERS]
        if part >= 0.02
    ]
    return sentence("drivers", language, drivers=", ".join(named))


def _claims(outcome: Outcome, ledger: Ledger) -> str:
    if not outcome.passages:
        return ""
    lines = [claim(found, ledger) for found in outcome.passages]
    if not outcome.answered:
        return "\n\n".join(lines)
    return "\n".join([sentence("claims", ledger.language), *(f"- {line}" for line in lines)])


def claim(found: Evidence, ledger: Ledger) -> str:
    language = ledger.language
    if found.kind == "user":
        quoted = f"«{THIN}{found.passage}{THIN}»" if language == "fr" else f"“{found.passage}”"
        return f"{sentence('own_documents', language)} {quoted}{ledger.mark_passage(found)}"
    text = sentence("claim", language, passage=found.passage, mark=ledger.mark_passage(found))
    if not found.note:
        return text
    verdict = texts(language)["verdicts"].get(found.verdict) if found.verdict else None
    if found.verdict == "wrong":  # what holds stands before what does not
        marks = ledger.mark_primary(found)
        return sentence("corrected", language, note=found.note, marks=marks, claim=text, verdict=verdict)
    note = (
        sentence("verdict", language, verdict=verdict, note=found.note, marks=ledger.mark_primary(found))
        if verdict
        else f"{found.note}{ledger.mark_primary(found)}"
    )
    return f"{text} {note}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
