"""From what a question says to what will be done: calculators with their inputs, a search, or a question back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.adjusting import bounded, claimed, unused
from aitoll.agent.rules.alternatives import set_against
from aitoll.agent.rules.asking import implied, metrics_of, weakly_cost, with_rent
from aitoll.agent.rules.choosing import Asked, Call, calls_for, subject_of
from aitoll.agent.rules.counting import count_all
from aitoll.agent.rules.following import asks_why, follows, goes_on, merged, times_before, unasked
from aitoll.agent.rules.measures import PERIODS
from aitoll.agent.rules.reading import read
from aitoll.agent.rules.scope import LONG, dangling, focus, has_subject, is_everyday, is_vague, off_topic, on_topic, other_words, spans
from aitoll.agent.rules.siblings import continued
from aitoll.agent.rules.slots import Slots, slots_of
from aitoll.agent.rules.staging import is_staged
from aitoll.agent.rules.terms import read_terms, settle
from aitoll.agent.rules.unknown import newer, unknown_chip, unknown_model, unknown_place
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading

YES_OR_NO = deferred(
    r"^(?:(?:and|et|so|alors|but|mais|please|hello|hi|hi there|hey|bonjour|salut|quick question|une question|s'il vous plait|svp"
    r"|could you (?:please )?tell me|pou(?:rriez|vez)-vous me dire|dites-moi|dis-moi|tell me)[ ,:!.]+)*(?:if |whether |si )?"
    r"(?:is|are|was|were|does|do|did|will|has|have|should|est-ce|est-il|est-elle|faut-il|who|whom|when|why|qui|quand|pourquoi|d'ou)\b"
)
INVERTED = deferred(r"-(?:t-)?(?:il|elle|ils|elles|on)\b")


@dataclass
class Plan:
    """What will be done for one question; `kind` is calls, search, clarify, out_of_scope or unknown_name."""

    kind: str
    metrics: list[str] = field(default_factory=list)
    slots: Slots = field(default_factory=Slots)
    calls: list[Call] = field(default_factory=list)
    query: str = ""
    named: str = ""  # the unknown name
    options: tuple[str, ...] = ()
    sure: bool = True  # whether a word says that it is ours, so that a search need not be
    facts: bool = False  # whether the sources' own claims belong in the answer too
    staged: bool = False  # whether it tells the agent how to behave, and asks nothing of ours
    tool: str = ""  # of the question before, in a plan that was kept
    first: dict[str, Any] = field(default_factory=dict)  # the numbers of the question that this one and those between go back to
    remarks: list[tuple[str, str]] = field(default_factory=list)  # what was done, or not, with a number of the question


def plan(reading: Reading, before: Plan | None = None, *, alone: bool = False) -> Plan:
    if before is not None and (whole := continued(reading.question, before.slots.models)) != reading.question:
        reading = read(whole, lambda: reading.language)
    growing = before is not None and "years" in before.slots.numbers
    sold = before is not None and bool(before.slots.api_models)
    slots, metrics, forced = slots_of(reading, growing, sold), metrics_of(reading), ""
    count_all(slots, reading)
    read_terms(slots, reading)
    remarks = [*slots.remarks]
    first: dict[str, Any] = {}
    if before is not None and before.tool and asks_why(reading, slots, metrics):
        reading, slots, metrics, forced = replace(reading, cues=()), before.slots, before.metrics, before.tool
    elif before is not None and follows(reading, slots, metrics, before.slots):
        metrics = (
            before.metrics if times_before(reading, before.slots) is not None and not slots.names else unasked(reading, slots, metrics)
        )
        forced = "" if metrics and metrics != before.metrics else before.tool
        first = before.first or before.slots.numbers
        slots, metrics = merged(slots, before.slots, reading, first), metrics or before.metrics
    if reading.has("rent", "buy") and not (slots.chips or slots.models) and _with_strangers(reading, slots, metrics).chips and slots.bare:
        slots.numbers.setdefault("gpus", slots.bare.pop(0))  # "16 Z900 cards" are chips, if of no table
    metrics = (implied(reading, slots) if not metrics or weakly_cost(reading, metrics) else []) or metrics
    metrics = with_rent(reading, slots, metrics)
    claimed(slots, metrics)
    if set(metrics) <= {"cost"} and "unit_price" in slots.numbers and len(slots.money) == 1 and "gpus" not in slots.numbers:
        metrics = ["gpu_count"]  # a sum, and a price of each
    if metrics == ["energy"] and "electricity_price" in slots.numbers and not slots.money:
        metrics = ["cost"]  # "how much electricity would we pay"
    made = _decide(reading, slots, metrics, forced)
    made.query, made.first = reading.question, first
    if before is not None and before.query and made.kind in ("search", "out_of_scope", "clarify") and goes_on(reading, slots):
        made.kind, made.query = "search", f"{before.query} {reading.question}"
    made = _focused(made, reading)
    made.remarks = [*remarks, *settle(made.calls, made.slots, reading)]
    if made.kind == "calls" and (before is None or times_before(reading, before.slots) is None):
        made.remarks += [*bounded(reading), *unused(reading, made.slots, made.calls)]
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


def _decide(reading: Reading, slots: Slots, metrics: list[str], forced: str) -> Plan:
    unknown = _unknown(reading, slots, metrics)
    if unknown and (metrics or reading.has("train")):
        return Plan("unknown_name", metrics, slots, named=unknown)
    ours = forced or on_topic(reading, slots, metrics)
    if ours and not reading.has("why", "who") and (found := _looked_up(Asked(reading, slots, metrics, forced))):
        return Plan("calls", metrics, slots, found)
    if slots.ambiguous and metrics and (ours or slots.numbers) and not _is_search(reading, slots):
        return Plan("clarify", metrics, slots, options=slots.ambiguous[0])
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
    return Plan("search" if ours else "out_of_scope", metrics, slots, sure=has_subject(reading))


def _looked_up(asked: Asked) -> list[Call] | None:
    from aitoll.agent.rules.tables import table_calls

    asked = Asked(asked.reading, _with_strangers(asked.reading, asked.slots, asked.metrics), asked.metrics, asked.forced)
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
    values = [value for call in calls for value in (*call.arguments.values(), call.target)]
    known = {*SAID, "price", "unit_price"} - ({"questions"} if "per_questions" in slots.numbers else set())
    return [name for name in slots.twice if name in known] or [
        name for name in SAID if name in slots.numbers and name not in used and slots.numbers[name] not in values
    ]


def _is_search(reading: Reading, slots: Slots) -> bool:
    """Is it so, who, when, why: a matter of what the sources say, where no number is given to work with."""
    asked = bool(YES_OR_NO.match(reading.folded)) or (bool(INVERTED.search(reading.folded)) and not reading.has("how_much"))
    if reading.has("compare") and len(slots.names) > 1:
        return False
    if (
        set(slots.numbers) - {"growth"}
        or (slots.money and (slots.numbers or (reading.has("gap") and not reading.has("why", "who", "where", "explain"))))
        or (slots.numbers and not reading.has("who", "why"))
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
    return "" if slots.chips else unknown_model(reading.question, _taken(reading))


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


def state_of(made: Plan) -> dict[str, Any]:
    """What the next turn needs to know of this one, as plain data."""
    slots = made.slots
    return {
        "metrics": made.metrics,
        "numbers": {name: list(value) if isinstance(value, tuple) else value for name, value in slots.numbers.items()},
        "rows": {name: getattr(slots, name) for name in ("chips", "models", "places", "sites", "operators", "systems")},
        "first": {name: list(value) if isinstance(value, tuple) else value for name, value in made.first.items()},
        "money": [list(value) if isinstance(value, tuple) else value for value in slots.money],
        "currency": slots.currency,
        "given_in": slots.given_in,
        "api_models": slots.api_models,
        "tiers": slots.tiers,
        "batch": slots.batch,
        "tool": _tool_of(made.calls[0]) if made.calls else "",
        "query": made.query if made.kind == "search" else "",
    }


def _tool_of(call: Call) -> str:
    from aitoll.agent.rules.tables import LOOK_UP, cue_of

    return f"{LOOK_UP}:{cue_of(call.figure)}" if call.tool == LOOK_UP else call.tool


def plan_of(state: dict[str, Any]) -> Plan:
    from aitoll.tools.inputs import Range

    def number(value: Any) -> Any:
        return Range(*value) if isinstance(value, list) else value

    slots = Slots(
        numbers={name: number(value) for name, value in state["numbers"].items()},
        money=[number(value) for value in state["money"]],
        currency=state["currency"],
        given_in=state.get("given_in", ""),
        api_models=list(state.get("api_models", ())),
        tiers=list(state.get("tiers", ())),
        batch=state.get("batch"),
        **{name: list(ids) for name, ids in state["rows"].items()},  # type: ignore[arg-type]
    )
    first = {name: number(value) for name, value in state.get("first", {}).items()}
    return Plan("calls", list(state["metrics"]), slots, query=state.get("query", ""), tool=state.get("tool", ""), first=first)


__all__ = ["Call", "Plan", "plan", "plan_of", "state_of", "subject_of"]
