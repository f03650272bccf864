"""Which calculators answer, with which inputs: one call for each quantity asked and each thing compared."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.terms import ACHIEVED, is_achieved, tier_name
from aitoll.agent.texts import row_name
from aitoll.tools.facts import rows
from aitoll.tools.patterns import deferred
from aitoll.tools.registry import calculator

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

DESCRIBED = ("params", "tokens", "flop", "gpus", "hours", "gpu_hours", "energy_kwh")
TRAINING = {
    "energy": "training_energy",
    "carbon": "training_carbon",
    "water": "training_water",
    "compute": "training_compute",
    "duration": "training_time",
    "gpu_hours": "training_time",
}
FEWEST_TOKENS = 1e8  # nothing is trained on fewer
OF_ONE = ("per_questions", "energy_per_question", "water_per_question", "carbon_per_question", "energy_per_token")
USE = {"energy": "use_energy", "carbon": "use_carbon", "water": "use_water"}


@dataclass
class Call:
    """A calculator, its inputs, and what its result is the figure of; `wanted` is the input at which the result is `target`."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    currency: str = "USD"
    given_in: str = ""  # currency of the sums among the inputs, where it is another
    wanted: str = ""
    target: Any = None
    rate: float | None = None  # dollars per euro, where they are said
    figure: str = ""  # which of the calculator's figures is asked for, where it is not the first


@dataclass(frozen=True)
class Asked:
    """All that a form of question is told by; `forced` is the calculator of the question that this one follows."""

    reading: Reading
    slots: Slots
    metrics: list[str]
    forced: str = ""


def calls_for(asked: Asked) -> list[Call]:
    from aitoll.agent.rules.inverses import inverse_calls
    from aitoll.agent.rules.special import special_calls

    for form in (_plain, inverse_calls, special_calls):
        found = form(asked)
        if found is not None:
            return found
    metrics = asked_metrics(asked.reading, asked.slots, asked.metrics)
    slots = _as_systems(asked.reading, asked.slots) if USE.keys() & {*metrics} else asked.slots
    return [call for metric in metrics for variant in variants(slots) for call in _one(asked.reading, variant, metric)]


#: what a plain product or quotient is of; without any of it, there is none to look for
PLAIN = {"carbon_price", "carbon_t", "energy_kwh", "it_energy_kwh", "pue", "questions", "people", "grid_before", "grid_g_per_kwh"}


def _plain(asked: Asked) -> list[Call] | None:
    if not PLAIN & asked.slots.numbers.keys():
        return None
    from aitoll.agent.rules.plain import plain_calls

    return plain_calls(asked)


def _as_systems(reading: Reading, slots: Slots) -> Slots:
    """Of several things in use, one may be named as its model is: "ChatGPT against Gemini"."""
    if len(slots.systems) + len(slots.models) < 2 or not slots.systems or not is_use(reading, slots):
        return slots
    named = [(mention.table, mention.id) for mention in reading.names if mention.table in ("models", "inference")]
    found = [id if table == "inference" else system_of(id) for table, id in named or [("inference", id) for id in slots.systems]]
    alone = copy(slots)
    alone.systems, alone.models = list(dict.fromkeys(id for id in found if id)), []
    return alone


def asked_metrics(reading: Reading, slots: Slots, metrics: list[str]) -> list[str]:
    """Energy that is given, or whose intensity is, is not asked for; a bill of electricity is a cost, not an energy."""
    given = {"energy_kwh", "grid_g_per_kwh", "energy_per_question"} & slots.numbers.keys()
    others = [metric for metric in metrics if metric != "energy"]
    listed = "energy_kwh" not in given and _is_listed(reading, "energy")
    if others and (given or reading.has("electricity_bill")) and not listed:
        metrics = others
    if "compute" in metrics and len(metrics) > 1 and ("flop" in slots.numbers or not {"params", "tokens"} & slots.numbers.keys()):
        metrics = [metric for metric in metrics if metric != "compute"]
    if "gpu_hours" in metrics and len(metrics) > 1 and "gpu_hours" in slots.numbers:
        metrics = [metric for metric in metrics if metric != "gpu_hours"]
    return metrics


_LISTED = deferred(
    r"\s*(?:,|/|\+|&|;|et|and|plus|puis|then)(?:\s*(?:,|et|and|then))?\s*"
    r"(?:the |le |la |l'|les |de |d'|its |son |sa |how (?:much|many) |what |combien (?:de |d')|quel(?:le)?s? )*"
)
USED = {"energy": ("draws",)}  # "la consommation et le CO2"
QUANTITIES = ("cost", "carbon", "water", "energy", "duration", "electricity_bill")


def _is_listed(reading: Reading, metric: str) -> bool:
    """Whether it stands in a list with another quantity that is asked: "cost, electricity and CO2"."""
    longer = [cue for cue in reading.cues if cue.name == "electricity_bill"]
    own = [
        cue
        for cue in reading.cues
        if cue.name in (metric, *USED.get(metric, ())) and not any(one.start <= cue.start < one.end for one in longer)
    ]
    other = [cue for cue in reading.cues if cue.name in QUANTITIES and cue.name != metric]
    pairs = [(min(a, b, key=lambda cue: cue.start), max(a, b, key=lambda cue: cue.start)) for a in own for b in other]
    return any(one.end <= two.start and _LISTED.fullmatch(reading.folded[one.end : two.start]) for one, two in pairs)


def variants(slots: Slots) -> list[Slots]:
    """One set of inputs for each of the things that are compared: places, chips or models."""
    for name in ("places", "models", "chips", "systems"):
        ids = getattr(slots, name)
        if len(ids) > 1:
            return [priced for id in ids for priced in _of_tiers(_with(slots, name, id))]
    return _of_tiers(slots)


def _of_tiers(slots: Slots) -> list[Slots]:
    return [_with(slots, "tiers", tier) for tier in slots.tiers] or [slots]


def _with(slots: Slots, name: str, id: str) -> Slots:
    alone = copy(slots)
    setattr(alone, name, [id])
    return alone


def _one(reading: Reading, slots: Slots, metric: str) -> list[Call]:
    if metric in USE and is_use(reading, slots):
        return [call_of(USE[metric], _used(slots), reading)]
    described = any(name in slots.numbers for name in DESCRIBED)
    if metric == "cost":
        tool = "electricity_cost" if reading.has("electricity_bill") or "electricity_price" in slots.numbers else "training_cost"
        tools = ["electricity_cost", "training_cost"] if _is_both(reading, slots) else [tool]
        return [call_of(tool, slots, reading) for tool in tools] if described or slots.models else []
    if metric in TRAINING and (described or slots.models):
        call = of_site(call_of(TRAINING[metric], slots, reading), reading)
        return [_of_chips(call) if metric == "gpu_hours" else call]
    return []


def _is_both(reading: Reading, slots: Slots) -> bool:
    """A bill of electricity, and beside it the rent of the chips."""
    return reading.has("electricity_bill") and reading.has("rent") and {"price", "electricity_price"} <= slots.numbers.keys()


def _of_chips(call: Call) -> Call:
    """Chip-hours are asked for, and no duration: those of the model on its own chip, where none is named."""
    call.figure = "gpu_hours"
    model = call.arguments.get("model")
    if model in rows("models") and not call.arguments.get("gpu") and (own := rows("models")[model]["accelerator"]):
        call.arguments["gpu"] = own
    return call


def is_use(reading: Reading, slots: Slots) -> bool:
    """Using a model rather than training it."""
    counted = {"questions", *OF_ONE} & slots.numbers.keys()
    tokens = slots.numbers.get("tokens", slots.numbers.get("output_tokens", inf))
    if not reading.has("train") and isinstance(tokens, float) and tokens < FEWEST_TOKENS:
        return True
    named = bool(slots.systems) or (slots.models and reading.has("use"))
    return bool(counted) or (bool(named) and not reading.has("train"))


def _used(slots: Slots) -> Slots:
    """Tokens of an answer are those that come out."""
    if "tokens" not in slots.numbers:
        return slots
    numbers = {**slots.numbers}
    numbers.setdefault("output_tokens", numbers.pop("tokens"))
    alone = copy(slots)
    alone.numbers = numbers
    return alone


def call_of(tool: str, slots: Slots, reading: Reading, **more: Any) -> Call:
    arguments = of_machines(tool, {**pick(slots, tool), **more}, reading)
    fields = calculator(tool).inputs.model_fields
    if is_achieved(tool, arguments, reading):
        arguments |= {"mfu": 1.0}
        slots.remarks += [ACHIEVED] if ACHIEVED not in slots.remarks else []
    if "achieved" in slots.numbers and "achieved" not in fields and {"peak", "mfu"} <= fields.keys() and "peak" not in arguments:
        arguments |= {"peak": slots.numbers["achieved"], "mfu": 1.0}  # what was achieved is a peak that is wholly used
    return Call(tool, arguments, rows_of(arguments, reading), slots.currency or "USD")


METERED = deferred(r"\bmeter\b|compteur|facility|\bwhole site\b|\bsite entier|overhead included|pue (?:included|compris)")
_ON_SITE = deferred(r"on[- ]?site|sur (?:le )?site\b|sur place|cooling water|eau de refroid|evapor")
_OFF_SITE = deferred(
    r"\btotal|off[- ]?site|hors (?:du )?site|power (?:plant|station)|central|ewif|and off|all the water|toute l'eau|en tout|overall"
)


def of_site(call: Call, reading: Reading) -> Call:
    """The same call, where the water on site is all that is asked for."""
    if call.tool == "training_water" and _ON_SITE.search(reading.folded) and not _OFF_SITE.search(reading.folded):
        call.figure = "water_on_site"
    return call


def of_machines(tool: str, arguments: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The same inputs, where the electricity that was given is said to be that of the machines, without the site's overhead."""
    if arguments.get("energy_kwh") is None or "it_energy_kwh" not in calculator(tool).inputs.model_fields:
        return arguments
    said = [cue.text for cue in reading.cues if cue.name == "it_energy"]
    if "wue" in arguments and "pue" not in arguments and not said and not METERED.search(reading.folded):
        said = ["it"]  # a WUE is of the machines' electricity, and that is what it was given for
    meant = {"pue", "wue", "pue_after"} & arguments.keys() or any(re.search(r"\bit\b|informatique|side|cote", text) for text in said)
    if not said or not meant:  # "our servers use 7 GWh" may well be read at the meter
        return arguments
    return {"it_energy_kwh" if name == "energy_kwh" else name: value for name, value in arguments.items()}


def pick(slots: Slots, tool: str) -> dict[str, Any]:
    """What this calculator can use of what was said."""
    fields = calculator(tool).inputs.model_fields
    left_out = {"carbon_t"} if "site_kw" in slots.numbers else {"carbon_t", "load"}
    numbers = {name: value for name, value in slots.numbers.items() if name in fields and name not in left_out}
    if "per_questions" in numbers:  # the user's own measure of a question
        return numbers
    ids = {"gpu": slots.chips, "model": slots.models, "place": slots.places, "facility": slots.sites, "system": slots.systems}
    ids |= {"tier": slots.tiers} if "price" not in numbers else {}
    named = {field: found[0] for field, found in ids.items() if found and field in fields}
    if "system" in fields and not named.get("system") and slots.models:
        named.update({"system": found} if (found := system_of(slots.models[0])) else {})
    if {"energy_per_question", "carbon_per_question", "water_per_question"} & numbers.keys():
        named.pop("system", None)
    return {**named, **numbers}


def system_of(model: str) -> str | None:
    """The measurement of use of a model that is known from its training."""
    from aitoll.agent.rules.fold import fold
    from aitoll.agent.rules.names import key, names_of, rows_named
    from aitoll.tools.facts import row

    for alias in names_of("models", row("models", model)):
        for table, id, _ in rows_named(key(alias), fold(alias[:2])):
            if table == "inference":
                return id
    return None


ROWS = {"model": "models", "system": "inference", "gpu": "accelerators", "facility": "facilities", "place": "grids"}


def rows_of(arguments: dict[str, Any], reading: Reading) -> str:
    """The names among a call's inputs; one that no table has is told by the error."""
    known = ((table, arguments[field]) for field, table in ROWS.items() if arguments.get(field) in rows(table))
    names = dict.fromkeys(row_name(table, id, reading.language) for table, id in known)
    return ", ".join([*names, *([tier_name(arguments["tier"], reading.language)] if arguments.get("tier") else [])])


def subject_of(slots: Slots, reading: Reading) -> str:
    """What tells one figure of an answer from another: "Llama 3.1 405B, Pologne"."""
    tables = (
        ("models", slots.models),
        ("inference", slots.systems),
        ("accelerators", slots.chips),
        ("facilities", slots.sites),
        ("grids", slots.places),
    )
    return ", ".join(dict.fromkeys(row_name(table, ids[0], reading.language) for table, ids in tables if ids and ids[0] in rows(table)))


def is_hourly(asked: Asked) -> bool:
    """Whether it is the rent of an hour that is asked: of one chip, or at a tier of so many."""
    return bool(asked.slots.tiers) or (asked.reading.has("rent") and "gpus" not in asked.slots.numbers)


def an_hour(asked: Asked) -> list[Call]:
    tiers = [{"tier": tier} for tier in asked.slots.tiers] or [{}]
    count = asked.slots.numbers.get("gpus", 1.0)
    runs = [{"gpu": chip, "gpu_hours": count, **tier} for chip in asked.slots.chips for tier in tiers]
    return [Call("training_cost", run, rows_of(run, asked.reading), asked.slots.currency or "USD") for run in runs]
