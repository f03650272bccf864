"""From what a question says to what will be done: calculators with their inputs, a search, or a question back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aitoll.agent.rules.choosing import Call, calls_for, subject_of
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.names import families
from aitoll.agent.rules.slots import Slots, slots_of
from aitoll.agent.rules.vocabulary import small_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.agent.rules.cues import Cue
    from aitoll.agent.rules.reading import Reading

METRICS = ("cost", "energy", "carbon", "water", "compute", "duration", "gpu_hours", "gpu_count")
_BEFORE = r"(?:mod[eè]le|model|gpu|puce|chip|training|train|entra[iî]nement de|entra[iî]ner)\s+"
_OF = r"(?:(?:of|de|du|le|la|the|model|mod[eè]le)\s+)*"
_NAME = r"(?-i:([A-Z][\w.]*(?:[ -][\w.]*\d[\w.-]*)?|[\w-]*\d[\w.-]*))"
MEMBER = re.compile(r"\b([A-Za-z]{3,})(?:[ -]?[A-Z][a-z]+)?[ -]?v?\d[\w.]*(?: ?[A-Z][a-z]+)?")
UNKNOWN_NAME = re.compile(_BEFORE + _OF + _NAME, re.IGNORECASE)


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
    facts: bool = False  # whether the sources' own claims belong in the answer too


def plan(reading: Reading, before: Plan | None = None) -> Plan:
    slots, metrics = slots_of(reading), metrics_of(reading)
    if not metrics and _is_bill(reading, slots):
        metrics = ["cost"]
    if before is not None and _follows(reading, slots, metrics):
        slots, metrics = _merged(slots, before, metrics or before.metrics)
    made = _decide(reading, slots, metrics)
    made.query = reading.question
    return made


def _decide(reading: Reading, slots: Slots, metrics: list[str]) -> Plan:
    if slots.ambiguous:
        return Plan("clarify", metrics, slots, options=slots.ambiguous[0])
    unknown = unknown_name(reading, slots)
    if unknown and (metrics or reading.has("train")):
        return Plan("unknown_name", metrics, slots, named=unknown)
    calls = calls_for(reading, slots, metrics)
    if calls:
        return Plan("calls", metrics, slots, calls, facts=_wants_facts(reading, slots))
    if _dangling(reading, slots, metrics):
        return Plan("clarify", metrics, slots)
    if on_topic(reading, slots, metrics):
        return Plan("search", metrics, slots)
    return Plan("out_of_scope", metrics, slots)


def metrics_of(reading: Reading) -> list[str]:
    """The quantities asked for, in the order in which they are said; words inside a given quantity ask for nothing."""
    asked: list[str] = []
    for cue in reading.cues:
        if any(quantity.start < cue.end and cue.start < quantity.end for quantity in reading.quantities):
            continue
        names = ["energy", "carbon", "water"] if cue.name == "footprint" else [cue.name]
        asked += [name for name in names if name in METRICS and name not in asked]
    if reading.has("footprint") and {"carbon", "water"} & {cue.name for cue in reading.cues if _qualifies(cue)}:
        asked = [name for name in asked if any(cue.name == name for cue in reading.cues)]
    return asked


def _is_bill(reading: Reading, slots: Slots) -> bool:
    """ "Rent 100 H100s for 10 days at 2 $/h" asks for a cost without naming it."""
    return bool({"price", "unit_price"} & slots.numbers.keys() and {"gpus", "gpu_hours"} & slots.numbers.keys()) or (
        reading.has("rent", "buy") and bool(slots.chips)
    )


def _qualifies(cue: Cue) -> bool:
    """ "empreinte carbone" is about carbon alone."""
    return cue.name in ("carbon", "water", "energy")


def _follows(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """A follow-up changes one thing of what was asked, or asks another thing of the same run."""
    if not metrics or reading.has("follow_up", "them") or slots.bare:
        return reading.has("follow_up", "them", "pronoun") or (not metrics and not slots.empty) or bool(slots.bare)
    return slots.empty


def _merged(new: Slots, before: Plan, metrics: list[str]) -> tuple[Slots, list[str]]:
    """What is said now over what was said before."""
    old = before.slots
    numbers = {**old.numbers, **new.numbers}
    if new.bare and not new.numbers:
        numbers[_bare_slot(old)] = new.bare[0]
    for given, implied in (("energy_kwh", ("gpus", "hours", "gpu_hours")), ("gpu_hours", ("gpus", "hours"))):
        if given in new.numbers:
            numbers = {name: value for name, value in numbers.items() if name not in implied}
    if new.places:
        numbers.pop("grid_g_per_kwh", None)
    merged = Slots(
        numbers=numbers,
        chips=new.chips or old.chips,
        models=new.models or old.models,
        places=new.places or old.places,
        sites=new.sites or old.sites,
        systems=new.systems or old.systems,
        money=new.money or old.money,
        currency=new.currency if new.money or "price" in new.numbers else old.currency,
    )
    return merged, metrics


def _bare_slot(old: Slots) -> str:
    return next((name for name in ("gpus", "questions", "years", "gpu_hours", "params") if name in old.numbers), "gpus")


def _wants_facts(reading: Reading, slots: Slots) -> bool:
    """The articles are quoted beside a figure that is looked up, not beside the user's own arithmetic."""
    return not slots.numbers or reading.has("claim")


def _dangling(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "How much CO2 does it emit?": a quantity of nothing that was named, or of too little, but of nothing else either."""
    if not metrics:
        return False
    ours = reading.has("ai", "train", "cluster") or bool(slots.chips or slots.models or slots.systems)
    if slots.numbers:
        return ours or not _other_words(reading)
    return slots.empty and not ours and not _other_words(reading)


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def _spans(parts: Iterable[_Placed]) -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in parts]


def _other_words(reading: Reading) -> list[str]:
    """Words that carry a subject: neither small, nor a cue, nor a name, nor a quantity."""
    spans = [*_spans(reading.cues), *_spans(reading.quantities), *_spans(reading.names)]
    return [
        match[0]
        for match in re.finditer(r"[a-z]{2,}", reading.folded)
        if match[0] not in small_words("small") and not any(start <= match.start() < end for start, end in spans)
    ]


def on_topic(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """Whether the question is about what AI costs: by its own words, or by those of the library."""
    from aitoll.agent.rules.topics import library_words

    if slots.models or slots.chips or slots.systems:
        return True
    hits = library_words(reading.folded)
    if reading.has("ai") and (
        metrics or reading.has("train", "use", "footprint", "why", "growth", "saving", "gap", "cooling", "claim") or hits
    ):
        return True
    return bool(metrics and reading.has("train")) or len(hits) >= 2 or any(word.strong for word in hits)


def unknown_name(reading: Reading, slots: Slots) -> str:
    """A name that is asked about and that no table has: where a model or a chip should stand, or a known family's unknown member."""
    if slots.models or slots.chips or slots.systems:
        return ""
    taken = [*_spans(reading.names), *_spans(reading.quantities)]
    for match in UNKNOWN_NAME.finditer(reading.question):
        word = match[1].strip(".-")
        known = any(begin <= match.start(1) < end for begin, end in taken)
        if not known and len(word) > 1 and not word.replace(".", "").isdigit() and word.lower() not in small_words("no_names"):
            return word
    return _unknown_member(reading)


def _unknown_member(reading: Reading) -> str:
    """ "GPT-5", "Claude 4": a family that the tables know, with a number that they do not."""
    for match in MEMBER.finditer(reading.question):
        if fold(match[1]) in families() and not any(mention.start <= match.start() < mention.end for mention in reading.names):
            return match[0].strip()
    return ""


def state_of(made: Plan) -> dict[str, Any]:
    """What the next turn needs to know of this one, as plain data."""
    slots = made.slots
    return {
        "metrics": made.metrics,
        "numbers": {name: list(value) if isinstance(value, tuple) else value for name, value in slots.numbers.items()},
        "rows": {"chips": slots.chips, "models": slots.models, "places": slots.places, "sites": slots.sites, "systems": slots.systems},
        "money": [list(value) if isinstance(value, tuple) else value for value in slots.money],
        "currency": slots.currency,
    }


def plan_of(state: dict[str, Any]) -> Plan:
    from aitoll.tools.inputs import Range

    def number(value: Any) -> Any:
        return Range(*value) if isinstance(value, list) else value

    slots = Slots(
        numbers={name: number(value) for name, value in state["numbers"].items()},
        money=[number(value) for value in state["money"]],
        currency=state["currency"],
        **{name: list(ids) for name, ids in state["rows"].items()},
    )
    return Plan("calls", list(state["metrics"]), slots)


__all__ = ["Call", "Plan", "plan", "plan_of", "state_of", "subject_of"]
