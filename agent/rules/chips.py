"""How many chips there are, where the count stands apart from the chip: "quantity 2,500", "there are 300 of them", "a single H100"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

OF_ONE = {"price", "unit_price", "power_kw", "tdp_kw"}  # what is told of one chip
TOLD = {"gpus", "gpu_hours", "flop", "params", "tokens", "energy_kwh", "questions", "growth", "input_tokens", "output_tokens"}
_CALLED = deferred(
    r"(?:quantity|qty|quantite|(?:number|nombre|count)(?: (?:of|de|d')(?: ?[\w-]+){1,2})?|volume|effectif)\s?(?:of|de|[:=]|is|est)?\s?$"
)
_OF_THEM = deferred(r"\s?(?:of (?:them|those|these)|d'entre (?:eux|elles)|units?|unites?|exemplaires?|pieces?|such)(?![a-z])")
_THE_CHIP = r"(?:gpu|chip|card|accelerator|carte|puce|accelerateur)"
_ONE = r"(?:an?|one|une?|single|seule?|each|every|chaque|per|par)"
_SINGLE = deferred(rf"(?:^|[\s,(']|d')(?:{_ONE}|le|la|l'|the)\s?(?:nvidia |amd |{_THE_CHIP} )?$")
_ANY = deferred(rf"\b{_ONE} {_THE_CHIP}(?![a-z])")


def chip_count(slots: Slots, reading: Reading) -> None:
    """The one number that counts nothing else counts the chips of which a price or a power is told; a chip alone is one."""
    numbers = slots.numbers
    of_chips = slots.chips or (OF_ONE & numbers.keys())
    if not of_chips or TOLD & numbers.keys() or slots.models or slots.systems or reading.has("gpu_count"):
        return
    found = [one for one in reading.quantities if one.unit in ("", "times") and one.low in slots.bare and one.low >= 1 and one.low % 1 == 0]
    counts = [one for one in found if _is_called(reading, one)] or (found if len(slots.bare) == 1 and _has_run(slots) else [])
    if len(counts) == 1:
        slots.bare.remove(counts[0].low)
        numbers["gpus"] = counts[0].low
    elif not slots.bare and "hours" in numbers and "unit_price" not in numbers and (_is_one(slots, reading) or _is_billed(slots, reading)):
        numbers["gpus"] = 1.0


BILLED = 100  # hours: so many, said as hours, are those of the bill


def _is_billed(slots: Slots, reading: Reading) -> bool:
    """ "2,500 hours of computing on A100 at 0.90 €": the hours that are paid, whatever the number of chips."""
    hours = [one for one in reading.quantities if one.unit == "hour" and not one.per]
    return "price" in slots.numbers and len(hours) == 1 and hours[0].low >= BILLED


def _has_run(slots: Slots) -> bool:
    return "hours" in slots.numbers or "unit_price" in slots.numbers


def _is_called(reading: Reading, count: Quantity) -> bool:
    window = reading.folded[max(0, count.start - 36) : count.start]
    return bool(_CALLED.search(window) or _OF_THEM.match(reading.folded, count.end))


def _is_one(slots: Slots, reading: Reading) -> bool:
    """ "A single H100 for a year": in the singular, with no other count."""
    chips = reading.named("accelerators")
    if chips:
        alone = [chip for chip in chips if not chip.text.lower().endswith("s") and reading.folded[chip.end : chip.end + 1] != "s"]
        return len(alone) == len(chips) and all(_SINGLE.search(reading.folded[max(0, chip.start - 24) : chip.start]) for chip in chips[:1])
    return bool({"price", "power_kw"} & slots.numbers.keys()) and bool(_ANY.search(reading.folded))
