"""From what a question says to what will be done: calculators with their inputs, a search, or a question back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.adjusting import bounded, claimed, trained_on, unused
from aitoll.agent.rules.alternatives import set_against
from aitoll.agent.rules.asking import beyond_energy, implied, metrics_of, weakly_cost, with_rent
from aitoll.agent.rules.choosing import Asked, Call, calls_for, subject_of
from aitoll.agent.rules.counting import count_all
from aitoll.agent.rules.measures import PERIODS
from aitoll.agent.rules.reading import read
from aitoll.agent.rules.scope import (
    LONG,
    dangling,
    focus,
    has_subject,
    is_everyday,
    is_price_of_electricity,
    is_vague,
    off_topic,
    on_topic,
    other_words,
    points_back,
    spans,
    spelt_out,
)
from aitoll.agent.rules.siblings import continued
from aitoll.agent.rules.slots import Slots, slots_of
from aitoll.agent.rules.staging import is_staged
from aitoll.agent.rules.terms import read_terms, settle
from aitoll.agent.rules.unknown import is_card, newer, unknown_chip, unknown_model, unknown_place
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from types import ModuleType

    from aitoll.agent.rules.reading import Reading

YES_OR_NO = deferred(
    r"^(?:(?:and|et|so|alors|but|mais|please|hello|hi|hi there|hey|bonjour|salut|quick question|une question|s'il vous plait|svp"
    r"|could you (?:please )?tell me|pou(?:rriez|vez)-vous me dire|dites-moi|dis-moi|tell me)[ ,:!.]+)*(?:if |whether |si )?"
    r"(?:is|are|was|were|does|do|did|will|has|have|should|est-ce|est-il|est-elle|faut-il|who|whom|when|why|qui|quand|pourquoi|d'ou)\b"
)
#: who said so, or where it stands: a number in it is no input
_ATTRIBUTED = deferred(
    r"\bwho (?:said|says|claim(?:s|ed)|reckons|put|wrote|predict(?:s|ed)|found|showed)\b|\bsources? (?:for|behind|pour)\b"
    r"|\bqui (?:a (?:dit|ecrit|montre|estime|predit|trouve)|dit|affirme|pretend|predit|estime)\b"
)
INVERTED = deferred(r"-(?:t-)?(?:il|elle|ils|elles|on)\b")


@dataclass
class Plan:
    """What will be done for one question; `kind` is calls, search, clarify, out_of_scope or unknown_name."""

    kind: str
    metrics: list[str] = field(default_factory=list)
    slots: Slots = field(default_factory=Slots)
    calls: list[Call] = field(default_factory=list)
    if_ours: list[Call] = field(default_factory=list)  # what is computed where the question turns out to be on our subject
    query: str = ""
    named: str = ""  # the unknown name
    options: tuple[str, ...] = ()
    sure: bool = True  # whether a word says that it is ours, so that a search need not be
    facts: bool = False  # whether the sources' own claims belong in the answer too
    staged: bool = False  # whether it tells the agent how to behave, and asks nothing of ours
    lead: tuple[str, str] = ("", "")  # the sentence that tells a ranking, and the quantity it is by
    tool: str = ""  # of the question before, in a plan that was kept
    first: dict[str, Any] = field(default_factory=dict)  # the numbers of the question that this one and those between go back to
    remarks: list[tuple[str, str]] = field(default_factory=list)  # what was done, or not, with a number of the question


def _following() -> ModuleType:
    """What a follow-up takes over, loaded where there is one."""
    from aitoll.agent.rules import following

    return following


def plan(reading: Reading, before: Plan | None = None, *, alone: bool = False) -> Plan:
    if before is not None and (whole := continued(reading.question, before.slots.models)) != reading.question:
        reading = read(whole, lambda: reading.language)
    growing = before is not None and "years" in before.slots.numbers
    sold = before is not None and (bool(before.slots.api_models) or before.tool == "api_cost")
    slots, metrics, forced = slots_of(reading, growing, sold), metrics_of(reading), ""
    count_all(slots, reading)
    read_terms(slots, reading)
    _of_published_length(slots)
    remarks = [*slots.remarks]
    first: dict[str, Any] = {}
    if before is not None:
        reading, slots, metrics, forced, first = _following().taken_over(reading, slots, metrics, before)
    if reading.has("rent", "buy") and not (slots.chips or slots.models) and _with_strangers(reading, slots, metrics).chips and slots.bare:
        slots.numbers.setdefault("gpus", slots.bare.pop(0))  # "16 Z900 cards" are chips, if of no table
    metrics = (implied(reading, slots) if not metrics or weakly_cost(reading, metrics) else []) or metrics
    metrics = with_rent(reading, slots, metrics)
    claimed(slots, metrics)
    trained_on(slots, metrics, reading)
    if set(metrics) <= {"cost"} and "unit_price" in slots.numbers and len(slots.money) == 1 and "gpus" not in slots.numbers:
        metrics = ["gpu_count"]  # a sum, and a price of each
    metrics = beyond_energy(slots, metrics)
    made = _decide(reading, slots, metrics, forced)
    made.query, made.first = spelt_out(reading) if made.kind == "search" and slots.money else reading.question, first
    if before is not None and before.query and made.kind in ("search", "out_of_scope", "clarify") and _following().goes_on(reading, slots):
        made.kind, made.query = "search", f"{before.query} {reading.question}"
    made = _focused(made, reading)
    made.remarks = [*dict.fromkeys((*remarks, *made.slots.remarks)), *settle(made.calls or made.if_ours, made.slots, reading)]
    if (made.kind == "calls" or made.if_ours) and (before is None or _following().times_before(reading, before.slots) is None):
        made.remarks += [*bounded(reading), *unused(reading, made.slots, made.calls or made.if_ours)]
    if any(call.tool.startswith("use_") for call in made.calls) and "per_questions" not in made.slots.numbers:
        made.slots.numbers.setdefault("questions", 1.0)  # what "a billion of them" counts in the next question
    return made if alone else set_against(made, reading)


def _focused(made: Plan, reading: Reading) -> Plan:
    """A long text is answered for what it asks of ours, and not because it names an AI somewhere."""
    told = len(made.slots.numbers) > 1
    if made.kind != "clarify" and not (told and len(reading.folded) <= LONG) and is_staged(reading):
        return Plan("out_of_scope", made.metrics, made.slots, staged=True)
    if made.kind == "out_of_scope" or len(reading.folded) <= LONG or told:
        return made
    asked = focus(reading)
    if not asked:
        return Plan("out_of_scope", made.metrics, made.slots)
    if made.kind == "search":
        made.query, made.sure = asked, False
    return made


def _of_published_length(slots: Slots) -> None:
    if {"tokens", "output_tokens"} & slots.numbers.keys() and (slots.systems or slots.models):
        from aitoll.agent.rules.published import of_published_length

        of_published_length(slots)


def _decide(reading: Reading, slots: Slots, metrics: list[str], forced: str) -> Plan:
    unknown = _unknown(reading, slots, metrics)
    if unknown and (metrics or reading.has("train")):
        return Plan("unknown_name", metrics, slots, named=unknown)
    ours = forced or on_topic(reading, slots, metrics) or (bool(metrics) and is_card(reading.question))
    if at_once := _at_once(Asked(reading, slots, metrics, forced), ours=bool(ours)):
        return at_once
    if slots.ambiguous and _matters(slots.ambiguous[0], metrics) and (ours or slots.numbers) and not _is_search(reading, slots):
        return Plan("clarify", metrics, slots, options=slots.ambiguous[0])
    calls: list[Call] = []
    if not _is_search(reading, slots) and not (is_everyday(reading) and not ours):
        calls = calls_for(Asked(reading, _with_strangers(reading, slots, metrics), metrics, forced))
        if calls and (ours or not off_topic(reading, slots)):
            if _is_of_all(reading, slots, calls):
                return Plan("search", metrics, slots)
            if _left_over(slots, calls):
                return Plan("clarify", metrics, slots)
            return Plan("calls", metrics, slots, calls, facts=_wants_facts(reading, slots))
        if metrics == ["gpu_count"] and not slots.names and not other_words(reading) and not reading.has("train", "ai_word", "who", "why"):
            return Plan("clarify", metrics, slots)
        if is_vague(reading, slots, metrics) or dangling(reading, slots, metrics):
            return Plan("clarify", metrics, slots)
    whole = calls if calls and len(slots.numbers) + len(slots.money) > 1 and not _left_over(slots, calls) else []
    return Plan("search" if ours else "out_of_scope", metrics, slots, if_ours=whole, sure=has_subject(reading))


def _at_once(asked: Asked, *, ours: bool) -> Plan | None:
    """What is told by the question alone, before any calculator: too little, prices that no table has, a ranking, a value of a table."""
    reading, slots, metrics = asked.reading, asked.slots, asked.metrics
    if not asked.forced and points_back(reading, slots, metrics):
        return Plan("clarify", metrics, slots)
    if slots.places and is_price_of_electricity(reading, slots, metrics):
        return Plan("no_prices", metrics, slots)
    if reading.has("superlative") and (ranked := _ranked(asked)):
        return ranked
    asks = reading.has("why") or (reading.has("who") and len(slots.names) < 2)
    found = _looked_up(asked) if ours and not asks else None
    return Plan("calls", metrics, slots, found) if found else None


def _ranked(asked: Asked) -> Plan | None:
    """The highest or the lowest rows of a table."""
    from aitoll.agent.rules.rankings import lead_of, ranking_calls

    calls = ranking_calls(asked)
    return Plan("calls", asked.metrics, asked.slots, calls, lead=lead_of(asked, calls)) if calls else None


def _matters(options: tuple[str, ...], metrics: list[str]) -> bool:
    """Whether it must be told which row is meant: a place's electricity is clean or dry, but no more or less."""
    return bool({"carbon", "water"} & {*metrics}) if options[0] == "grids" else bool(metrics)


def _looked_up(asked: Asked) -> list[Call] | None:
    from aitoll.agent.rules.published import is_only_whole, life_cycle_calls
    from aitoll.agent.rules.tables import table_calls

    asked = Asked(asked.reading, _with_strangers(asked.reading, asked.slots, asked.metrics), asked.metrics, asked.forced)
    if wholes := life_cycle_calls(asked):
        return wholes if is_only_whole(asked) else [*wholes, *calls_for(asked)]
    return table_calls(asked)


def _is_of_all(reading: Reading, slots: Slots, calls: list[Call]) -> bool:
    """ "How much water does ChatGPT use a day?" asks about everybody's questions, and one question is no answer."""
    used = all(call.tool.startswith("use_") for call in calls) and not {"questions", "per_questions"} & slots.numbers.keys()
    return used and any(pattern.search(reading.folded) for pattern, _ in PERIODS)


#: what nobody says in vain: an answer that leaves one of these out is an answer to another question
SAID = (
    "gpus",
    "hours",
    "gpu_hours",
    "params",
    "tokens",
    "flop",
    "energy_kwh",
    "questions",
    "input_tokens",
    "output_tokens",
    "electricity_price",
)


def _left_over(slots: Slots, calls: list[Call]) -> list[str]:
    """Numbers that were given and that no call takes."""
    used = {name for call in calls for name in (*call.arguments, call.wanted)}
    used |= {"questions"} if calls[0].tool == "api_cost" else set()
    values = [*(value for call in calls for value in (*call.arguments.values(), call.target)), *slots.spent]
    known = {*SAID, "price", "unit_price"} - ({"questions"} if "per_questions" in slots.numbers else set())
    return [name for name in slots.twice if name in known] or [
        name for name in SAID if name in slots.numbers and name not in used and slots.numbers[name] not in values
    ]


def _is_search(reading: Reading, slots: Slots) -> bool:
    """Is it so, who, when, why: a matter of what the sources say, where no number is given to work with."""
    turned, measured = INVERTED.search(reading.folded), reading.first("how_much")
    asked = bool(YES_OR_NO.match(reading.folded)) or (turned is not None and (measured is None or turned.start() < measured))
    if _ATTRIBUTED.search(reading.folded) and not slots.chips:
        return True
    if reading.has("compare", "cleaner", "dearer") and len(slots.names) > 1:
        return False
    if (
        set(slots.numbers) - {"growth", "divisor"}
        or (slots.money and (slots.numbers or (reading.has("gap") and not reading.has("why", "who", "where", "explain"))))
        or (set(slots.numbers) - {"divisor"} and not reading.has("who", "why"))
        or reading.has("how_much_of")
    ):
        return False  # "who found that it grows 2.4 times a year?" gives no number to work with
    return reading.has("why", "who", "where", "about_us") or (asked and (not slots.models or _is_claimed(reading)))


def _is_claimed(reading: Reading) -> bool:
    """Whether the sources say something of the same model and the same quantity."""
    from aitoll.agent.rules.topics import claims_about

    return bool(claims_about([(mention.table, mention.id) for mention in reading.names], set(metrics_of(reading))))


def _wants_facts(reading: Reading, slots: Slots) -> bool:
    """The articles are quoted beside a figure that is looked up, not beside the user's own arithmetic."""
    return not set(slots.numbers) - {"water_l"} or reading.has("claim")


def _unknown(reading: Reading, slots: Slots, metrics: list[str]) -> str:
    """A model that is asked about and that no table has."""
    bought = {"cost"} >= {*metrics} and not reading.has("train")
    if slots.sold and not bought:
        return slots.sold[0]  # known by its price alone
    if slots.api_models:
        return ""
    if successor := newer(reading.question, reading.names):
        return successor
    if reading.strangers and (len(reading.strangers) > 1 or not slots.models):
        return reading.strangers[0]
    if slots.models or slots.systems:
        return ""
    ours = reading.has("train", "use", "ai", "ai_word")
    return "" if slots.chips else unknown_model(reading.question, _taken(reading), ours=ours)


def _taken(reading: Reading) -> list[tuple[int, int]]:
    return [*spans(reading.names), *spans(reading.quantities), *spans(reading.years)]


def _with_strangers(reading: Reading, slots: Slots, metrics: list[str]) -> Slots:
    """A chip or a place that no table has goes to the calculator as it is, which says so."""
    if not slots.chips and (chip := unknown_chip(reading.question, _taken(reading))):
        slots.chips = [chip.upper()]
    sited = {"carbon", "water"} & set(metrics) and "grid_g_per_kwh" not in slots.numbers
    if sited and not slots.places and (place := unknown_place(reading.question, _taken(reading))):
        slots.places = [place]
    return slots


__all__ = ["Call", "Plan", "plan", "subject_of"]
