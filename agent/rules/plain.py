"""Plain arithmetic of what is stated: CO2 at a price, two grids, a meter and its machines, a share for each, so many at a price each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.choosing import Asked, Call, call_of
from aitoll.agent.rules.covering import tie
from aitoll.agent.rules.measures import DIMENSIONS, amount, highest, ratio
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.measures import Number
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading

Found = list[Call] | None


def plain_calls(asked: Asked) -> Found:
    """The first product or quotient that takes what is stated."""
    for form in (_carbon_price, _avoided, _overhead, _share, _of_questions):
        found = form(asked)
        if found is not None:
            return found
    return None


def _carbon_price(asked: Asked) -> Found:
    """So many tonnes, or the CO2 of so much electricity, at a price of a tonne; or the tonnes that a sum pays for."""
    slots, numbers = asked.slots, asked.slots.numbers
    told = _QUOTA.search(asked.reading.folded) or (
        "cost" in asked.metrics and len(slots.money) == 1 and highest(slots.money[0]) < MOST_OF_A_TONNE
    )
    if "carbon_price" not in numbers and "carbon_t" in numbers and len(slots.money) == 1 and told and not slots.models:
        numbers["carbon_price"] = slots.money.pop()  # "the price of an allowance is 65 €"
    if "carbon_price" not in numbers:
        return None
    if "carbon_t" in numbers:
        given = {name: numbers[name] for name in ("carbon_t", "carbon_price")}
        return [Call("carbon_price", given, currency=slots.currency or "USD")]
    if "energy_kwh" in numbers and ("grid_g_per_kwh" in numbers or slots.places):
        return [call_of("carbon_price", slots, asked.reading)]
    if slots.money:
        paid = {"carbon_price": numbers["carbon_price"]}
        return [Call("carbon_price", paid, "", slots.currency or "USD", wanted="carbon_t", target=slots.money[0])]
    return None


MOST_OF_A_TONNE = 500  # dollars, said without "a tonne"
_QUOTA = deferred(
    r"quotas?\b|allowances?\b|carbon (?:price|tax|credit)|taxe carbone|prix (?:du|de la tonne de) (?:carbone|co2)|credits? carbone"
    r"|\boffset|compens"
)
_MOVED = deferred(
    r"avoid|sav(?:e|ed|es|ing)|spar(?:e|ed)|evit|economi[sz]|reduc|redui|baiss|cut|drop|fall|lower|less|fewer|moins|gain"
    r"|instead of|rather than|au lieu|plutot|mov(?:e|ing|ed)|migrat|migr|switch|shift|pass(?:e|er|ant|ons|ait)|deplac|transf"
    r"|bascul|differ|going from|go from"
)
_FACTOR = deferred(r"\btimes\b|\bfois\b|ratio|factor|facteur|rapport")
_IN_PLACE_OF = deferred(r"instead of|rather than|in place of|au lieu d|plutot qu|a la place d|compared (?:to|with)|against|par rapport a")


def _avoided(asked: Asked) -> Found:
    """The same electricity on one grid and on another, where it is the difference or the factor between them that is asked for."""
    grids = [one for one in asked.reading.quantities if one.per in ("kWh", "MWh") and DIMENSIONS.get(one.unit) == "mass"]
    numbers, reading = asked.slots.numbers, asked.reading
    energy = numbers.get("energy_kwh")
    if len(grids) == 2 and (_FACTOR if energy is None else _MOVED).search(reading.folded):
        sides: list[Number] = sorted((ratio(one, "gCO2e/kWh", "grid_g_per_kwh") for one in grids), key=_middle)
        numbers["grid_after"], numbers["grid_before"] = sides
        numbers.pop("grid_g_per_kwh", None)
    elif asked.forced == "avoided_carbon" and "grid_before" in numbers and "grid_g_per_kwh" in numbers:
        numbers["grid_after"] = numbers.pop("grid_g_per_kwh")  # "and to a grid at 30 g/kWh?"
    if {"grid_before", "grid_after"} <= numbers.keys() and (len(grids) == 2 or asked.forced == "avoided_carbon"):
        given = {name: numbers.get(name) for name in ("energy_kwh", "grid_before", "grid_after")}
        return [Call("avoided_carbon", given, figure="" if _FACTOR.search(reading.folded) else "avoided_carbon")]
    if len(asked.slots.places) == 2 and energy is not None and not grids and "carbon" in asked.metrics and _SPARED.search(reading.folded):
        before, after = asked.slots.places
        if _IN_PLACE_OF.search(reading.folded):
            before, after = after, before
        return [call_of("avoided_carbon", asked.slots, reading, place_before=before, place_after=after)]
    return None


_SPARED = deferred(r"avoid|\bsav(?:e|ed|es|ing)|\bspar(?:e|ed)|evit|economi[sz]")


def _middle(value: Number) -> float:
    return (value.low + value.high) / 2 if isinstance(value, tuple) else value


_MACHINES = deferred(
    r"\bit\b|\bservers?\b|\bserveurs?\b|\bmachines?\b|\binformatiques?\b|\bgpus?\b|\bchips?\b|\bpuces?\b|equipment|equipements?"
)
_METER = deferred(
    r"\bmeter\b|compteur|facility|\bsites?\b|campus|\bgrid\b|building|batiment|\bwhole\b|\btotale?s?\b|utility|reseau|data ?cent|centre de"
    r"|\bhall\b|en tout|overall|altogether"
)
_BESIDE = deferred(r"overhead|cooling|refroid|hors machines|surcout|surconsomm|wasted|perdue?s?\b|non-it|everything else|le reste|the rest")
_PART = deferred(r"\bshare\b|\bpart\b|fraction|percent|pourcentage|proportion|how much of|\bquelle part\b")
OF_A_RUN = {"gpus", "gpu_hours", "hours", "params", "tokens", "flop", "site_kw", "pue_after", "questions", "grid_g_per_kwh", "power_kw"}
OF_A_BILL = {"electricity_price", "energy_per_question", "wue", "ewif", "growth"}


def _overhead(asked: Asked) -> Found:
    """The meter of a site, its machines and its PUE: the one of the three that is not given."""
    numbers, reading = asked.slots.numbers, asked.reading
    other = {"carbon", "water", "cost", "compute", "duration"} & set(asked.metrics) or (OF_A_RUN | OF_A_BILL) & numbers.keys()
    if (
        other
        or asked.slots.models
        or asked.slots.systems
        or asked.slots.money
        or not (reading.has("pue") or asked.forced == "site_overhead")
    ):
        return None
    energies = _energies(reading)
    if "pue" not in numbers:
        return _two_meters(asked, energies)
    given: dict[str, Any] = {"pue": numbers["pue"]}
    if not {"energy_kwh", "it_energy_kwh"} & numbers.keys():
        return (
            [Call("site_overhead", given, figure="overhead_share")]
            if _PART.search(reading.folded) or _BESIDE.search(reading.folded)
            else None
        )
    of_machines = "it_energy_kwh" in numbers or (asked.forced != "site_overhead" and _is_of_machines(reading, energies))
    if of_machines and "it_energy_kwh" not in numbers:
        numbers["it_energy_kwh"] = numbers.pop("energy_kwh")
    name = "it_energy_kwh" if of_machines else "energy_kwh"
    given[name] = numbers[name]
    if _BESIDE.search(reading.folded):
        return [Call("site_overhead", given, figure="overhead_share" if _PART.search(reading.folded) else "overhead_energy")]
    return [Call("site_overhead", given, figure="site_energy" if of_machines else "it_energy")]


def _energies(reading: Reading) -> list[Quantity]:
    return [one for one in reading.quantities if DIMENSIONS.get(one.unit) == "energy" and not one.per]


def of_named_machines(reading: Reading) -> bool:
    """Whether machines are named next to the electricity that is given: "our servers draw 4 GWh"."""
    energies = _energies(reading)
    return bool(energies and _MACHINES.search(reading.folded)) and _is_of_machines(reading, energies)


def _two_meters(asked: Asked, energies: list[Quantity]) -> Found:
    if len(energies) != 2:
        return None
    asked.slots.twice = [name for name in asked.slots.twice if name != "energy_kwh"]
    machines, meter = sorted((amount(one, "kWh") for one in energies), key=_middle)
    return [Call("site_overhead", {"energy_kwh": meter, "it_energy_kwh": machines}, figure="site_pue")]


def _is_of_machines(reading: Reading, energies: list[Quantity]) -> bool:
    """Whether an electricity is that of the machines: by what stands nearest to it, else because the other one is asked for."""
    if not energies:
        return True
    at = (energies[0].start + energies[0].end) / 2
    marks = [
        (abs((match.start() + match.end()) / 2 - at), of_machines)
        for pattern, of_machines in ((_MACHINES, True), (_METER, False))
        for match in pattern.finditer(reading.folded)
    ]
    return min(marks)[1] if marks else not _BESIDE.search(reading.folded)


#: measures, of which none is one of so many
_MEASURES = (
    r"hour|heure|day|jour|month|mois|year|an\b|annee|week|semaine|kwh|mwh|kilowatt|megawatt|token|jeton|gpu|million|milliard|billion"
    r"|chip|puce|card|carte|second|minute|cent\b|watt|litre|liter|tonne|kilo"
)
_EACH = deferred(
    rf"\b(?:per|par|each|every|chaque|pour chaque|for (?:each|every))[ -](?:single |seule )?(?!{_MEASURES})[a-z]{{4,}}"
    r"|\b(?:a|an|one|(?:d'|l')?une?|pour une) (?:single |seule )?"
    r"(?:query|question|prompt|request|requete|answer|reply|reponse|response|chat)(?![a-z])"
    r"|\b(?:each|apiece|chacune?|par tete|per head)(?= *(?:[?.!,]|$))"
)
_SPLIT = deferred(
    r"\b(?:split|shar(?:e|ed|ing)|spread|divid\w+|divis\w+|allocat\w+|distribut\w+|repart\w+|partag\w+|amorti\w*|ventil\w+|etal\w+"
    r"|rapport\w+)\b"
)
FLOWS = ("energy", "mass")
TOTALS = ("energy_kwh", "carbon_t", "water_l")
OF_EACH = {"energy_per_question", "water_per_question", "carbon_per_question", "cost_per_question", "per_questions", "energy_per_token"}


def _share(asked: Asked) -> Found:
    """A total and how many it is for, where one of them is asked about, or another number of them."""
    slots, numbers, reading = asked.slots, asked.slots.numbers, asked.reading
    prices = {"price", "unit_price", "input_price", "output_price", "electricity_price", "input_tokens", "output_tokens"}
    if (OF_EACH | prices | {"gpus", "gpu_hours", "pue", "grid_g_per_kwh"}) & numbers.keys():
        return None
    totals: dict[str, Any] = {name: numbers[name] for name in TOTALS if name in numbers}
    if len(slots.money) == 1:
        totals["cost"] = slots.money[0]
    if not totals:
        return None
    if len(totals) == 1 and (pair := _two_counts(asked)):
        return [Call("share_each", {**totals, **pair}, currency=slots.currency or "USD")]
    counts = [numbers[name] for name in ("questions", "people") if name in numbers]
    if len(counts) != 1 or not (asked.forced == "share_each" or _is_of_one(reading)):
        return None
    return [Call("share_each", {**totals, "among": counts[0]}, currency=slots.currency or "USD")]


def _two_counts(asked: Asked) -> dict[str, Any]:
    """ "1,000 prompts use 0.24 kWh; 3 million prompts?": the number that the total is for, and the one that is asked about."""
    slots, reading = asked.slots, asked.reading
    told = [one for one in reading.quantities if one.unit == "question" and not one.per]
    bare = [one for one in reading.quantities if not one.unit and one.low in slots.bare and one.low >= 1]
    total = next((one for one in reading.quantities if one.unit in ("USD", "EUR") or DIMENSIONS.get(one.unit) in FLOWS), None)
    if total is None or not told or len([*told, *bare]) != 2:
        return {}
    own = min([*told, *bare], key=lambda count: tie(reading, total, count))
    other = next(one for one in (*told, *bare) if one is not own)
    slots.twice = [name for name in slots.twice if name != "questions"]
    slots.spent |= {own.low, other.low}
    return {"among": amount(own, "1", "questions"), "counted": amount(other, "1", "questions")}


def _is_of_one(reading: Reading) -> bool:
    """Whether one of many is spoken of, outside the quantities that are given."""
    inside = [(one.start, one.end) for one in reading.quantities]
    each = any(not any(start <= match.start() < end for start, end in inside) for match in _EACH.finditer(reading.folded))
    return each or bool(_SPLIT.search(reading.folded))


def _of_questions(asked: Asked) -> Found:
    """So many questions at a price of each."""
    slots, numbers = asked.slots, asked.slots.numbers
    if not {"questions", "cost_per_question"} <= numbers.keys() or set(asked.metrics) - {"cost"}:
        return None
    return [call_of("use_cost", slots, asked.reading)]
