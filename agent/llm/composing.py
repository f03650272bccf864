"""From a model's text with references to a checked Turn, or to the faults that it must mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.check import check, enforce
from aitoll.agent.ledger import Ledger
from aitoll.agent.llm import plain
from aitoll.agent.llm.references import REFERENCE, faults, names_itself, references, told_apart
from aitoll.agent.llm.work import shown_end, shown_part
from aitoll.agent.rules.kept import state_of
from aitoll.agent.rules.planning import Plan
from aitoll.agent.rules.running import Outcome
from aitoll.agent.rules.slots import Slots
from aitoll.agent.rules.tables import LOOK_UP, ROWS_OF
from aitoll.agent.rules.turn import Turn, warnings_of
from aitoll.agent.rules.verdicts import verdicts
from aitoll.agent.rules.wording import claim, value_of, word, workings
from aitoll.agent.texts import label, label_of, surface
from aitoll.tools.estimate import Value
from aitoll.tools.inputs import Range
from aitoll.tools.registry import CALCULATORS

if TYPE_CHECKING:
    from typing import Any

    from aitoll.agent.ledger import Evidence
    from aitoll.agent.llm.references import Reference
    from aitoll.agent.llm.work import Fact, Work
    from aitoll.agent.rules.running import Result

LONGEST = 4000  # characters of a model's text
CORRECTED = ("wrong", "outdated", "imprecise")
MOST_TOLD = 8  # faults at once
ROWS = {"gpu": "chips", "model": "models", "place": "places", "facility": "sites", "system": "systems"}
RESULT = "its result"
MONEY = ("cost", "budget", "euros", "dollars")


def compose(text: str, work: Work) -> tuple[Turn | None, list[str]]:
    """The turn in the model's words, or what breaks the law in them."""
    found = _faults_of(text, work)
    if found:
        return None, found[:MOST_TOLD]
    used = _used(text, work)
    ledger = Ledger(work.language)
    for result in used.results:
        for estimate in result.estimates:
            ledger.add(estimate, result.call.subject)
    body = "\n\n".join(part for part in (_filled(text, work, ledger), *verdicts(used, ledger), workings(used, ledger)) if part)
    turn = Turn(work.reading.question, work.language, steps=work.outcome.steps, state=state_after(work))
    turn.text, turn.citations, turn.figures = ledger.finish(body)
    breaches = check(turn.text, turn.figures, turn.citations, work.questions, work.language)
    turn.warnings = warnings_of(used, turn)
    return (None, [f"{breach.text!r} {breach.reason}" for breach in breaches][:MOST_TOLD]) if breaches else (turn, [])


def _faults_of(text: str, work: Work) -> list[str]:
    if len(text) > LONGEST:
        return [f"the text is too long: at most {LONGEST} characters"]
    known = "\n".join([*work.questions, *work.read])
    bare = REFERENCE.sub(" ", text)
    found = [*faults(text, work), *plain.faults(bare, known)]
    found += _left_out(work)
    if not plain.in_language(bare, work.language):
        found.append(f"write in {'French' if work.language == 'fr' else 'English'}")
    loose = [block for block in text.split("\n\n") if block.strip() and not REFERENCE.search(block)]
    return found + [f"a paragraph rests on no reference: {block.strip()[:40]!r}" for block in loose] + ([] if text.strip() else ["no text"])


def _left_out(work: Work) -> list[str]:
    """Numbers that were given for a calculator, as the rules read the question, and that no call of it took."""
    taken: dict[str, set[str]] = {}
    for result in work.outcome.answered:
        taken.setdefault(result.call.tool, set()).update(result.call.arguments)
        if result.call.wanted:
            taken[result.call.tool].add(RESULT)
    given = [
        (call.tool, name, value)
        for call in work.made.calls
        for name, value in [*call.arguments.items(), *([(RESULT, call.target)] if call.wanted else [])]
    ]
    return [
        f"{tool} was called without {name}, which was given: {value}"
        for tool, name, value in given
        if tool in taken and isinstance(value, Range | float) and name not in taken[tool]
    ]


def _used(text: str, work: Work) -> Outcome:
    """The results that the text speaks of; what corrects a cited passage, and what stands beside a looked-up value, comes along."""
    written = references(text)
    results = [work.facts[one.name].result for one in written if one.name in work.facts]
    cited = [work.passages[one.name] for one in written if one.name in work.passages and one.part != "text"]
    quoted = [work.passages[one.name] for one in written if one.part == "text"]
    along = [*work.beside, *(passage for passage in cited if passage.verdict in CORRECTED or passage.kind == "user")]
    left_out = [result for result in work.outcome.results if result.error is not None]
    kept = [result for result in work.outcome.results if any(result is one for one in results)]
    beside = [one for one in dict.fromkeys(along) if one not in quoted]
    return Outcome([*kept, *left_out], beside, work.outcome.steps, work.outcome.warnings)


def _filled(text: str, work: Work, ledger: Ledger) -> str:
    filled, last = [], 0
    for reference in references(text):
        filled += [text[last : reference.start], _shown(reference, work, ledger)]
        last = reference.end
    return "".join([*filled, text[last:]]).strip()


def _shown(reference: Reference, work: Work, ledger: Ledger) -> str:
    if reference.name in work.passages:
        passage = work.passages[reference.name]
        return claim(passage, ledger) if reference.part == "text" else ledger.mark_passage(passage)
    fact = work.facts[reference.name]
    if reference.part == "name":
        return _named(fact, work)
    value, mark = _value(reference.part, fact, work, ledger)
    if names_itself(reference, fact, work):
        return value + mark
    if reference.part in fact.parts:
        return f"{value} ({label(reference.part, work.language)}){mark}"
    apart = told_apart(fact, work)
    return f"{value} ({label_of(fact.estimate, work.language)}{f', {apart}' if apart else ''}){mark}"


def _named(fact: Fact, work: Work) -> str:
    subject = f" ({fact.result.call.subject})" if fact.result.call.subject else ""
    return label_of(fact.estimate, work.language) + subject


def _value(part: str, fact: Fact, work: Work, ledger: Ledger) -> tuple[str, str]:
    """A value as it is read, and the mark of its source."""
    language, found = work.language, fact.estimate
    said = surface("llm", language)
    if part in fact.parts:
        leaf = fact.parts[part]
        return shown_part(leaf, language), ledger.mark(leaf) if isinstance(leaf, Value) else ""
    mark = ledger.mark(next(found.leaves())) if found.published else ""
    if part in ("range", "low", "high"):
        low, high = (shown_end(found, end or 0.0, language) for end in (found.low, found.high))
        return said[part].format(low=low, high=high), mark
    return value_of(found, language), mark


def deterministic(work: Work) -> Turn | None:
    """The same facts in our own words; None where there are none."""
    used = Outcome(work.outcome.results, _found(work), work.outcome.steps, work.outcome.warnings)
    if not used.answered and not used.passages:
        return None
    turn = Turn(work.reading.question, work.language, steps=work.outcome.steps, state=state_after(work))
    ledger = Ledger(work.language)
    turn.text, turn.citations, turn.figures = ledger.finish(word(used, ledger))
    turn.text = enforce(turn.text, turn.figures, turn.citations, work.questions, work.language)
    turn.warnings = warnings_of(used, turn)
    return turn


def _found(work: Work) -> list[Evidence]:
    if work.beside:
        return work.beside
    by_topic = {passage.topic or passage.id: passage for passage in reversed(work.passages.values())}
    return list(reversed(by_topic.values()))[:3]


def state_after(work: Work) -> dict[str, Any] | None:
    """What a follow-up rests on, from the calls that were made, so that either planner can take the next turn."""
    answered = work.outcome.answered
    if not answered:
        return None
    slots = Slots(currency=answered[-1].call.currency, given_in=work.made.slots.given_in)
    metrics = [cue for result in answered for cue in _asked(result)]
    for result in answered:
        if result.call.tool == LOOK_UP:
            _keep(slots, ROWS_OF[result.call.arguments["table"]], result.call.arguments["row"])
        for field, value in result.call.arguments.items():
            if field in ROWS:
                _keep(slots, ROWS[field], value)
            elif field in MONEY:
                slots.money += [value] if value not in slots.money else []
            elif isinstance(value, Range | float):
                slots.put(field, value)
    calls = [result.call for result in answered if result.call.tool in (*CALCULATORS, LOOK_UP)]
    return {**state_of(Plan("calls", list(dict.fromkeys(metrics)), slots, calls)), "language": work.language}


def _keep(slots: Slots, kind: str, id: str) -> None:
    rows = getattr(slots, kind)
    rows += [id] if id not in rows else []


def _asked(result: Result) -> list[str]:
    from aitoll.agent.llm.references import OF_UNIT

    metric = OF_UNIT.get(result.estimates[0].unit)
    return [metric] if metric else []


__all__ = ["compose", "deterministic", "state_after"]
