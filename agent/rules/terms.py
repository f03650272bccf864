"""On what terms it is had: the tier of a rental price, the rate of batches, tokens from the cache, a site's load, clean contracts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.measures import amount, highest, scaled
from aitoll.agent.texts import row_name, texts
from aitoll.tools.api_cost import price
from aitoll.tools.errors import AitollError
from aitoll.tools.facts import rows
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.choosing import Call
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Language, Reading
    from aitoll.agent.rules.slots import Slots

_YEARS = r"(?:\d|one|two|three|un|deux|trois)[- ](?:year|yr|an)s?"
TIERS = {
    "spot": r"(?<!on the )spot(?! on| the| check)s?|on the spot market|preemptible|pre-emptible|preemptibles|interruptibles?",
    "reserved": rf"reserved?(?:e?s)?|reservations?|committed(?: use)?|{_YEARS} commitment|commitment|(?:avec|sous) engagement"
    rf"|engagement (?:de|sur|d')\s?{_YEARS}|long-term contract|contrat (?:de long terme|long)",
    "marketplace": r"(?:gpu )?marketplaces?|market place|places? de marche|vast(?:\.ai)?|lium|runpod community|community cloud",
    "hyperscaler": r"hyper-?scalers?|hyperscale",
    "specialised": r"speciali[sz]ed (?:gpu )?(?:clouds?|providers?)|clouds? specialises?|neo-?clouds?",
}
#: providers, each of the tier that it sells in
PROVIDERS = {
    "hyperscaler": r"aws|amazon(?: web services)?|ec2|azure|gcp|google cloud|gce",
    "specialised": r"coreweave|lambda(?: labs| cloud)?|runpod(?! community)|crusoe|nebius|hyperstack|civo|akash",
}
ON_DEMAND = deferred(r"(?<![a-z])(?:on[- ]demand|a la demande)(?![a-z])")
BATCH = deferred(
    r"(?<![a-z])(?:(?:in|en|par|with|via|using|as|mode|api|l'api) (?:an? )?batch(?:es)?(?! ?size| of)"
    r"|batch(?:ed)?[ -](?:api|mode|pric|rate|process|discount|request|tarif)\w*|par lots|mode lots?)(?![a-z])"
)
WITHOUT = deferred(r"(?<![a-z])(?:sans|without|no|not in|hors|pas en)(?: the| le| mode| any)* batch(?:es|ing)?(?! ?size)(?![a-z])")
_CACHE = r"(?:cached|caching|(?:in|en|du|from|dans le|depuis le|read from)(?: the| a)? ?cache|mis(?:es?)? en cache|de cache|cache hits?)"
_TOKENS = (
    r"(?:(?:of|de|des|du|the|its|them|it|are|is|being|sont|est|input|prompt|entree|tokens?|jetons?|d'entree|lus?|read|come|viennent)\s)*"
)
_CLEAN = (
    r"(?:renewable|renouvelable|clean(?!er)|green|verte?|carbon[- ]free|decarbone|matched|ppa|guarantee|garanti|couvert|covered"
    r"|contract|contrat|wind|solar|eolien|solaire)"
)
_OF = r"(?:(?:of|de|d'|the|its|la|l'|sa|son|by|en|electricity|electricite|power|energy|energie|is|are|est|average|moyenne)[\s]?)*"
#: a share of what, by the words after it and those before it
SHARES = {
    "cached_share": (
        rf"\s?(?:(?:of|de|des) (?:the |les |nos |our )?\d[\d.,]{{0,9}} ?[kmb]? )?{_TOKENS}{_CACHE}",
        rf"(?:{_CACHE}|cache hit|cache)(?: (?:rate|ratio|share|input|at|of|a|de))*\s?:?\s?",
    ),
    "matched_share": (rf"\s?{_OF}{_CLEAN}", rf"{_CLEAN}\w*(?: [\w']+)?(?: (?:at|a|by|for|pour|de|share))?\s?:?\s?"),
    "load": (
        rf"\s?{_OF}(?:load|charge|capacity|capacite|full power|pleine puissance|puissance)(?![a-z])",
        r"(?:load(?:ed)?(?: factor)?|charge|(?:facteur|taux) de charge)(?: (?:at|of|a|de|is|est))*\s?:?\s?",
    ),
}
_SHARES = {
    name: (deferred(after), deferred(rf"(?<![a-z])(?:{before})(?:only |seulement |about |environ )?$"))
    for name, (after, before) in SHARES.items()
}
HALF_CACHED = deferred(rf"(?:half|moitie) {_TOKENS}{_CACHE}")
ALL_CACHED = deferred(r"cached (?:input|prompt)|(?:input|prompt|entree) (?:is |all |tokens |mise? )*(?:cached|en cache)")
AT = deferred(r"(?:^|[\s,(])(?:at|a|running at|used at|utilise a)\s(?:only |about |environ |seulement )?$")
CURRENCY = deferred(
    r"£|¥|₹|(?<![a-z])(?:pounds? sterling|british pounds|livres? sterlings?|(?:in|to|into|of) pounds(?! of)|en livres|sterling|gbp"
    r"|yens?|jpy|yuans?|rmb|renminbi|cny|swiss francs?|francs? suisses?|chf|rupees?|roupies?|inr"
    r"|(?:canadian|australian) dollars?|dollars? (?:canadiens?|australiens?)|cad|aud|zlotys?|kron(?:a|or|er)|couronnes?|reais|bitcoins?)"
    r"(?![a-z])"
)


def _compiled(patterns: dict[str, str]) -> list[tuple[str, re.Pattern[str]]]:
    return [(tier, deferred(rf"(?<![a-z])(?:{pattern})(?![a-z])")) for tier, pattern in patterns.items()]


_TIERS, _PROVIDERS = _compiled(TIERS), _compiled(PROVIDERS)


def read_terms(slots: Slots, reading: Reading) -> None:
    slots.tiers = _tiers(slots, reading)
    slots.batch = False if WITHOUT.search(reading.folded) else True if BATCH.search(reading.folded) else None
    for quantity in reading.quantities:
        if quantity.unit == "%" and 0 <= quantity.low <= quantity.high <= 100 and (name := _share_of(slots, reading, quantity)):
            _take(slots, quantity, name)
    if highest(slots.numbers.get("cached_tokens", 2.0)) <= 1:
        slots.numbers["cached_share"] = slots.numbers.pop("cached_tokens")  # "half of them cached"
    if "cached_share" in slots.numbers and "cached_tokens" in slots.numbers and "input_tokens" not in slots.numbers:
        slots.numbers["input_tokens"] = slots.numbers.pop("cached_tokens")  # "60% of 20M input tokens cached"
    if "cached_share" not in slots.numbers and "cached_tokens" not in slots.numbers:
        share = 0.5 if HALF_CACHED.search(reading.folded) else 1.0 if ALL_CACHED.search(reading.folded) else 0.0
        slots.numbers.update({"cached_share": share} if share else {})


def _tiers(slots: Slots, reading: Reading) -> list[str]:
    """In the order in which they are said; a model was trained at a provider without its price being asked."""
    of_chips = bool(slots.chips or {"gpus", "gpu_hours"} & slots.numbers.keys() or not slots.models)
    patterns = [*_TIERS, *(_PROVIDERS if of_chips else [])]
    found = sorted((match.start(), tier) for tier, pattern in patterns for match in pattern.finditer(reading.folded))
    named = list(dict.fromkeys(tier for _, tier in found))
    if "hyperscaler" in named and len(named) > 1 and not reading.has("compare") and not _either(reading):
        named.remove("hyperscaler")  # "spot on AWS" is spot
    on_demand = ON_DEMAND.search(reading.folded) and not {"hyperscaler", "specialised"} & {*named}
    return [*named, "specialised"] if on_demand and (not named or _either(reading) or reading.has("compare")) else named


def _either(reading: Reading) -> bool:
    return bool(re.search(r"(?<![a-z])(?:or|ou|vs|against|contre|and|et)(?![a-z])", reading.folded))


def _share_of(slots: Slots, reading: Reading, quantity: Quantity) -> str:
    before, after = reading.folded[max(0, quantity.start - 40) : quantity.start], reading.folded[quantity.end : quantity.end + 48]
    named = [name for name, (following, _) in _SHARES.items() if following.match(after)]
    named += [name for name, (_, preceding) in _SHARES.items() if preceding.search(before)]
    site = "site_kw" in slots.numbers and not slots.chips
    if not named and site and (slots.numbers.get("mfu") == quantity.low / 100 or AT.search(before)):
        return "load"
    return next(iter(named), "")


def _take(slots: Slots, quantity: Quantity, name: str) -> None:
    """The share under its own name, and under no other that its place in the sentence may have given it."""
    value = scaled(amount(quantity, "1"), 0.01)
    slots.numbers = {other: number for other, number in slots.numbers.items() if other not in ("mfu", "divisor") or number != value}
    if value in slots.shares:
        slots.shares.remove(value)
        slots.twice.remove("%")
    slots.numbers[name] = value
    slots.spent |= {quantity.low} if name == "cached_share" else set()


def settle(calls: list[Call], slots: Slots, reading: Reading) -> list[tuple[str, str]]:
    """Terms on which no price is known are taken out of the calls; what is to be told of them."""
    told: list[tuple[str, str]] = []
    for call in list(calls):
        if not _has_tier(call):
            said = tier_name(call.arguments.pop("tier"), reading.language)
            call.subject = ", ".join(part for part in call.subject.split(", ") if part != said)
            told.append(("no_tier", said))
            if len(calls) > 1 and len(slots.tiers) > 1:
                calls.remove(call)
        if call.tool == "api_cost":
            batch = ", batch" if call.arguments.get("batch") else ""
            told += [(f"no_{name}", f"{call.arguments['api_model']}{batch if name != 'batch' else ''}") for name in _without_price(call)]
        at_us_price = call.tool in ("electricity_cost", "footprint") and not call.arguments.get("electricity_price")
        if at_us_price and call.wanted != "electricity_price":
            abroad = [row_name("grids", id, reading.language) for id in slots.places if id != "usa" and id in rows("grids")]
            told += [("us_price", ", ".join(abroad))] if abroad else []
    if match := CURRENCY.search(reading.folded):
        told += [("currency", reading.question[match.start() : match.end()])] if _is_money(slots, calls) else []
    return list(dict.fromkeys(told))


def _is_money(slots: Slots, calls: list[Call]) -> bool:
    from aitoll.tools.registry import calculator

    return any("cost" in call.tool or "budget" in call.tool or call.tool in ("savings", "money", "revenue_gap") for call in calls) and bool(
        all(calculator(call.tool) for call in calls) and not {"carbon_t"} & slots.numbers.keys()
    )


def _has_tier(call: Call) -> bool:
    tier, model = call.arguments.get("tier"), call.arguments.get("model")
    chip = call.arguments.get("gpu") or rows("models").get(model or "", {}).get("accelerator")
    return not tier or chip not in rows("accelerators") or f"{chip}:{tier}" in rows("rentals")


def _without_price(call: Call) -> list[str]:
    """The terms of an API's bill that its provider has no price for, taken out."""
    gone, model = [], call.arguments.get("api_model")
    for name, side in (("batch", "input"), ("cached_tokens", "cache_read")):
        if model and call.arguments.get(name):
            try:
                price(model, side, batch=bool(call.arguments.get("batch")))
            except AitollError:
                call.arguments.pop(name)
                gone.append(name)
    return gone


ACHIEVED = ("taken_as_achieved", "FLOP/s")


def is_achieved(tool: str, arguments: dict[str, Any], reading: Reading) -> bool:
    """Whether operations a second, said without a share that is used and not as a peak, are what each chip achieves."""
    alone = "peak" in arguments and not {"mfu", "gpu"} & arguments.keys() and {"flop", "params", "gpu_hours"} & arguments.keys()
    return bool(alone) and tool.startswith("training_") and not _PEAK.search(reading.folded)


_PEAK = deferred(r"\bpeak\b|crete|theoret|theoriq|\brated\b|\bspec|\bmax")


def tier_name(tier: str, language: Language) -> str:
    return str(texts(language)["tiers"].get(tier, tier))
