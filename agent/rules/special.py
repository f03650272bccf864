"""Questions that are told by their form rather than by the quantity they name: bills, growth, savings, purchases, revenue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.choosing import Asked, Call, an_hour, call_of, is_hourly, of_machines, rows_of
from aitoll.agent.rules.measures import highest, scaled
from aitoll.agent.rules.sites import site_calls
from aitoll.agent.texts import label
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

Found = list[Call] | None
SIDES = ("input_tokens", "output_tokens")


def special_calls(asked: Asked) -> Found:
    for form in (
        _api,
        _revenue,
        site_calls,
        _cooling,
        _electricity,
        _growth,
        _savings,
        _utilisation,
        _ownership,
        _development,
        _convert,
        _purchase,
    ):
        found = form(asked)
        if found is not None:
            return found
    return None


def _api(asked: Asked) -> Found:
    numbers, reading, slots = asked.slots.numbers, asked.reading, asked.slots
    sides = {*SIDES, "cached_tokens", "input_price", "output_price"} & numbers.keys()
    physical = {"energy", "carbon", "water"} & set(asked.metrics)
    priced = "cost" in asked.metrics and (reading.has("api") or "tokens" in numbers or slots.api_models)
    if physical or not (sides or asked.forced == "api_cost" or priced):
        return None
    if not slots.api_models and not {"input_price", "output_price"} & numbers.keys():
        return None
    if reading.has("train") and not sides and ("tokens" in numbers or slots.models):
        return None
    return [call for model in slots.api_models or [""] for call in _at_api(slots, reading, model, bool(sides))]


def _at_api(slots: Slots, reading: Reading, model: str, sided: bool) -> list[Call]:
    """The bill of one model; tokens of which no side is told, at the price of each side."""
    numbers = _for_all(slots, reading)
    named = (*SIDES, "cached_tokens", "input_price", "output_price", "cached_price")
    given = {"api_model": model or None, **{name: numbers.get(name) for name in named}, **({"batch": True} if slots.batch else {})}
    if "cached_tokens" in numbers:
        given["input_tokens"] = given["input_tokens"] or numbers["cached_tokens"]
    elif "cached_share" in numbers and "input_tokens" in numbers:
        given["cached_tokens"] = scaled(numbers["input_tokens"], highest(numbers["cached_share"]))
    if "tokens" in numbers and not {*SIDES} & numbers.keys():
        sold = [side for side in ("input", "output") if sided and f"{side}_price" in numbers] or ["input", "output"]
        return [Call("api_cost", {**given, f"{side}_tokens": numbers["tokens"]}, model, slots.currency or "USD") for side in sold]
    return [Call("api_cost", given, model, slots.currency or "USD")]


MOST_OF_ONE = 1e6  # tokens of one question


def _for_all(slots: Slots, reading: Reading) -> dict[str, Any]:
    """Tokens of each question, or of each thing that is counted, for all of them."""
    numbers = slots.numbers
    sides = [name for name in (*SIDES, "tokens") if name in numbers]
    if not sides or any(highest(numbers[name]) > MOST_OF_ONE for name in sides):
        return numbers
    count = numbers.get("questions")
    if count is None and len(slots.bare) == 1 and OF_EACH.search(reading.folded):
        count = slots.bare[0]  # "700 tokens per document, 5,000 documents"
    if count is None or isinstance(count, Range):
        return numbers
    slots.spent |= {count, *(highest(numbers[name]) for name in sides)}
    return {
        **{name: value for name, value in numbers.items() if name != "questions"},
        **{name: scaled(numbers[name], count) for name in sides},
    }


OF_EACH = deferred(
    r"\b(?:each|apiece|chacune?s?"
    r"|(?:per|par|a|every|chaque|each) (?!million|mtok|m\b|token|hour|heure|jour|day|month|mois|year|an\b)[a-z]{3,})"
)


def _revenue(asked: Asked) -> Found:
    if not (asked.reading.has("gap") or asked.forced == "revenue_gap"):
        return None
    from aitoll.agent.rules.revenues import revenue_calls

    return revenue_calls(asked)


def _electricity(asked: Asked) -> Found:
    priced = "electricity_price" in asked.slots.numbers or asked.reading.has("electricity_bill") or asked.forced == "electricity_cost"
    priced = priced or ("cost" in asked.metrics and not _is_of_a_run(asked.slots))
    return (
        [call_of("electricity_cost", asked.slots, asked.reading)]
        if "energy_kwh" in asked.slots.numbers and priced and "carbon" not in asked.metrics
        else None
    )


def _is_of_a_run(slots: Slots) -> bool:
    return bool(slots.chips or slots.models or slots.systems or {"gpus", "gpu_hours", "params", "questions"} & slots.numbers.keys())


def _growth(asked: Asked) -> Found:
    numbers = asked.slots.numbers
    rising = "growth" in numbers or asked.reading.has("growth") or asked.forced == "cost_growth"
    years = _years(asked.reading, asked.slots)
    if rising and years is not None and asked.slots.money and not {"gpus", "gpu_hours", "energy_kwh"} & numbers.keys():
        numbers["years"] = years
        arguments = {"cost": asked.slots.money[0], "growth": numbers.get("growth"), "years": years}
        return [Call("cost_growth", arguments, currency=asked.slots.currency or "USD")]
    if rising and years is not None and "power_kw" in numbers and "growth" in numbers:
        return [Call("cost_growth", {"power_kw": numbers["power_kw"], "growth": numbers["growth"], "years": years})]
    if "growth" in numbers and not asked.slots.money and years is None and asked.reading.has("doubling"):
        return [Call("cost_growth", {"growth": numbers["growth"]})]
    return None


def _years(reading: Reading, slots: Slots) -> Any:
    since = slots.numbers.get("since")
    if len(reading.years) >= 2:
        slots.numbers["since"] = float(reading.years[0].value)
        return float(abs(reading.years[-1].value - reading.years[0].value))
    if len(reading.years) == 1 and isinstance(since, float) and reading.years[0].value > since:
        return reading.years[0].value - since
    return slots.numbers.get("years")


def _savings(asked: Asked) -> Found:
    told = (asked.reading.has("saving") and "divisor" in asked.slots.numbers) or re.search(r"\bjest\b", asked.reading.folded)
    if not asked.slots.money or not (told or asked.forced == "savings"):
        return None
    return [
        Call(
            "savings", {"cost": asked.slots.money[0], "divisor": asked.slots.numbers.get("divisor")}, currency=asked.slots.currency or "USD"
        )
    ]


def _cooling(asked: Asked) -> Found:
    numbers = asked.slots.numbers
    if "pue_after" not in numbers:
        return None
    given = {"pue_before": numbers.get("pue"), "pue_after": numbers["pue_after"], "energy_kwh": numbers.get("energy_kwh")}
    if "energy_kwh" in numbers:
        from aitoll.agent.rules.plain import of_named_machines

        if of_named_machines(asked.reading):
            given["it_energy_kwh"] = given.pop("energy_kwh")
    return [Call("cooling_savings", of_machines("cooling_savings", given, asked.reading))]


def _utilisation(asked: Asked) -> Found:
    numbers = asked.slots.numbers
    worked = "flop" in numbers or {"params", "tokens"} <= numbers.keys() or bool(asked.slots.models)
    timed = "gpu_hours" in numbers or {"gpus", "hours"} <= numbers.keys() or (bool(asked.slots.models) and not numbers)
    wondered = asked.reading.has("utilisation") and asked.reading.has("how_much") and "mfu" not in numbers
    return (
        [call_of("utilisation", asked.slots, asked.reading)]
        if wondered and worked and timed and not set(asked.metrics) - {"compute"}
        else None
    )


def _ownership(asked: Asked) -> Found:
    """Renting against buying; a cluster over years; hardware worn out; the power that chips draw."""
    numbers = asked.slots.numbers
    power = asked.reading.has("power_draw") or any(cue.text in ("power", "puissance") for cue in asked.reading.cues)
    if power and "gpus" in numbers and not {"hours", "gpu_hours", "energy_kwh"} & numbers.keys() and set(asked.metrics) <= {"energy"}:
        return [call_of("cluster_power", asked.slots, asked.reading)]
    owned = {"pue", "electricity_price", "years"} & numbers.keys() or asked.reading.has("amortised")
    if {"price", "unit_price", "gpus"} <= numbers.keys() and {"hours", "gpu_hours"} & numbers.keys() and not owned:
        return _both_ways(asked)
    if "cost" not in asked.metrics and not asked.reading.has("rent_or_buy"):
        return None
    if "gpus" in numbers and ("years" in numbers or asked.reading.has("rent_or_buy")) and "hours" not in numbers and not asked.slots.models:
        return [call_of("cluster_budget", asked.slots, asked.reading)]
    run = asked.slots.models or {"gpus", "hours"} <= numbers.keys() or "gpu_hours" in numbers
    if asked.reading.has("rent_or_buy") and run:
        return [call_of("cost_bases", asked.slots, asked.reading)]
    return [call_of("amortised_cost", asked.slots, asked.reading)] if asked.reading.has("amortised") and run else None


def _both_ways(asked: Asked) -> list[Call]:
    """A price of an hour and a price of a chip: what the same chips cost rented, and bought."""
    slots, language = asked.slots, asked.reading.language
    rented = call_of("training_cost", slots, asked.reading)
    whole = asked.reading.has("cluster") and not asked.reading.has("chips_only")
    chip = slots.chips[0] if slots.chips else None
    bought = {"gpu": chip, "gpus": slots.numbers["gpus"], "unit_price": slots.numbers["unit_price"], "cluster": whole}
    rented.subject = label("rental_cost", language)
    return [rented, Call("gpu_budget", bought, label("gpu_purchase", language), slots.currency or "USD")]


def _development(asked: Asked) -> Found:
    if not asked.reading.has("development") or "cost" not in asked.metrics or not (asked.slots.models or asked.slots.money):
        return None
    staff = {"staff": True} if asked.reading.has("staff") else {}
    cost = {"cost": asked.slots.money[0]} if asked.slots.money else {}
    return [call_of("development_cost", asked.slots, asked.reading, **cost, **staff)]


LEAST_RATE, MOST_RATE = 0.5, 2.0  # dollars per euro


def _convert(asked: Asked) -> Found:
    told = asked.reading.has("convert") or "usd_per_eur" in asked.slots.numbers or asked.forced == "money"
    if told and len(asked.slots.bare) == 1 and LEAST_RATE <= highest(asked.slots.bare[0]) <= MOST_RATE:
        asked.slots.numbers.setdefault("usd_per_eur", asked.slots.bare.pop())  # "in dollars, at 1.15"
    if (
        not told
        or not asked.slots.money
        or asked.slots.names
        or set(asked.metrics) - {"cost"}
        or set(asked.slots.numbers) - {"usd_per_eur"}
    ):
        return None
    said = [quantity.unit for quantity in asked.reading.quantities if quantity.unit in ("USD", "EUR") and not quantity.per]
    if not said:
        return None  # "and in Poland?" of a sum of before
    side = "euros" if said[0] == "EUR" else "dollars"
    return [Call("money", {side: asked.slots.money[0], "usd_per_eur": asked.slots.numbers.get("usd_per_eur")})]


def _purchase(asked: Asked) -> Found:
    """Buying chips, and how many a budget buys; a chip alone, with no hour said, is a chip to buy."""
    numbers, money = asked.slots.numbers, list(asked.slots.money)
    timed = {"hours", "gpu_hours", "price", "params", "tokens", "flop"} & numbers.keys()
    whole = asked.reading.has("cluster") and not asked.reading.has("chips_only")
    arguments: dict[str, Any] = {"unit_price": numbers.get("unit_price"), "cluster": whole}
    if "gpu_count" in asked.metrics and not money and "unit_price" in numbers:
        money = [*asked.slots.bare]  # "with 500k"
    elif "gpu_count" in asked.metrics and len(money) == 1 and "unit_price" not in numbers:
        money += asked.slots.bare
    if "gpu_count" in asked.metrics and (money or "unit_price" in numbers) and not timed:
        return _affordable(asked.slots, arguments, money) if money else None
    buys = "unit_price" in numbers or asked.reading.has("buy") or asked.forced == "gpu_budget"
    if "cost" in asked.metrics and not (buys or timed or asked.slots.models) and is_hourly(asked):
        return an_hour(asked) or None
    if (
        not ("cost" in asked.metrics or asked.forced == "gpu_budget")
        or timed
        or asked.slots.models
        or ((asked.reading.has("rent") or asked.slots.tiers) and not buys)
    ):
        return None
    if not (asked.slots.chips or ("gpus" in numbers and buys)):
        return None
    if "unit_price" not in numbers and len(money) == 1 and "gpus" in numbers:
        arguments["unit_price"] = money[0]
    arguments["gpus"] = numbers.get("gpus")
    return [
        Call("gpu_budget", {**arguments, "gpu": chip}, rows_of({"gpu": chip}, asked.reading), asked.slots.currency or "USD")
        for chip in _chips(asked.slots)
    ]


def _affordable(slots: Slots, arguments: dict[str, Any], money: list[Any]) -> list[Call]:
    if arguments["unit_price"] is None and len(money) > 1:
        arguments["unit_price"] = min(money, key=_middle)
        money.remove(arguments["unit_price"])
    return [Call("gpu_budget", {**arguments, "gpu": chip, "budget": money[0]}, currency=slots.currency or "USD") for chip in _chips(slots)]


def _chips(slots: Slots) -> list[str | None]:
    return [*slots.chips] or [None]


def _middle(amount: Any) -> float:
    return (amount.low + amount.high) / 2 if isinstance(amount, Range) else float(amount)
